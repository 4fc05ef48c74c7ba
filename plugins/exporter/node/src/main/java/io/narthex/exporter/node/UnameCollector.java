package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The system's names, as {@code uname(2)} gives them. */
final class UnameCollector implements Collector {
  private static final Family INFO =
      Family.gauge(
          "node_uname_info", "Labeled system information as provided by the uname system call.");

  private final SystemCalls calls;
  private SystemCalls.@Nullable Uname last;
  private Labels labels = Labels.EMPTY;

  UnameCollector(CollectorContext context) {
    this.calls = context.calls();
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    SystemCalls.Uname uname = calls.uname();
    if (!uname.equals(last)) {
      last = uname;
      labels =
          Labels.of(
              "sysname", uname.sysname(),
              "release", uname.release(),
              "version", uname.version(),
              "machine", uname.machine(),
              "nodename", uname.nodename(),
              "domainname", uname.domainname());
    }
    scrape.add(INFO, 1, labels);
  }
}
