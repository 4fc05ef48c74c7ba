package io.narthex.exporter.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * {@code /proc/stat}, parsed. Producing it is the kernel's most expensive work in a scrape (it sums
 * each interrupt over all CPUs), so it is read once for all collectors. Not safe for several
 * threads.
 */
final class ProcStat {
  /** user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice. */
  static final int CPU_FIELDS = 10;

  /** The total, then one for each vector. */
  static final int SOFTIRQ_FIELDS = 11;

  /**
   * A value that the file does not have, as older kernels and sandboxes lack some; no counter gets
   * to 2^64 - 1.
   */
  static final long ABSENT = -1;

  private static final int MAX_CPU = 1 << 16;

  private static final byte[] CPU = "cpu".getBytes(US_ASCII);
  private static final byte[] INTR = "intr ".getBytes(US_ASCII);
  private static final byte[] CTXT = "ctxt ".getBytes(US_ASCII);
  private static final byte[] BTIME = "btime ".getBytes(US_ASCII);
  private static final byte[] PROCESSES = "processes ".getBytes(US_ASCII);
  private static final byte[] RUNNING = "procs_running ".getBytes(US_ASCII);
  private static final byte[] BLOCKED = "procs_blocked ".getBytes(US_ASCII);
  private static final byte[] SOFTIRQ = "softirq ".getBytes(US_ASCII);

  private final KernelFile file;
  private long scrapeNumber;
  private @Nullable IOException failure;

  private int cpus;
  private int[] cpuIds = new int[8];
  private long[] ticks = new long[8 * CPU_FIELDS];
  private long interrupts;
  private long contextSwitches;
  private long bootTime;
  private long forks;
  private long running;
  private long blocked;
  private final long[] softirqs = new long[SOFTIRQ_FIELDS];
  private int softirqFields;

  ProcStat(KernelFile file) {
    this.file = file;
  }

  /** Reads the file, unless that was done in this scrape. */
  void refresh(Scrape scrape) throws IOException {
    if (scrapeNumber != scrape.number()) {
      scrapeNumber = scrape.number();
      failure = null;
      try {
        parse(file.read());
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void parse(ByteCursor in) throws MalformedFileException {
    cpus = 0;
    interrupts = ABSENT;
    contextSwitches = ABSENT;
    bootTime = ABSENT;
    forks = ABSENT;
    running = ABSENT;
    blocked = ABSENT;
    softirqFields = 0;
    while (in.nextWholeLine()) {
      if (in.skip(CPU)) {
        cpu(in);
      } else if (in.skip(INTR)) {
        // The thousands of numbers after the total are the interrupts collector's.
        interrupts = in.unsigned();
      } else if (in.skip(CTXT)) {
        contextSwitches = in.unsigned();
      } else if (in.skip(BTIME)) {
        bootTime = in.unsigned();
      } else if (in.skip(PROCESSES)) {
        forks = in.unsigned();
      } else if (in.skip(RUNNING)) {
        running = in.unsigned();
      } else if (in.skip(BLOCKED)) {
        blocked = in.unsigned();
      } else if (in.skip(SOFTIRQ)) {
        while (softirqFields < SOFTIRQ_FIELDS && in.hasField()) {
          softirqs[softirqFields++] = in.unsigned();
        }
      }
    }
  }

  private void cpu(ByteCursor in) throws MalformedFileException {
    int start = in.mark();
    in.skipBlanks();
    if (in.mark() != start) {
      return; // the sum over all CPUs
    }
    long id = in.digits();
    if (id < 0 || id >= MAX_CPU) {
      throw in.malformed("CPU " + Long.toUnsignedString(id), "a number below " + MAX_CPU);
    }
    if (cpus == cpuIds.length) {
      cpuIds = Arrays.copyOf(cpuIds, cpus * 2);
      ticks = Arrays.copyOf(ticks, cpus * 2 * CPU_FIELDS);
    }
    cpuIds[cpus] = (int) id;
    int base = cpus * CPU_FIELDS;
    for (int field = 0; field < CPU_FIELDS; field++) {
      // Kernels before 2.6.33 and some containers have fewer.
      ticks[base + field] = in.hasField() ? in.unsigned() : 0;
    }
    cpus++;
  }

  /** How many CPUs are on-line. */
  int cpus() {
    return cpus;
  }

  /** The number of the CPU on the {@code index}-th line. */
  int cpuId(int index) {
    return cpuIds[index];
  }

  /** The time that a CPU spent in one mode, in seconds. */
  double cpuSeconds(int index, int field) {
    return ByteCursor.toDouble(ticks[index * CPU_FIELDS + field]) / 100;
  }

  /** A fingerprint of the set of CPUs that are on-line. */
  int cpuSet() {
    int hash = cpus;
    for (int i = 0; i < cpus; i++) {
      hash = hash * 31 + cpuIds[i];
    }
    return hash;
  }

  long interrupts() {
    return interrupts;
  }

  long contextSwitches() {
    return contextSwitches;
  }

  long bootTime() {
    return bootTime;
  }

  long forks() {
    return forks;
  }

  long running() {
    return running;
  }

  long blocked() {
    return blocked;
  }

  /**
   * Softirq calls: the total at 0, then one for each vector.
   *
   * @throws MalformedFileException when the file has fewer
   */
  long softirq(int index) throws MalformedFileException {
    if (softirqFields < SOFTIRQ_FIELDS) {
      throw new MalformedFileException(
          "cannot parse softirq of "
              + file.path()
              + ": got "
              + softirqFields
              + " numbers, want "
              + SOFTIRQ_FIELDS);
    }
    return softirqs[index];
  }

  void close() {
    file.close();
  }
}
