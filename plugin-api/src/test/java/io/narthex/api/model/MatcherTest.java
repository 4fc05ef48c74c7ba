package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MatcherTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "EQUAL, bar, bar, true",
        "EQUAL, bar, foo-bar, false",
        "EQUAL, bar, Bar, false",
        "EQUAL, ``, ``, true",
        "EQUAL, ``, x, false",
        "EQUAL, a.c, abc, false",
        "NOT_EQUAL, bar, bar, false",
        "NOT_EQUAL, bar, foo-bar, true",
        "NOT_EQUAL, bar, ``, true",
        "NOT_EQUAL, ``, ``, false",
        "NOT_EQUAL, ``, x, true",
        "REGEX, bar, bar, true",
        "REGEX, bar, foo-bar, false",
        "REGEX, bar, barfoo, false",
        "REGEX, .*bar, foo-bar, true",
        "REGEX, bar|foo, foo, true",
        "REGEX, bar|foo, foobar, false",
        "REGEX, ^bar$, bar, true",
        "REGEX, a|ab, ab, true",
        "REGEX, ``, ``, true",
        "REGEX, ``, x, false",
        "REGEX, .*, ``, true",
        "REGEX, .+, ``, false",
        "REGEX, (?i)bar, BaR, true",
        "REGEX, é+, éé, true",
        "NOT_REGEX, bar, bar, false",
        "NOT_REGEX, bar, foo-bar, true",
        "NOT_REGEX, .*bar, foo-bar, false",
        "NOT_REGEX, .+, ``, true",
        "NOT_REGEX, .*, ``, false",
        "NOT_REGEX, ``, ``, false",
      })
  void comparesTheWholeValue(Matcher.Type type, String value, String labelValue, boolean matches) {
    Matcher matcher = Matcher.of(type, "a", value);

    assertThat(matcher.matches(labelValue)).isEqualTo(matches);
    assertThat(matcher.matches(Labels.of("a", labelValue, "b", "other"))).isEqualTo(matches);
    if (labelValue.isEmpty()) {
      assertThat(matcher.matchesEmpty()).isEqualTo(matches);
      assertThat(matcher.matches(Labels.of("b", "other"))).as("absent").isEqualTo(matches);
    }
  }

  @Test
  void letsTheDotMatchALineFeed() {
    assertThat(Matcher.of(Matcher.Type.REGEX, "a", "x.y").matches("x\ny")).isTrue();
    assertThat(Matcher.of(Matcher.Type.REGEX, "a", ".*").matches("x\n\ny\n")).isTrue();
    assertThat(Matcher.of(Matcher.Type.REGEX, "a", "x").matches("x\n")).isFalse();
    assertThat(Matcher.of(Matcher.Type.REGEX, "a", "x$").matches("x\n")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "EQUAL | job | a | job=\"a\"",
        "NOT_EQUAL | job | a\"b | job!=\"a\\\"b\"",
        "REGEX | job | a.*\\d | job=~\"a.*\\\\d\"",
        "NOT_REGEX | job | `` | job!~\"\"",
        "EQUAL | __name__ | up | __name__=\"up\"",
        "EQUAL | http.status | 200 | \"http.status\"=\"200\"",
        "EQUAL | a:b | 1 | \"a:b\"=\"1\"",
      })
  void printsAsPromqlWritesIt(Matcher.Type type, String name, String value, String text) {
    assertThat(Matcher.of(type, name, value)).hasToString(text);
  }

  @Test
  void isEqualByTypeNameAndValue() {
    Matcher matcher = Matcher.of(Matcher.Type.REGEX, "a", "b.*");

    assertThat(matcher)
        .isEqualTo(Matcher.of(Matcher.Type.REGEX, "a", "b.*"))
        .hasSameHashCodeAs(Matcher.of(Matcher.Type.REGEX, "a", "b.*"))
        .isNotEqualTo(Matcher.of(Matcher.Type.NOT_REGEX, "a", "b.*"))
        .isNotEqualTo(Matcher.of(Matcher.Type.REGEX, "c", "b.*"))
        .isNotEqualTo(Matcher.of(Matcher.Type.REGEX, "a", "b.+"))
        .isNotEqualTo("a=~\"b.*\"");
    assertThat(Matcher.equal("a", "b")).isEqualTo(Matcher.of(Matcher.Type.EQUAL, "a", "b"));
  }

  @Test
  void tellsItsParts() {
    Matcher matcher = Matcher.of(Matcher.Type.NOT_REGEX, "a", "b.*");

    assertThat(matcher.type()).isEqualTo(Matcher.Type.NOT_REGEX);
    assertThat(matcher.name()).isEqualTo("a");
    assertThat(matcher.value()).isEqualTo("b.*");
    assertThat(matcher.regex()).isEqualTo(Regex.compile("b.*"));
    assertThat(Matcher.equal("a", "b").regex()).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"REGEX", "NOT_REGEX"})
  void refusesWhatIsNoExpressionAsGoDoes(Matcher.Type type) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Matcher.of(type, "a", "b("))
        .withMessage("error parsing regexp: missing closing ): `b(`");
  }

  @ParameterizedTest
  @EnumSource(names = {"EQUAL", "NOT_EQUAL"})
  void takesAnyTextWhereNoExpressionIsAskedFor(Matcher.Type type) {
    assertThat(Matcher.of(type, "a", "b(").value()).isEqualTo("b(");
  }
}
