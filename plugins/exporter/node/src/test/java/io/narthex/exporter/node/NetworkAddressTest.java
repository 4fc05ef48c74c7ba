package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,           127.0.0.1,       link-local",
    "192.168.1.20,        192.168.1.20,    global",
    "169.254.3.4,         169.254.3.4,     link-local",
    "0.0.0.0,             0.0.0.0,         ''",
    "::1,                 ::1,             link-local",
    "::,                  ::,              ''",
    "fe80:0:0:0:1:0:0:2,  fe80::1:0:0:2,   link-local",
    "2001:db8:0:0:1:0:0:0, 2001:db8:0:0:1::, global",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1, global",
    "ff01::1,             ff01::1,         interface-local",
    "fd00::42,            fd00::42,        global",
  })
  void writesAddressesAsGoDoes(String address, String text, String scope) throws Exception {
    InetAddress ip = InetAddress.getByName(address);

    assertThat(NetworkAddress.text(ip)).isEqualTo(text);
    assertThat(NetworkAddress.scope(ip)).isEqualTo(scope);
  }
}
