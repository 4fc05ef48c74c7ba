package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.web.EarlyHandler;
import io.narthex.api.web.Interruption;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code notifications}, and {@code notifications/live} as server-sent events. */
final class NotificationEndpoints {
  private static final byte[] LEAD = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

  private final Notifications notifications;

  NotificationEndpoints(Notifications notifications) {
    this.notifications = notifications;
  }

  List<Route> routes() {
    EarlyHandler all = new Endpoint(this::all)::handle;
    EarlyHandler live = this::live;
    return List.of(
        Route.get("/api/v1/notifications", all), Route.get("/api/v1/notifications/live", live));
  }

  private void all(WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginArray();
    for (Notifications.Notification notification : notifications.current()) {
      write(notification, json);
    }
    json.endArray();
  }

  private static void write(Notifications.Notification notification, JsonStream json)
      throws IOException {
    json.beginObject();
    json.key("text").value(notification.text());
    json.key("date").value(GoTime.text(notification.date()));
    json.key("active").value(notification.active());
    json.endObject();
  }

  /** Goes on until the client leaves or the server stops. */
  private void live(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    response.header("Content-Type", "text/event-stream").header("Cache-Control", "no-cache");
    try (Notifications.Subscription subscription = notifications.subscribe()) {
      if (subscription == null) {
        response.status(204).body().close();
        return;
      }
      request.onShutdown(subscription::end);
      try (Interruption interruption = Interruption.of(request);
          OutputStream out = response.body()) {
        // The client learns at once that it was let in.
        out.flush();
        tell(subscription, out);
      }
    }
  }

  private static void tell(Notifications.Subscription subscription, OutputStream out)
      throws IOException, InterruptedException {
    List<Notifications.Notification> news = subscription.next();
    while (!news.isEmpty()) {
      for (Notifications.Notification notification : news) {
        out.write(LEAD);
        JsonStream json = new JsonStream(out);
        write(notification, json);
        json.flush();
        out.write(END);
      }
      out.flush();
      news = subscription.next();
    }
  }
}
