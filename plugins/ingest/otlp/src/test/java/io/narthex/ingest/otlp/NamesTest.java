package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Prometheus makes of OpenTelemetry's names. */
class NamesTest {
  private static Names names(String strategy, boolean sanitizes, boolean keeps) {
    return new Names(
        new OtlpConfig(
            false, List.of(), List.of(), strategy, false, false, false, sanitizes, keeps));
  }

  @ParameterizedTest
  @CsvSource({
    "requests, '', MONOTONIC_SUM, requests_total",
    "requests_total, '', MONOTONIC_SUM, requests_total",
    "total_requests, '', MONOTONIC_SUM, requests_total",
    "cpu.usage, 1, GAUGE, cpu_usage_ratio",
    "cpu_usage_ratio, 1, GAUGE, cpu_usage_ratio",
    "items, 1, MONOTONIC_SUM, items_total",
    "response_time, ms, GAUGE, response_time_milliseconds",
    "response_time_seconds, s, OTHER, response_time_seconds",
    "memory, By, GAUGE, memory_bytes",
    "memory, TiBy, GAUGE, memory_tibibytes",
    "requests, 1/s, GAUGE, requests_per_second",
    "requests, 1/s, MONOTONIC_SUM, requests_per_second_total",
    "throughput, By/s, GAUGE, throughput_bytes_per_second",
    "speed, m/m, GAUGE, speed_meters_per_minute",
    "x, custom_unit, GAUGE, x_custom_unit",
    "x, {custom}, GAUGE, x",
    "x, By/{custom}, GAUGE, x_bytes",
    "x, '{a}/s', GAUGE, x_per_second",
    "x, ' s ', GAUGE, x_seconds",
    "metric__with__underscores, unit__too, GAUGE, metric_with_underscores_unit_too",
    "custom, unit@with#special/chars, GAUGE, custom_unit_with_special_per_chars",
    "123metric, '', GAUGE, _123metric",
    "_leading.and.trailing_, '', GAUGE, leading_and_trailing",
    "a:b, '', GAUGE, a:b",
    "métric, '', GAUGE, m_tric",
    "system.filesystem.usage, %, GAUGE, system_filesystem_usage_percent",
    "x, d, GAUGE, x_days",
    "x, /, GAUGE, x",
    "x, /_, GAUGE, x",
  })
  void escapesAndAddsSuffixes(String name, String unit, Names.Kind kind, String expected)
      throws Exception {
    assertThat(names("UnderscoreEscapingWithSuffixes", true, true).metric(name, unit, kind))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "simple_metric, simple_metric",
    "metric@with#special$chars, metric_with_special_chars",
    "metric@@##$$name, metric_name",
    "a__b, a__b",
    "_a, _a",
    "123metric, _123metric",
  })
  void escapesWithoutSuffixes(String name, String expected) throws Exception {
    assertThat(
            names("UnderscoreEscapingWithoutSuffixes", true, true)
                .metric(name, "s", Names.Kind.MONOTONIC_SUM))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "requêsts, '', MONOTONIC_SUM, requêsts_total",
    "requests.total, '', MONOTONIC_SUM, requests_total",
    "cpu.usagé, 1, GAUGE, cpu.usagé_ratio",
    "respønse.time, ms, GAUGE, respønse.time_milliseconds",
    "requêsts, 1/s, MONOTONIC_SUM, requêsts_per_second_total",
    "cpu_seconds_total, s, MONOTONIC_SUM, cpu_seconds_total",
    "response.time.seconds, s, GAUGE, response.time.seconds",
    "@#$%, '', MONOTONIC_SUM, @#$%_total",
    "total, '', MONOTONIC_SUM, total_total",
  })
  void addsSuffixesWithoutEscaping(String name, String unit, Names.Kind kind, String expected)
      throws Exception {
    assertThat(names("NoUTF8EscapingWithSuffixes", true, true).metric(name, unit, kind))
        .isEqualTo(expected);
    assertThat(names("NoTranslation", true, true).metric(name, unit, kind)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "By, bytes",
    "By/s, bytes_per_second",
    "1, ''",
    "1/s, per_second",
    "{packets}, ''",
    "'', ''",
    "%, percent",
    "foo bar, foo_bar",
    "_x_, x",
  })
  void writesUnitsOut(String unit, String expected) {
    assertThat(Names.unit(unit)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "label:with:colons, label_with_colons",
    "LabelWithCapitals, LabelWithCapitals",
    "label!with&special$chars), label_with_special_chars_",
    "label_foreign_字符, label_foreign___",
    "123label, key_123label",
    "_one, key_one",
    "__two, __two",
    "a..b, a__b",
    "__name__, __name__",
    "😀, key_",
  })
  void escapesLabelNames(String name, String expected) throws Exception {
    Names names = names("UnderscoreEscapingWithSuffixes", true, true);
    assertThat(names.label(name)).isEqualTo(expected);
    assertThat(names("NoTranslation", true, true).label(name)).isEqualTo(name);
  }

  @Test
  void leavesOneUnderscoreInFrontAloneWhenToldSo() throws Exception {
    Names names = names("UnderscoreEscapingWithSuffixes", false, true);

    assertThat(names.label("_one")).isEqualTo("_one");
    assertThat(names.label("1")).isEqualTo("key_1");
    assertThatThrownBy(() -> names.label("é"))
        .hasMessage("normalization for label name \"é\" resulted in invalid name \"_\"");
  }

  @Test
  void collapsesUnderscoresWhenToldSo() throws Exception {
    Names names = names("UnderscoreEscapingWithSuffixes", true, false);

    assertThat(names.label("a..b__c")).isEqualTo("a_b_c");
    assertThat(names.label("__reserved..name__")).isEqualTo("__reserved_name__");
    assertThat(names.label("__a")).isEqualTo("key_a");
    assertThatThrownBy(() -> names.label("____"))
        .hasMessage("normalization for label name \"____\" resulted in invalid name \"____\"");
  }

  @Test
  void refusesNamesOfNothing() {
    for (String strategy : List.of("UnderscoreEscapingWithSuffixes", "NoTranslation")) {
      Names names = names(strategy, true, true);
      assertThatThrownBy(() -> names.label("")).hasMessage("label name is empty");
      assertThatThrownBy(() -> names.metric("", "", Names.Kind.OTHER))
          .hasMessage("normalization for metric \"\" resulted in empty name");
    }
    assertThatThrownBy(() -> names("NoTranslation", true, true).label("__"))
        .hasMessage("label name \"__\" contains only underscores");
    assertThatThrownBy(() ->
            names("UnderscoreEscapingWithoutSuffixes", true, true)
                .metric("..__..", "", Names.Kind.OTHER))
        .hasMessage("normalization for metric \"..__..\" resulted in invalid name \"__\"");
  }
}
