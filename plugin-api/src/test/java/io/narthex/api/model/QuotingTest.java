package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.Table;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuotingTest {
  static List<String[]> texts() {
    return Table.read(QuotingTest.class, "quoting.tsv", 2);
  }

  @ParameterizedTest
  @MethodSource("texts")
  void quotesAsGoDoes(String text, String quoted) {
    assertThat(Quoting.quote(text)).isEqualTo(quoted);
  }

  @Test
  void appendsToWhatIsThere() {
    StringBuilder out = new StringBuilder("a=");
    Quoting.quote("b\n", out);

    assertThat(out).hasToString("a=\"b\\n\"");
  }

  @Test
  void writesStringsOfJsonAsGoDoes() {
    StringBuilder out = new StringBuilder("a:");
    Quoting.json("\"b\\c\n\r\t\b\f\u0001<&>\u2028\u2029é", out);

    assertThat(out)
        .hasToString("a:\"\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u003c\\u0026\\u003e\\u2028\\u2029é\"");
  }
}
