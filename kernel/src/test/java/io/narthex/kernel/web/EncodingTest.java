package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EncodingTest {
  @Test
  void choosesTheGreatestQuality() {
    Map<String, Encoding> expected = new LinkedHashMap<>();
    expected.put(null, Encoding.IDENTITY);
    expected.put("", Encoding.IDENTITY);
    expected.put("gzip", Encoding.GZIP);
    expected.put("GZIP;q=1.0, deflate, br, zstd", Encoding.GZIP);
    expected.put("gzip;q=0.2, zstd;q=0.3", Encoding.ZSTD);
    expected.put("zstd", Encoding.ZSTD);
    expected.put("*", Encoding.GZIP);
    expected.put("gzip;q=0, *", Encoding.IDENTITY);
    expected.put("gzip;q=x", Encoding.IDENTITY);
    expected.put("identity;q=1, gzip;q=0.000", Encoding.IDENTITY);
    expected.forEach(
        (accept, encoding) -> assertThat(Encoding.choose(accept)).as(accept).isEqualTo(encoding));
  }

  @Test
  void compressesTextAndNotWhatIsCompressed() {
    for (String type :
        new String[] {
          "text/html; charset=utf-8", "application/json", "image/svg+xml", "TEXT/CSS"
        }) {
      assertThat(Encoding.pays(type)).as(type).isTrue();
    }
    for (String type : new String[] {null, "image/png", "font/woff2", "text/event-stream"}) {
      assertThat(Encoding.pays(type)).as(type).isFalse();
    }
  }
}
