package io.narthex.storage.tsdb.compact;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Series and samples in plain maps: what storage code is compared with, and what blocks and parts
 * for tests are made of. Values are {@code Double} or {@link NativeHistogram}.
 */
final class Model {
  private static final Comparator<List<String>> BY_LABELS =
      (a, b) -> {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
          int c = Arrays.compareUnsigned(utf8(a.get(i)), utf8(b.get(i)));
          if (c != 0) {
            return c;
          }
        }
        return Integer.compare(a.size(), b.size());
      };

  /** Names and values in turn, sorted by name, to samples by time. */
  final NavigableMap<List<String>, NavigableMap<Long, Object>> series = new TreeMap<>(BY_LABELS);

  /** Deleted ranges by series. */
  final Map<List<String>, Intervals> deleted = new TreeMap<>(BY_LABELS);

  static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  Model add(List<String> labels, long t, Object value) {
    series.computeIfAbsent(labels, l -> new TreeMap<>()).put(t, value);
    return this;
  }

  /** Adds what the other has; what is here already stays. */
  Model addMissing(Model other) {
    other.series.forEach((labels, samples) ->
        samples.forEach(
            (t, v) -> series.computeIfAbsent(labels, l -> new TreeMap<>()).putIfAbsent(t, v)));
    return this;
  }

  /** What is in a range, both ends inclusive. */
  Model between(long minTime, long maxTime) {
    Model out = new Model();
    series.forEach((labels, samples) ->
        samples.subMap(minTime, true, maxTime, true).forEach((t, v) -> out.add(labels, t, v)));
    return out;
  }

  long minTime() {
    return series.values().stream().mapToLong(NavigableMap::firstKey).min().orElse(Long.MAX_VALUE);
  }

  long maxTime() {
    return series.values().stream().mapToLong(NavigableMap::lastKey).max().orElse(Long.MIN_VALUE);
  }

  long samples() {
    return series.values().stream().mapToLong(Map::size).sum();
  }

  /** One line for each sample, in order, exact to the bit but without reset hints. */
  List<String> lines() {
    List<String> out = new ArrayList<>();
    series.forEach((labels, samples) -> samples.forEach((t, v) -> out.add(line(labels, t, v))));
    return out;
  }

  static String line(List<String> labels, long t, Object v) {
    return labels
        + " "
        + t
        + " "
        + (v instanceof Double d
            ? d + "/" + Long.toHexString(Double.doubleToRawLongBits(d))
            : text((NativeHistogram) v));
  }

  private static String text(NativeHistogram h) {
    return String.format(
        Locale.ROOT,
        "%s schema=%d zero=%s/%s count=%s sum=%s %s%s %s%s %s",
        h.integer() ? "int" : "float",
        h.schema(),
        h.zeroThreshold(),
        h.zeroCount(),
        h.count(),
        h.sum(),
        buckets(h.positiveSpans(), h.positiveBuckets()),
        "",
        buckets(h.negativeSpans(), h.negativeBuckets()),
        "",
        Arrays.toString(h.customBounds()));
  }

  /** Without empty buckets: encoding may add some. */
  private static String buckets(List<NativeHistogram.Span> spans, double[] counts) {
    StringBuilder out = new StringBuilder();
    int index = 0;
    int i = 0;
    for (NativeHistogram.Span span : spans) {
      index += span.offset();
      for (int j = 0; j < span.length(); j++, index++) {
        double count = counts[i++];
        if (count != 0) {
          out.append(index).append(':').append(count).append(' ');
        }
      }
    }
    return "[" + out + "]";
  }

  /** Writes a block of all that is here, as if it had been cut from the head. */
  BlockMeta write(Disk disk, Path parent, Ulid ulid, long minTime, long maxTime, String... hints)
      throws IOException, StorageException {
    BlockCompactor compactor = new BlockCompactor(disk, new CompactionMetrics());
    BlockMeta meta =
        compactor.write(
            parent,
            BlockMeta.of(ulid, minTime, maxTime, BlockMeta.Compaction.first(ulid, hints)),
            List.of(part()),
            () -> false);
    return Objects.requireNonNull(meta, "no samples");
  }

  /** What a block has that is not deleted. */
  static Model read(Disk disk, Path block) throws IOException, StorageException {
    try (Block b = Block.open(disk, block);
        SortedPart part = b.sorted()) {
      return read(part, Long.MIN_VALUE, Long.MAX_VALUE);
    }
  }

  /** What a part has that is not deleted; fails when the series are not in order. */
  static Model read(SortedPart part, long minTime, long maxTime)
      throws CorruptionException, StorageException {
    Model out = new Model();
    ChunkList chunks = new ChunkList();
    List<String> before = null;
    while (part.next()) {
      List<String> labels = new ArrayList<>();
      for (int i = 0; i < 2 * part.labelCount(); i++) {
        labels.add(new String(part.symbol(part.labelSymbols()[i]), StandardCharsets.UTF_8));
      }
      if (before != null && BY_LABELS.compare(before, labels) >= 0) {
        throw new AssertionError(labels + " follows " + before);
      }
      before = labels;
      chunks.clear();
      part.chunks(minTime, maxTime, chunks);
      out.addChunks(labels, chunks, minTime, maxTime);
    }
    return out;
  }

  /** What a part has that is not deleted. */
  static Model read(Part part, long minTime, long maxTime)
      throws CorruptionException, StorageException {
    Model out = new Model();
    ChunkList chunks = new ChunkList();
    for (int id : part.select(List.of()).toArray()) {
      Labels labels = part.labels(id);
      List<String> list = new ArrayList<>();
      for (int i = 0; i < labels.size(); i++) {
        list.add(labels.name(i));
        list.add(labels.value(i));
      }
      chunks.clear();
      part.chunks(id, minTime, maxTime, chunks);
      out.addChunks(list, chunks, minTime, maxTime);
    }
    return out;
  }

  private void addChunks(List<String> labels, ChunkList chunks, long minTime, long maxTime)
      throws CorruptionException {
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(100);
    for (int i = 0; i < chunks.size; i++) {
      byte[] data = new byte[chunks.length(i)];
      chunks.copy(i, data);
      decoder.reset(chunks.encodings[i], data, 0, data.length);
      while (decoder.read(batch) > 0) {
        for (int j = 0; j < batch.size; j++) {
          long t = batch.timestamps[j];
          if (t >= minTime && t <= maxTime && !chunks.deleted(i).contains(t)) {
            series
                .computeIfAbsent(labels, l -> new TreeMap<>())
                .putIfAbsent(
                    t,
                    batch.kind == SampleBatch.Kind.FLOAT
                        ? (Object) batch.values[j]
                        : Objects.requireNonNull(batch.histograms[j]));
          }
        }
      }
    }
  }

  /** This as a part, in chunks of up to 120 samples that know nothing of any range. */
  SortedPart part() {
    return part(ChunkCutter.MAX_SAMPLES);
  }

  SortedPart part(int samplesPerChunk) {
    return new ModelPart(samplesPerChunk);
  }

  static NativeHistogram histogram(ResetHint hint, double... counts) {
    double count = Arrays.stream(counts).sum();
    return new NativeHistogram(
        true,
        hint,
        0,
        0.001,
        0,
        count,
        count,
        List.of(new NativeHistogram.Span(0, counts.length)),
        counts,
        List.of(),
        new double[0],
        new double[0]);
  }

  private final class ModelPart implements SortedPart {
    private final List<String> symbols;
    private final List<List<String>> all = new ArrayList<>(series.keySet());
    private final int samplesPerChunk;
    private int at = -1;

    ModelPart(int samplesPerChunk) {
      this.samplesPerChunk = samplesPerChunk;
      TreeSet<String> sorted = new TreeSet<>((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
      series.keySet().forEach(sorted::addAll);
      symbols = List.copyOf(sorted);
    }

    @Override
    public int symbolCount() {
      return symbols.size();
    }

    @Override
    public byte[] symbol(int i) {
      return utf8(symbols.get(i));
    }

    @Override
    public boolean next() {
      return ++at < all.size();
    }

    @Override
    public int labelCount() {
      return all.get(at).size() / 2;
    }

    @Override
    public int[] labelSymbols() {
      return all.get(at).stream()
          .mapToInt(s ->
              Collections.binarySearch(
                  symbols, s, (a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b))))
          .toArray();
    }

    @Override
    public void chunks(long minTime, long maxTime, ChunkList into) {
      List<String> labels = all.get(at);
      Intervals gone = deleted.getOrDefault(labels, Intervals.NONE);
      ChunkCutter cutter =
          new ChunkCutter(
              samplesPerChunk,
              (min, max, encoding, data, length) -> {
                if (min <= maxTime && minTime <= max) {
                  into.addCopy(min, max, encoding, MemorySegment.ofArray(data), 0, length, gone);
                }
              });
      try {
        for (Map.Entry<Long, Object> sample : series.get(labels).entrySet()) {
          if (sample.getValue() instanceof NativeHistogram h) {
            cutter.append(sample.getKey(), h);
          } else {
            cutter.append(sample.getKey(), (Double) sample.getValue());
          }
        }
        cutter.finish();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {}
  }
}
