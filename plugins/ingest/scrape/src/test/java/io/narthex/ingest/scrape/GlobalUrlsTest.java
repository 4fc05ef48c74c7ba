package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobalUrlsTest {
  private static String global(String external, String url) {
    return new GlobalUrls(FakeHost.at(external)).of(URI.create(url));
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:9100/m?a=b%20c, http://out.example:9100/m?a=b%20c",
    "https://127.0.0.1:9100/metrics, https://out.example:9100/metrics",
    "http://[::1]:9100/metrics, http://out.example:9100/metrics",
    "http://127.0.0.1/metrics, http://out.example/metrics",
    "http://127.0.0.2:9100/metrics, http://127.0.0.2:9100/metrics",
    "http://node-1:9090/metrics, http://node-1:9090/metrics"
  })
  void showsNeighboursUnderTheExternalHost(String url, String shown) {
    assertThat(global("https://out.example:8443/prefix", url)).isEqualTo(shown);
    assertThat(global("https://out.example", url)).isEqualTo(shown);
  }

  @Test
  void showsTheServerItselfUnderItsExternalUrl() {
    assertThat(global("https://out.example:8443/prefix", "http://localhost:9090/prefix/metrics"))
        .isEqualTo("https://out.example:8443/prefix/metrics");
    assertThat(global("https://out.example", "http://[::1]:9090/metrics"))
        .isEqualTo("https://out.example/metrics");
  }
}
