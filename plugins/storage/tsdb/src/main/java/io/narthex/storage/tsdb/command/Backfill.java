package io.narthex.storage.tsdb.command;

import io.narthex.api.format.FloatText;
import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockWriter;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sorts samples into windows of time and writes a block of each. Takes samples in any order of
 * series, and in any order of windows; within a series and a window, times must ascend as upstream
 * asks for it.
 *
 * <p>What upstream asks for: it takes the samples of one window in batches of 5000, in the order of
 * the input. A sample that is not later than the last of its series in earlier batches is refused
 * (but for an exact copy of that last one); one that is not later than another of its own batch is
 * dropped silently. This does the same, but counts what is dropped.
 *
 * <p>Each series has one open chunk. When it is full, or the series goes on in another window, it
 * goes to a {@link ChunkStore}. Writing a block brings together what a series has in the window and
 * cuts it anew, into chunks of nearly equal length. Not safe for several threads.
 */
final class Backfill implements AutoCloseable {
  /** Upstream's samples in an appender. */
  static final int BATCH = 5000;

  /**
   * Samples in a chunk at most. Upstream's head cuts at 120, and everything reads up to 65,535;
   * each chunk costs about 30 bytes.
   */
  static final int CHUNK_SAMPLES = 240;

  /** Open chunks may take this many bytes, and {@link #OPEN_SERIES} for each series. */
  private static final long OPEN_BYTES = 32L << 20;

  private static final long OPEN_SERIES = 320;

  // What is known of a series stands in one cache line.
  private static final int LAST = 0;
  private static final int LAST_BITS = 1;
  private static final int COMMITTED = 2;
  private static final int COMMITTED_BITS = 3;
  private static final int IN_BATCH = 4;
  private static final int WINDOW = 5;
  private static final int HIGHEST = 6;
  private static final int STRIDE_BITS = 3;

  private final Disk disk;
  private final Path directory;
  private final long duration;
  private final SeriesTable table;
  private final boolean lenient;
  private final ChunkStore store;
  private final Supplier<Ulid> ids;

  private final TreeMap<Long, Window> windows = new TreeMap<>();
  private final List<Window> byIndex = new ArrayList<>();
  private @Nullable Window current;
  private long batches;
  private long openSamples;
  private int openChunks;
  private long dropped;

  private long[] states = new long[64 << STRIDE_BITS];
  private @Nullable OpenChunk[] open = new OpenChunk[64];
  private int seriesSeen;

  /** The samples between two multiples of the duration. */
  private static final class Window {
    final int index;
    final long number;
    final long first;
    final long last;

    /** Samples left in the batch. */
    int left = BATCH;

    long batch;
    long samples;
    @Nullable String error;

    /** Where series were that came back to this window: last time and bits. */
    @Nullable Map<Integer, long[]> returned;

    Window(int index, long number, long first, long last) {
      this.index = index;
      this.number = number;
      this.first = first;
      this.last = last;
    }
  }

  /**
   * Begins.
   *
   * @param directory where blocks are to stand
   * @param duration of a block, in milliseconds
   * @param memory bytes of finished chunks that may stand in memory
   * @param ids gives the blocks' names
   */
  Backfill(
      Disk disk,
      Path directory,
      long duration,
      SeriesTable table,
      long memory,
      Supplier<Ulid> ids) {
    this(disk, directory, duration, table, memory, ids, false);
  }

  /**
   * Begins.
   *
   * @param lenient whether samples that are not later than the last of their series are always left
   *     out, never refused
   */
  Backfill(
      Disk disk,
      Path directory,
      long duration,
      SeriesTable table,
      long memory,
      Supplier<Ulid> ids,
      boolean lenient) {
    this.disk = disk;
    this.directory = directory;
    this.duration = duration;
    this.table = table;
    this.ids = ids;
    this.lenient = lenient;
    this.store = new ChunkStore(disk, directory.resolve(ids.get() + ".tmp-for-backfill"), memory);
  }

  /** Samples that came a second time, or out of order within a batch, and were left out. */
  long dropped() {
    return dropped;
  }

  /** Samples that have been taken. */
  long samples() {
    return windows.values().stream().mapToLong(w -> w.samples).sum();
  }

