package io.narthex.api.alert;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * Takes alerts from rules and brings them to Alertmanagers, remote ones and those in this process
 * ({@link AlertReceiver}). Returns at once and queues by itself. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface AlertSink extends ExtensionPoint {
  /** Takes alerts, firing and resolved ones, with the labels that their rules gave them. */
  void send(List<Alert> alerts);
}
