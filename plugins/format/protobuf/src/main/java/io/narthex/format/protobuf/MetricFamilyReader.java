package io.narthex.format.protobuf;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.util.Arrays;
import java.util.List;

/**
 * Reads an exposition of {@code MetricFamily} messages, family by family, metric by metric, in
 * place. A metric becomes its samples in upstream's order: a summary its count, its sum and its
 * quantiles; a histogram the native one, or else (or besides, where that is wanted) its count, its
 * sum and its buckets, the last of which is {@code +Inf}. Source: {@code
 * model/textparse/protobufparse.go} of Prometheus 3.14.
 *
 * <p>The messages ({@code io/prometheus/client/metrics.proto} of client_model):
 *
 * <pre>
 *   MetricFamily  1 name  2 help  3 type  4 metric*  5 unit
 *   Metric        1 label*  2 gauge  3 counter  4 summary  5 untyped  6 timestamp_ms  7 histogram
 *   Counter       1 value  2 exemplar  3 created_timestamp
 *   Gauge         1 value
 *   Summary       1 count  2 sum  3 quantile* (1 quantile  2 value)  4 created_timestamp
 *   Histogram     1 count  2 sum  3 bucket* (1 count  2 bound  3 exemplar  4 count as float)
 *                 4 count as float  5..14 {@link Metric#part}  15 created_timestamp
 *                 16 exemplar*
 * </pre>
 */
final class MetricFamilyReader implements ExpositionReader {
  /**
   * The format writes a name once for many metrics, and labels once for many buckets; keys do not.
   * What the series of a metric have of both may come to so many bytes, and the names of a family's
   * metrics where they are longer than {@link #LONG_NAME}.
   */
  private static final long MOST_REPEATED_BYTES = 16 << 20;

  private static final int LONG_NAME = 1024;

  /** What of a metric comes next. */
  private enum Stage {
    NEXT_METRIC,
    VALUE,
    NATIVE,
    COUNT,
    SUM,
    PARTS
  }

  private final byte[] data;
  private final int length;
  private final ExpositionOptions options;
  private final ProtobufReader p = new ProtobufReader();
  private final SeriesKeys keys = new SeriesKeys();
  private final Exemplars exemplars = new Exemplars();

  /** Where the next family's length stands. */
  private int next;

  /** Families begun, empty ones too. */
  private int familyCount;

  // The family at hand.
  private int nameFrom;
  private int nameLength;
  private int helpFrom;
  private int helpTo;
  private int type;
  private int metrics;

  /** Where the next field of the family stands, and where the family ends. */
  private int familyAt;

  private int familyEnd;

  /** The metric at hand, and what of it comes next. */
  private final Metric metric;

  private Stage stage = Stage.NEXT_METRIC;

  MetricFamilyReader(byte[] data, int length, ExpositionOptions options) {
    this.data = data;
    this.length = length;
    this.options = options;
    metric = new Metric(data);
  }

  @Override
  public int read(ExpositionBatch batch) throws ExpositionException {
    batch.size = 0;
    keys.begin(batch);
    exemplars.clear();
    boolean whole = false;
    try {
      while (batch.size < batch.capacity()) {
        if (stage == Stage.NEXT_METRIC) {
          if (!nextMetric(batch)) {
            break;
          }
          keys.forget();
        }
        if (!keys.hasRoom(batch, nameLength + metric.labelBytes)) {
          break;
        }
        sample(batch);
      }
      whole = true;
    } catch (MalformedException e) {
      throw malformed(
          nameLength > 0
              ? Quoting.quote(Text.shown(data, nameFrom, nameFrom + nameLength))
              : "number " + familyCount,
          e);
    } finally {
      // Histograms that are read no more must not stay in memory with the batch.
      Arrays.fill(batch.histograms, whole ? batch.size : 0, batch.capacity(), null);
    }
    return batch.size;
  }

  private static ExpositionException malformed(String family, MalformedException e) {
    return new ExpositionException("cannot read metric family " + family + ": " + e.getMessage());
  }

  /** Finds the next metric, in the family at hand or a later one; false at the end. */
  private boolean nextMetric(ExpositionBatch batch) throws MalformedException, ExpositionException {
    while (metrics == 0) {
      if (next == length) {
        return false;
      }
      nextFamily(batch);
    }
    p.reset(data, familyAt, familyEnd);
    while (true) {
      int tag = p.tag();
      if (tag >>> 3 == 4) {
        int n = p.length();
        familyAt = p.position + n;
        metrics--;
        metric.read(type, p.position, familyAt);
        begin();
        return true;
      }
      p.skip(tag);
    }
  }

