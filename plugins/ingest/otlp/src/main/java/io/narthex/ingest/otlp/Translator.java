package io.narthex.ingest.otlp;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads {@code opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest} straight from
 * its bytes and appends what Prometheus makes of it.
 *
 * <pre>
 *   Request           1 ResourceMetrics*
 *   ResourceMetrics   1 Resource (1 KeyValue* attributes)   2 ScopeMetrics*
 *   ScopeMetrics      1 Scope (1 name  2 version  3 KeyValue*)   2 Metric*   3 schema_url
 *   Metric            1 name   2 description   3 unit   and one of
 *                     5 Gauge   7 Sum   9 Histogram   10 ExponentialHistogram   11 Summary,
 *                     each 1 data_points*   2 aggregation_temporality   3 is_monotonic
 *   NumberDataPoint   2 start   3 time   4 as_double   5 Exemplar*  6 as_int  7 KeyValue* 8 flags
 *   HistogramDataPoint 2 start   3 time   4 count   5 sum   6 bucket_counts*   7 explicit_bounds*
 *                     8 Exemplar*   9 KeyValue*   10 flags
 *   ExponentialHistogramDataPoint 1 KeyValue*   2 start   3 time   4 count   5 sum   6 scale
 *                     7 zero_count   8 positive   9 negative   10 flags   11 Exemplar*
 *                     14 zero_threshold;   Buckets: 1 offset   2 bucket_counts*
 *   SummaryDataPoint  2 start   3 time   4 count   5 sum   6 ValueAtQuantile*  7 KeyValue* 8 flags
 *   Exemplar          2 time   3 as_double   4 span_id   5 trace_id   6 as_int   7 KeyValue*
 * </pre>
 *
 * <p>Times are nanoseconds since the epoch. Fields may come in any order, so that a message is
 * looked over before what it contains is read; the labels of a resource and of a scope, and the
 * name of a metric, are made once. Source: Prometheus 3.14, {@code prometheusremotewrite}.
 */
final class Translator {
  private static final byte[] SERVICE_NAME = bytes("service.name");
  private static final byte[] SERVICE_NAMESPACE = bytes("service.namespace");
  private static final byte[] SERVICE_INSTANCE = bytes("service.instance.id");
  private static final byte[][] IDENTIFYING = {SERVICE_NAMESPACE, SERVICE_NAME, SERVICE_INSTANCE};
  private static final byte[] JOB = bytes("job");
  private static final byte[] INSTANCE = bytes("instance");
  private static final byte[] TARGET_INFO = bytes("target_info");
  private static final byte[] BUCKET_BOUND = bytes("le");
  private static final byte[] QUANTILE = bytes("quantile");
  private static final byte[] INFINITE = bytes("+Inf");
  private static final Metadata TARGET_METADATA =
      new Metadata(MetricType.GAUGE, "Target metadata", "");

  private static final String SUM = "_sum";
  private static final String COUNT = "_count";
  private static final String BUCKET = "_bucket";

  private static final int NO_RECORDED_VALUE = 1;

  /** The most samples of {@code target_info} for one resource of a request: the latest ones. */
  static final int MAX_INFO_SAMPLES = 10_000;

  /** The most of them for a request, besides the latest one of each resource. */
  static final int MAX_REQUEST_INFO_SAMPLES = 100_000;

  /** Characters of an exemplar's labels, beyond which attributes are left out. */
  private static final int MAX_EXEMPLAR_CHARACTERS = 128;

  /** The most exemplars of a data point that are taken. */
  static final int MAX_EXEMPLARS = 1 << 16;

  /** Warnings of one request that are told apart. */
  private static final int MAX_WARNINGS = 100;

  private static final byte[] NOTHING = new byte[0];

  private enum Data {
    NONE,
    GAUGE,
    SUM,
    HISTOGRAM,
    EXPONENTIAL_HISTOGRAM,
    SUMMARY
  }

  private static final int UNSPECIFIED = 0;
  private static final int DELTA = 1;
  private static final int CUMULATIVE = 2;

  private final ProtobufReader p = new ProtobufReader();
  private final SeriesKey key = new SeriesKey();
  private final PointLabels resource = new PointLabels();
  private final PointLabels scope = new PointLabels();
  private final PointLabels labels = new PointLabels();
  private final LabelNameCache labelNames;

