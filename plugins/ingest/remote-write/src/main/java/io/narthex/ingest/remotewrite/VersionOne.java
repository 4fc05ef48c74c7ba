package io.narthex.ingest.remotewrite;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code prometheus.WriteRequest}, remote write 1.0, straight from its bytes.
 *
 * <pre>
 *   WriteRequest  1 TimeSeries*   3 MetricMetadata* (passed over)
 *   TimeSeries    1 Label*   2 Sample*   3 Exemplar*   4 Histogram*
 *   Label         1 name   2 value          both UTF-8
 *   Sample        1 double value   2 int64 timestamp, milliseconds
 *   Exemplar      1 Label*   2 double value   3 int64 timestamp, 0 for none
 * </pre>
 *
 * <p>Fields may come in any order, so a series is read twice: its labels first, then the rest.
 */
final class VersionOne implements SeriesText {
  private static final int LABELS = 1 << 3 | ProtobufReader.BYTES;

  private final ProtobufReader p = new ProtobufReader();
  private final ProtobufReader again = new ProtobufReader();
  private final SeriesKey key = new SeriesKey();
  private final HistogramReader histograms = new HistogramReader();

  /** Of the request that was read last. */
  private @Nullable KnownSeries known;

  /** Where a label's parts stand, as {@link #label} found them. */
  private int name;

  private int nameLength;
  private int value;
  private int valueLength;

  /** Whether the labels of the series that was looked at last name a metric. */
  private boolean named;

  /** Whether they have an empty name, or a name twice. */
  private boolean invalid;

  /** Whether the series has anything to take: Prometheus sends exemplars as series of their own. */
  private boolean sampled;