  /**
   * Takes a sample.
   *
   * @param series of the table; negative for one with wrong labels
   */
  void add(int series, long time, double value) throws IOException {
    Window w = current;
    if (w == null || time < w.first || time > w.last) {
      w = current = window(time);
    }
    if (w.error != null) {
      return;
    }
    if (series < 0) {
      w.error = table.problem(series);
      return;
    }
    if (series >= seriesSeen) {
      newSeries(series);
    }
    long[] state = states;
    int at = series << STRIDE_BITS;
    if (state[at + WINDOW] != w.index) {
      change(series, at, w);
    }
    if (w.left == 0) {
      w.left = BATCH;
      w.batch = ++batches;
      if ((batches & 15) == 0) {
        closeSome();
      }
    }
    if (state[at + IN_BATCH] != w.batch) {
      state[at + COMMITTED] = state[at + LAST];
      state[at + COMMITTED_BITS] = state[at + LAST_BITS];
      state[at + IN_BATCH] = w.batch;
    }
    if (time <= state[at + LAST]) {
      late(w, at, time, value);
      return;
    }
    state[at + LAST] = time;
    state[at + LAST_BITS] = Double.doubleToRawLongBits(value);
    OpenChunk chunk = open[series];
    if (chunk == null) {
      chunk = open[series] = new OpenChunk();
      openChunks++;
    } else if (chunk.sampleCount() == CHUNK_SAMPLES) {
      finish(series, w.index, chunk);
    }
    chunk.append(time, value);
    openSamples++;
    w.left--;
    w.samples++;
  }

  private Window window(long time) {
    long number = Math.floorDiv(time, duration);
    Window w = windows.get(number);
    if (w == null) {
      long first = Math.max(number, Long.MIN_VALUE / duration + 1) * duration;
      long last = number >= Long.MAX_VALUE / duration ? Long.MAX_VALUE : first + duration - 1;
      w = new Window(store.newWindow(), number, number < 0 ? Math.min(first, time) : first, last);
      w.batch = ++batches;
      windows.put(number, w);
      byIndex.add(w);
    }
    return w;
  }

  private void newSeries(int series) {
    if (series >= open.length) {
      int capacity = Math.max(series + 1, open.length + (open.length >> 1));
      open = Arrays.copyOf(open, capacity);
      states = Arrays.copyOf(states, capacity << STRIDE_BITS);
    }
    for (int s = seriesSeen; s <= series; s++) {
      int at = s << STRIDE_BITS;
      states[at + LAST] = Long.MIN_VALUE;
      states[at + WINDOW] = -1;
      states[at + HIGHEST] = Long.MIN_VALUE;
    }
    seriesSeen = series + 1;
  }

  /** The series goes on in another window. */
  private void change(int series, int at, Window to) throws IOException {
    OpenChunk chunk = open[series];
    int old = (int) states[at + WINDOW];
    if (chunk != null && chunk.sampleCount() > 0) {
      finish(series, old, chunk);
    }
    long last = Long.MIN_VALUE;
    long lastBits = 0;
    if (to.number <= states[at + HIGHEST]) {
      // It was here before.
      if (old >= 0) {
        returned(byIndex.get(old)).put(series, new long[] {states[at], states[at + LAST_BITS]});
      }
      long[] known = returned(to).get(series);
      if (known != null) {
        last = known[0];
        lastBits = known[1];
      } else {
        long[] times = store.lastTimes(to.index, series);
        if (times != null) {
          last = times[1];
          lastBits = lastBits(to.index, series);
        }
      }
    } else {
      if (old >= 0 && byIndex.get(old).returned != null) {
        returned(byIndex.get(old)).put(series, new long[] {states[at], states[at + LAST_BITS]});
      }
      states[at + HIGHEST] = to.number;
    }
    states[at + WINDOW] = to.index;
    states[at + LAST] = last;
    states[at + LAST_BITS] = lastBits;
    states[at + COMMITTED] = last;
    states[at + COMMITTED_BITS] = lastBits;
    states[at + IN_BATCH] = 0;
  }

  private static Map<Integer, long[]> returned(Window w) {
    Map<Integer, long[]> map = w.returned;
    if (map == null) {
      map = w.returned = new HashMap<>();
    }
    return map;
  }

  private long lastBits(int window, int series) throws IOException {
    long bits = 0;
    try (ChunkStore.Chunks chunks = store.read(window, new int[0])) {
      long latest = Long.MIN_VALUE;
      Samples samples = new Samples();
      for (int i = 0; i < chunks.size(); i++) {
        if (chunks.series(i) == series && chunks.maxTime(i) > latest) {
          latest = chunks.maxTime(i);
          samples.clear();
          samples.add(chunks, i);
          bits = Double.doubleToRawLongBits(samples.values[samples.count - 1]);
        }
      }
    }
    return bits;
  }

