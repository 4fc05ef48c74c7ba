package io.narthex.exporter.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;

/**
 * Memory statistics from {@code /proc/meminfo}. Lines that node_exporter does not report are passed
 * over.
 */
final class MeminfoCollector implements Collector {
  /**
   * The lines that are reported, in about the kernel's order, so that each is found where the last
   * one left off.
   */
  private static final String[] LINES = {
    "MemTotal",
    "MemFree",
    "MemAvailable",
    "Buffers",
    "Cached",
    "SwapCached",
    "Active",
    "Inactive",
    "Active(anon)",
    "Inactive(anon)",
    "Active(file)",
    "Inactive(file)",
    "Unevictable",
    "Mlocked",
    "SwapTotal",
    "SwapFree",
    "Zswap",
    "Zswapped",
    "Dirty",
    "Writeback",
    "AnonPages",
    "Mapped",
    "Shmem",
    "Slab",
    "SReclaimable",
    "SUnreclaim",
    "KernelStack",
    "PageTables",
    "NFS_Unstable",
    "Bounce",
    "WritebackTmp",
    "CommitLimit",
    "Committed_AS",
    "VmallocTotal",
    "VmallocUsed",
    "VmallocChunk",
    "Percpu",
    "HardwareCorrupted",
    "AnonHugePages",
    "ShmemHugePages",
    "ShmemPmdMapped",
    "CmaTotal",
    "CmaFree",
    "HugePages_Total",
    "HugePages_Free",
    "HugePages_Rsvd",
    "HugePages_Surp",
    "Hugepagesize",
    "DirectMap4k",
    "DirectMap2M",
    "DirectMap1G"
  };

  private static final byte[] KB = "kB".getBytes(US_ASCII);

  private final KernelFile file;
  private final byte[][] prefixes = new byte[LINES.length][];
  private final Family[] families = new Family[LINES.length];

  MeminfoCollector(CollectorContext context) {
    this.file = context.proc("meminfo");
    for (int i = 0; i < LINES.length; i++) {
      String line = LINES[i];
      prefixes[i] = (line + ":").getBytes(US_ASCII);
      // Pages are counted, all else is measured; Active(anon) becomes Active_anon.
      String field =
          line.replace('(', '_').replace(")", "") + (line.startsWith("HugePages_") ? "" : "_bytes");
      families[i] = Family.gauge("node_memory_" + field, "Memory information field " + field + ".");
    }
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    ByteCursor in = file.read();
    int expected = 0;
    while (in.nextWholeLine()) {
      int found = find(in, expected);
      if (found < 0) {
        continue;
      }
      expected = found + 1;
      double value = ByteCursor.toDouble(in.unsigned());
      if (in.hasField()) {
        int unit = in.mark();
        if (!in.fieldIs(KB) || in.hasField()) {
          in.back(unit);
          throw in.malformed("\"" + in.rest() + "\"", "kB");
        }
        value *= 1024;
      }
      scrape.add(families[found], value);
    }
    if (expected == 0) {
      throw in.malformed("no known line", "MemTotal and others");
    }
  }

  /** The line's index; goes past its name. */
  private int find(ByteCursor in, int expected) {
    for (int i = 0; i < prefixes.length; i++) {
      int candidate =
          expected + i < prefixes.length ? expected + i : expected + i - prefixes.length;
      if (in.skip(prefixes[candidate])) {
        return candidate;
      }
    }
    return -1;
  }

  @Override
  public void close() {
    file.close();
  }
}
