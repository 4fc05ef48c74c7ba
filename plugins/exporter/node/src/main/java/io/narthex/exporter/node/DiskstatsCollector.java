package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counters of block devices from {@code /proc/diskstats}, and what udev and {@code /sys/block} know
 * of the devices.
 *
 * <pre>
 *    8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880 82621804
 * major minor name, then 11 numbers; since Linux 4.18 15, since 5.5 17
 * </pre>
 */
final class DiskstatsCollector implements Collector {
  private static final Logger log = LoggerFactory.getLogger(DiskstatsCollector.class);

  private static final double COUNT = 1;
  private static final double MILLISECONDS = 1.0 / 1000.0;
  private static final double SECTORS = 512;

  private record Column(Family family, double unit) {}

  /** In the order of the file. */
  private static final Column[] COLUMNS = {
    counter("reads_completed_total", "The total number of reads completed successfully.", COUNT),
    counter("reads_merged_total", "The total number of reads merged.", COUNT),
    counter("read_bytes_total", "The total number of bytes read successfully.", SECTORS),
    counter(
        "read_time_seconds_total", "The total number of seconds spent by all reads.", MILLISECONDS),
    counter("writes_completed_total", "The total number of writes completed successfully.", COUNT),
    counter("writes_merged_total", "The number of writes merged.", COUNT),
    counter("written_bytes_total", "The total number of bytes written successfully.", SECTORS),
    counter(
        "write_time_seconds_total",
        "This is the total number of seconds spent by all writes.",
        MILLISECONDS),
    new Column(
        Family.gauge("node_disk_io_now", "The number of I/Os currently in progress."), COUNT),
    counter("io_time_seconds_total", "Total seconds spent doing I/Os.", MILLISECONDS),
    counter(
        "io_time_weighted_seconds_total",
        "The weighted # of seconds spent doing I/Os.",
        MILLISECONDS),
    counter(
        "discards_completed_total", "The total number of discards completed successfully.", COUNT),
    counter("discards_merged_total", "The total number of discards merged.", COUNT),
    counter(
        "discarded_sectors_total", "The total number of sectors discarded successfully.", COUNT),
    counter(
        "discard_time_seconds_total",
        "This is the total number of seconds spent by all discards.",
        MILLISECONDS),
    counter(
        "flush_requests_total", "The total number of flush requests completed successfully", COUNT),
    counter(
        "flush_requests_time_seconds_total",
        "This is the total number of seconds spent by all flush requests.",
        MILLISECONDS),
  };

  private static final Family INFO =
      Family.gauge("node_disk_info", "Info of /sys/block/<block_device>.");
  private static final Family FILESYSTEM_INFO =
      Family.gauge("node_disk_filesystem_info", "Info about disk filesystem.");
  private static final Family DEVICE_MAPPER_INFO =
      Family.gauge("node_disk_device_mapper_info", "Info about disk device mapper.");
  private static final Family ATA_WRITE_CACHE =
      Family.gauge("node_disk_ata_write_cache", "ATA disk has a write cache.");
  private static final Family ATA_WRITE_CACHE_ENABLED =
      Family.gauge("node_disk_ata_write_cache_enabled", "ATA disk has its write cache enabled.");
  private static final Family ATA_ROTATION_RATE =
      Family.gauge(
          "node_disk_ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs).");

  private static Column counter(String name, String help, double unit) {
    return new Column(Family.counter("node_disk_" + name, help), unit);
  }

  /** A device, and what else is known of it. Made anew when its name gets another number. */
  private final class Device {
    final String major;
    final String minor;
    final String name;
    final Labels labels;
    private final UdevProperties udev;
    private final @Nullable KernelFile rotational;
    private long rotationalValue;
    private Labels info = Labels.EMPTY;
    private @Nullable Labels fileSystem;
    private @Nullable Labels deviceMapper;
    private @Nullable Double ataWriteCache;
    private @Nullable Double ataWriteCacheEnabled;
    private @Nullable Double ataRotationRate;

    /** The last scrape that saw it. */
    long seen;

    Device(String major, String minor, String name) {
      this.major = major;
      this.minor = minor;
      this.name = name;
      this.labels = Labels.of("device", name);
      this.udev = new UdevProperties(udevData.resolve("b" + major + ":" + minor), context.buffer());
      KernelFile file =
          context.sysFile(context.sys("block").resolve(name).resolve("queue/rotational"));
      this.rotational = file.exists() ? file : null;
    }

    void collect(Scrape scrape) throws IOException {
      boolean changed = udev.refresh();
      if (rotational != null) {
        long now = rotational();
        changed |= now != rotationalValue;
        rotationalValue = now;
      }
      if (changed || info.isEmpty()) {
        describe();
      }
      scrape.add(INFO, 1, info);
      if (fileSystem != null) {
        scrape.add(FILESYSTEM_INFO, 1, fileSystem);
      }
      if (deviceMapper != null) {
        scrape.add(DEVICE_MAPPER_INFO, 1, deviceMapper);
      }
      add(scrape, ATA_WRITE_CACHE, ataWriteCache);
      add(scrape, ATA_WRITE_CACHE_ENABLED, ataWriteCacheEnabled);
      add(scrape, ATA_ROTATION_RATE, ataRotationRate);
    }