  /** Reads all of a family but its metrics, which it only counts: the unit stands behind them. */
  private void nextFamily(ExpositionBatch batch) throws MalformedException, ExpositionException {
    delimiter();
    familyCount++;
    nameLength = 0;
    type = Metric.COUNTER;
    helpFrom = 0;
    helpTo = 0;
    int unitFrom = 0;
    int unitTo = 0;
    int found = 0;
    // The name, the help and the type mostly stand together in front of the first metric.
    int headEnd = familyEnd;
    boolean headWhole = true;
    p.reset(data, familyAt, familyEnd);
    while (p.hasMore()) {
      int at = p.position;
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          int n = Metric.passOver(p, tag, "Name");
          nameFrom = p.position - n;
          nameLength = n;
          headWhole &= found == 0;
        }
        case 2 -> {
          int n = Metric.passOver(p, tag, "Help");
          helpFrom = p.position - n;
          helpTo = p.position;
          headWhole &= found == 0;
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Type");
          type = (int) p.varint();
          headWhole &= found == 0;
        }
        case 4 -> {
          Metric.passOver(p, tag, "Metric");
          if (found++ == 0) {
            headEnd = at;
          }
        }
        case 5 -> {
          int n = Metric.passOver(p, tag, "Unit");
          unitFrom = p.position - n;
          unitTo = p.position;
        }
        default -> p.skip(tag);
      }
    }
    metrics = found;
    if (found == 0) {
      return;
    }
    if (nameLength > LONG_NAME && (long) nameLength * found > MOST_REPEATED_BYTES) {
      throw new MalformedException(
          "a family with a name of "
              + nameLength
              + " bytes has "
              + found
              + " metrics; together these may have "
              + MOST_REPEATED_BYTES
              + " bytes of names");
    }
    batch.beginMetadata();
    if (!headWhole) {
      addMetadata(batch);
    } else if (!batch.addKnownMetadata(data, familyAt, headEnd)) {
      addMetadata(batch);
      batch.rememberMetadata(data, familyAt, headEnd);
    }
    if (unitTo > unitFrom) {
      String name = batch.families.getLast().name();
      String unit = Text.lenient(data, unitFrom, unitTo);
      checkUnit(name, unit);
      batch.addMetadata(name, null, null, unit);
    }
  }

  /** Adds the family with all but its unit, if that is valid. */
  private void addMetadata(ExpositionBatch batch) throws ExpositionException {
    String name = Text.utf8(data, nameFrom, nameFrom + nameLength);
    if (nameLength == 0 || name == null) {
      throw new ExpositionException(
          "invalid metric name: " + Text.shown(data, nameFrom, nameFrom + nameLength));
    }
    String help = Text.utf8(data, helpFrom, helpTo);
    if (help == null) {
      throw new ExpositionException(
          "invalid help for metric "
              + Quoting.quote(name)
              + ": "
              + Text.shown(data, helpFrom, helpTo));
    }
    batch.addMetadata(name, metricType(name), help, null);
  }

  /** Reads the length that stands before a family. */
  private void delimiter() throws ExpositionException {
    long n = 0;
    int at = next;
    int shift = 0;
    byte b;
    do {
      if (at == length || shift == 35) {
        throw new ExpositionException("clientpb: invalid varint encountered");
      }
      b = data[at++];
      n |= (long) (b & 0x7f) << shift;
      shift += 7;
    } while (b < 0);
    if (n > length - at) {
      throw new ExpositionException(
          "clientpb: insufficient length of buffer, expected at least "
              + (at - next + n)
              + " bytes, got "
              + (length - next)
              + " bytes");
    }
    familyAt = at;
    familyEnd = at + (int) n;
    next = familyEnd;
  }

  private MetricType metricType(String name) throws ExpositionException {
    return switch (type) {
      case Metric.COUNTER -> MetricType.COUNTER;
      case Metric.GAUGE -> MetricType.GAUGE;
      case Metric.SUMMARY -> MetricType.SUMMARY;
      case Metric.UNTYPED -> MetricType.UNKNOWN;
      case Metric.HISTOGRAM -> MetricType.HISTOGRAM;
      case Metric.GAUGE_HISTOGRAM -> MetricType.GAUGE_HISTOGRAM;
      default ->
          throw new ExpositionException(
              "unknown metric type for metric " + Quoting.quote(name) + ": " + type);
    };
  }

  private void checkUnit(String name, String unit) throws ExpositionException {
    boolean total = type == Metric.COUNTER && name.endsWith("_total");
    String stem = total ? name.substring(0, name.length() - "_total".length()) : name;
    if (!stem.endsWith("_" + unit)) {
      throw new ExpositionException(
          "unit "
              + Quoting.quote(unit)
              + " not a suffix of "
              + (total ? "counter " : "metric ")
              + Quoting.quote(name));
    }
  }

  /** Decides what of the metric comes first. */
  private void begin() throws MalformedException {
    if ((long) (nameLength + metric.labelBytes) * metric.partCount > MOST_REPEATED_BYTES) {
      throw new MalformedException(
          "a metric with "
              + metric.labelBytes
              + " bytes of labels has "
              + metric.partCount
              + " quantiles or buckets; together these may have "
              + MOST_REPEATED_BYTES
              + " bytes of labels");
    }
    if (metric.isHistogram() && !options.ignoreNativeHistograms() && metric.isNative()) {
      stage = Stage.NATIVE;
    } else {
      stage = metric.isHistogram() || type == Metric.SUMMARY ? Stage.COUNT : Stage.VALUE;
    }
  }

  /** Adds the sample that is next, if the metric has one more. */
  private void sample(ExpositionBatch batch) throws MalformedException, ExpositionException {
    switch (stage) {
      case VALUE -> {
        add(batch, SeriesKeys.WHOLE, 0, metric.value);
        stage = Stage.NEXT_METRIC;
      }
      case NATIVE -> histogram(batch);
      case COUNT -> {
        add(batch, SeriesKeys.COUNT, 0, metric.total());
        stage = Stage.SUM;
      }
      case SUM -> {
        add(batch, SeriesKeys.SUM, 0, metric.value);
        stage = Stage.PARTS;
      }
      case PARTS -> part(batch);
      case NEXT_METRIC -> throw new IllegalStateException("no metric has been read");
    }
  }

  private void histogram(ExpositionBatch batch) throws MalformedException, ExpositionException {
    ResetHint hint = type == Metric.GAUGE_HISTOGRAM ? ResetHint.GAUGE : ResetHint.UNKNOWN;
    int i = batch.size;
    add(batch, SeriesKeys.WHOLE, 0, 0);
    try {
      batch.histograms[i] = metric.nativeHistogram(hint, normal(metric.value));
    } catch (MalformedException e) {
      // The text is Prometheus's, and the histogram's alone.
      throw new ExpositionException(String.valueOf(e.getMessage()));
    }
    if (metric.ownExemplars > 0 || (metric.partCount > 0 && metric.hasBucketExemplar())) {
      batch.hasExemplars[i] = exemplars.addHistogram(data, i, metric.from, metric.to);
    }
    stage =
        options.classicHistogramsToo() && metric.partCount > 0 ? Stage.COUNT : Stage.NEXT_METRIC;
  }

  /** Adds the next quantile or bucket. */
  private void part(ExpositionBatch batch) throws MalformedException {
    boolean more = metric.nextPart();
    if (type == Metric.SUMMARY) {
      if (more) {
        add(batch, SeriesKeys.QUANTILE, metric.bound, metric.partValue);
      } else {
        stage = Stage.NEXT_METRIC;
      }
      return;
    }
    if (!more) {
      metric.bound = Double.POSITIVE_INFINITY;
      metric.partValue = metric.total();
    }
    add(batch, SeriesKeys.BUCKET, metric.bound, metric.partValue);
    // What comes behind the last bucket there can be is not looked at.
    if (metric.bound == Double.POSITIVE_INFINITY) {
      stage = Stage.NEXT_METRIC;
    }
  }

  private void add(ExpositionBatch batch, int kind, double part, double v)
      throws MalformedException {
    if (keys.wantsPrefix()) {
      writePrefix(batch);
    }
    int i = batch.size;
    keys.add(batch, i, kind, part);
    batch.values[i] = normal(v);
    batch.histograms[i] = null;
    // Zero and absent cannot be told apart; upstream takes both for absent.
    batch.hasTimestamp[i] = metric.timestamp != 0;
    batch.timestamps[i] = metric.timestamp;
    batch.startTimestamps[i] = options.startTimestamps() ? metric.created : 0;
    batch.familyIndexes[i] = batch.families.size() - 1;
    boolean exemplar =
        metric.hasExemplar() && (kind == SeriesKeys.WHOLE || kind == SeriesKeys.BUCKET);
    batch.hasExemplars[i] = exemplar;
    if (exemplar) {
      exemplars.add(i, metric.exemplarFrom, metric.exemplarTo);
    }
    batch.size = i + 1;
  }

  /** One NaN for all, so that none that is exposed can look like a stale marker. */
  private static double normal(double v) {
    return Double.isNaN(v) ? Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS) : v;
  }

  private void writePrefix(ExpositionBatch batch) throws MalformedException {
    keys.startPrefix(batch, data, nameFrom, nameLength, nameLength + metric.labelBytes);
    metric.writeLabels(keys);
    keys.endPrefix();
  }

  @Override
  public Labels labels(ExpositionBatch batch, int i) throws ExpositionException {
    return new KeyLabels(batch, i).labels(options.typeAndUnitLabels());
  }

  @Override
  public List<String> emptyLabels(ExpositionBatch batch, int i) throws ExpositionException {
    return new KeyLabels(batch, i).emptyNames();
  }

  @Override
  public List<Exemplar> exemplars(ExpositionBatch batch, int i) throws ExpositionException {
    if (!batch.hasExemplars[i]) {
      return List.of();
    }
    try {
      return exemplars.read(data, i);
    } catch (MalformedException e) {
      throw malformed(Quoting.quote(batch.families.get(batch.familyIndexes[i]).name()), e);
    }
  }
}
