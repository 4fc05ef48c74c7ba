package io.narthex.ingest.scrape;

import io.narthex.api.format.ByteScan;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which part of which histogram the series of a target's histogram families are, known by their
 * text; so that only a new one is parsed. Used by one thread at a time.
 */
final class ClassicSeries {
  /** What a series is within its histogram. */
  enum Part {
    BUCKET,
    COUNT,
    SUM,
    /** Nothing that a native histogram is made of. */
    OTHER
  }

  /** A histogram: its family's name, and labels without the bucket's bound. */
  static final class Histogram {
    final Labels labels;

    /** The text by which the converted histogram is known: no exposition can contain it. */
    final byte[] key;

    final long hash;

    Histogram(Labels labels) {
      this.labels = labels;
      key = ("\0" + labels).getBytes(StandardCharsets.UTF_8);
      hash = ByteScan.hash(key, 0, key.length);
    }

    /** Whether it is the same one; it may have been forgotten in between. */
    boolean is(@Nullable Histogram other) {
      return this == other || (other != null && hash == other.hash && labels.equals(other.labels));
    }
  }

  /**
   * A series.
   *
   * @param of null when it is of no histogram of its family
   * @param part what it is
   * @param bound of a bucket
   */
  record Series(@Nullable Histogram of, Part part, double bound) {}

  private static final Series STRANGER = new Series(null, Part.OTHER, 0);
  private static final int SLACK = 1000;
  private static final int FIRST_ROWS = 64;

  /** What a row takes, in bytes; as the next one on the large side. */
  private static final int ROW_BYTES = 72;

  /** What a histogram takes besides its text, of which there are three. */
  private static final int HISTOGRAM_BYTES = 320;

  /** The most for one target, in bytes: so much of the heap, but not less than for most. */
  private static final long MOST_BYTES = Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 64);

  private Map<Labels, Histogram> histograms = new HashMap<>();

  /** Rows in the order in which they were first seen, as in {@link SeriesCache}. */
  private long[] hashes = new long[FIRST_ROWS];

  private int[] lengths = new int[FIRST_ROWS];
  private Series[] series = new Series[FIRST_ROWS];
  private int[] table = new int[4 * FIRST_ROWS];
  private int rows;
  private final long most;
  private long bytes;
  private int expected;
  private int asked;

  ClassicSeries() {
    this(MOST_BYTES);
  }

  /**
   * Makes one.
   *
   * @param most that it may take, in bytes; beyond that it begins anew
   */
  ClassicSeries(long most) {
    this.most = most;
  }

  /** A scrape begins. */
  void begin() {
    if (rows > 2 * asked + SLACK) {
      // Much of it has vanished from the target.
      forget();
    }
    expected = 0;
    asked = 0;
  }

  private void forget() {
    rows = 0;
    expected = 0;
    bytes = 0;
    hashes = new long[FIRST_ROWS];
    lengths = new int[FIRST_ROWS];
    series = new Series[FIRST_ROWS];
    table = new int[4 * FIRST_ROWS];
    histograms = new HashMap<>();
  }

  /** How many series are known. */
  int size() {
    return rows;
  }

  /** What sample {@code i} is, of the family {@code family} by its type line. */
  Series of(ExpositionReader reader, ExpositionBatch batch, int i, String family)
      throws ExpositionException {
    asked++;
    long hash = batch.keyHashes[i];
    int length = batch.keyLengths[i];
    if (expected < rows && hashes[expected] == hash && lengths[expected] == length) {
      return series[expected++];
    }
    int mask = table.length - 1;
    int slot = (int) (hash ^ hash >>> 32) & mask;
    while (table[slot] != 0) {
      int row = table[slot] - 1;
      if (hashes[row] == hash && lengths[row] == length) {
        expected = row + 1;
        return series[row];
      }
      slot = slot + 1 & mask;
    }
    if (bytes >= most) {
      forget();
    }
    Series found = look(reader.labels(batch, i), family, batch.histograms[i] != null);
    add(hash, length, found);
    return found;
  }

  private void add(long hash, int length, Series found) {
    if (rows == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * rows);
      lengths = Arrays.copyOf(lengths, 2 * rows);
      series = Arrays.copyOf(series, 2 * rows);
      table = new int[2 * table.length];
      for (int row = 0; row < rows; row++) {
        enter(row);
      }
    }
    bytes += ROW_BYTES;
    hashes[rows] = hash;
    lengths[rows] = length;
    series[rows] = found;
    enter(rows++);
    expected = rows;
  }

  private void enter(int row) {
    int mask = table.length - 1;
    int slot = (int) (hashes[row] ^ hashes[row] >>> 32) & mask;
    while (table[slot] != 0) {
      slot = slot + 1 & mask;
    }
    table[slot] = row + 1;
  }

  private Series look(Labels labels, String family, boolean isNative) {
    String name = labels.metricName();
    if (isNative) {
      return name.equals(family) ? new Series(histogram(labels, family), Part.OTHER, 0) : STRANGER;
    }
    if (!name.startsWith(family)) {
      return STRANGER;
    }
    String bound = labels.get(LabelNames.BUCKET);
    return switch (name.substring(family.length())) {
      case "" -> new Series(histogram(labels, family), Part.OTHER, 0);
      case "_count" -> new Series(histogram(labels, family), Part.COUNT, 0);
      case "_sum" -> new Series(histogram(labels, family), Part.SUM, 0);
      case "_bucket" -> {
        double b = bound(bound);
        yield new Series(histogram(labels, family), Double.isNaN(b) ? Part.OTHER : Part.BUCKET, b);
      }
      default -> STRANGER;
    };
  }

  private Histogram histogram(Labels labels, String family) {
    Labels base =
        labels.toBuilder().set(LabelNames.METRIC_NAME, family).remove(LabelNames.BUCKET).build();
    Histogram known = histograms.get(base);
    if (known == null) {
      known = new Histogram(base);
      histograms.put(base, known);
      bytes += HISTOGRAM_BYTES + 3L * known.key.length;
    }
    return known;
  }

  /** The bound of a bucket, NaN where the label is no number. */
  private static double bound(String text) {
    switch (text.toLowerCase(Locale.ROOT)) {
      case "+inf", "inf", "+infinity", "infinity" -> {
        return Double.POSITIVE_INFINITY;
      }
      case "-inf", "-infinity" -> {
        return Double.NEGATIVE_INFINITY;
      }
      default -> {
        // Java takes blanks around a number and a letter for its type after it; Go does not.
        boolean number = !text.isEmpty();
        for (int i = 0; number && i < text.length(); i++) {
          char c = text.charAt(i);
          number = (c >= '0' && c <= '9') || "+-.eE".indexOf(c) >= 0;
        }
        try {
          return number ? Double.parseDouble(text) : Double.NaN;
        } catch (NumberFormatException e) {
          return Double.NaN;
        }
      }
    }
  }
}
