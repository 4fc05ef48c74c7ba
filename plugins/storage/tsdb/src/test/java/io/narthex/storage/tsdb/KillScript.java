package io.narthex.storage.tsdb;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a process that is going to be killed writes: series and values follow from the writer and
 * the time alone, so whoever knows which commits were acknowledged knows every sample.
 */
final class KillScript {
  /** Milliseconds from one commit to the next, of any writer. */
  static final long STEP = 100;

  /** Length of blocks, in milliseconds. */
  static final long RANGE = 60_000;

  /** How late samples may come, in milliseconds. */
  static final long WINDOW = 2 * RANGE;

  /**
   * Databases that one process has open. More of them test more states for each kill, of which most
   * of the cost is the start of the next process.
   */
  static final int DATABASES = 1;

  /** Threads that write to a database. */
  static final int WRITERS = 2;

  static final int FLOATS = 6;

  private KillScript() {}

  /** Everything happens often: blocks of a minute, logs of small segments. */
  static TsdbSettings settings() {
    return new TsdbSettings(
        new HeadOptions(RANGE, 40, WINDOW, 0, false, false, false),
        9 * RANGE,
        Compression.SNAPPY,
        4 * 32 * 1024,
        WalWriter.Sync.SEGMENT,
        512L << 20,
        true,
        1_000,
        0,
        false,
        new TsdbSettings.Live(Retention.UNLIMITED, WINDOW, 0));
  }

  /** A mix of bits, for values and decisions. */
  static long mix(long a, long b) {
    long h = a * 0x9E3779B97F4A7C15L + b;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    return h ^ (h >>> 29);
  }

  static Labels series(int writer, String name) {
    return Labels.of("__name__", name, "writer", "w" + writer);
  }

  /** A series of which there is a new one every now and then. */
  static Labels shortLived(int writer, long time) {
    return Labels.of(
        "__name__", "short", "generation", Long.toString(time / 7_000), "writer", "w" + writer);
  }

  /** The late time that goes with a commit, or {@code Long.MIN_VALUE} for none. */
  static long late(int writer, long time) {
    long h = mix(writer + 100, time);
    if ((h & 3) != 0) {
      return Long.MIN_VALUE;
    }
    return time
        - STEP * (1 + (h >>> 8 & 0x7fff) % ((WINDOW - RANGE / 2) / STEP))
        + 1
        + (h >>> 40) % 90;
  }

  /** What the values of a float series are made of. */
  static long salt(Labels series) {
    return Arrays.hashCode(series.toSeriesString().getBytes(StandardCharsets.UTF_8));
  }

  /** The value of a float series at a time. */
  static double value(long salt, long time) {
    long h = mix(salt, time);
    return (h & 7) == 0 ? Double.longBitsToDouble(h >>> 2) : (h >>> 20) % 1000 / 8.0;
  }

  /** A histogram whose buckets change now and then and whose counters are reset at times. */
  static NativeHistogram histogram(int writer, long time) {
    long h = mix(writer + 200, time / (50 * STEP));
    long n = time / STEP % 500 + 1;
    int buckets = 2 + (int) (h >>> 5 & 3);
    double[] counts = new double[buckets];
    double all = 0;
    for (int i = 0; i < buckets; i++) {
      counts[i] = n + i * (h >>> 12 & 15);
      all += counts[i];
    }
    return new NativeHistogram(
        true,
        ResetHint.UNKNOWN,
        3,
        0.001,
        n,
        all + n,
        n * 1.5,
        List.of(new Span((int) (h & 3), buckets)),
        counts,
        List.of(),
        new double[0],
        new double[0]);
  }

  /** Whether two histograms say the same, whatever is known of resets. */
  static boolean same(NativeHistogram a, NativeHistogram b) {
    return a.schema() == b.schema()
        && a.zeroCount() == b.zeroCount()
        && a.count() == b.count()
        && a.sum() == b.sum()
        && buckets(a).equals(buckets(b));
  }

  private static Map<Integer, Double> buckets(NativeHistogram h) {
    Map<Integer, Double> out = new TreeMap<>();
    int index = 0;
    int at = 0;
    for (Span span : h.positiveSpans()) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++, at++, index++) {
        if (h.positiveBuckets()[at] != 0) {
          out.put(index, h.positiveBuckets()[at]);
        }
      }
    }
    return out;
  }
}
