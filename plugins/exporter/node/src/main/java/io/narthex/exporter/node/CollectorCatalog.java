package io.narthex.exporter.node;

import io.narthex.exporter.node.NodeExporterConfig.Collectors;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The collectors that there are. A new one is a class, a line here, and a component of {@link
 * Collectors}.
 */
final class CollectorCatalog {
  /**
   * A collector that can be made.
   *
   * @param name as in {@code --collector.NAME} and {@code ?collect[]=NAME}
   * @param onByDefault whether it is on unless said otherwise
   * @param said what the configuration says of it; null for nothing
   * @param factory makes it
   */
  record Entry(
      String name,
      boolean onByDefault,
      Function<Collectors, @Nullable Boolean> said,
      Function<CollectorContext, Collector> factory) {
    boolean isOn(NodeExporterConfig config) {
      return config.collector().isOn(said, onByDefault);
    }
  }

  /** Sorted by name. */
  static final List<Entry> ENTRIES =
      List.of(
          new Entry("cpu", true, Collectors::cpu, CpuCollector::new),
          new Entry("diskstats", true, Collectors::diskstats, DiskstatsCollector::new),
          new Entry("filesystem", true, Collectors::filesystem, FilesystemCollector::new),
          new Entry("loadavg", true, Collectors::loadavg, LoadavgCollector::new),
          new Entry("meminfo", true, Collectors::meminfo, MeminfoCollector::new),
          new Entry("netdev", true, Collectors::netdev, NetdevCollector::new),
          new Entry("stat", true, Collectors::stat, StatCollector::new),
          new Entry("time", true, Collectors::time, TimeCollector::new),
          new Entry("uname", true, Collectors::uname, UnameCollector::new));

  private CollectorCatalog() {}
}