    private void add(Scrape scrape, Family family, @Nullable Double value) {
      if (value != null) {
        scrape.add(family, value, labels);
      }
    }

    private long rotational() {
      if (rotational == null) {
        return 0;
      }
      try {
        return rotational.readUnsigned();
      } catch (IOException e) {
        return 0; // pulled out since
      }
    }

    private void describe() {
      info =
          Labels.of(
              "device", name,
              "major", major,
              "minor", minor,
              "path", udev.get("ID_PATH"),
              "wwn", udev.get("ID_WWN"),
              "model", udev.get("ID_MODEL"),
              "serial", serial(),
              "revision", udev.get("ID_REVISION"),
              "rotational", Long.toBinaryString(rotationalValue));
      fileSystem =
          udev.get("ID_FS_TYPE").isEmpty()
              ? null
              : Labels.of(
                  "device", name,
                  "type", udev.get("ID_FS_TYPE"),
                  "usage", udev.get("ID_FS_USAGE"),
                  "uuid", udev.get("ID_FS_UUID"),
                  "version", udev.get("ID_FS_VERSION"));
      deviceMapper =
          udev.get("DM_NAME").isEmpty()
              ? null
              : Labels.of(
                  "device", name,
                  "name", udev.get("DM_NAME"),
                  "uuid", udev.get("DM_UUID"),
                  "vg_name", udev.get("DM_VG_NAME"),
                  "lv_name", udev.get("DM_LV_NAME"),
                  "lv_layer", udev.get("DM_LV_LAYER"));
      boolean ata = !udev.get("ID_ATA").isEmpty();
      ataWriteCache = ata ? number("ID_ATA_WRITE_CACHE") : null;
      ataWriteCacheEnabled = ata ? number("ID_ATA_WRITE_CACHE_ENABLED") : null;
      ataRotationRate = ata ? number("ID_ATA_ROTATION_RATE_RPM") : null;
    }

    /** What is printed on the disk; a virtual one has only the last. */
    private String serial() {
      String serial = udev.get("SCSI_IDENT_SERIAL");
      if (serial.isEmpty()) {
        serial = udev.get("ID_SERIAL_SHORT");
      }
      return serial.isEmpty() ? udev.get("ID_SERIAL") : serial;
    }

    private @Nullable Double number(String property) {
      String text = udev.get(property);
      if (text.isEmpty()) {
        return null;
      }
      try {
        return Double.valueOf(text);
      } catch (NumberFormatException e) {
        log.debug("Failed to parse ATA value device={} property={} value={}", name, property, text);
        return null;
      }
    }

    void close() {
      if (rotational != null) {
        rotational.close();
      }
    }
  }

  private final CollectorContext context;
  private final Path udevData;
  private final KernelFile file;
  private final Selection selection;
  private final Map<String, Device> devices = new HashMap<>();

  DiskstatsCollector(CollectorContext context) {
    this.context = context;
    this.udevData = Path.of(context.config().path().udevData());
    this.file = context.proc("diskstats");
    this.selection = context.config().diskstats().devices();
  }

  /**
   * One device's line; kept until the file is read to its end, as devices are looked up through the
   * same buffer.
   */
  private record Line(Device device, double[] values) {}

  @Override
  public void collect(Scrape scrape) throws IOException {
    ByteCursor in = file.read();
    List<Line> lines = new ArrayList<>();
    while (in.nextWholeLine()) {
      Line line = parse(in);
      if (line != null) {
        lines.add(line);
      }
    }
    for (Line line : lines) {
      Device device = line.device;
      device.seen = scrape.number();
      device.collect(scrape);
      for (int i = 0; i < line.values.length; i++) {
        scrape.add(COLUMNS[i].family, line.values[i], device.labels);
      }
    }
    if (devices.size() > lines.size()) {
      forgetAbsent(scrape.number());
    }
  }

  /**
   * Null for a device that is not chosen, and for lines of other lengths, as old kernels have them
   * for partitions.
   */
  private @Nullable Line parse(ByteCursor in) throws MalformedFileException {
    if (!in.hasField()) {
      return null;
    }
    long major = in.unsigned();
    long minor = in.unsigned();
    String name = in.field();
    if (!selection.includes(name)) {
      return null;
    }
    int columns = Math.min(in.countFields(), COLUMNS.length);
    if (columns != 11 && columns != 15 && columns != 17) {
      return null;
    }
    double[] scaled = new double[columns];
    for (int i = 0; i < columns; i++) {
      scaled[i] = ByteCursor.toDouble(in.unsigned()) * COLUMNS[i].unit;
    }
    return new Line(
        device(Long.toUnsignedString(major), Long.toUnsignedString(minor), name), scaled);
  }

  private Device device(String major, String minor, String name) {
    Device device = devices.get(name);
    if (device == null || !device.major.equals(major) || !device.minor.equals(minor)) {
      if (device != null) {
        device.close();
      }
      device = new Device(major, minor, name);
      devices.put(name, device);
    }
    return device;
  }

  private void forgetAbsent(long scrapeNumber) {
    devices
        .values()
        .removeIf(device -> {
          boolean absent = device.seen != scrapeNumber;
          if (absent) {
            device.close();
          }
          return absent;
        });
  }

  @Override
  public void close() {
    file.close();
    devices.values().forEach(Device::close);
    devices.clear();
  }
}
