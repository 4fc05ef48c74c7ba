package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.http.HttpCaller;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Posts alerts to a remote Alertmanager.
 *
 * @param caller client of its configuration
 * @param url of the endpoint
 * @param timeout of one request
 */
record HttpDelivery(HttpCaller caller, URI url, Duration timeout) implements Delivery {
  /** Of an answer so much is read, so that its connection can be used again. */
  private static final int ANSWER = 64 << 10;

  @Override
  public void send(List<Alert> batch) throws IOException, InterruptedException {
    HttpCaller.Request request =
        new HttpCaller.Request(
            "POST", url, Map.of("Content-Type", "application/json"), AlertJson.of(batch), timeout);
    try (HttpCaller.Response response = caller.send(request)) {
      int status = response.status();
      String text = "bad response status " + response.statusText();
      try (InputStream body = response.body()) {
        body.readNBytes(ANSWER);
      } catch (IOException e) {
        // The status has been told.
      }
      if (status / 100 == 2) {
        return;
      }
      if (status / 100 == 5 || status == 429) {
        throw new IOException(text);
      }
      throw new RefusedException(text);
    }
  }
}
