package io.narthex.storage.tsdb.block;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Blocks for tests: those of the conformance data, and new ones from a plain model. */
final class TestBlocks {
  static final RealDisk DISK = new RealDisk();
  static final Ulid ULID =
      java.util.Objects.requireNonNull(Ulid.parse("01M7XEZPPBKJ5VD3KKY5YDEVJQ"));

  private TestBlocks() {}

  /** A folder of the conformance data; the test is skipped when it is not there. */
  static Path conformance(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      for (String shared : List.of("shared", "work/shared")) {
        Path folder = at.resolve(shared).resolve("conformance/tsdb").resolve(name);
        if (Files.exists(folder)) {
          return folder;
        }
      }
    }
    System.out.println(
        "SKIPPED: no shared/conformance/tsdb/" + name + " above " + Path.of("").toAbsolutePath());
    assumeTrue(false, "no shared/conformance/tsdb/" + name);
    throw new AssertionError();
  }

  /** The blocks of a data directory of the conformance data. */
  static List<Path> blocks(String name) throws IOException {
    try (Stream<Path> paths = Files.list(conformance(name))) {
      return paths.filter(p -> Ulid.parse(p.getFileName().toString()) != null).sorted().toList();
    }
  }

  /** Copies a folder, so that the copy may be changed. */
  static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(p -> {
        try {
          Path target = to.resolve(from.relativize(p).toString());
          if (Files.isDirectory(p)) {
            Files.createDirectories(target);
          } else {
            Files.write(target, Files.readAllBytes(p));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    return to;
  }

  /** All floats of a block that are not deleted, as raw bits by time, by series. */
  static SortedMap<Labels, SortedMap<Long, Long>> floats(Block block) throws Exception {
    SortedMap<Labels, SortedMap<Long, Long>> out = new TreeMap<>();
    ChunkList chunks = new ChunkList();
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(100);
    try (Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      for (int id : part.select(List.of()).toArray()) {
        chunks.clear();
        part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
        SortedMap<Long, Long> samples = new TreeMap<>();
        for (int c = 0; c < chunks.size; c++) {
          byte[] data = new byte[chunks.length(c)];
          chunks.copy(c, data);
          decoder.reset(chunks.encodings[c], data, 0, data.length);
          Intervals deleted = chunks.deleted(c);
          while (decoder.read(batch) > 0) {
            for (int i = 0; i < batch.size; i++) {
              if (!deleted.contains(batch.timestamps[i])) {
                samples.put(batch.timestamps[i], Double.doubleToRawLongBits(batch.values[i]));
              }
            }
          }
        }
        if (!samples.isEmpty()) {
          out.put(part.labels(id), samples);
        }
      }
    }
    return out;
  }

  /** Writes a block of floats, with chunks of at most {@code samplesInChunk}. */
  static BlockMeta write(
      Path parent, SortedMap<Labels, SortedMap<Long, Double>> model, int samplesInChunk)
      throws IOException {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    try (BlockWriter writer = new BlockWriter(DISK, parent, ULID)) {
      TreeSet<byte[]> symbols = new TreeSet<>(Arrays::compareUnsigned);
      for (Labels labels : model.keySet()) {
        labels.forEach((name, value) -> {
          symbols.add(name.getBytes(StandardCharsets.UTF_8));
          symbols.add(value.getBytes(StandardCharsets.UTF_8));
        });
      }
      Map<String, Integer> numbers = new HashMap<>();
      for (byte[] symbol : symbols) {
        numbers.put(new String(symbol, StandardCharsets.UTF_8), numbers.size());
      }
      writer.symbols(symbols.iterator());
      for (Map.Entry<Labels, SortedMap<Long, Double>> series : model.entrySet()) {
        Labels labels = series.getKey();
        int[] pairs = new int[2 * labels.size()];
        for (int i = 0; i < labels.size(); i++) {
          pairs[2 * i] = java.util.Objects.requireNonNull(numbers.get(labels.name(i)));
          pairs[2 * i + 1] = java.util.Objects.requireNonNull(numbers.get(labels.value(i)));
        }
        writer.series(pairs, labels.size());
        FloatChunkBuilder chunk = new FloatChunkBuilder();
        List<Map.Entry<Long, Double>> samples = new ArrayList<>(series.getValue().entrySet());
        for (int i = 0; i < samples.size(); i += samplesInChunk) {
          chunk.reset();
          List<Map.Entry<Long, Double>> some =
              samples.subList(i, Math.min(samples.size(), i + samplesInChunk));
          for (Map.Entry<Long, Double> sample : some) {
            chunk.append(sample.getKey(), sample.getValue());
          }
          long from = some.getFirst().getKey();
          long to = some.getLast().getKey();
          min = Math.min(min, from);
          max = Math.max(max, to);
          writer.chunk(from, to, chunk.encoding().code(), chunk.bytes(), 0, chunk.length());
        }
      }
      return writer.finish(BlockMeta.of(ULID, min, max + 1, BlockMeta.Compaction.first(ULID)));
    }
  }

  /** Rewrites a block from what compaction sees of it. */
  static BlockMeta rewrite(Block block, Path parent) throws Exception {
    try (var part = block.sorted();
        BlockWriter writer = new BlockWriter(DISK, parent, block.meta().ulid())) {
      List<byte[]> symbols = new ArrayList<>();
      for (int i = 0; i < part.symbolCount(); i++) {
        symbols.add(part.symbol(i));
      }
      writer.symbols(symbols.iterator());
      ChunkList chunks = new ChunkList();
      byte[] data = new byte[1 << 16];
      while (part.next()) {
        writer.series(part.labelSymbols(), part.labelCount());
        chunks.clear();
        part.chunks(Long.MIN_VALUE, Long.MAX_VALUE, chunks);
        for (int i = 0; i < chunks.size; i++) {
          chunks.copy(i, data);
          writer.chunk(
              chunks.minTimes[i],
              chunks.maxTimes[i],
              chunks.encodings[i],
              data,
              0,
              chunks.length(i));
        }
      }
      return writer.finish(block.meta());
    }
  }
}
