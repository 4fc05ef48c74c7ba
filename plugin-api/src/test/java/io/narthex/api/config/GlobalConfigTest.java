package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobalConfigTest {
  @Test
  void hasPrometheussDefaults() {
    GlobalConfig global = Defaults.of(GlobalConfig.class);

    assertThat(global.scrapeInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(global.scrapeTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(global.evaluationInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(global.ruleQueryOffset()).isZero();
    assertThat(global.scrapeProtocols()).isEmpty();
    assertThat(global.externalLabels()).isEmpty();
    assertThat(global.bodySizeLimit()).isEqualTo(new ByteSize(0));
    assertThat(global.sampleLimit()).isZero();
    assertThat(global.keepDroppedTargets()).isZero();
    assertThat(global.metricNameValidationScheme()).isEqualTo("utf8");
    assertThat(global.metricNameEscapingScheme()).isEmpty();
    assertThat(global.scrapeNativeHistograms()).isFalse();
    assertThat(global.extraScrapeMetrics()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    // interval, timeout, interval and timeout in force
    "0, 0, 1m, 10s",
    "15s, 0, 15s, 10s",
    "10s, 0, 10s, 10s",
    "5s, 0, 5s, 5s",
    "0, 60s, 1m, 60s",
    "30s, 30s, 30s, 30s",
    "2m, 90s, 2m, 90s",
  })
  void takesTheTimeoutFromTheIntervalWhereThatIsShorter(
      String interval, String timeout, String intervalInForce, String timeoutInForce) {
    GlobalConfig global =
        with(
            "scrapeInterval", Durations.parse(interval), "scrapeTimeout", Durations.parse(timeout));

    assertThat(global.scrapeInterval()).isEqualTo(Durations.parse(intervalInForce));
    assertThat(global.scrapeTimeout()).isEqualTo(Durations.parse(timeoutInForce));
  }

  @Test
  void refusesATimeoutThatIsLongerThanTheInterval() {
    refuses(
        "global scrape timeout greater than scrape interval",
        "scrapeInterval",
        Duration.ofSeconds(9),
        "scrapeTimeout",
        Duration.ofSeconds(10));
    refuses(
        "global scrape timeout greater than scrape interval",
        "scrapeTimeout",
        Duration.ofSeconds(61));
  }

  @Test
  void takesAnEvaluationIntervalOfZeroForTheDefault() {
    assertThat(with("evaluationInterval", Duration.ZERO).evaluationInterval())
        .isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void refusesAProtocolThatIsNamedTwice() {
    refuses(
        "duplicated protocol in scrape_protocols, got [PrometheusProto OpenMetricsText1.0.0"
            + " prometheusproto] for global config",
        "scrapeProtocols",
        List.of("PrometheusProto", "OpenMetricsText1.0.0", "prometheusproto"));
  }

  @Test
  void refusesAnEmptyListOfProtocols() {
    refuses("scrape_protocols cannot be empty for global config", "scrapeProtocols", List.of());
  }

  @Test
  void knowsTwoSchemesOfNames() {
    assertThat(with("metricNameValidationScheme", "legacy").metricNameValidationScheme())
        .isEqualTo("legacy");
    assertThat(with("metricNameValidationScheme", "").metricNameValidationScheme())
        .isEqualTo("utf8");
    refuses(
        "unrecognized ValidationScheme: \"invalid_scheme\"",
        "metricNameValidationScheme",
        "invalid_scheme");
  }

  @Test
  void checksTheNamesOfExternalLabelsByTheScheme() {
    Map<String, String> dotted = Map.of("a.b", "1", "ok", "2");

    assertThat(with("externalLabels", dotted).externalLabels()).isEqualTo(dotted);
    refuses(
        "\"a.b\" is not a valid label name",
        "externalLabels",
        dotted,
        "metricNameValidationScheme",
        "legacy");
    refuses("\"\" is not a valid label name", "externalLabels", Map.of("", "x"));
    refuses("\"\\xff\" is not a valid label name", "externalLabels", Map.of("\udcff", "value"));
    refuses("\"\\xff\" is not a valid label value", "externalLabels", Map.of("a", "\udcff"));
    assertThat(with("externalLabels", Map.of("a", "")).externalLabels()).containsEntry("a", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sampleLimit",
        "labelLimit",
        "labelNameLengthLimit",
        "labelValueLengthLimit",
        "targetLimit",
        "keepDroppedTargets"
      })
  void refusesLimitsBelowZero(String component) {
    refuses("cannot unmarshal !!int `-1` into uint", component, -1L);
  }

  @Test
  void cannotBeChangedThroughWhatItWasMadeOf() {
    Map<String, String> labels = new LinkedHashMap<>(Map.of("a", "1"));
    GlobalConfig global = with("externalLabels", labels);
    labels.put("b", "2");

    assertThat(global.externalLabels()).isEqualTo(Map.of("a", "1")).isUnmodifiable();
  }

  private static GlobalConfig with(Object... components) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < components.length; i += 2) {
      map.put((String) components[i], components[i + 1]);
    }
    return Defaults.with(GlobalConfig.class, map);
  }

  private static void refuses(String text, Object... components) {
    assertThatIllegalArgumentException().isThrownBy(() -> with(components)).withMessage(text);
  }
}
