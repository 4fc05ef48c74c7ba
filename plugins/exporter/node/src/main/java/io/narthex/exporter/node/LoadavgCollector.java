package io.narthex.exporter.node;

import java.io.IOException;

/** Load averages from {@code /proc/loadavg}. */
final class LoadavgCollector implements Collector {
  private static final Family LOAD1 = Family.gauge("node_load1", "1m load average.");
  private static final Family LOAD5 = Family.gauge("node_load5", "5m load average.");
  private static final Family LOAD15 = Family.gauge("node_load15", "15m load average.");

  private final KernelFile file;

  LoadavgCollector(CollectorContext context) {
    this.file = context.proc("loadavg");
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    ByteCursor in = file.read();
    in.nextWholeLine();
    scrape.add(LOAD1, in.decimal());
    scrape.add(LOAD5, in.decimal());
    scrape.add(LOAD15, in.decimal());
  }

  @Override
  public void close() {
    file.close();
  }
}
