package io.narthex.exporter.node;

import static io.narthex.exporter.node.LinkCounter.COLLISIONS;
import static io.narthex.exporter.node.LinkCounter.MULTICAST;
import static io.narthex.exporter.node.LinkCounter.RX_BYTES;
import static io.narthex.exporter.node.LinkCounter.RX_COMPRESSED;
import static io.narthex.exporter.node.LinkCounter.RX_CRC_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_DROPPED;
import static io.narthex.exporter.node.LinkCounter.RX_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_FIFO_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_FRAME_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_LENGTH_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_MISSED_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_NOHANDLER;
import static io.narthex.exporter.node.LinkCounter.RX_OVER_ERRORS;
import static io.narthex.exporter.node.LinkCounter.RX_PACKETS;
import static io.narthex.exporter.node.LinkCounter.TX_ABORTED_ERRORS;
import static io.narthex.exporter.node.LinkCounter.TX_BYTES;
import static io.narthex.exporter.node.LinkCounter.TX_CARRIER_ERRORS;
import static io.narthex.exporter.node.LinkCounter.TX_COMPRESSED;
import static io.narthex.exporter.node.LinkCounter.TX_DROPPED;
import static io.narthex.exporter.node.LinkCounter.TX_ERRORS;
import static io.narthex.exporter.node.LinkCounter.TX_FIFO_ERRORS;
import static io.narthex.exporter.node.LinkCounter.TX_HEARTBEAT_ERRORS;
import static io.narthex.exporter.node.LinkCounter.TX_PACKETS;
import static io.narthex.exporter.node.LinkCounter.TX_WINDOW_ERRORS;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters of network devices: by rtnetlink, or from {@code /proc/net/dev} when that is asked for
 * or the kernel has no rtnetlink to offer (some sandboxes). The names are those of {@code
 * /proc/net/dev}, for which some of the kernel's counters are added up; on demand each counter has
 * a name of its own.
 */
final class NetdevCollector implements Collector {
  private static final Logger log = LoggerFactory.getLogger(NetdevCollector.class);

  private static final int REMEMBERED = 4096;

  /** A metric and the counters of which it is the sum. */
  private record Statistic(Family family, int[] counters) {
    Statistic(String name, LinkCounter... counters) {
      this(declare(name), ordinals(counters));
    }

    private static int[] ordinals(LinkCounter... counters) {
      int[] ordinals = new int[counters.length];
      for (int i = 0; i < counters.length; i++) {
        ordinals[i] = counters[i].ordinal();
      }
      return ordinals;
    }

    double value(long[] of) {
      long sum = 0;
      for (int counter : counters) {
        sum += of[counter];
      }
      return ByteCursor.toDouble(sum);
    }
  }

  /** As the kernel sums them up for {@code /proc/net/dev} (net/core/net-procfs.c). */
  private static final Statistic[] SUMMED = {
    new Statistic("receive_packets", RX_PACKETS),
    new Statistic("transmit_packets", TX_PACKETS),
    new Statistic("receive_bytes", RX_BYTES),
    new Statistic("transmit_bytes", TX_BYTES),
    new Statistic("receive_errs", RX_ERRORS),
    new Statistic("transmit_errs", TX_ERRORS),
    new Statistic("receive_drop", RX_DROPPED, RX_MISSED_ERRORS),
    new Statistic("transmit_drop", TX_DROPPED),
    new Statistic("receive_multicast", MULTICAST),
    new Statistic("transmit_colls", COLLISIONS),
    new Statistic(
        "receive_frame", RX_FRAME_ERRORS, RX_LENGTH_ERRORS, RX_OVER_ERRORS, RX_CRC_ERRORS),
    new Statistic("receive_fifo", RX_FIFO_ERRORS),
    new Statistic(
        "transmit_carrier",
        TX_CARRIER_ERRORS,
        TX_ABORTED_ERRORS,
        TX_HEARTBEAT_ERRORS,
        TX_WINDOW_ERRORS),
    new Statistic("transmit_fifo", TX_FIFO_ERRORS),
    new Statistic("receive_compressed", RX_COMPRESSED),
    new Statistic("transmit_compressed", TX_COMPRESSED),
    new Statistic("receive_nohandler", RX_NOHANDLER),
  };

