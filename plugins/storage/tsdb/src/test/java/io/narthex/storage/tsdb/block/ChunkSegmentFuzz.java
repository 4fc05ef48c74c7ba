package io.narthex.storage.tsdb.block;

import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.MemoryDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Fuzzes a chunk file of a block: what is at any offset is read and decoded. */
public final class ChunkSegmentFuzz {
  private static final Path FOLDER = Path.of("/block/chunks");
  private static final int HEADER = 8;

  private ChunkSegmentFuzz() {}

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
          try (ChunkSegments segments = ChunkSegments.open(disk, FOLDER)) {
            byte[] scratch = new byte[256];
            ChunkDecoder decoder = new ChunkDecoder();
            SampleBatch batch = new SampleBatch(120);
            ChunkList list = new ChunkList();
            for (int at = -1; at < Math.min(1024, file.length + 2); at++) {
              long ref = at;
              Fuzz.attempt(() -> {
                list.clear();
                segments.add(ref, 0, 1, Intervals.NONE, scratch, list);
                byte[] data = new byte[list.length(0)];
                list.copy(0, data);
                decoder.reset(list.encodings[0], data, 0, data.length);
                while (decoder.read(batch) > 0) {
                  continue;
                }
              });
            }
          }
        });
  }

  private static void heal(byte[] b) {
    int at = HEADER;
    while (at < b.length) {
      long length = Fuzz.length(b, at);
      int start = (int) (length >>> 32);
      if (length < 0 || (long) start + 1 + (int) length + 4 > b.length) {
        return;
      }
      int end = start + 1 + (int) length;
      Fuzz.checksum(b, start, end - start, end);
      at = end + 4;
    }
  }

  /** The chunks of a small block. */
  public static List<byte[]> seeds() throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    try {
      BlockMeta meta = IndexFuzz.block(folder);
      Path block = folder.resolve(meta.ulid().toString());
      return List.of(Fuzz.seed(Files.readAllBytes(block.resolve("chunks").resolve("000001"))));
    } finally {
      TestBlocks.DISK.delete(folder);
    }
  }
}