  private void finish(int series, int window, OpenChunk chunk) throws IOException {
    store.add(window, series, chunk.minTime(), chunk.maxTime(), chunk.bytes(), chunk.length());
    openSamples -= chunk.sampleCount();
    chunk.reset();
  }

  /** Keeps the open chunks within bounds: where they are too many, none stays open. */
  private void closeSome() throws IOException {
    if (3 * openSamples > OPEN_BYTES + OPEN_SERIES * openChunks / 2) {
      closeAll();
    }
  }

  private void closeAll() throws IOException {
    for (int s = 0; s < seriesSeen; s++) {
      OpenChunk chunk = open[s];
      if (chunk != null) {
        if (chunk.sampleCount() > 0) {
          finish(s, (int) states[(s << STRIDE_BITS) + WINDOW], chunk);
        }
        open[s] = null;
      }
    }
    openChunks = 0;
  }

  /** A sample that is not later than the last of its series. */
  private void late(Window w, int at, long time, double value) {
    long committed = states[at + COMMITTED];
    if (lenient) {
      dropped++;
    } else if (time < committed) {
      w.error = "out of order sample";
    } else if (time == committed
        && committed != Long.MIN_VALUE
        && states[at + COMMITTED_BITS] != Double.doubleToRawLongBits(value)) {
      w.error =
          "duplicate sample for timestamp "
              + time
              + "; overrides not allowed: existing "
              + FloatText.text(Double.longBitsToDouble(states[at + COMMITTED_BITS]))
              + ", new value "
              + FloatText.text(value);
    } else {
      dropped++;
      w.left--;
    }
  }

  /** Is told of each block, in the order of time. */
  interface Listener {
    void written(BlockMeta block, Path at) throws IOException;
  }

  /**
   * Writes the blocks; no sample may be added any more.
   *
   * @throws BackfillException when a window has a sample that upstream would refuse; the blocks of
   *     earlier windows have been written then
   */
  void write(Listener listener) throws IOException, BackfillException {
    closeAll();
    open = new OpenChunk[0];
    states = new long[0];
    int[] stringRanks = stringRanks();
    int[] seriesRanks = seriesRanks(stringRanks);
    for (Window w : windows.values()) {
      if (w.error != null) {
        throw new BackfillException(w.error);
      }
      write(w, stringRanks, seriesRanks, listener);
    }
  }

  /** The place of each string when they are sorted by their bytes. */
  private int[] stringRanks() {
    Interner strings = table.strings();
    int[] sorted = new int[strings.size()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = i;
    }
    byte[] bytes = strings.bytes();
    sort(
        sorted,
        (a, b) ->
            Arrays.compareUnsigned(
                bytes, strings.start(a), strings.end(a), bytes, strings.start(b), strings.end(b)));
    return inverse(sorted);
  }

  /** The place of each series when they are sorted by their labels. */
  private int[] seriesRanks(int[] stringRanks) {
    int[] sorted = new int[table.count()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = i;
    }
    sort(
        sorted,
        (a, b) -> {
          int n = Math.min(table.labelCount(a), table.labelCount(b));
          for (int i = 0; i < n; i++) {
            int c = Integer.compare(stringRanks[table.name(a, i)], stringRanks[table.name(b, i)]);
            if (c == 0) {
              c = Integer.compare(stringRanks[table.value(a, i)], stringRanks[table.value(b, i)]);
            }
            if (c != 0) {
              return c;
            }
          }
          return Integer.compare(table.labelCount(a), table.labelCount(b));
        });
    return inverse(sorted);
  }

  private static int[] inverse(int[] sorted) {
    int[] ranks = new int[sorted.length];
    for (int i = 0; i < sorted.length; i++) {
      ranks[sorted[i]] = i;
    }
    return ranks;
  }

  private interface IntComparator {
    int compare(int a, int b);
  }

  /** Sorts by merging, without boxes. */
  private static void sort(int[] values, IntComparator order) {
    sort(values.clone(), values, 0, values.length, order);
  }

  private static void sort(int[] from, int[] to, int start, int end, IntComparator order) {
    if (end - start < 2) {
      return;
    }
    int middle = (start + end) >>> 1;
    sort(to, from, start, middle, order);
    sort(to, from, middle, end, order);
    int a = start;
    int b = middle;
    for (int i = start; i < end; i++) {
      to[i] =
          b >= end || (a < middle && order.compare(from[a], from[b]) <= 0) ? from[a++] : from[b++];
    }
  }

