package io.narthex.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Matcher;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorParserTest {
  private static final PromqlParser PROMQL = new PromqlParser(ParserOptions.DEFAULT, name -> null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "up | __name__=\"up\"",
        "a:b{} | __name__=\"a:b\"",
        "{job=\"node\"} | job=\"node\"",
        "{ job = 'node' , } | job=\"node\"",
        "up{job!=`a\\b`,x=~\"y.z\",u!~\"v\"} |"
            + " __name__=\"up\",job!=\"a\\\\b\",x=~\"y.z\",u!~\"v\"",
        "{\"http.requests\"} | __name__=\"http.requests\"",
        "{\"http.requests\",\"a.b\"=\"c\"} | __name__=\"http.requests\",\"a.b\"=\"c\"",
        "{a=\"\\x41\\101\\u00e4\\U0001F600\\n\\\"\"} | a=\"AAä😀\\n\\\"\"",
        "{by=\"sum\",on=\"x\"} | by=\"sum\",on=\"x\"",
      })
  void readsWhatPromqlHas(String text, String matchers) {
    List<Matcher> read = SelectorParser.parse(text);
    assertThat(String.join(",", read.stream().map(Matcher::toString).toList())).isEqualTo(matchers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{job} | character 5: got \"}\", want one of = != =~ !~",
        "{job=node} | character 6: got \"node}\", want a string in quotes",
        "{job=\"node\" | character 12: got the end, want , or }",
        "{job=\"node} | character 6: a string without its closing quote",
        "{job=\"node\"}[5m] | character 13: got \"[5m]\", want nothing more",
        "{,} | character 2: got \",}\", want the name of a label, or }",
        "up{__name__=\"down\"} | character 4: the name of the metric is said twice",
        "{\"a\",\"b\"} | character 6: the name of the metric is said twice",
        "{\"\"=\"b\"} | character 2: want the name of a label",
        "{a=~\"(\"} | character 5: error parsing regexp: missing closing ): `(`",
        "{a=\"\\q\"} | character 5: an escape that PromQL does not have",
        "{a=\"\\xff\"} | character 5: an escape that is no character of a text in UTF-8",
        "{a=\"\\ud800\"} | character 5: an escape that is no character of a text in UTF-8",
        "{a=\"\\x4\"} | character 5: an escape that has no 2 digits",
        "1up | character 1: got \"1up\", want the name of a metric, or {",
        "sum(up) | character 4: got \"(up)\", want nothing more",
      })
  void saysWhatIsWrong(String text, String problem) {
    assertThatThrownBy(() -> SelectorParser.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot parse selector " + text + ": " + problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{a=\"\"}", "{a=~\".*\"}", "{a!=\"b\"}", "{a!~\"b\",c=\"\"}", "{\"\"}"})
  void refusesSelectorsThatSeriesWithoutLabelsSatisfy(String text) {
    assertThatThrownBy(() -> SeriesSelector.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "cannot use selector " + text + ": it must contain at least one non-empty matcher");
  }

  @Test
  void takesWhatSomeSeriesWithLabelsSatisfy() {
    assertThat(SeriesSelector.parse("{__name__=~\".+\",team!=\"secret\"}").matchers()).hasSize(2);
    assertThat(SeriesSelector.parse("{team!=\"\"}").matchers()).hasSize(1);
  }

  /** Who may see what would be something else than what people read in the configuration. */
  @Test
  void readsNothingInAnotherWayThanPromql() {
    String[] pieces = {
      "{",
      "}",
      "{",
      "}",
      "a",
      "b_1",
      "a:b",
      "__name__",
      "=",
      "!=",
      "=~",
      "!~",
      "=",
      "\"",
      "'",
      "`",
      "\"x\"",
      "\"a.b\"",
      "'y'",
      "`z`",
      "\"\\n\"",
      "\"\\x41\"",
      "\"\\101\"",
      "'\\''",
      "\"\\'\"",
      "\"\\u0041\"",
      ",",
      " ",
      "\t",
      "\n",
      "\\",
      "é",
      "1",
      "#",
      "by",
      "sum",
      "offset",
      "\"(\""
    };
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int both = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder made = new StringBuilder(random.nextInt(4) == 0 ? "" : "{");
      int length = random.nextInt(9);
      for (int j = 0; j < length; j++) {
        made.append(pieces[random.nextInt(pieces.length)]);
      }
      String text = made.append(random.nextInt(4) == 0 ? "" : "}").toString();
      List<Matcher> ours;
      try {
        ours = SelectorParser.parse(text);
      } catch (IllegalArgumentException e) {
        continue;
      }
      try {
        assertThat(ours)
            .as("%s, seed %d", text, seed)
            .containsExactlyInAnyOrderElementsOf(PROMQL.parseSelector(text));
        both++;
      } catch (ParseException e) {
        throw new AssertionError("PromQL does not read " + text + ", seed " + seed, e);
      }
    }
    assertThat(both).as("seed %d", seed).isGreaterThan(500);
  }

  @Test
  void takesNoLongerForWhatIsHostile() {
    String many = "{" + "a=\"b\",".repeat(100_000) + "}";
    assertThat(SelectorParser.parse(many)).hasSize(100_000);
    assertThatThrownBy(() -> SelectorParser.parse("{".repeat(1_000_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