  private TranslatorSettings settings;
  private Transaction transaction = new Transaction();

  /** Of the resource, of the scope and of the metric at hand. */
  private BaseLabels.Builder resourceLabels = new BaseLabels.Builder();

  private BaseLabels.Builder scopeLabels = resourceLabels;
  private BaseLabels resourceBase = BaseLabels.NONE;
  private BaseLabels scopeBase = BaseLabels.NONE;
  private BaseLabels base = BaseLabels.NONE;

  /** The metric at hand. */
  private String metricName = "";

  private byte[] name = new byte[0];
  private byte[] sumName = new byte[0];
  private byte[] countName = new byte[0];
  private byte[] bucketName = new byte[0];
  private boolean delta;
  private ResetHint hint = ResetHint.UNKNOWN;

  /** The data point at hand. */
  private long start;

  private long time;
  private int flags;
  private boolean hasExemplars;
  private final NumberPoint number = new NumberPoint();
  private final HistogramPoint histogram = new HistogramPoint();
  private final ExponentialPoint exponential = new ExponentialPoint();
  private final List<Exemplar> exemplars = new ArrayList<>();

  /** Texts of the bounds of the histogram before, which are mostly those of the next one. */
  private double[] knownBounds = new double[0];

  private byte[][] boundTexts = new byte[0][];

  /** Of the resource at hand, unsigned; the earliest is the greatest number while there is none. */
  private long earliest;

  private long latest;

  /** Series and times of {@code target_info} that the request has had. */
  private Set<Info> infos = new HashSet<>();

  /** So many samples of it may come besides the latest one of each resource. */
  private long infosLeft;

  private final Set<String> warnings = new HashSet<>();
  private final int[] warningCounts = new int[Warning.values().length];

  /**
   * Makes one.
   *
   * @param seed random
   */
  Translator(long seed, TranslatorSettings settings) {
    this.settings = settings;
    labelNames = new LabelNameCache(seed, settings.names());
  }

  /** Lets go of the request that was read last. */
  void release() {
    p.reset(NOTHING, 0, 0);
    resource.release();
    scope.release();
    labels.release();
    resourceLabels = new BaseLabels.Builder();
    scopeLabels = resourceLabels;
    resourceBase = BaseLabels.NONE;
    scopeBase = BaseLabels.NONE;
    base = BaseLabels.NONE;
    exemplars.clear();
    infos = new HashSet<>();
  }

  /** Whether a request has made it larger than usual. */
  boolean isLarge() {
    return key.bytes().length > 1 << 16
        || resource.isLarge()
        || scope.isLarge()
        || labels.isLarge();
  }

  /** How often each warning came in the request read last, by {@link Warning#ordinal}. */
  int[] warningCounts() {
    return warningCounts;
  }

  /** The warnings of the request read last. */
  Set<String> warnings() {
    return warnings;
  }

