package io.narthex.exporter.host;

import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.util.stream.Collectors;

/** Writes {@code family=value} for each gauge, space between them. */
final class FakePage implements MetricsPage {
  /** What is waited for before the process's own metrics are given. */
  @FunctionalInterface
  interface Delay {
    void await() throws InterruptedException;
  }

  MetricSnapshots own = FakeExporter.gauge("process_open_fds", 3);
  Delay delay = () -> {};

  @Override
  public MetricSnapshots own() throws InterruptedException {
    delay.await();
    return own;
  }

  @Override
  public void send(WebRequest request, WebResponse response, MetricSnapshots snapshots)
      throws IOException {
    response.send(
        "text/plain", snapshots.stream().map(FakePage::text).collect(Collectors.joining(" ")));
  }

  private static String text(MetricSnapshot snapshot) {
    double value = ((GaugeSnapshot) snapshot).getDataPoints().get(0).getValue();
    return snapshot.getMetadata().getName() + "=" + (long) value;
  }
}