  private void write(Window w, int[] stringRanks, int[] seriesRanks, Listener listener)
      throws IOException {
    try (ChunkStore.Chunks chunks = store.read(w.index, seriesRanks)) {
      if (chunks.size() == 0) {
        return;
      }
      Ulid id = ids.get();
      try (BlockWriter writer = new BlockWriter(disk, directory, id)) {
        int[] symbols = symbols(chunks, stringRanks, writer);
        int[] labels = new int[64];
        long min = Long.MAX_VALUE;
        long max = Long.MIN_VALUE;
        Samples samples = new Samples();
        for (int i = 0; i < chunks.size(); ) {
          int series = chunks.series(i);
          samples.clear();
          min = Math.min(min, chunks.minTime(i));
          for (; i < chunks.size() && chunks.series(i) == series; i++) {
            samples.add(chunks, i);
          }
          max = Math.max(max, chunks.maxTime(i - 1));
          int count = table.labelCount(series);
          if (labels.length < 2 * count) {
            labels = new int[2 * count];
          }
          for (int l = 0; l < count; l++) {
            labels[2 * l] = symbols[stringRanks[table.name(series, l)]];
            labels[2 * l + 1] = symbols[stringRanks[table.value(series, l)]];
          }
          writer.series(labels, count);
          samples.write(writer);
        }
        BlockMeta meta =
            writer.finish(BlockMeta.of(id, min, max + 1, BlockMeta.Compaction.first(id)));
        listener.written(meta, writer.directory());
      }
    }
  }

  /** Gives the writer the strings that the window needs; their numbers there, by their rank. */
  private int[] symbols(ChunkStore.Chunks chunks, int[] stringRanks, BlockWriter writer)
      throws IOException {
    int[] numbers = new int[stringRanks.length];
    int previous = -1;
    for (int i = 0; i < chunks.size(); i++) {
      int series = chunks.series(i);
      if (series == previous) {
        continue;
      }
      previous = series;
      for (int l = 0; l < table.labelCount(series); l++) {
        numbers[stringRanks[table.name(series, l)]] = 1;
        numbers[stringRanks[table.value(series, l)]] = 1;
      }
    }
    int[] byRank = inverse(stringRanks);
    List<byte[]> sorted = new ArrayList<>();
    for (int rank = 0; rank < numbers.length; rank++) {
      if (numbers[rank] != 0) {
        numbers[rank] = sorted.size();
        sorted.add(table.strings().get(byRank[rank]));
      }
    }
    writer.symbols(sorted.iterator());
    return numbers;
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  /** The samples of a series in a window. */
  private static final class Samples {
    private final ChunkDecoder decoder = new ChunkDecoder();
    private final SampleBatch batch = new SampleBatch(CHUNK_SAMPLES);
    private byte[] data = new byte[4096];
    private long[] times = new long[2 * CHUNK_SAMPLES];
    private double[] values = new double[2 * CHUNK_SAMPLES];
    private final FloatChunkBuilder builder = new FloatChunkBuilder();
    private int count;

    void clear() {
      count = 0;
    }

    void add(ChunkStore.Chunks chunks, int i) throws IOException {
      if (data.length < chunks.length(i)) {
        data = new byte[2 * chunks.length(i)];
      }
      decoder.reset(Encoding.XOR.code(), data, 0, chunks.copy(i, data));
      int n;
      while ((n = decoder.read(batch)) > 0) {
        if (times.length - count < n) {
          times = Arrays.copyOf(times, 2 * times.length);
          values = Arrays.copyOf(values, 2 * values.length);
        }
        System.arraycopy(batch.timestamps, 0, times, count, n);
        System.arraycopy(batch.values, 0, values, count, n);
        count += n;
      }
    }

    void write(BlockWriter writer) throws IOException {
      int pieces = (count + CHUNK_SAMPLES - 1) / CHUNK_SAMPLES;
      int from = 0;
      for (int p = 1; p <= pieces; p++) {
        int to = (int) ((long) count * p / pieces);
        builder.reset();
        for (int i = from; i < to; i++) {
          builder.append(times[i], values[i]);
        }
        writer.chunk(
            times[from], times[to - 1], Encoding.XOR.code(), builder.bytes(), 0, builder.length());
        from = to;
      }
    }
  }
}
