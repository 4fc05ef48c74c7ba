package io.narthex.alerting.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AlertJsonTest {
  private static String json(Alert... alerts) {
    return new String(AlertJson.of(List.of(alerts)), StandardCharsets.UTF_8);
  }

  @Test
  void writesWhatAlertmanagersTake() {
    Alert alert =
        new Alert(
            Labels.of("alertname", "Down", "job", "a"),
            Map.of("summary", "it is down", "empty", ""),
            Alerts.START,
            Alerts.END,
            "http://p:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1");

    assertThat(json(alert))
        .isEqualTo(
            "[{\"labels\":{\"alertname\":\"Down\",\"job\":\"a\"},"
                + "\"annotations\":{\"empty\":\"\",\"summary\":\"it is down\"},"
                + "\"startsAt\":\"2026-03-01T10:00:00.123Z\","
                + "\"endsAt\":\"2026-03-01T10:04:00.000Z\","
                + "\"generatorURL\":\"http://p:9090/graph?g0.expr=up+%3D%3D+0\\u0026g0.tab=1\"}]");
  }

  @Test
  void separatesAlertsAndEscapesTexts() {
    Alert odd =
        new Alert(
            Labels.of("alertname", "a\"b\\c\nd\te\u0001fé€"),
            Map.of(),
            Alerts.START,
            Alerts.END,
            "");

    assertThat(json(odd, Alerts.of("alertname", "x")))
        .startsWith("[{\"labels\":{\"alertname\":\"a\\\"b\\\\c\\nd\\te\\u0001fé€\"},")
        .contains("},{\"labels\":{\"alertname\":\"x\"}")
        .endsWith("\"generatorURL\":\"\"}]");
    assertThat(json()).isEqualTo("[]");
  }
}
