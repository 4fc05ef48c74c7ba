package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The system's time, its time zone, and the clock sources of {@code
 * /sys/devices/system/clocksource}.
 */
final class TimeCollector implements Collector {
  private static final Family SECONDS =
      Family.gauge("node_time_seconds", "System time in seconds since epoch (1970).");
  private static final Family ZONE_OFFSET =
      Family.gauge("node_time_zone_offset_seconds", "System time zone offset in seconds.");
  private static final Family AVAILABLE =
      Family.gauge(
          "node_time_clocksource_available_info",
          "Available clocksources read from '/sys/devices/system/clocksource'.");
  private static final Family CURRENT =
      Family.gauge(
          "node_time_clocksource_current_info",
          "Current clocksource read from '/sys/devices/system/clocksource'.");

  private record ClockSource(String device, KernelFile available, KernelFile current) {}

  private final CollectorContext context;
  private final InstantSource clock;

  /** Which there are is fixed at boot; found at the first scrape. */
  private @Nullable List<ClockSource> sources;

  private SystemCalls.@Nullable LocalZone zone;
  private Labels zoneLabels = Labels.EMPTY;

  TimeCollector(CollectorContext context) {
    this.context = context;
    this.clock = context.clock();
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    Instant now = clock.instant();
    scrape.add(SECONDS, now.getEpochSecond() + now.getNano() / 1e9);
    SystemCalls.LocalZone local = context.calls().localZone(now.getEpochSecond());
    if (!local.equals(zone)) {
      zone = local;
      zoneLabels = Labels.of("time_zone", local.abbreviation());
    }
    scrape.add(ZONE_OFFSET, local.offsetSeconds(), zoneLabels);
    if (sources == null) {
      sources = find();
    }
    for (ClockSource source : sources) {
      ByteCursor in = source.available.read();
      in.nextLine();
      while (in.hasField()) {
        scrape.add(AVAILABLE, 1, Labels.of("device", source.device, "clocksource", in.field()));
      }
      scrape.add(
          CURRENT, 1, Labels.of("device", source.device, "clocksource", source.current.readLine()));
    }
  }

  private List<ClockSource> find() throws IOException {
    List<Path> directories = new ArrayList<>();
    Path parent = context.sys("devices/system/clocksource");
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "clocksource[0-9]*")) {
      entries.forEach(directories::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    directories.sort(null);
    List<ClockSource> found = new ArrayList<>();
    for (Path directory : directories) {
      found.add(
          new ClockSource(
              Integer.toString(found.size()),
              context.sysFile(directory.resolve("available_clocksource")),
              context.sysFile(directory.resolve("current_clocksource"))));
    }
    return found;
  }

  @Override
  public void close() {
    if (sources != null) {
      for (ClockSource source : sources) {
        source.available.close();
        source.current.close();
      }
    }
  }
}
