package io.narthex.api.format;

import io.narthex.api.Api;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A caller-owned batch of exposed samples. A series is known by its key: the bytes {@link
 * #keys}{@code [keyOffsets[i] .. keyOffsets[i] + keyLengths[i])}, which are the same at each scrape
 * as long as the target writes the series the same way, and their 64-bit hash. Two different keys
 * may denote equal labels. Only the first {@link #size} elements count. Serves one reader at a
 * time, and may serve another one when that has ended: what metadata it has seen it knows again.
 * Not safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class ExpositionBatch {
  private static final int MAX_FAMILIES = 1 << 20;
  private static final int KEPT_SCRATCH = 1 << 16;

  /** Families are added so many at a time without letting other threads run. */
  private static final int OTHERS_AFTER = 4096;

  /** The number of samples. */
  public int size;

  /** The bytes of all keys: the exposition itself, or a buffer of the reader. Set by each read. */
  public byte[] keys = new byte[0];

  /**
   * Room for a reader that writes keys rather than pointing into the exposition: it may replace it
   * by a larger one. It stays with the batch, so that not every reader makes a buffer of its own.
   */
  public byte[] keyBuffer = new byte[0];

  public final int[] keyOffsets;
  public final int[] keyLengths;

  /** Hashes of the keys; the same bytes have the same hash within a run of the process. */
  public final long[] keyHashes;

  public final double[] values;

  /** Milliseconds since the epoch; read only where {@link #hasTimestamp}. */
  public final long[] timestamps;

  public final boolean[] hasTimestamp;

  /** Start timestamps in milliseconds, 0 where unknown. */
  public final long[] startTimestamps;

  /** Set where the sample is a histogram. */
  public final @Nullable NativeHistogram[] histograms;

  /** Whether the sample has exemplars. */
  public final boolean[] hasExemplars;

  /**
   * For each sample, the index into {@link #families} of its family, or −1: the last one read
   * before it.
   */
  public final int[] familyIndexes;

  /**
   * Metadata of the families that began in this batch or before, in the order of the exposition;
   * grows while reading.
   */
  public final List<Family> families = new ArrayList<>();

  private final FamilyMemory memory = new FamilyMemory();

  /** Where the metadata begins that belongs together. */
  private int metadataFrom;

  private long[] scratch = new long[0];

  /** Makes a batch for at most {@code capacity} samples a read. */
  public ExpositionBatch(int capacity) {
    keyOffsets = new int[capacity];
    keyLengths = new int[capacity];
    keyHashes = new long[capacity];
    values = new double[capacity];
    timestamps = new long[capacity];
    hasTimestamp = new boolean[capacity];
    startTimestamps = new long[capacity];
    histograms = new NativeHistogram[capacity];
    hasExemplars = new boolean[capacity];
    familyIndexes = new int[capacity];
  }

  /** The most samples of one read. */
  public int capacity() {
    return values.length;
  }

  /**
   * Puts sample {@code i} at a series whose key stands in {@link #keys}: a float without start
   * timestamp and exemplars, of the family read last. Its value and timestamp are left as they are.
   *
   * @param from where the key begins
   * @param to where it ends, exclusive
   */
  public void setSeries(int i, int from, int to) {
    keyOffsets[i] = from;
    keyLengths[i] = to - from;
    keyHashes[i] = ByteScan.hash(keys, from, to - from);
    startTimestamps[i] = 0;
    histograms[i] = null;
    hasExemplars[i] = false;
    familyIndexes[i] = families.size() - 1;
  }

  /**
   * Begins metadata that stands together, without a sample in between; in it, what is said of a
   * family in several lines becomes one element of {@link #families}.
   */
  public void beginMetadata() {
    metadataFrom = families.size();
  }

  /**
   * Adds what is known of a family: to the one before, where that has the same name and nothing but
   * metadata came in between.
   *
   * @param type may be null, as the others, where it is not known
   * @throws ExpositionException when there are more families than anybody has a use for, 1,048,576
   */
  public void addMetadata(
      String name, @Nullable MetricType type, @Nullable String help, @Nullable String unit)
      throws ExpositionException {
    int last = families.size() - 1;
    if (last >= metadataFrom && families.get(last).name().equals(name)) {
      Family f = families.get(last);
      families.set(
          last,
          new Family(
              name,
              type == null ? f.type() : type,
              help == null ? f.help() : help,
              unit == null ? f.unit() : unit));
      return;
    }
    if (families.size() == MAX_FAMILIES) {
      throw new ExpositionException(
          "cannot read the exposition: got more than " + MAX_FAMILIES + " metric families");
    }
    if (families.size() % OTHERS_AFTER == OTHERS_AFTER - 1) {
      // A virtual thread that reads metadata alone would keep others from running.
      Thread.yield();
    }
    families.add(new Family(name, type, help, unit));
  }

  /**
   * Adds the families of metadata that this batch has been told of by {@link #rememberMetadata}, if
   * it has: neither is the text read again then, nor is anything allocated.
   *
   * @param data the exposition
   * @param from where lines begin that are metadata; the same bytes mean the same
   * @param to where they end, exclusive
   */
  public boolean addKnownMetadata(byte[] data, int from, int to) {
    return families.size() + FamilyMemory.MAX_BLOCK < MAX_FAMILIES
        && memory.recall(data, from, to, families);
  }

  /**
   * Tells which families the metadata in {@code data[from .. to)} means: those added since {@link
   * #beginMetadata}. Little is kept, and not for ever.
   */
  public void rememberMetadata(byte[] data, int from, int to) {
    memory.remember(data, from, to, families, metadataFrom);
  }

  /**
   * Working memory for the reader, so that it need not be made anew for each exposition. The
   * content is whatever was left there; another call may return other memory. More than 512 KiB are
   * made anew each time, so that they do not stay when the exposition has gone.
   *
   * @param length the least number of elements
   */
  public long[] scratch(int length) {
    if (length > KEPT_SCRATCH) {
      return new long[length];
    }
    if (scratch.length < length) {
      scratch = new long[Math.min(KEPT_SCRATCH, Math.max(length, 2 * scratch.length))];
    }
    return scratch;
  }

  /**
   * The metadata of a family; parts that were not exposed are null, so that what was known stays.
   *
   * @param name the family's name
   * @param type may be null
   * @param help may be null
   * @param unit may be null
   * @since 0.1
   */
  public record Family(
      String name, @Nullable MetricType type, @Nullable String help, @Nullable String unit) {
    /**
     * Whether a series belongs to the family, by its name: it is that of the family, or that with
     * one of the endings that series of the type have. Never where the type is not known.
     *
     * @param metric the series' {@code __name__}
     */
    public boolean includes(String metric) {
      MetricType known = type;
      if (known == null || !metric.startsWith(name)) {
        return false;
      }
      return switch (known) {
        // Prometheus's own text has the ending in the family's name already.
        case COUNTER -> cut(metric, "_total").equals(cut(name, "_total"));
        case INFO -> cut(metric, "_info").equals(cut(name, "_info"));
        case HISTOGRAM -> cut(metric, "_bucket", "_sum", "_count").equals(name);
        case GAUGE_HISTOGRAM -> cut(metric, "_bucket", "_gsum", "_gcount").equals(name);
        case SUMMARY -> cut(metric, "_sum", "_count").equals(name);
        case GAUGE, STATESET, UNKNOWN -> metric.equals(name);
      };
    }

    private static String cut(String name, String... endings) {
      for (String ending : endings) {
        if (name.endsWith(ending)) {
          return name.substring(0, name.length() - ending.length());
        }
      }
      return name;
    }
  }
}
