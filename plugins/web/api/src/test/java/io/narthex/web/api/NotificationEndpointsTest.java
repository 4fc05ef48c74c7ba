package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NotificationEndpointsTest {
  private static final String STARTING =
      """
      {"text":"Prometheus is starting and replaying the write-ahead log (WAL).",\
      "date":"1970-01-01T00:01:40.5Z","active":true}\
      """;
  private static final String FAILED =
      """
      {"text":"Configuration reload has failed.","date":"1970-01-01T00:00:07Z","active":true}\
      """;

  private final Api api = new Api();

  private Notifications.Subscription subscribe() {
    return Objects.requireNonNull(api.notifications.subscribe());
  }

  @Test
  void tellsWhatIsTrueAtThisMoment() throws Exception {
    assertThat(api.data("notifications")).isEqualTo("[" + STARTING + "]");
    api.notifications.start();
    assertThat(api.data("notifications")).isEqualTo("[]");
    api.failedAt = Instant.ofEpochSecond(7);
    assertThat(api.data("notifications")).isEqualTo("[" + FAILED + "]");
  }

  @Test
  void tellsAFollowerWhatHasChanged() throws Exception {
    try (Notifications.Subscription subscription = subscribe()) {
      assertThat(texts(subscription.next())).containsExactly("+" + Notifications.STARTING);
      api.notifications.start();
      api.failedAt = Instant.ofEpochSecond(7);
      assertThat(texts(subscription.next()))
          .containsExactly("-" + Notifications.STARTING, "+" + Notifications.RELOAD_FAILED);
      api.failedAt = Instant.ofEpochSecond(8);
      assertThat(texts(subscription.next())).containsExactly("+" + Notifications.RELOAD_FAILED);
      subscription.end();
      assertThat(texts(subscription.next())).containsExactly("+" + Notifications.STOPPING);
      assertThat(subscription.next()).isEmpty();
    }
  }

  private static List<String> texts(List<Notifications.Notification> notifications) {
    return notifications.stream().map(n -> (n.active() ? "+" : "-") + n.text()).toList();
  }

  @Test
  void writesEventsUntilTheClientLeaves() throws Exception {
    FakeRequest request = FakeRequest.get("/api/v1/notifications/live");
    FakeResponse response = new FakeResponse();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            api.route("notifications/live").handler().handle(request, response);
            ended.complete(new AssertionError("ended by itself"));
          } catch (Exception e) {
            ended.complete(e);
          }
        });
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!response.text().endsWith("\n\n") && System.nanoTime() < end) {
      Thread.onSpinWait();
    }

    assertThat(response.text()).isEqualTo("data: " + STARTING + "\n\n");
    assertThat(response.headers())
        .containsEntry("Content-Type", "text/event-stream")
        .containsEntry("Cache-Control", "no-cache");
    request.disconnect();
    assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
  }

  @Test
  void letsInAsManyAsItMay() throws Exception {
    api.notifications.settings(new NotificationSettings(1));
    Notifications.Subscription first = subscribe();

    FakeResponse refused = api.call("notifications/live");
    assertThat(refused.status()).isEqualTo(204);
    first.close();
    try (Notifications.Subscription again = subscribe()) {
      assertThat(again.next()).hasSize(1);
    }
  }
}
