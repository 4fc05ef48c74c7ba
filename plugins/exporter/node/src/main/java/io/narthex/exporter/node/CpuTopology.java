package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code /sys/devices/system/cpu} tells of the CPUs. Which of them there are and which are
 * on-line changes only when a CPU is taken off-line or put back, which shows in {@code /proc/stat};
 * so the directory is looked through once for each set of CPUs there, and at a scrape only the
 * throttle counters are read.
 */
final class CpuTopology {
  private static final Family CORE_THROTTLES =
      Family.counter(
          "node_cpu_core_throttles_total", "Number of times this CPU core has been throttled.");
  private static final Family PACKAGE_THROTTLES =
      Family.counter(
          "node_cpu_package_throttles_total",
          "Number of times this CPU package has been throttled.");
  private static final Family ISOLATED =
      Family.gauge(
          "node_cpu_isolated",
          "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.");
  private static final Family ONLINE =
      Family.gauge("node_cpu_online", "CPUs that are online and being scheduled.");

  private static final int MAX_CPU = 1 << 16;

  private record Counter(Family family, Labels labels, KernelFile file) {}

  private record State(Labels labels, double value) {}

  private final CollectorContext context;
  private final Path directory;
  private boolean known;
  private int knownCpuSet;
  private final List<Counter> throttles = new ArrayList<>();
  private final List<State> online = new ArrayList<>();
  private final List<Labels> isolated = new ArrayList<>();

  CpuTopology(CollectorContext context) {
    this.context = context;
    this.directory = context.sys("devices/system/cpu");
  }

  /**
   * Adds the samples.
   *
   * @param cpuSet a fingerprint of the CPUs that are on-line
   */
  void collect(Scrape scrape, int cpuSet) throws IOException {
    if (!known || cpuSet != knownCpuSet) {
      look();
      knownCpuSet = cpuSet;
      known = true;
    }
    for (Labels labels : isolated) {
      scrape.add(ISOLATED, 1, labels);
    }
    for (Counter throttle : throttles) {
      try {
        scrape.add(
            throttle.family, ByteCursor.toDouble(throttle.file.readUnsigned()), throttle.labels);
      } catch (IOException e) {
        // The CPU went off-line between the two reads; another of its core or package is looked for
        // next time.
        known = false;
      }
    }
    for (State state : online) {
      scrape.add(ONLINE, state.value, state.labels);
    }
  }

  private void look() throws IOException {
    close();
    online.clear();
    isolated.clear();
    readIsolated();
    List<Path> cpus = cpus();
    Set<Labels> packages = new HashSet<>();
    Set<Labels> cores = new HashSet<>();
    for (Path cpu : cpus) {
      String packageId;
      String coreId;
      try {
        packageId = number(cpu.resolve("topology/physical_package_id"));
        coreId = number(cpu.resolve("topology/core_id"));
      } catch (IOException e) {
        continue; // off-line, or a sandbox without topology
      }
      // Some machines count by core but not by package.
      watch(
          CORE_THROTTLES,
          Labels.of("package", packageId, "core", coreId),
          cpu,
          "core_throttle_count",
          cores);
      watch(
          PACKAGE_THROTTLES,
          Labels.of("package", packageId),
          cpu,
          "package_throttle_count",
          packages);
    }
    // Where the first CPU has no such file, the kernel cannot take CPUs off-line and all are on.
    if (!cpus.isEmpty() && Files.exists(cpus.getFirst().resolve("online"))) {
      for (Path cpu : cpus) {
        String id = cpu.getFileName().toString().substring("cpu".length());
        online.add(new State(Labels.of("cpu", id), isOnline(cpu) ? 1 : 0));
      }
    }
  }

  private void watch(Family family, Labels labels, Path cpu, String name, Set<Labels> watched) {
    if (watched.contains(labels)) {
      return; // the siblings show the same counter
    }
    KernelFile file = context.sysFile(cpu.resolve("thermal_throttle").resolve(name));
    if (file.exists()) {
      throttles.add(new Counter(family, labels, file));
      watched.add(labels);
    }
  }

  /** The directories cpu0, cpu1, cpu10, cpu2 and so on, sorted as text, as upstream takes them. */
  private List<Path> cpus() throws IOException {
    List<Path> cpus = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "cpu[0-9]*")) {
      entries.forEach(cpus::add);
    } catch (NoSuchFileException e) {
      return cpus;
    }
    cpus.sort(null);
    return cpus;
  }

  private String number(Path path) throws IOException {
    ByteCursor in = context.buffer().read(path);
    in.nextLine();
    return Long.toUnsignedString(in.unsigned());
  }

  private boolean isOnline(Path cpu) {
    try {
      ByteCursor in = context.buffer().read(cpu.resolve("online"));
      return in.nextLine() && in.rest().equals("1");
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads a list such as {@code 1,3-5,9}. */
  private void readIsolated() throws IOException {
    ByteCursor in;
    try {
      in = context.buffer().read(directory.resolve("isolated"));
    } catch (NoSuchFileException e) {
      return;
    }
    if (!in.nextLine() || !in.hasField()) {
      return;
    }
    String list = in.rest();
    for (String range : list.split(",", -1)) {
      int dash = range.indexOf('-');
      try {
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        if (first < 0 || last >= MAX_CPU) {
          throw in.malformed("\"" + range + "\"", "numbers below " + MAX_CPU);
        }
        for (int cpu = first; cpu <= last; cpu++) {
          isolated.add(Labels.of("cpu", Integer.toString(cpu)));
        }
      } catch (NumberFormatException e) {
        throw in.malformed("\"" + list + "\"", "a list of CPUs such as 1,3-5");
      }
    }
  }

  void close() {
    for (Counter throttle : throttles) {
      throttle.file.close();
    }
    throttles.clear();
    known = false;
  }
}