  /**
   * Reads the first {@code length} bytes of {@code bytes}; what cannot be translated is told to the
   * transaction.
   *
   * @throws MalformedException when it is no such message
   */
  void read(byte[] bytes, int length, TranslatorSettings by, Transaction into)
      throws MalformedException, StorageException {
    settings = by;
    transaction = into;
    labelNames.rules(by.names());
    infosLeft = MAX_REQUEST_INFO_SAMPLES;
    warnings.clear();
    Arrays.fill(warningCounts, 0);
    p.reset(bytes, 0, length);
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 == 1) {
        ProtobufReader.require(tag, ProtobufReader.BYTES, "ResourceMetrics");
        int outer = p.enter();
        resourceMetrics();
        p.leave(outer);
      } else {
        p.skip(tag);
      }
    }
    transaction.flush();
  }

  private void resourceMetrics() throws MalformedException, StorageException {
    int from = p.position;
    resource.clear(p.bytes);
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 1) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Resource");
      int outer = p.enter();
      attributes(resource, 1);
      p.leave(outer);
    }
    try {
      resourceLabels = labelsOfResource();
      resourceBase = resourceLabels.build();
    } catch (UntranslatableException e) {
      transaction.problemOfAll(String.valueOf(e.getMessage()));
      return;
    }
    earliest = -1;
    latest = 0;
    p.position = from;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 2) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "ScopeMetrics");
      int outer = p.enter();
      scopeMetrics();
      p.leave(outer);
    }
    if (earliest != -1) {
      targetInfo();
    }
  }

  private void attributes(PointLabels into, int field) throws MalformedException {
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 == field) {
        into.add(p, tag);
      } else {
        p.skip(tag);
      }
    }
  }

  private BaseLabels.Builder labelsOfResource() throws MalformedException, UntranslatableException {
    BaseLabels.Builder made = new BaseLabels.Builder();
    OtlpConfig config = settings.config();
    if (config.promoteAllResourceAttributes() || !config.promoteResourceAttributes().isEmpty()) {
      for (int i = 0; i < resource.count(); i++) {
        String attribute = resource.key(i);
        if (config.promotes(attribute)) {
          made.set(bytes(settings.names().label(attribute)), resource.value(i), true);
        }
      }
    }
    identify(made);
    return made;
  }

  /** Adds the labels {@code job} and {@code instance}. */
  private void identify(BaseLabels.Builder made) throws MalformedException {
    int service = resource.find(SERVICE_NAME);
    if (service >= 0) {
      byte[] job = resource.value(service);
      int namespace = resource.find(SERVICE_NAMESPACE);
      if (namespace >= 0) {
        byte[] before = resource.value(namespace);
        byte[] both = Arrays.copyOf(before, before.length + 1 + job.length);
        both[before.length] = '/';
        System.arraycopy(job, 0, both, before.length + 1, job.length);
        job = both;
      }
      if (job.length > 0) {
        made.set(JOB, job, false);
      }
    }
    int instance = resource.find(SERVICE_INSTANCE);
    if (instance >= 0) {
      byte[] value = resource.value(instance);
      if (value.length > 0) {
        made.set(INSTANCE, value, false);
      }
    }
  }

  private void scopeMetrics() throws MalformedException, StorageException {
    int from = p.position;
    scope.clear(p.bytes);
    String scopeName = "";
    String version = "";
    String schemaUrl = "";
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Scope");
          int outer = p.enter();
          while (p.hasMore()) {
            int inner = p.tag();
            switch (inner >>> 3) {
              case 1 -> scopeName = text(inner, "Name");
              case 2 -> version = text(inner, "Version");
              case 3 -> scope.add(p, inner);
              default -> p.skip(inner);
            }
          }
          p.leave(outer);
        }
        case 3 -> schemaUrl = text(tag, "SchemaUrl");
        default -> p.skip(tag);
      }
    }
    try {
      scopeLabels = labelsOfScope(scopeName, version, schemaUrl);
    } catch (UntranslatableException e) {
      transaction.problemOfAll(String.valueOf(e.getMessage()));
      return;
    }
    scopeBase = scopeLabels == resourceLabels ? resourceBase : scopeLabels.build();
    p.position = from;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 2) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Metrics");
      int outer = p.enter();
      metric();
      p.leave(outer);
    }
  }

  private BaseLabels.Builder labelsOfScope(String scopeName, String version, String schemaUrl)
      throws MalformedException, UntranslatableException {
    if (!settings.config().promoteScopeMetadata() || scopeName.isEmpty()) {
      return resourceLabels;
    }
    BaseLabels.Builder made = resourceLabels.copy();
    for (int i = 0; i < scope.count(); i++) {
      String label = settings.names().label("otel_scope_" + scope.key(i));
      made.set(bytes(label), scope.value(i), false);
    }
    return made.set("otel_scope_name", scopeName)
        .set("otel_scope_version", version)
        .set("otel_scope_schema_url", schemaUrl);
  }

  private String text(int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int n = p.length();
    AttributeText.requireUtf8(p.bytes, p.position, n);
    String text = new String(p.bytes, p.position, n, StandardCharsets.UTF_8);
    p.position += n;
    return text;
  }

  private void metric() throws MalformedException, StorageException {
    metricName = "";
    String description = "";
    String unit = "";
    Data data = Data.NONE;
    int dataAt = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      int field = tag >>> 3;
      switch (field) {
        case 1 -> metricName = text(tag, "Name");
        case 2 -> description = text(tag, "Description");
        case 3 -> unit = text(tag, "Unit");
        case 5, 7, 9, 10, 11 -> {
          data =
              switch (field) {
                case 5 -> Data.GAUGE;
                case 7 -> Data.SUM;
                case 9 -> Data.HISTOGRAM;
                case 10 -> Data.EXPONENTIAL_HISTOGRAM;
                default -> Data.SUMMARY;
              };
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Data");
          dataAt = p.position;
          int n = p.length();
          p.position += n;
        }
        default -> p.skip(tag);
      }
    }
    if (data != Data.NONE) {
      p.position = dataAt;
      int outer = p.enter();
      data(data, description, unit);
      p.leave(outer);
      return;
    }
    transaction.metric(new Metadata(MetricType.UNKNOWN, "", ""));
    transaction.problem(
        "could not get aggregation temporality for "
            + metricName
            + " as it has unsupported metric type Empty");
  }

  /** Reads what one metric brings, from the reader's position to its limit. */
  private void data(Data data, String description, String unit)
      throws MalformedException, StorageException {
    int from = p.position;
    int temporality = UNSPECIFIED;
    boolean monotonic = false;
    boolean hasPoints = false;
    boolean hasTemporality = data != Data.GAUGE && data != Data.SUMMARY;
    while (p.hasMore()) {
      int tag = p.tag();
      int field = tag >>> 3;
      if (field == 2 && hasTemporality) {
        ProtobufReader.require(tag, ProtobufReader.VARINT, "AggregationTemporality");
        temporality = (int) p.varint();
      } else if (field == 3 && data == Data.SUM) {
        ProtobufReader.require(tag, ProtobufReader.VARINT, "IsMonotonic");
        monotonic = p.varint() != 0;
      } else {
        hasPoints |= field == 1;
        p.skip(tag);
      }
    }
    delta = hasTemporality && temporality == DELTA;
    boolean summedUp = delta && settings.convertsDelta();
    if (summedUp && !hasPoints) {
      // The processor that upstream has in front leaves out metrics without points.
      return;
    }
    String converted = Names.unit(unit);
    // What deltas are is not known yet to Prometheus.
    MetricType type = delta && !summedUp ? MetricType.UNKNOWN : type(data, monotonic);
    transaction.metric(new Metadata(type, description, converted));
    if (hasTemporality
        && temporality != CUMULATIVE
        && !(delta && (summedUp || settings.takesDelta()))) {
      transaction.problem(
          "invalid temporality and type combination for metric " + Quoting.quote(metricName));
      return;
    }
    if (!hasPoints) {
      if (nameMetric(data, monotonic, unit)) {
        transaction.problem("empty data points. " + metricName + " is dropped");
      }
      return;
    }
    if (!nameMetric(data, monotonic, unit)) {
      return;
    }
    hint = delta && !summedUp ? ResetHint.GAUGE : ResetHint.UNKNOWN;
    base = scopeBase;
    if (settings.typeAndUnitLabels()) {
      BaseLabels.Builder typed = scopeLabels.copy();
      if (type != MetricType.UNKNOWN) {
        typed.set("__type__", type.text());
      }
      if (!converted.isEmpty()) {
        typed.set("__unit__", converted);
      }
      base = typed.build();
    }
    p.position = from;
    int limit = p.limit;
    try {
      points(data);
    } catch (UntranslatableException e) {
      transaction.problem(String.valueOf(e.getMessage()));
      // It may have come from within messages that are nested further.
      p.limit = limit;
    }
  }

  private static MetricType type(Data data, boolean monotonic) {
    return switch (data) {
      case NONE -> MetricType.UNKNOWN;
      case GAUGE -> MetricType.GAUGE;
      case SUM -> monotonic ? MetricType.COUNTER : MetricType.GAUGE;
      case HISTOGRAM, EXPONENTIAL_HISTOGRAM -> MetricType.HISTOGRAM;
      case SUMMARY -> MetricType.SUMMARY;
    };
  }

  private boolean nameMetric(Data data, boolean monotonic, String unit) {
    Names.Kind kind =
        data == Data.GAUGE
            ? Names.Kind.GAUGE
            : data == Data.SUM && monotonic ? Names.Kind.MONOTONIC_SUM : Names.Kind.OTHER;
    try {
      String made = settings.names().metric(metricName, unit, kind);
      name = bytes(made);
      if (data == Data.HISTOGRAM || data == Data.SUMMARY) {
        sumName = bytes(made + SUM);
        countName = bytes(made + COUNT);
        bucketName = bytes(made + BUCKET);
      }
      return true;
    } catch (UntranslatableException e) {
      transaction.problem(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void points(Data data)
      throws MalformedException, StorageException, UntranslatableException {
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 1) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "DataPoints");
      int outer = p.enter();
      int from = p.position;
      labels.clear(p.bytes);
      start = 0;
      time = 0;
      flags = 0;
      hasExemplars = false;
      exemplars.clear();
      switch (data) {
        case GAUGE, SUM -> numberPoint(data == Data.SUM, from);
        case HISTOGRAM -> histogramPoint(from);
        case EXPONENTIAL_HISTOGRAM -> exponentialPoint(from);
        case SUMMARY -> summaryPoint(from);
        case NONE -> throw new IllegalStateException("cannot read points of no metric");
      }
      p.leave(outer);
    }
  }

  /** Reads times and flags, which are the same fields everywhere but for the flags. */
  private boolean common(int tag, int flagsField) throws MalformedException {
    int field = tag >>> 3;
    if (field == 2) {
      ProtobufReader.require(tag, ProtobufReader.FIXED64, "StartTimeUnixNano");
      start = p.fixed64();
    } else if (field == 3) {
      ProtobufReader.require(tag, ProtobufReader.FIXED64, "TimeUnixNano");
      time = p.fixed64();
    } else if (field == flagsField) {
      ProtobufReader.require(tag, ProtobufReader.VARINT, "Flags");
      flags = (int) p.varint();
    } else {
      return false;
    }
    return true;
  }

  private boolean isStale() {
    return (flags & NO_RECORDED_VALUE) != 0;
  }

  /** Notes that the resource has a point of that time. */
  private void counted() {
    if (Long.compareUnsigned(time, earliest) < 0) {
      earliest = time;
    }
    if (Long.compareUnsigned(time, latest) > 0) {
      latest = time;
    }
  }

  private static long millis(long nanos) {
    return nanos / 1_000_000;
  }

  /** What the storage is told of the start: nothing for deltas, which have one each. */
  private long startMillis() {
    return delta && !settings.convertsDelta() ? 0 : millis(start);
  }

  private void label() throws MalformedException, UntranslatableException {
    labels.build(base, labelNames, settings.config().strategy().escapes);
    if (labels.collided) {
      warn(
          Warning.LABEL_NAME_COLLISION,
          "several attributes of metric " + metricName + " have the same label name");
    }
  }

  private void warn(Warning warning, String text) {
    if (warnings.size() < MAX_WARNINGS && warnings.add(text)) {
      warningCounts[warning.ordinal()]++;
    }
  }

  private void numberPoint(boolean sum, int from)
      throws MalformedException, StorageException, UntranslatableException {
    number.clear();
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "AsDouble");
          number.floating = p.float64();
          number.isInteger = false;
        }
        case 5 -> {
          hasExemplars = true;
          p.skip(tag);
        }
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "AsInt");
          number.integer = p.fixed64();
          number.isInteger = true;
        }
        case 7 -> labels.add(p, tag);
        default -> {
          if (!common(tag, 8)) {
            p.skip(tag);
          }
        }
      }
    }
    label();
    labels.series(key, name, name.length);
    if (delta && settings.convertsDelta() && !isStale()) {
      start = settings.deltas().add(key, start, time, number, settings.now());
      if (start == -1) {
        return;
      }
    }
    counted();
    double value = isStale() ? StaleMarker.value() : number.value();
    // A gauge starts nowhere: a zero at its start would be an invention.
    long ref = transaction.sample(key, millis(time), value, sum ? startMillis() : 0);
    if (sum && hasExemplars) {
      readExemplars(from, 5);
      transaction.exemplars(ref, exemplars, 0, exemplars.size());
    }
  }

  private void histogramPoint(int from)
      throws MalformedException, StorageException, UntranslatableException {
    histogram.clear();
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Count");
          histogram.count = p.fixed64();
        }
        case 5 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Sum");
          histogram.sum = p.float64();
          histogram.hasSum = true;
        }
        case 6 -> histogram.buckets.addFixed(p, tag, "BucketCounts");
        case 7 -> histogram.addBounds(p, tag);
        case 8 -> {
          hasExemplars = true;
          p.skip(tag);
        }
        case 9 -> labels.add(p, tag);
        default -> {
          if (!common(tag, 10)) {
            p.skip(tag);
          }
        }
      }
    }
    label();
    if (delta && settings.convertsDelta() && !isStale()) {
      labels.series(key, name, name.length);
      start = settings.deltas().add(key, start, time, histogram, settings.now());
      if (start == -1) {
        return;
      }
    }
    counted();
    if (hasExemplars) {
      readExemplars(from, 8);
    }
    if (!settings.config().convertHistogramsToNhcb()) {
      classic();
      return;
    }
    labels.series(key, name, name.length);
    if (!isStale() && histogram.count == 0 && histogram.hasSum && histogram.sum != 0) {
      warn(
          Warning.HISTOGRAM_ZERO_COUNT_NON_ZERO_SUM,
          "histogram data point has zero count, but non-zero sum: " + histogram.sum);
    }
    long ref =
        transaction.histogram(
            key, millis(time), histogram.toNative(isStale(), hint), startMillis());
    transaction.exemplars(ref, exemplars, 0, exemplars.size());
  }

  /** Appends a histogram as one series for each bucket. */
  private void classic() throws StorageException {
    long at = millis(time);
    long began = startMillis();
    double stale = StaleMarker.value();
    if (histogram.hasSum) {
      labels.series(key, sumName, sumName.length);
      transaction.sample(key, at, isStale() ? stale : histogram.sum, began);
    }
    double count = isStale() ? stale : Counts.unsigned(histogram.count);
    labels.series(key, countName, countName.length);
    transaction.sample(key, at, count, began);
    texts();
    int position = labels.position(BUCKET_BOUND);
    int exemplar = 0;
    long cumulative = 0;
    int n = Math.min(histogram.boundCount, histogram.buckets.size);
    for (int i = 0; i < n; i++) {
      cumulative += histogram.buckets.counts[i];
      int first = exemplar;
      while (exemplar < exemplars.size()
          && !(exemplars.get(exemplar).value() > histogram.bounds[i])) {
        exemplar++;
      }
      labels.series(key, bucketName, bucketName.length, BUCKET_BOUND, position, boundTexts[i]);
      double value = isStale() ? stale : Counts.unsigned(cumulative);
      long ref = transaction.sample(key, at, value, began);
      transaction.exemplars(ref, exemplars, first, exemplar);
    }
    labels.series(key, bucketName, bucketName.length, BUCKET_BOUND, position, INFINITE);
    long ref = transaction.sample(key, at, count, began);
    transaction.exemplars(ref, exemplars, exemplar, exemplars.size());
  }

  private void texts() {
    int n = histogram.boundCount;
    if (Arrays.equals(knownBounds, 0, knownBounds.length, histogram.bounds, 0, n)) {
      return;
    }
    knownBounds = Arrays.copyOf(histogram.bounds, n);
    boundTexts = new byte[n][];
    for (int i = 0; i < n; i++) {
      boundTexts[i] = bytes(Text.plain(knownBounds[i]));
    }
  }

  private void exponentialPoint(int from)
      throws MalformedException, StorageException, UntranslatableException {
    exponential.clear();
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> labels.add(p, tag);
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Count");
          exponential.count = p.fixed64();
        }
        case 5 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Sum");
          exponential.sum = p.float64();
          exponential.hasSum = true;
        }
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Scale");
          exponential.scale = (int) p.zigzag();
        }
        case 7 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroCount");
          exponential.zeroCount = p.fixed64();
        }
        case 8 -> buckets(tag, "Positive", exponential.positive);
        case 9 -> buckets(tag, "Negative", exponential.negative);
        case 11 -> {
          hasExemplars = true;
          p.skip(tag);
        }
        case 14 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroThreshold");
          exponential.zeroThreshold = p.float64();
        }
        default -> {
          if (!common(tag, 10)) {
            p.skip(tag);
          }
        }
      }
    }
    label();
    labels.series(key, name, name.length);
    if (delta && settings.convertsDelta() && !isStale()) {
      start = settings.deltas().add(key, start, time, exponential, settings.now());
      if (start == -1) {
        return;
      }
    }
    counted();
    if (exponential.scale < ExponentialPoint.MIN_SCALE) {
      throw new UntranslatableException(
          "cannot convert exponential to native histogram. Scale must be >= "
              + ExponentialPoint.MIN_SCALE
              + ", was "
              + exponential.scale);
    }
    if (!isStale() && exponential.count == 0 && exponential.hasSum && exponential.sum != 0) {
      warn(
          Warning.HISTOGRAM_ZERO_COUNT_NON_ZERO_SUM,
          "exponential histogram data point has zero count, but non-zero sum: " + exponential.sum);
    }
    long ref =
        transaction.histogram(
            key, millis(time), exponential.toNative(isStale(), hint), startMillis());
    if (hasExemplars) {
      readExemplars(from, 11);
      transaction.exemplars(ref, exemplars, 0, exemplars.size());
    }
  }

  private void buckets(int tag, String field, Counts into) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int outer = p.enter();
    into.clear();
    while (p.hasMore()) {
      int inner = p.tag();
      switch (inner >>> 3) {
        case 1 -> {
          ProtobufReader.require(inner, ProtobufReader.VARINT, "Offset");
          into.offset = (int) p.zigzag();
        }
        case 2 -> into.addVarints(p, inner, "BucketCounts");
        default -> p.skip(inner);
      }
    }
    p.leave(outer);
  }

  private void summaryPoint(int from)
      throws MalformedException, StorageException, UntranslatableException {
    long count = 0;
    double sum = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Count");
          count = p.fixed64();
        }
        case 5 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Sum");
          sum = p.float64();
        }
        case 7 -> labels.add(p, tag);
        default -> {
          if (!common(tag, 8)) {
            p.skip(tag);
          }
        }
      }
    }
    label();
    counted();
    long at = millis(time);
    long began = startMillis();
    double stale = StaleMarker.value();
    labels.series(key, sumName, sumName.length);
    transaction.sample(key, at, isStale() ? stale : sum, began);
    labels.series(key, countName, countName.length);
    transaction.sample(key, at, isStale() ? stale : Counts.unsigned(count), began);
    int position = labels.position(QUANTILE);
    p.position = from;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 6) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "QuantileValues");
      int outer = p.enter();
      double quantile = 0;
      double value = 0;
      while (p.hasMore()) {
        int inner = p.tag();
        switch (inner >>> 3) {
          case 1 -> {
            ProtobufReader.require(inner, ProtobufReader.FIXED64, "Quantile");
            quantile = p.float64();
          }
          case 2 -> {
            ProtobufReader.require(inner, ProtobufReader.FIXED64, "Value");
            value = p.float64();
          }
          default -> p.skip(inner);
        }
      }
      p.leave(outer);
      byte[] text = bytes(Text.plain(quantile));
      labels.series(key, name, name.length, QUANTILE, position, text);
      transaction.sample(key, at, isStale() ? stale : value, began);
    }
  }

  /** Reads the exemplars of the data point that starts at {@code from} and ends at the limit. */
  private void readExemplars(int from, int field)
      throws MalformedException, UntranslatableException {
    p.position = from;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != field) {
        p.skip(tag);
        continue;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, "Exemplars");
      if (exemplars.size() == MAX_EXEMPLARS) {
        throw new MalformedException(
            "cannot read a data point: got more than " + MAX_EXEMPLARS + " exemplars");
      }
      int outer = p.enter();
      exemplars.add(exemplar());
      p.leave(outer);
    }
  }

  private Exemplar exemplar() throws MalformedException, UntranslatableException {
    long at = 0;
    double value = 0;
    boolean hasValue = false;
    String trace = "";
    String span = "";
    scope.clear(p.bytes);
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "TimeUnixNano");
          at = p.fixed64();
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "AsDouble");
          value = p.float64();
          hasValue = true;
        }
        case 4 -> span = id(tag, "SpanId", 8);
        case 5 -> trace = id(tag, "TraceId", 16);
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "AsInt");
          value = p.fixed64();
          hasValue = true;
        }
        case 7 -> scope.add(p, tag);
        default -> p.skip(tag);
      }
    }
    if (!hasValue) {
      throw new UntranslatableException("unsupported exemplar value type: Empty");
    }
    Labels.Builder made = Labels.builder();
    int characters = 0;
    if (!trace.isEmpty()) {
      made.set("trace_id", trace);
      characters += "trace_id".length() + trace.length();
    }
    if (!span.isEmpty()) {
      made.set("span_id", span);
      characters += "span_id".length() + span.length();
    }
    String[] values = new String[scope.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = new String(scope.value(i), StandardCharsets.UTF_8);
      String attribute = scope.key(i);
      characters += attribute.codePointCount(0, attribute.length());
      characters += values[i].codePointCount(0, values[i].length());
    }
    if (characters <= MAX_EXEMPLAR_CHARACTERS) {
      for (int i = 0; i < values.length; i++) {
        if (!scope.key(i).isEmpty()) {
          made.set(scope.key(i), values[i]);
        }
      }
    }
    long millis = Math.floorDiv(at, 1_000_000L);
    return new Exemplar(made.build(), value, millis, millis != 0);
  }

  /** An id in hexadecimal digits, empty for none. */
  private String id(int tag, String field, int length) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int n = p.length();
    if (n != 0 && n != length) {
      throw new MalformedException("invalid length for " + field.replace("Id", "ID"));
    }
    Text digits = new Text();
    boolean any = false;
    for (int i = 0; i < n; i++) {
      any |= p.bytes[p.position + i] != 0;
    }
    digits.addHex(p.bytes, p.position, n);
    p.position += n;
    return any ? new String(digits.bytes, 0, digits.length, StandardCharsets.US_ASCII) : "";
  }

  /**
   * Appends the resource's attributes as a series of their own, from its earliest data point to its
   * latest one, half a lookback apart, so that it is found for all of that time.
   */
  private void targetInfo() throws MalformedException, StorageException {
    int others = resource.count();
    for (byte[] identifying : IDENTIFYING) {
      if (resource.find(identifying) >= 0) {
        others--;
      }
    }
    if (others == 0) {
      return;
    }
    transaction.metric(TARGET_METADATA);
    BaseLabels.Builder made = new BaseLabels.Builder();
    identify(made);
    boolean escapes = settings.config().strategy().escapes;
    try {
      if (settings.config().keepIdentifyingResourceAttributes()) {
        resource.build(made.build(), labelNames, escapes);
      } else {
        resource.build(made.build(), labelNames, escapes, IDENTIFYING);
      }
    } catch (UntranslatableException e) {
      transaction.problem(String.valueOf(e.getMessage()));
      return;
    }
    if (!resource.has(JOB) && !resource.has(INSTANCE)) {
      return;
    }
    resource.series(key, TARGET_INFO, TARGET_INFO.length);
    Labels known = key.toLabels();
    long ref = transaction.series(key);
    long interval = Math.max(1, settings.lookbackMillis() / 2) * 1_000_000;
    long from = earliest;
    long steps = (latest - from) / interval;
    if (latest > from) {
      long most = Math.min(MAX_INFO_SAMPLES, infosLeft);
      if (steps > most) {
        from += (steps - most) * interval;
        steps = most;
      }
      infosLeft -= steps;
    }
    for (long at = from; at < latest && at >= from; at += interval) {
      info(known, ref, Math.floorDiv(at, 1_000_000L));
    }
    info(known, ref, Math.floorDiv(latest, 1_000_000L));
  }

  /** A sample of target_info. Hashes of labels can be made to clash: a map then orders them. */
  private record Info(Labels labels, long at) implements Comparable<Info> {
    @Override
    public int compareTo(Info other) {
      int order = labels.compareTo(other.labels);
      return order != 0 ? order : Long.compare(at, other.at);
    }
  }

  /** Appends one sample, unless another resource of the request has had the same. */
  private void info(Labels known, long ref, long at) throws StorageException {
    if (infos.add(new Info(known, at))) {
      transaction.sample(ref, at, 1, 0);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
