package io.narthex.exporter.node;

import com.google.re2j.Pattern;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What each CPU spent its time on, from {@code /proc/stat}; throttling, isolation and being on-line
 * from {@code /sys/devices/system/cpu}; on demand, what {@code /proc/cpuinfo} says of them.
 *
 * <p>The kernel's counters of one CPU sometimes go back a little (idle and iowait are not exact on
 * tickless kernels). A counter that goes back is a reset to Prometheus and shows as a huge rate, so
 * the highest value is kept. When idle goes back by {@link #JUMP_BACK_SECONDS} or more, the CPU was
 * taken off-line and back, and all of its counters start anew.
 */
final class CpuCollector implements Collector {
  static final double JUMP_BACK_SECONDS = 3.0;

  private static final Family SECONDS =
      Family.counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
  private static final Family GUEST_SECONDS =
      Family.counter(
          "node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests (VMs) for each mode.");
  private static final Family INFO =
      Family.gauge("node_cpu_info", "CPU information from /proc/cpuinfo.");
  private static final Family FREQUENCY =
      Family.gauge("node_cpu_frequency_hertz", "CPU frequency in hertz from /proc/cpuinfo.");
  private static final Family FLAGS =
      Family.gauge(
          "node_cpu_flag_info",
          "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.");
  private static final Family BUGS =
      Family.gauge(
          "node_cpu_bug_info",
          "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.");

  private static final int IDLE = 3;

  /** By the order of the fields in {@code /proc/stat}; the last two are of guests. */
  private static final String[] MODES = {
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "user", "nice"
  };

  private static final int MODES_OF_HOST = 8;

  /** One CPU's counters, never going back, and their labels. */
  private static final class Cpu {
    final double[] seconds = new double[ProcStat.CPU_FIELDS];
    final Labels[] labels = new Labels[ProcStat.CPU_FIELDS];

    Cpu(int id) {
      String number = Integer.toString(id);
      for (int i = 0; i < labels.length; i++) {
        labels[i] = Labels.of("cpu", number, "mode", MODES[i]);
      }
    }

    void update(ProcStat stat, int index) {
      if (seconds[IDLE] - stat.cpuSeconds(index, IDLE) >= JUMP_BACK_SECONDS) {
        Arrays.fill(seconds, 0);
      }
      for (int i = 0; i < seconds.length; i++) {
        seconds[i] = Math.max(seconds[i], stat.cpuSeconds(index, i));
      }
    }
  }

  private final ProcStat stat;
  private final KernelFile cpuinfo;
  private final CpuTopology topology;
  private final NodeExporterConfig.Cpu options;
  private final boolean frequency;
  private final @Nullable Pattern flags;
  private final @Nullable Pattern bugs;

  /** By number; null where there is none now. */
  private @Nullable Cpu[] cpus = new Cpu[8];

  private int cpuSet;

  CpuCollector(CollectorContext context) {
    this.stat = context.procStat();
    this.cpuinfo = context.proc("cpuinfo");
    this.topology = new CpuTopology(context);
    this.options = context.config().cpu();
    // Upstream ties the frequency that cpuinfo shows to the collector of the same subject.
    this.frequency =
        context.config().collector().isOn(NodeExporterConfig.Collectors::cpufreq, true);
    this.flags =
        options.infoFlagsInclude().isEmpty() ? null : Pattern.compile(options.infoFlagsInclude());
    this.bugs =
        options.infoBugsInclude().isEmpty() ? null : Pattern.compile(options.infoBugsInclude());
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    if (options.info()) {
      collectInfo(scrape);
    }
    stat.refresh(scrape);
    collectTimes(scrape);
    topology.collect(scrape, stat.cpuSet());
  }

  private void collectTimes(Scrape scrape) {
    if (stat.cpuSet() != cpuSet) {
      cpuSet = stat.cpuSet();
      forgetAbsent();
    }
    for (int i = 0; i < stat.cpus(); i++) {
      Cpu cpu = cpu(stat.cpuId(i));
      cpu.update(stat, i);
      for (int mode = 0; mode < MODES_OF_HOST; mode++) {
        scrape.add(SECONDS, cpu.seconds[mode], cpu.labels[mode]);
      }
      if (options.guest()) {
        for (int mode = MODES_OF_HOST; mode < cpu.seconds.length; mode++) {
          scrape.add(GUEST_SECONDS, cpu.seconds[mode], cpu.labels[mode]);
        }
      }
    }
  }

  private Cpu cpu(int id) {
    if (id >= cpus.length) {
      cpus = Arrays.copyOf(cpus, Math.max(id + 1, cpus.length * 2));
    }
    Cpu cpu = cpus[id];
    if (cpu == null) {
      cpu = new Cpu(id);
      cpus[id] = cpu;
    }
    return cpu;
  }

  /** A CPU that was taken off-line starts anew when it is back. */
  private void forgetAbsent() {
    @Nullable Cpu[] present = new Cpu[cpus.length];
    for (int i = 0; i < stat.cpus(); i++) {
      int id = stat.cpuId(i);
      if (id < cpus.length) {
        present[id] = cpus[id];
      }
    }
    cpus = present;
  }

  private void collectInfo(Scrape scrape) throws IOException {
    List<CpuInfo> processors = CpuInfo.parse(cpuinfo.read());
    for (CpuInfo processor : processors) {
      scrape.add(INFO, 1, processor.infoLabels());
      if (frequency) {
        scrape.add(FREQUENCY, processor.megahertz() * 1e6, processor.coreLabels());
      }
    }
    if (!processors.isEmpty()) {
      CpuInfo first = processors.getFirst();
      collectWords(scrape, FLAGS, "flag", first.flags(), flags);
      collectWords(scrape, BUGS, "bug", first.bugs(), bugs);
    }
  }

  private static void collectWords(
      Scrape scrape, Family family, String label, List<String> words, @Nullable Pattern pattern) {
    if (pattern == null) {
      return;
    }
    for (String word : words) {
      if (pattern.matcher(word).find()) {
        scrape.add(family, 1, Labels.of(label, word));
      }
    }
  }

  @Override
  public void close() {
    cpuinfo.close();
    topology.close();
  }
}
