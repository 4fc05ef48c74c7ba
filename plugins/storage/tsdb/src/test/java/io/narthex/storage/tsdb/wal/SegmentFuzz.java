package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.MemoryDisk;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fuzzes the two readers of the log over one segment; both must come as far. */
public final class SegmentFuzz {
  static final Path FOLDER = Path.of("/wal");

  private SegmentFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] file = Fuzz.rest(input);
    if (Fuzz.heals(input)) {
      heal(file);
    }
    MemoryDisk disk = new MemoryDisk(Segments.path(FOLDER, 0), file);
    int[] records = new int[1];
    boolean[] whole = new boolean[1];
    Fuzz.decode(
        file.length,
        () -> {
          try (WalReader reader = new WalReader(disk, Segments.list(disk, FOLDER))) {
            while (reader.next()) {
              records[0]++;
            }
          }
          whole[0] = true;
        });
    Fuzz.decode(
        file.length,
        () -> {
          try {
            WalReplay.run(disk, Segments.list(disk, FOLDER), new WalReplay.Handler() {}, 1);
            if (!whole[0]) {
              throw new AssertionError("the replay saw no damage behind record " + records[0]);
            }
          } catch (CorruptionException e) {
            if (e.file() == null || e.offset() < 0 || e.offset() > file.length) {
              throw new AssertionError("damage without its place", e);
            }
          }
        });
  }

  /** Makes the checksums right, as far as there are whole fragments. */
  static void heal(byte[] b) {
    int at = 0;
    while (at < b.length) {
      int left = Segments.PAGE - at % Segments.PAGE;
      if (left < Segments.HEADER || (b[at] & 7) == 0) {
        at += left;
        continue;
      }
      if (b.length - at < Segments.HEADER) {
        return;
      }
      int length = (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff);
      if (length > left - Segments.HEADER || at + Segments.HEADER + length > b.length) {
        return;
      }
      Fuzz.checksum(b, at + Segments.HEADER, length, at + 3);
      at += Segments.HEADER + length;
    }
  }

  /** Segments of each compression. */
  public static List<byte[]> seeds() throws IOException {
    List<byte[]> out = new ArrayList<>();
    for (Compression compression : Compression.values()) {
      Path folder = Files.createTempDirectory("fuzz");
      RealDisk disk = new RealDisk();
      try {
        try (WalWriter writer =
            WalWriter.open(
                disk,
                folder,
                compression,
                1 << 20,
                WalWriter.Sync.SEGMENT,
                Runnable::run,
                new WalMetrics())) {
          writer.log(RecordFuzz.records());
        }
        out.add(Fuzz.seed(Files.readAllBytes(Segments.path(folder, 0))));
      } finally {
        disk.delete(folder);
      }
    }
    return out;
  }
}
