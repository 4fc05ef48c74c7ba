package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes native histograms with custom buckets of the classic ones that another reader finds,
 * whatever the format. Consecutive samples of one histogram in a family of that type become one
 * sample, which follows them; a histogram that is exposed as a native one is not made a second
 * time. Source: Prometheus 3.14, {@code model/textparse/nhcbparse.go}.
 */
final class ConvertingReader implements ExpositionReader {
  private static final ExpositionBatch NONE = new ExpositionBatch(0);

  private final ExpositionReader source;
  private final IntFunction<ExpositionBatch> batches;
  private ExpositionBatch in = NONE;
  private final ClassicSeries known;
  private final boolean keepClassic;
  private int at;
  private boolean ended;

  /** What the sample at {@link #classified} is; null outside of families of histograms. */
  private ClassicSeries.@Nullable Series series;

  private int classified = -1;

  /** The histogram being gathered, null for none. */
  private ClassicSeries.@Nullable Histogram gathering;

  private final ClassicHistogram gathered = new ClassicHistogram();
  private List<Exemplar> gatheredExemplars = new ArrayList<>();
  private long timestamp;
  private boolean hasTimestamp;
  private long startTimestamp;
  private int family;

  /** The histogram exposed last as a native one, as long as its classic series may follow. */
  private ClassicSeries.@Nullable Histogram exposedNative;

  /** Of each sample of the last batch handed out: where it is in {@link #in}, −1 for a made one. */
  private int[] positions = new int[0];

  private ClassicSeries.@Nullable Histogram[] made = new ClassicSeries.Histogram[0];
  private @Nullable List<Exemplar>[] madeExemplars = newLists(0);
  private int keysLength;
  private final Pace pace = new Pace();

