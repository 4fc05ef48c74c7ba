package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Alerts of tests. */
final class Alerts {
  static final Instant START = Instant.parse("2026-03-01T10:00:00.123456Z");
  static final Instant END = Instant.parse("2026-03-01T10:04:00Z");

  private Alerts() {}

  static Alert of(String... labels) {
    return new Alert(Labels.of(labels), Map.of(), START, END, "");
  }

  /** Alerts called {@code from}, ..., {@code to - 1}. */
  static List<Alert> numbered(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> of("alertname", String.valueOf(i))).toList();
  }

  static List<String> names(List<Alert> alerts) {
    return alerts.stream().map(alert -> alert.labels().get("alertname")).toList();
  }
}
