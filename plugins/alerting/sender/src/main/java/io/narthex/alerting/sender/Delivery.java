package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import java.io.IOException;
import java.util.List;

/** Hands a batch of alerts to one Alertmanager. Called by one thread at a time. */
@FunctionalInterface
interface Delivery {
  /**
   * Delivers a batch.
   *
   * @throws RefusedException when it would not be taken at another try either
   * @throws IOException when it was not taken
   */
  void send(List<Alert> batch) throws IOException, InterruptedException;

  /** An Alertmanager that does not take what it was sent. */
  final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }
}