  /**
   * Makes one.
   *
   * @param batches lends a batch of a capacity for what the other reader finds
   * @param known of the target
   * @param keepClassic whether classic samples are handed on besides
   */
  ConvertingReader(
      ExpositionReader source,
      IntFunction<ExpositionBatch> batches,
      ClassicSeries known,
      boolean keepClassic) {
    this.source = source;
    this.batches = batches;
    this.known = known;
    this.keepClassic = keepClassic;
    known.begin();
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static @Nullable List<Exemplar>[] newLists(int n) {
    return new List[n];
  }

  /** Fills batches of one capacity, which the first one tells. */
  @Override
  public int read(ExpositionBatch out) throws ExpositionException {
    int capacity = out.capacity();
    if (positions.length == 0) {
      in = batches.apply(capacity);
      positions = new int[capacity];
      made = new ClassicSeries.Histogram[capacity];
      madeExemplars = newLists(capacity);
    }
    out.size = 0;
    keysLength = 0;
    while (out.size == 0 && !(ended && gathering == null)) {
      if (at == in.size && !ended) {
        at = 0;
        classified = -1;
        // Many batches may make one sample.
        pace.step();
        ended = source.read(in) == 0;
        takeFamilies(out);
      }
      if (ended) {
        make(out);
      } else {
        fill(out);
      }
    }
    out.keys = out.keyBuffer;
    return out.size;
  }

  /** Hands on what the source knows of families; the last one may have got another part. */
  private void takeFamilies(ExpositionBatch out) {
    int same = Math.max(0, out.families.size() - 1);
    out.families.subList(same, out.families.size()).clear();
    out.families.addAll(in.families.subList(same, in.families.size()));
  }

  private void fill(ExpositionBatch out) throws ExpositionException {
    int capacity = out.capacity();
    while (at < in.size) {
      ClassicSeries.Series next = series();
      ClassicSeries.Histogram of = next == null ? null : next.of();
      if (gathering != null && (!gathering.is(of) || in.histograms[at] != null)) {
        if (out.size == capacity) {
          return;
        }
        make(out);
        continue;
      }
      boolean gatheredNow = false;
      if (in.histograms[at] != null) {
        exposedNative = of;
      } else if (next != null && next.part() != ClassicSeries.Part.OTHER) {
        if (exposedNative == null || !exposedNative.is(of)) {
          if (keepClassic && out.size == capacity) {
            return;
          }
          exposedNative = null;
          gather(next);
          gatheredNow = true;
          if (!keepClassic) {
            at++;
            continue;
          }
        }
      }
      if (out.size == capacity) {
        return;
      }
      handOn(out, gatheredNow);
    }
  }

  /** What the next sample is to a histogram; null outside of families of histograms. */
  private ClassicSeries.@Nullable Series series() throws ExpositionException {
    if (classified != at) {
      int f = in.familyIndexes[at];
      ExpositionBatch.Family of = f < 0 ? null : in.families.get(f);
      series =
          of == null || of.type() != MetricType.HISTOGRAM
              ? null
              : known.of(source, in, at, of.name());
      classified = at;
    }
    return series;
  }

  private void gather(ClassicSeries.Series part) throws ExpositionException {
    if (gathering == null) {
      gathering = part.of();
      startTimestamp = in.startTimestamps[at];
      family = in.familyIndexes[at];
    }
    timestamp = in.timestamps[at];
    hasTimestamp = in.hasTimestamp[at];
    double value = in.values[at];
    switch (part.part()) {
      case BUCKET -> gathered.bucket(part.bound(), value);
      case COUNT -> gathered.count(value);
      case SUM -> gathered.sum(value);
      case OTHER -> throw new IllegalStateException("no part of a histogram");
    }
    if (in.hasExemplars[at]) {
      gatheredExemplars.addAll(source.exemplars(in, at));
    }
  }

  private void handOn(ExpositionBatch out, boolean withoutExemplars) {
    int n = out.size++;
    key(out, n, in.keys, in.keyOffsets[at], in.keyLengths[at], in.keyHashes[at]);
    out.values[n] = in.values[at];
    out.timestamps[n] = in.timestamps[at];
    out.hasTimestamp[n] = in.hasTimestamp[at];
    out.startTimestamps[n] = in.startTimestamps[at];
    out.histograms[n] = in.histograms[at];
    // Those of gathered series go with the histogram that is made of them.
    out.hasExemplars[n] = in.hasExemplars[at] && !withoutExemplars;
    out.familyIndexes[n] = in.familyIndexes[at];
    positions[n] = at++;
    made[n] = null;
    madeExemplars[n] = null;
  }

  /** Ends what was gathered; it becomes a sample unless it does not fit together. */
  private void make(ExpositionBatch out) {
    ClassicSeries.Histogram of = gathering;
    if (of == null) {
      return;
    }
    gathering = null;
    NativeHistogram histogram = gathered.convert();
    gathered.clear();
    List<Exemplar> exemplars = gatheredExemplars;
    if (!exemplars.isEmpty()) {
      gatheredExemplars = new ArrayList<>();
    }
    if (histogram == null) {
      return;
    }
    int n = out.size++;
    key(out, n, of.key, 0, of.key.length, of.hash);
    out.values[n] = 0;
    out.timestamps[n] = timestamp;
    out.hasTimestamp[n] = hasTimestamp;
    out.startTimestamps[n] = startTimestamp;
    out.histograms[n] = histogram;
    out.hasExemplars[n] = !exemplars.isEmpty();
    out.familyIndexes[n] = family;
    positions[n] = -1;
    made[n] = of;
    madeExemplars[n] = exemplars;
  }

  private void key(ExpositionBatch out, int n, byte[] from, int offset, int length, long hash) {
    if (out.keyBuffer.length - keysLength < length) {
      out.keyBuffer =
          Arrays.copyOf(
              out.keyBuffer, Math.max(2 * out.keyBuffer.length, keysLength + length + 4096));
    }
    System.arraycopy(from, offset, out.keyBuffer, keysLength, length);
    out.keyOffsets[n] = keysLength;
    out.keyLengths[n] = length;
    out.keyHashes[n] = hash;
    keysLength += length;
  }

  @Override
  public Labels labels(ExpositionBatch batch, int i) throws ExpositionException {
    ClassicSeries.Histogram of = made[i];
    return of != null ? of.labels : source.labels(in, positions[i]);
  }

  @Override
  public List<String> emptyLabels(ExpositionBatch batch, int i) throws ExpositionException {
    return made[i] != null ? List.of() : source.emptyLabels(in, positions[i]);
  }

  @Override
  public List<Exemplar> exemplars(ExpositionBatch batch, int i) throws ExpositionException {
    List<Exemplar> own = madeExemplars[i];
    return own != null ? own : source.exemplars(in, positions[i]);
  }
}
