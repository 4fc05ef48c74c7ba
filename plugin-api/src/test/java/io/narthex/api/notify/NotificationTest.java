package io.narthex.api.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Labels;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NotificationTest {
  private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
  private static final Alert ALERT =
      new Alert(Labels.of("alertname", "a"), Map.of(), NOW.minusSeconds(60), NOW, "");

  @Test
  void copiesWhatItWasMadeOf() {
    Map<String, String> labels = new HashMap<>(Map.of("job", "a"));
    List<Alert> alerts = new ArrayList<>(List.of(ALERT));
    Notification notification =
        new Notification("{}:{}", labels, labels, alerts, 0, URI.create("http://a"), NOW);
    labels.clear();
    alerts.clear();

    assertThat(notification.groupLabels()).containsEntry("job", "a").isUnmodifiable();
    assertThat(notification.routeLabels()).containsEntry("job", "a").isUnmodifiable();
    assertThat(notification.alerts()).containsExactly(ALERT).isUnmodifiable();
  }

  @Test
  void anAlertIsOverFromItsEndOn() {
    assertThat(ALERT.isResolvedAt(NOW.minusNanos(1))).isFalse();
    assertThat(ALERT.isResolvedAt(NOW)).isTrue();
    assertThat(ALERT.isResolvedAt(NOW.plusNanos(1))).isTrue();
  }

  @Test
  void requiresReasons() {
    assertThatNullPointerException()
        .isThrownBy(() -> new Notifier.Outcome.Retryable(null, Duration.ZERO));
    assertThatNullPointerException().isThrownBy(() -> new Notifier.Outcome.Retryable("x", null));
    assertThatNullPointerException().isThrownBy(() -> new Notifier.Outcome.Permanent(null));
    assertThatNullPointerException().isThrownBy(() -> new Alert(null, Map.of(), NOW, NOW, ""));
  }

  @Test
  void hasNothingToCloseUnlessItSaysSo() throws Exception {
    Notifier notifier =
        new Notifier() {
          @Override
          public Outcome notify(Notification notification) {
            return new Outcome.Delivered();
          }

          @Override
          public boolean sendsResolved() {
            return true;
          }
        };
    notifier.close();

    assertThat(notifier.notify(null)).isEqualTo(new Notifier.Outcome.Delivered());
  }
}
