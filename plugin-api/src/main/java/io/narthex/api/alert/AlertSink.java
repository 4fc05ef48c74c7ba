package io.narthex.api.alert;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * Takes alerts: an Alertmanager in this process, or a sender to remote ones. Returns at once and
 * queues by itself. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface AlertSink extends ExtensionPoint {
  /** Takes alerts, firing and resolved ones. */
  void send(List<Alert> alerts);
}
