package io.narthex.exporter.node;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.narthex.exporter.node.NodeExporterConfig.Collectors;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.Set;

/**
 * Prints what a scrape of this machine costs the thread that does it: time of the CPU in
 * microseconds and bytes allocated, for each collector, for all, and with the page printed. Run it
 * by hand; see README.md.
 */
final class ScrapeCost {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ScrapeCost() {}

  public static void main(String[] args) throws Exception {
    cold();
    int scrapes = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
    for (CollectorCatalog.Entry entry : CollectorCatalog.ENTRIES) {
      measure(entry.name(), Machine.only(Set.of(entry.name())), false, scrapes);
    }
    measure("all", NodeExporterConfig.defaults().collector(), false, scrapes);
    measure("all, printed", NodeExporterConfig.defaults().collector(), true, scrapes);
  }

  /** What the first scrapes of a new process cost the whole process, the compiler included. */
  private static void cold() throws Exception {
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    NodeExporterConfig config = NodeExporterConfig.defaults();
    long last = process.getProcessCpuTime();
    int done = 0;
    try (NodeExporter exporter =
        new NodeExporter(config, "test", new Libc(), InstantSource.system(), System::nanoTime)) {
      for (int until : new int[] {1, 10, 100, 1_000}) {
        int scrapes = until - done;
        for (; done < until; done++) {
          writer.write(new ByteArrayOutputStream(), exporter.collect(), EscapingScheme.DEFAULT);
        }
        long now = process.getProcessCpuTime();
        System.out.printf(
            "up to scrape %-5d %8.0f us of the process for each%n",
            until, (now - last) / 1e3 / scrapes);
        last = now;
      }
    }
  }

  private static void measure(String name, Collectors collectors, boolean print, int scrapes)
      throws Exception {
    NodeExporterConfig defaults = NodeExporterConfig.defaults();
    NodeExporterConfig config =
        new NodeExporterConfig(
            defaults.path(),
            collectors,
            defaults.cpu(),
            defaults.diskstats(),
            defaults.filesystem(),
            defaults.netdev(),
            defaults.stat());
    PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    ByteArrayOutputStream page = new ByteArrayOutputStream(64 * 1024);
    try (NodeExporter exporter =
        new NodeExporter(config, "test", new Libc(), InstantSource.system(), System::nanoTime)) {
      long cpu = 0;
      long bytes = 0;
      // The first half warms up.
      for (int i = 0; i < 2 * scrapes; i++) {
        if (i == scrapes) {
          cpu = THREADS.getCurrentThreadCpuTime();
          bytes = THREADS.getCurrentThreadAllocatedBytes();
        }
        MetricSnapshots snapshots = exporter.collect();
        if (print) {
          page.reset();
          writer.write(page, snapshots, EscapingScheme.DEFAULT);
        }
      }
      System.out.printf(
          "%-14s %8.1f us %10d bytes%n",
          name,
          (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / scrapes,
          (THREADS.getCurrentThreadAllocatedBytes() - bytes) / scrapes);
    }
  }
}