  /**
   * Reads the first {@code length} bytes of {@code bytes}.
   *
   * @param knownSeries of the transaction's storage
   */
  void read(byte[] bytes, int length, Transaction transaction, KnownSeries knownSeries)
      throws MalformedException, StorageException {
    known = knownSeries;
    p.reset(bytes, 0, length);
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 == 1) {
        ProtobufReader.require(tag, ProtobufReader.BYTES, "Timeseries");
        series(transaction, knownSeries);
      } else {
        p.skip(tag);
      }
    }
    transaction.flush();
  }

  /** Lets go of the request that was read last. */
  void release() {
    p.reset(new byte[0], 0, 0);
    again.reset(p.bytes, 0, 0);
  }

  private void series(Transaction transaction, KnownSeries known)
      throws MalformedException, StorageException {
    int origin = p.position;
    int n = p.length();
    int start = p.position;
    int end = start + n;
    int outer = p.limit;
    p.limit = end;
    int labelled = labelsOnly(p);
    if (labelled > 0) {
      int length = labelled - start;
      long first = known.first(p.bytes, start, length);
      long second = known.second(p.bytes, start, length);
      long ref = known.find(first, second);
      if (ref == 0) {
        p.position = start;
        labels(p, key);
        if (isGood()) {
          ref = transaction.series(key);
          known.put(first, second, ref);
        }
      }
      if (ref == 0) {
        transaction.withInvalidLabels++;
      } else {
        p.position = labelled;
        samples(transaction, ref, origin);
      }
    } else {
      p.position = start;
      int rest = labels(p, key);
      if (!isGood()) {
        transaction.withInvalidLabels++;
      } else if (sampled) {
        p.position = rest;
        samples(transaction, transaction.series(key), origin);
      }
    }
    p.position = end;
    p.limit = outer;
  }

  /** Whether the labels that were collected last are those of a series. */
  private boolean isGood() {
    return named && !invalid && Text.isUtf8(key);
  }

  /**
   * Looks whether a series has all of its labels at its beginning, as it nearly always has, and
   * then something to take.
   *
   * @return where the labels end; 0 when it does not look so
   */
  private static int labelsOnly(ProtobufReader in) throws MalformedException {
    byte[] b = in.bytes;
    int limit = in.limit;
    int q = in.position;
    int start = q;
    while (q < limit && b[q] == LABELS) {
      if (limit - q < 2 || b[q + 1] < 0) {
        return 0;
      }
      q += 2 + b[q + 1];
    }
    if (q >= limit || q - start < KnownSeries.SHORTEST) {
      return 0;
    }
    in.position = q;
    boolean sampled = false;
    while (in.hasMore()) {
      int tag = in.tag();
      int field = tag >>> 3;
      if (field == 1) {
        return 0;
      }
      sampled |= field >= 2 && field <= 4;
      in.skip(tag);
    }
    return sampled ? q : 0;
  }

  @Override
  public void forgotten(int series) throws MalformedException {
    again.reset(p.bytes, series, p.bytes.length);
    int n = again.length();
    int start = again.position;
    again.limit = start + n;
    int labelled = labelsOnly(again);
    if (labelled > 0 && known != null) {
      known.remove(
          known.first(p.bytes, start, labelled - start),
          known.second(p.bytes, start, labelled - start));
    }
  }

  @Override
  public void labels(int series, SeriesKey into) throws MalformedException {
    again.reset(p.bytes, series, p.bytes.length);
    int n = again.length();
    again.limit = again.position + n;
    labels(again, into);
  }

  /**
   * Collects the labels of a series from here to the limit.
   *
   * @return where the first field stands that is no label
   */
  private int labels(ProtobufReader in, SeriesKey into) throws MalformedException {
    into.clear();
    named = false;
    invalid = false;
    sampled = false;
    int rest = -1;
    while (in.hasMore()) {
      int start = in.position;
      int end = usualLabel(in.bytes, start, in.limit, into);
      if (end > 0) {
        in.position = end;
        continue;
      }
      int tag = in.tag();
      if (tag == LABELS) {
        label(in);
        if (nameLength == 0 || !into.add(in.bytes, name, nameLength, value, valueLength)) {
          invalid = true;
        } else if (valueLength > 0 && Text.isMetricName(in.bytes, name, nameLength)) {
          named = true;
        }
        continue;
      }
      int field = tag >>> 3;
      if (field == 1) {
        ProtobufReader.require(tag, ProtobufReader.BYTES, "Labels");
      }
      sampled |= field >= 2 && field <= 4;
      if (rest < 0) {
        rest = start;
      }
      in.skip(tag);
    }
    return rest < 0 ? in.limit : rest;
  }

  /**
   * Adds a label that looks as nearly all of them do: name, then value, each not empty and shorter
   * than 128 bytes.
   *
   * @return where it ends, 0 when it does not look so; nothing was done then
   */
  private int usualLabel(byte[] b, int start, int limit, SeriesKey into) {
    if (limit - start < 8
        || b[start] != LABELS
        || b[start + 2] != (1 << 3 | ProtobufReader.BYTES)) {
      return 0;
    }
    int end = start + 2 + b[start + 1];
    int n = b[start + 3];
    int second = start + 4 + n;
    if (end > limit || n <= 0 || second > end - 3 || b[second] != (2 << 3 | ProtobufReader.BYTES)) {
      return 0;
    }
    int m = b[second + 1];
    if (m <= 0 || m != end - second - 2) {
      return 0;
    }
    if (!into.add(b, start + 4, n, second + 2, m)) {
      invalid = true;
    } else if (Text.isMetricName(b, start + 4, n)) {
      named = true;
    }
    return end;
  }

  private void label(ProtobufReader in) throws MalformedException {
    int n = in.length();
    anyLabel(in, in.position + n);
  }

  private void anyLabel(ProtobufReader in, int end) throws MalformedException {
    int outer = in.limit;
    in.limit = end;
    name = end;
    nameLength = 0;
    value = end;
    valueLength = 0;
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Name");
          nameLength = in.length();
          name = in.position;
          in.position += nameLength;
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Value");
          valueLength = in.length();
          value = in.position;
          in.position += valueLength;
        }
        default -> in.skip(tag);
      }
    }
    in.limit = outer;
  }

  private void samples(Transaction transaction, long ref, int origin)
      throws MalformedException, StorageException {
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Samples");
          sample(transaction, ref, origin);
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Exemplars");
          int outer = enter();
          transaction.exemplar(ref, origin, exemplar());
          p.limit = outer;
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Histograms");
          int outer = enter();
          histograms.read(p);
          p.limit = outer;
          transaction.histogram(ref, origin, histograms, 0);
        }
        default -> p.skip(tag);
      }
    }
  }

  /** Narrows the reader to the message that begins here. */
  private int enter() throws MalformedException {
    int n = p.length();
    int outer = p.limit;
    p.limit = p.position + n;
    return outer;
  }

  private void sample(Transaction transaction, long ref, int origin)
      throws MalformedException, StorageException {
    int outer = enter();
    double v = 0;
    long time = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag == (1 << 3 | ProtobufReader.FIXED64)) {
        v = p.float64();
      } else if (tag == (2 << 3 | ProtobufReader.VARINT)) {
        time = p.varint();
      } else {
        if (tag >>> 3 <= 2) {
          ProtobufReader.require(
              tag, tag >>> 3 == 1 ? ProtobufReader.FIXED64 : ProtobufReader.VARINT, "Sample");
        }
        p.skip(tag);
      }
    }
    p.limit = outer;
    transaction.sample(ref, origin, time, v, 0);
  }

  private Exemplar exemplar() throws MalformedException {
    Labels.Builder labels = Labels.builder();
    double v = 0;
    long time = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Labels");
          label(p);
          if (nameLength > 0) {
            labels.set(text(name, nameLength), text(value, valueLength));
          }
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Value");
          v = p.float64();
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Timestamp");
          time = p.varint();
        }
        default -> p.skip(tag);
      }
    }
    return new Exemplar(labels.build(), v, time, time != 0);
  }

  private String text(int offset, int length) {
    return new String(p.bytes, offset, length, StandardCharsets.UTF_8);
  }
}
