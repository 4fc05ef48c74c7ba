package io.narthex.ingest.remotewrite;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.Quoting;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Reads {@code io.prometheus.write.v2.Request}, remote write 2.0, straight from its bytes.
 *
 * <pre>
 *   Request     4 string symbols*   5 TimeSeries*
 *   TimeSeries  1 uint32 labels_refs* (name, value, name, ... as indexes of symbols)
 *               2 Sample*   3 Histogram*   4 Exemplar*   5 Metadata
 *               6 int64 created_timestamp (of early senders: the start of all samples)
 *   Sample      1 double value   2 int64 timestamp   3 int64 start_timestamp, milliseconds
 *   Exemplar    1 uint32 labels_refs*   2 double value   3 int64 timestamp
 *   Metadata    1 type   3 uint32 help_ref   4 uint32 unit_ref
 * </pre>
 *
 * <p>The request is read twice, for its symbols and for its series, and each series as well,
 * because fields may come in any order.
 */
final class VersionTwo implements SeriesText {
  private static final MetricType[] TYPES = {
    MetricType.UNKNOWN,
    MetricType.COUNTER,
    MetricType.GAUGE,
    MetricType.HISTOGRAM,
    MetricType.GAUGE_HISTOGRAM,
    MetricType.SUMMARY,
    MetricType.INFO,
    MetricType.STATESET
  };

  private static final byte[] TYPE_LABEL = "__type__".getBytes(StandardCharsets.UTF_8);
  private static final byte[] UNIT_LABEL = "__unit__".getBytes(StandardCharsets.UTF_8);

  /**
   * The most bytes that names and values of one series have: a symbol may be referred to again and
   * again, so that a small request could stand for anything.
   */
  private static final int MAX_LABEL_BYTES = 1 << 20;

  /** Symbols that are kept room for between requests. */
  private static final int USUAL_SYMBOLS = 1 << 16;

  private final ProtobufReader p = new ProtobufReader();
  private final ProtobufReader again = new ProtobufReader();
  private final SeriesKey key = new SeriesKey();
  private final HistogramReader histograms = new HistogramReader();

  /** Where each symbol stands, and how long it is, in bytes. */
  private int[] symbols = new int[256];

  private int[] symbolLengths = new int[256];
  private int symbolCount;

  /** What the series or exemplar at hand refers to. */
  private int[] refs = new int[64];

  private int refCount;

  /** Samples and histograms of the series at hand. */
  private int sampleCount;

  private long created;
  private int type;
  private int help;
  private int unit;

  /** Whether labels {@code __type__} and {@code __unit__} are made of metadata. */
  private boolean typeAndUnit;

  /** Whether that was done for the labels that were collected last. */
  private boolean derived;

  /** The symbol of a name that they have twice, -1 for none. */
  private int twice;