  private static final Statistic[] DETAILED = {
    new Statistic("receive_packets", RX_PACKETS),
    new Statistic("transmit_packets", TX_PACKETS),
    new Statistic("receive_bytes", RX_BYTES),
    new Statistic("transmit_bytes", TX_BYTES),
    new Statistic("receive_errors", RX_ERRORS),
    new Statistic("transmit_errors", TX_ERRORS),
    new Statistic("receive_dropped", RX_DROPPED),
    new Statistic("transmit_dropped", TX_DROPPED),
    new Statistic("multicast", MULTICAST),
    new Statistic("collisions", COLLISIONS),
    new Statistic("receive_length_errors", RX_LENGTH_ERRORS),
    new Statistic("receive_over_errors", RX_OVER_ERRORS),
    new Statistic("receive_crc_errors", RX_CRC_ERRORS),
    new Statistic("receive_frame_errors", RX_FRAME_ERRORS),
    new Statistic("receive_fifo_errors", RX_FIFO_ERRORS),
    new Statistic("receive_missed_errors", RX_MISSED_ERRORS),
    new Statistic("transmit_aborted_errors", TX_ABORTED_ERRORS),
    new Statistic("transmit_carrier_errors", TX_CARRIER_ERRORS),
    new Statistic("transmit_fifo_errors", TX_FIFO_ERRORS),
    new Statistic("transmit_heartbeat_errors", TX_HEARTBEAT_ERRORS),
    new Statistic("transmit_window_errors", TX_WINDOW_ERRORS),
    new Statistic("receive_compressed", RX_COMPRESSED),
    new Statistic("transmit_compressed", TX_COMPRESSED),
    new Statistic("receive_nohandler", RX_NOHANDLER),
  };

  /**
   * The columns of {@code /proc/net/dev}, in order: its sums, under the names that upstream gives
   * them.
   */
  private static final String[] FILE_SUMMED = {
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed"
  };

  private static final String[] FILE_DETAILED = {
    "receive_bytes",
    "receive_packets",
    "receive_errors",
    "receive_dropped",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errors",
    "transmit_dropped",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed"
  };

  private static final Family ADDRESS_INFO =
      Family.gauge("node_network_address_info", "node network address by device");

  private static Family declare(String name) {
    return Family.counter(
        "node_network_" + name + "_total", "Network device statistic " + name + ".");
  }

  private final CollectorContext context;
  private final NodeExporterConfig.Netdev options;
  private final Selection selection;
  private final KernelFile file;
  private final Statistic[] statistics;
  private final Family[] columns;
  private final Map<String, Labels> labels = new HashMap<>();
  private boolean netlink;

  NetdevCollector(CollectorContext context) {
    this.context = context;
    this.options = context.config().netdev();
    this.selection = options.devices();
    this.file = context.proc("net/dev");
    this.netlink = options.netlink();
    this.statistics = options.enableDetailedMetrics() ? DETAILED : SUMMED;
    String[] names = options.enableDetailedMetrics() ? FILE_DETAILED : FILE_SUMMED;
    this.columns = new Family[names.length];
    for (int i = 0; i < names.length; i++) {
      columns[i] = declare(names[i]);
    }
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    if (options.labelIfalias() || labels.size() > REMEMBERED) {
      labels.clear(); // an alias may change at any time, and each container brings a new name
    }
    if (netlink) {
      try {
        collectLinks(scrape);
      } catch (KernelException e) {
        netlink = false;
        scrape.rollback();
        log.warn(
            "Reading network devices from a file, as rtnetlink is not to be had file={} err={}",
            file.path(),
            e.getMessage());
      }
    }
    if (!netlink) {
      collectFile(scrape);
    }
    if (options.addressInfo()) {
      for (NetworkAddress address : NetworkAddress.all()) {
        scrape.add(ADDRESS_INFO, 1, address.labels());
      }
    }
  }

  private void collectLinks(Scrape scrape) throws IOException {
    Map<String, long[]> links = new LinkedHashMap<>();
    context.calls().links((name, counters) -> links.put(name, counters.clone()));
    links.forEach((name, counters) -> {
      if (selection.includes(name)) {
        Labels of = labels(name);
        for (Statistic statistic : statistics) {
          scrape.add(statistic.family, statistic.value(counters), of);
        }
      }
    });
  }

  private void collectFile(Scrape scrape) throws IOException {
    Map<String, double[]> devices = new LinkedHashMap<>();
    ByteCursor in = file.read();
    in.nextWholeLine();
    in.nextWholeLine(); // the header has two lines
    while (in.nextWholeLine()) {
      String name = in.before(':');
      if (name.isEmpty()) {
        throw in.malformed("no name", "a network device's");
      }
      double[] values = new double[columns.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = ByteCursor.toDouble(in.unsigned());
      }
      devices.put(name, values);
    }
    devices.forEach((name, values) -> {
      if (selection.includes(name)) {
        Labels of = labels(name);
        for (int i = 0; i < values.length; i++) {
          scrape.add(columns[i], values[i], of);
        }
      }
    });
  }

  private Labels labels(String device) {
    Labels known = labels.get(device);
    if (known == null) {
      known = options.labelIfalias() ? withAlias(device) : Labels.of("device", device);
      labels.put(device, known);
    }
    return known;
  }

  private Labels withAlias(String device) {
    Path alias = context.sys("class/net").resolve(device).resolve("ifalias");
    try {
      ByteCursor in = context.buffer().read(alias);
      return Labels.of("device", device, "ifalias", in.nextLine() ? in.rest() : "");
    } catch (IOException e) {
      return Labels.of("device", device);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
