package io.narthex.storage.tsdb.block;

import io.narthex.api.model.Labels;
import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.file.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Fuzzes the index of a block: all of it is gone through. */
public final class IndexFuzz {
  private static final Path FILE = Path.of("/block/index");
  private static final int CONTENTS = 52;

  /** What is gone through of what a small file can refer to over and over. */
  private static final int MOST = 1000;

  private IndexFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] file = Fuzz.rest(input);
    if (Fuzz.heals(input) && file.length >= CONTENTS) {
      heal(file);
    }
    MemoryDisk disk = new MemoryDisk(FILE, file);
    Fuzz.decode(
        file.length,
        () -> {
          try (IndexReader index = IndexReader.open(disk, FILE)) {
            Fuzz.attempt(index::seriesCount);
            Fuzz.attempt(index::verifyPostings);
            Fuzz.attempt(() -> index.visitPostings((name, value, series) -> {}));
            List<String> names = index.labelNames();
            for (String name : names.subList(0, Math.min(MOST, names.size()))) {
              index.valueCount(name);
              Fuzz.attempt(() -> index.postingsOfName(name));
              Fuzz.attempt(() -> index.postingsMatching(name, new byte[] {'b'}, v -> true));
              Fuzz.attempt(() -> index.count(name, new byte[] {'b'}));
            }
            for (int i = 0; i < Math.min(MOST, index.symbols().count()); i++) {
              int n = i;
              Fuzz.attempt(() -> index.symbol(n));
            }
            Fuzz.attempt(index.symbols()::references);
            SeriesEntry entry = new SeriesEntry();
            for (int id = 0; id < file.length; id++) {
              int at = id;
              Fuzz.attempt(() -> {
                index.series(at, entry);
                for (int i = 0; i < 2 * Math.min(8, entry.labelCount); i++) {
                  index.symbol(entry.labels[i]);
                }
              });
              if (index.version() > 1 && id > file.length / 16) {
                break;
              }
            }
            int[] all = index.all().toArray();
            for (int i = 0; i < Math.min(MOST, all.length); i++) {
              index.series(all[i], entry);
            }
          }
        });
  }

  private static void heal(byte[] b) {
    ByteBuffer in = ByteBuffer.wrap(b);
    int toc = b.length - CONTENTS;
    Fuzz.checksum(b, toc, CONTENTS - 4, b.length - 4);
    long symbols = in.getLong(toc);
    long series = in.getLong(toc + 8);
    long labelIndices = in.getLong(toc + 16);
    long postings = in.getLong(toc + 32);
    long table = in.getLong(toc + 40);
    if (series > 0 && series < toc && labelIndices <= toc) {
      int at = (int) series + 15 & ~15;
      while (at < (labelIndices > series ? labelIndices : toc)) {
        long length = Fuzz.length(b, at);
        int start = (int) (length >>> 32);
        if (length < 0 || (long) start + (int) length + 4 > toc) {
          break;
        }
        Fuzz.checksum(b, start, (int) length, start + (int) length);
        at = start + (int) length + 4 + 15 & ~15;
      }
    }
    if (postings > 0 && postings < toc) {
      int at = (int) postings + 3 & ~3;
      while (at < table) {
        int length = section(in, at, toc);
        if (length < 0) {
          break;
        }
        at = at + 8 + length + 3 & ~3;
      }
    }
    section(in, symbols, toc);
    section(in, table, toc);
  }

  private static int section(ByteBuffer in, long at, int limit) {
    if (at < 0 || at > limit - 8) {
      return -1;
    }
    int length = in.getInt((int) at);
    if (length < 0 || length > limit - 8 - at) {
      return -1;
    }
    Fuzz.checksum(in.array(), (int) at + 4, length, (int) at + 4 + length);
    return length;
  }

  /** The index of a small block, as version 2 and, which it is not, as 1. */
  public static List<byte[]> seeds() throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    try {
      BlockMeta meta = block(folder);
      byte[] file = Files.readAllBytes(folder.resolve(meta.ulid().toString()).resolve("index"));
      byte[] old = file.clone();
      old[4] = 1;
      return List.of(Fuzz.seed(file), Fuzz.seed(old));
    } finally {
      TestBlocks.DISK.delete(folder);
    }
  }

  static BlockMeta block(Path folder) throws IOException {
    SortedMap<Labels, SortedMap<Long, Double>> model = new TreeMap<>();
    for (String instance : List.of("a", "b", "bc")) {
      SortedMap<Long, Double> samples = new TreeMap<>();
      for (long t = 0; t < 6; t++) {
        samples.put(1000 * t, t / 2.0);
      }
      model.put(Labels.of("__name__", "up", "instance", instance), samples);
    }
    return TestBlocks.write(folder, model, 4);
  }
}
