package io.narthex.api.alert;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * An Alertmanager in this process. It gets what a remote one would be sent: alerts with external
 * labels, after relabelling, in batches, in order.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface AlertReceiver extends ExtensionPoint {
  /** What it is called in logs and metrics, where remote ones have their URL; unique. */
  String name();

  /**
   * Takes a batch, firing and resolved ones. Called by one thread at a time, which may be
   * interrupted. A batch for which this throws is offered again.
   */
  void receive(List<Alert> alerts) throws InterruptedException;
}
