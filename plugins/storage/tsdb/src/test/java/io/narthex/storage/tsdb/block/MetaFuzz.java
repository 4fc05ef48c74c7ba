package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.file.MemoryDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Fuzzes {@code meta.json}. */
public final class MetaFuzz {
  private static final Path FOLDER = Path.of("/block");

  private MetaFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    MemoryDisk disk = new MemoryDisk(FOLDER.resolve(BlockMeta.FILE_NAME), input);
    Fuzz.decode(input.length, () -> BlockMeta.read(disk, FOLDER));
  }

  /** A file with all keys. */
  public static List<byte[]> seeds() {
    return List.of(
        """
        {"ulid":"01M7XEZPPBKJ5VD3KKY5YDEVJQ","minTime":1,"maxTime":7200000,
         "stats":{"numSamples":3,"numFloatSamples":2,"numHistogramSamples":1,"numSeries":2,
          "numChunks":2,"numTombstones":1},
         "compaction":{"level":2,"sources":["01M7XEZPPBKJ5VD3KKY5YDEVJQ"],"deletable":true,
          "parents":[{"ulid":"01M7XEZPPBKJ5VD3KKY5YDEVJQ","minTime":0,"maxTime":-1}],
          "failed":false,"hints":["from-out-of-order"]},
         "version":1,"thanos":{"labels":{"a":"b"},"x":[1.5e3,null]}}
        """
            .getBytes(StandardCharsets.UTF_8));
  }
}
