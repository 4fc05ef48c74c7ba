package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.web.HttpError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UrlTextTest {
  @Test
  void splitsPaths() {
    assertThat(UrlText.split("/")).isEmpty();
    assertThat(UrlText.split("/a")).containsExactly("a");
    assertThat(UrlText.split("/a/")).containsExactly("a", "");
    assertThat(UrlText.split("//a")).containsExactly("", "a");
  }

  @Test
  void decodesEscapesAndRawBytesAsUtf8() throws Exception {
    assertThat(UrlText.decode("a%2Fb+%C3%A9", false)).isEqualTo("a/b+é");
    assertThat(UrlText.decode("a+b", true)).isEqualTo("a b");
    assertThat(UrlText.decode("\u00c3\u00a9", false)).isEqualTo("é");
    for (String bad : List.of("%", "%4", "%zz", "a%%20", "%\u0661\u0661")) {
      assertThatThrownBy(() -> UrlText.decode(bad, false))
          .as(bad)
          .isInstanceOf(HttpError.class)
          .hasMessageStartingWith("invalid URL escape");
    }
  }

  @Test
  void readsPairsAsGoDoes() throws Exception {
    assertThat(UrlText.pairs("a=1&b&a=2&&=x", true))
        .isEqualTo(Map.of("a", List.of("1", "2"), "b", List.of(""), "", List.of("x")));
    assertThat(UrlText.pairs("", true)).isEmpty();
    assertThat(UrlText.pairs("a=%zz&b=1;c=2&d=3", false)).isEqualTo(Map.of("d", List.of("3")));
    assertThatThrownBy(() -> UrlText.pairs("b=1;c=2", true))
        .hasMessage("invalid semicolon separator in query");
  }

  @Test
  void keepsLocationsOnThisServer() {
    assertThat(UrlText.location("/\\evil\r\nX: y\u00e9\"")).isEqualTo("/%5cevil%0d%0aX:%20y%e9%22");
  }

  @Test
  void survivesAnything() {
    long seed = 20_261_120;
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      String type = "multipart/form-data; boundary=" + (i % 2 == 0 ? "x" : text);
      for (String given : List.of(type, "application/x-www-form-urlencoded")) {
        try {
          FormBody.read(
              given,
              ("--x\r\n" + text + "\r\n\r\n" + text + "\r\n--x--")
                  .getBytes(StandardCharsets.ISO_8859_1));
        } catch (HttpError e) {
          assertThat(e.status()).as("seed %s", seed).isEqualTo(400);
        }
      }
    }
  }
}
