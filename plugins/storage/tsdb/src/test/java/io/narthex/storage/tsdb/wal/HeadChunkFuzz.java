package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.file.MemoryDisk;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fuzzes the head-chunk files: all chunks are visited and read, then what is at any offset. */
public final class HeadChunkFuzz {
  private static final Path FOLDER = Path.of("/chunks_head");
  private static final int HEADER = 8;
  private static final int FIXED = 25;

  private HeadChunkFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] file = Fuzz.rest(input);
    if (Fuzz.heals(input)) {
      heal(file);
    }
    MemoryDisk disk = new MemoryDisk(FOLDER.resolve("000001"), file);
    Fuzz.decode(
        file.length,
        () -> {
          try (HeadChunkFiles files = HeadChunkFiles.open(disk, FOLDER, Runnable::run)) {
            List<Long> refs = new ArrayList<>();
            Fuzz.attempt(() ->
                files.visit((series, ref, min, max, encoding, late, samples) -> refs.add(ref)));
            HeadChunk chunk = new HeadChunk();
            for (long ref : refs) {
              files.read(ref, chunk);
            }
            for (int at = 0; at < Math.min(64, file.length + 8); at++) {
              long ref = 1L << 32 | at;
              Fuzz.attempt(() -> files.read(ref, chunk));
            }
            Fuzz.attempt(() -> files.read(-1, chunk));
          }
        });
  }

  private static void heal(byte[] b) {
    int at = HEADER;
    while (at + FIXED < b.length) {
      long length = Fuzz.length(b, at + FIXED);
      if (length < 0 || (length >>> 32) + (int) length + 4 > b.length) {
        return;
      }
      int end = (int) (length >>> 32) + (int) length;
      Fuzz.checksum(b, at, end - at, end);
      at = end + 4;
    }
  }

  /** A file of some chunks. */
  public static List<byte[]> seeds() throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    RealDisk disk = new RealDisk();
    int length = 0;
    try {
      try (HeadChunkFiles files = HeadChunkFiles.open(disk, folder, Runnable::run)) {
        for (int i = 0; i < 5; i++) {
          byte[] data = new byte[2 + 50 * i];
          Arrays.fill(data, (byte) i);
          long ref = files.write(i + 1, i, i + 10, (byte) 1, i == 2, data, 0, data.length);
          length = (int) ref + FIXED + 5 + data.length + 4;
        }
      }
      byte[] file = Files.readAllBytes(folder.resolve("000001"));
      return List.of(Fuzz.seed(Arrays.copyOf(file, length)), Fuzz.seed(new byte[0]));
    } finally {
      disk.delete(folder);
    }
  }
}
