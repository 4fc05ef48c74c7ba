package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTextTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1:80",
    "::1, [::1]:80",
    "::, [::]:80",
    "2001:db8::, [2001:db8::]:80",
    "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
    "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:80",
    "fe80:0:0:0:0:0:0:A, [fe80::a]:80",
    "1:0:0:2:0:0:0:3, [1:0:0:2::3]:80"
  })
  void isWrittenAsGoDoes(String address, String text) throws Exception {
    assertThat(HttpServer.text(new InetSocketAddress(InetAddress.getByName(address), 80)))
        .isEqualTo(text);
  }
}