  /** Reads the first {@code length} bytes of {@code bytes}. */
  void read(
      byte[] bytes,
      int length,
      Transaction transaction,
      boolean typeAndUnitLabels,
      boolean keepsMetadata)
      throws MalformedException, StorageException {
    typeAndUnit = typeAndUnitLabels;
    symbols(bytes, length);
    p.reset(bytes, 0, length);
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 == 5) {
        ProtobufReader.require(tag, ProtobufReader.BYTES, "Timeseries");
        series(transaction, keepsMetadata);
      } else {
        p.skip(tag);
      }
    }
    transaction.flush();
    if (symbols.length > USUAL_SYMBOLS) {
      symbols = new int[256];
      symbolLengths = new int[256];
    }
  }

  /** Lets go of the request that was read last. */
  void release() {
    p.reset(new byte[0], 0, 0);
    again.reset(p.bytes, 0, 0);
  }

  private void symbols(byte[] bytes, int length) throws MalformedException {
    symbolCount = 0;
    p.reset(bytes, 0, length);
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 4) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Symbols");
      int n = p.length();
      if (symbolCount == symbols.length) {
        symbols = Arrays.copyOf(symbols, 2 * symbolCount);
        symbolLengths = Arrays.copyOf(symbolLengths, 2 * symbolCount);
      }
      symbols[symbolCount] = p.position;
      symbolLengths[symbolCount++] = n;
      p.position += n;
    }
  }

  private void series(Transaction transaction, boolean keepsMetadata)
      throws MalformedException, StorageException {
    int origin = p.position;
    int n = p.length();
    int start = p.position;
    int end = start + n;
    int outer = p.limit;
    p.limit = end;
    scan(p);
    if (isGood(transaction)) {
      long ref = transaction.series(key);
      int count = sampleCount;
      Metadata metadata = null;
      if (keepsMetadata && !(type == 0 && isEmpty(help) && isEmpty(unit))) {
        transaction.charge(symbolLengths[help] + symbolLengths[unit]);
        metadata = new Metadata(metricType(), symbol(help), symbol(unit));
      }
      p.position = start;
      samples(transaction, ref, origin);
      if (metadata != null) {
        transaction.metadata(ref, metadata, count);
      }
    }
    p.position = end;
    p.limit = outer;
  }

  /** Whether the series is one that can be, with its labels in the key. */
  private boolean isGood(Transaction transaction) throws StorageException, MalformedException {
    if (!refsAreGood()) {
      transaction.withInvalidLabels += sampleCount;
      transaction.problem(() -> "parsing labels for series " + refList() + ": " + refProblem());
      return false;
    }
    if (!isSymbol(help) || !isSymbol(unit)) {
      transaction.problem(() ->
          "parsing metadata for series "
              + refList()
              + ": metadata refs "
              + Integer.toUnsignedString(unit)
              + " (unit), "
              + Integer.toUnsignedString(help)
              + " (help) outside of symbols table (size "
              + symbolCount
              + ")");
      return false;
    }
    if ((long) symbolLengths[help] + symbolLengths[unit] > MAX_LABEL_BYTES) {
      transaction.problem(() ->
          "parsing metadata for series "
              + refList()
              + ": help and unit have more than "
              + MAX_LABEL_BYTES
              + " bytes");
      return false;
    }
    if (!labels(key)) {
      transaction.withInvalidLabels += sampleCount;
      transaction.problem(this::labelProblem);
      return false;
    }
    if (sampleCount == 0) {
      transaction.problem(() ->
          "TimeSeries must contain at least one sample or histogram for series " + key.toLabels());
      return false;
    }
    return true;
  }

  private String refList() {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < refCount; i++) {
      out.append(i == 0 ? "" : " ").append(Integer.toUnsignedString(refs[i]));
    }
    return out.append(']').toString();
  }

  @Override
  public void labels(int series, SeriesKey into) throws MalformedException {
    again.reset(p.bytes, series, p.bytes.length);
    int n = again.length();
    again.limit = again.position + n;
    scan(again);
    labels(into);
  }

  /** Reads everything of a series but samples, histograms and exemplars. */
  private void scan(ProtobufReader in) throws MalformedException {
    refCount = 0;
    sampleCount = 0;
    created = 0;
    type = 0;
    help = 0;
    unit = 0;
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> refs(in, tag);
        case 2, 3 -> {
          sampleCount++;
          in.skip(tag);
        }
        case 5 -> metadata(in, tag);
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "CreatedTimestamp");
          created = in.varint();
        }
        default -> in.skip(tag);
      }
    }
  }

  private void refs(ProtobufReader in, int tag) throws MalformedException {
    if ((tag & 7) == ProtobufReader.VARINT) {
      ref((int) in.varint());
      return;
    }
    ProtobufReader.require(tag, ProtobufReader.BYTES, "LabelsRefs");
    int n = in.length();
    int outer = in.limit;
    in.limit = in.position + n;
    while (in.hasMore()) {
      ref((int) in.varint());
    }
    in.limit = outer;
  }

  private void ref(int symbol) {
    if (refCount == refs.length) {
      refs = Arrays.copyOf(refs, 2 * refCount);
    }
    refs[refCount++] = symbol;
  }

  private void metadata(ProtobufReader in, int tag) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, "Metadata");
    int n = in.length();
    int outer = in.limit;
    in.limit = in.position + n;
    while (in.hasMore()) {
      int inner = in.tag();
      switch (inner >>> 3) {
        case 1 -> {
          ProtobufReader.require(inner, ProtobufReader.VARINT, "Type");
          type = (int) in.varint();
        }
        case 3 -> {
          ProtobufReader.require(inner, ProtobufReader.VARINT, "HelpRef");
          help = (int) in.varint();
        }
        case 4 -> {
          ProtobufReader.require(inner, ProtobufReader.VARINT, "UnitRef");
          unit = (int) in.varint();
        }
        default -> in.skip(inner);
      }
    }
    in.limit = outer;
  }

  /**
   * Collects the labels of the series that was scanned last, whose references are good.
   *
   * @return whether they are labels that can be; {@link #labelProblem} says why not
   */
  private boolean labels(SeriesKey into) {
    into.clear();
    byte[] b = p.bytes;
    boolean named = false;
    boolean valid = true;
    twice = -1;
    derived = typeAndUnit && (metricType() != MetricType.UNKNOWN || !isEmpty(unit));
    for (int i = 0; i < refCount; i += 2) {
      int name = symbols[refs[i]];
      int nameLength = symbolLengths[refs[i]];
      int value = symbols[refs[i + 1]];
      int valueLength = symbolLengths[refs[i + 1]];
      if (derived && (is(TYPE_LABEL, name, nameLength) || is(UNIT_LABEL, name, nameLength))) {
        continue;
      }
      if (nameLength == 0) {
        valid = false;
      } else if (!into.add(b, name, nameLength, value, valueLength)) {
        twice = refs[i];
      } else if (valueLength > 0 && Text.isMetricName(b, name, nameLength)) {
        named = true;
      }
    }
    if (derived) {
      MetricType known = metricType();
      if (known != MetricType.UNKNOWN) {
        byte[] text = known.text().getBytes(StandardCharsets.UTF_8);
        into.add(TYPE_LABEL, 0, TYPE_LABEL.length, text, 0, text.length);
      }
      if (!isEmpty(unit)) {
        into.add(UNIT_LABEL, 0, UNIT_LABEL.length, b, symbols[unit], symbolLengths[unit]);
      }
    }
    valid &= named && Text.isUtf8(into);
    if (!valid) {
      twice = -1;
    }
    return valid && twice < 0;
  }

  private String labelProblem() {
    return twice < 0
        ? "invalid metric name or labels, got " + allLabels()
        : "invalid labels for series, labels "
            + allLabels()
            + ", duplicated label "
            + symbol(twice);
  }

  private boolean refsAreGood() {
    long bytes = 0;
    for (int i = 0; i < refCount; i++) {
      if (!isSymbol(refs[i])) {
        return false;
      }
      bytes += symbolLengths[refs[i]];
    }
    return refCount % 2 == 0 && bytes <= MAX_LABEL_BYTES;
  }

  /** What is wrong with references that are not good. */
  private String refProblem() {
    if (refCount % 2 != 0) {
      return "invalid labelRefs length " + refCount;
    }
    for (int i = 0; i < refCount; i += 2) {
      if (!isSymbol(refs[i]) || !isSymbol(refs[i + 1])) {
        return "labelRefs "
            + Integer.toUnsignedString(refs[i])
            + " (name) = "
            + Integer.toUnsignedString(refs[i + 1])
            + " (value) outside of symbols table (size "
            + symbolCount
            + ")";
      }
    }
    return "labels have more than " + MAX_LABEL_BYTES + " bytes";
  }

  private boolean isSymbol(int ref) {
    return ref >= 0 && ref < symbolCount;
  }

  private boolean is(byte[] label, int name, int nameLength) {
    return Arrays.equals(label, 0, label.length, p.bytes, name, name + nameLength);
  }

  /** All labels, sorted by name, the ones that cannot be as well. */
  private String allLabels() {
    List<String[]> pairs = new ArrayList<>();
    for (int i = 0; i < refCount; i += 2) {
      String name = symbol(refs[i]);
      if (!derived || (!name.equals("__type__") && !name.equals("__unit__"))) {
        pairs.add(new String[] {name, symbol(refs[i + 1])});
      }
    }
    if (derived && metricType() != MetricType.UNKNOWN) {
      pairs.add(new String[] {"__type__", metricType().text()});
    }
    if (derived && !isEmpty(unit)) {
      pairs.add(new String[] {"__unit__", symbol(unit)});
    }
    pairs.sort(Comparator.comparing(pair -> pair[0], Labels::compareCodePoints));
    StringBuilder out = new StringBuilder("{");
    for (String[] pair : pairs) {
      if (out.length() > 1) {
        out.append(", ");
      }
      out.append(LabelNames.isLegacy(pair[0]) ? pair[0] : Quoting.quote(pair[0]));
      out.append('=');
      Quoting.quote(pair[1], out);
    }
    return out.append('}').toString();
  }

  private boolean isEmpty(int ref) {
    return !isSymbol(ref) || symbolLengths[ref] == 0;
  }

  private String symbol(int ref) {
    return isSymbol(ref)
        ? new String(p.bytes, symbols[ref], symbolLengths[ref], StandardCharsets.UTF_8)
        : "";
  }

  private MetricType metricType() {
    return type >= 0 && type < TYPES.length ? TYPES[type] : MetricType.UNKNOWN;
  }

  private void samples(Transaction transaction, long ref, int origin)
      throws MalformedException, StorageException {
    long start = created;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Samples");
          sample(transaction, ref, origin, start);
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Histograms");
          int outer = enter();
          histograms.read(p);
          p.limit = outer;
          long own = histograms.startTimestamp;
          transaction.histogram(ref, origin, histograms, own != 0 ? own : start);
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Exemplars");
          int outer = enter();
          exemplar(transaction, ref, origin);
          p.limit = outer;
        }
        default -> p.skip(tag);
      }
    }
  }

  private int enter() throws MalformedException {
    int n = p.length();
    int outer = p.limit;
    p.limit = p.position + n;
    return outer;
  }

  private void sample(Transaction transaction, long ref, int origin, long start)
      throws MalformedException, StorageException {
    int outer = enter();
    double value = 0;
    long time = 0;
    long own = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Value");
          value = p.float64();
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Timestamp");
          time = p.varint();
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "StartTimestamp");
          own = p.varint();
        }
        default -> p.skip(tag);
      }
    }
    p.limit = outer;
    transaction.sample(ref, origin, time, value, own != 0 ? own : start);
  }

  private void exemplar(Transaction transaction, long ref, int origin)
      throws MalformedException, StorageException {
    double value = 0;
    long time = 0;
    refCount = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> refs(p, tag);
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Value");
          value = p.float64();
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Timestamp");
          time = p.varint();
        }
        default -> p.skip(tag);
      }
    }
    if (!refsAreGood()) {
      transaction.problem(
          () -> "parsing exemplar for series " + key.toLabels() + ": " + refProblem());
      return;
    }
    Labels.Builder labels = Labels.builder();
    for (int i = 0; i < refCount; i += 2) {
      if (!isEmpty(refs[i])) {
        labels.set(symbol(refs[i]), symbol(refs[i + 1]));
      }
    }
    transaction.exemplar(ref, origin, new Exemplar(labels.build(), value, time, time != 0));
  }
}
