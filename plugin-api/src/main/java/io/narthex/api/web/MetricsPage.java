package io.narthex.api.web;

import io.narthex.api.Api;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;

/**
 * Writes metrics as an exposition in the format that the client asks for; a service of the kernel,
 * so that no plugin needs writers of its own. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface MetricsPage {
  /**
   * What this process measures of itself: the kernel's metrics and those of all plugins'
   * registries.
   */
  MetricSnapshots own() throws InterruptedException;

  /** Answers with {@code snapshots}. */
  void send(WebRequest request, WebResponse response, MetricSnapshots snapshots) throws IOException;
}
