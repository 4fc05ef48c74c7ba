package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelNamesTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        // name, classic label, classic metric
        "a, true, true",
        "Avalid_23name, true, true",
        "_Avalid_23name, true, true",
        "__name__, true, true",
        "_, true, true",
        "a9, true, true",
        "``, false, false",
        "1valid_23name, false, false",
        "avalid_23name-, false, false",
        "Ava:lid_23name, false, true",
        ":leading, false, true",
        "a b, false, false",
        "http.status, false, false",
        "é, false, false",
        "aé, false, false",
        "a٣, false, false",
        "{}, false, false",
        "日本語, false, false",
        "😀, false, false",
      })
  void knowsTheClassicCharacters(String name, boolean label, boolean metric) {
    assertThat(LabelNames.isLegacy(name)).isEqualTo(label);
    assertThat(LabelNames.isLegacyMetric(name)).isEqualTo(metric);
    assertThat(LabelNames.isValid(name)).isEqualTo(!name.isEmpty());
    assertThat(NameScheme.LEGACY.isLabelName(name)).isEqualTo(label);
    assertThat(NameScheme.LEGACY.isMetricName(name)).isEqualTo(metric);
    assertThat(NameScheme.UTF8.isLabelName(name)).isEqualTo(!name.isEmpty());
    assertThat(NameScheme.UTF8.isMetricName(name)).isEqualTo(!name.isEmpty());
  }

  @Test
  void readsSchemesByName() {
    assertThat(NameScheme.parse("")).isEqualTo(NameScheme.UTF8);
    for (NameScheme scheme : NameScheme.values()) {
      assertThat(NameScheme.parse(scheme.toString())).isEqualTo(scheme);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NameScheme.parse("UTF8"))
        .withMessage("unrecognized ValidationScheme: \"UTF8\"");
  }

  @Test
  void refusesUnpairedSurrogates() {
    assertThat(LabelNames.isValid("\ud83d\ude00")).isTrue();
    assertThat(LabelNames.isValid("\ud83d")).isFalse();
    assertThat(LabelNames.isValid("a\ud83d")).isFalse();
    assertThat(LabelNames.isValid("\ud83da")).isFalse();
    assertThat(LabelNames.isValid("\ude00\ud83d")).isFalse();
    assertThat(LabelNames.isValid("\ud83d\ud83d\ude00")).isFalse();
    assertThat(LabelNames.isValid("\udcff")).isFalse();
  }
}
