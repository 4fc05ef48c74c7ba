package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;

/** Counters of the whole system from {@code /proc/stat}. */
final class StatCollector implements Collector {
  private static final Family INTERRUPTS =
      Family.counter("node_intr_total", "Total number of interrupts serviced.");
  private static final Family CONTEXT_SWITCHES =
      Family.counter("node_context_switches_total", "Total number of context switches.");
  private static final Family FORKS = Family.counter("node_forks_total", "Total number of forks.");
  private static final Family BOOT_TIME =
      Family.gauge("node_boot_time_seconds", "Node boot time, in unixtime.");
  private static final Family RUNNING =
      Family.gauge("node_procs_running", "Number of processes in runnable state.");
  private static final Family BLOCKED =
      Family.gauge(
          "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.");
  private static final Family SOFTIRQS =
      Family.counter("node_softirqs_total", "Number of softirq calls.");

  /** In the order of the file. */
  private static final String[] VECTORS = {
    "hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"
  };

  private final ProcStat stat;
  private final Labels[] vectors = new Labels[VECTORS.length];
  private final boolean softirq;

  StatCollector(CollectorContext context) {
    this.stat = context.procStat();
    this.softirq = context.config().stat().softirq();
    for (int i = 0; i < VECTORS.length; i++) {
      vectors[i] = Labels.of("vector", VECTORS[i]);
    }
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    stat.refresh(scrape);
    add(scrape, INTERRUPTS, stat.interrupts());
    add(scrape, CONTEXT_SWITCHES, stat.contextSwitches());
    add(scrape, FORKS, stat.forks());
    add(scrape, BOOT_TIME, stat.bootTime());
    add(scrape, RUNNING, stat.running());
    add(scrape, BLOCKED, stat.blocked());
    if (softirq) {
      for (int i = 0; i < vectors.length; i++) {
        scrape.add(SOFTIRQS, ByteCursor.toDouble(stat.softirq(i + 1)), vectors[i]);
      }
    }
  }

  private static void add(Scrape scrape, Family family, long value) {
    if (value != ProcStat.ABSENT) {
      scrape.add(family, ByteCursor.toDouble(value));
    }
  }
}
