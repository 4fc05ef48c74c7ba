package io.narthex.ingest.pushgateway;

import io.narthex.api.format.ByteScan;
import io.narthex.api.format.MetricFamily.Bucket;
import io.narthex.api.format.MetricFamily.Counter;
import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Quantile;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.format.MetricFamily.Value;
import io.narthex.api.model.MetricType;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes {@code io.prometheus.client.MetricFamily}, the message of Prometheus's protobuf
 * exposition (client_model 0.6), for what is pushed, served and kept in a file.
 *
 * <pre>
 * MetricFamily 1 name  2 help  3 type  4 metric*
 * Metric       1 label*  2 gauge  3 counter  4 summary  5 untyped  6 timestamp_ms  7 histogram
 * LabelPair    1 name  2 value
 * Counter, Gauge, Untyped   1 value (double)
 * Summary      1 sample_count  2 sample_sum (double)  3 quantile*: 1 quantile  2 value (doubles)
 * Histogram    1 sample_count  4 sample_count_float  2 sample_sum  3 bucket*:
 *              1 cumulative_count  4 cumulative_count_float  2 upper_bound
 * </pre>
 */
final class Protobuf {
  private static final MetricType[] TYPES = {
    MetricType.COUNTER,
    MetricType.GAUGE,
    MetricType.SUMMARY,
    MetricType.UNKNOWN,
    MetricType.HISTOGRAM,
    MetricType.GAUGE_HISTOGRAM
  };

  /** A message of one double: tag and length, and in it tag and double. */
  private static final int PLAIN_BYTES = 11;

  private Protobuf() {}

  /**
   * Reads families, each with its length in front; of two with one name the last is taken.
   *
   * @throws MalformedException when the bytes are none
   */
  static SequencedMap<String, Family> readDelimited(byte[] data) throws MalformedException {
    ProtobufReader in = new ProtobufReader();
    in.reset(data, 0, data.length);
    SequencedMap<String, Family> families = new LinkedHashMap<>();
    while (in.hasMore()) {
      int outer = in.enter();
      Family family = family(in, Instant.EPOCH);
      in.leave(outer);
      families.put(family.name(), family);
    }
    return families;
  }

  /** Reads a family up to the reader's limit. */
  static Family family(ProtobufReader in, Instant time) throws MalformedException {
    String name = "";
    String help = "";
    MetricType type = MetricType.COUNTER;
    List<Pushed> metrics = new ArrayList<>();
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> name = text(in, tag, "Name");
        case 2 -> help = text(in, tag, "Help");
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Type");
          long number = in.varint();
          type = number >= 0 && number < TYPES.length ? TYPES[(int) number] : MetricType.COUNTER;
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Metric");
          int outer = in.enter();
          metrics.add(metric(in));
          in.leave(outer);
        }
        default -> in.skip(tag);
      }
    }
    return new Family(name, help, type, metrics, time);
  }

  private static Pushed metric(ProtobufReader in) throws MalformedException {
    List<Label> labels = new ArrayList<>();
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    Value value = null;
    boolean timestamped = false;
    while (in.hasMore()) {
      int from = in.position;
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Label");
          int outer = in.enter();
          labels.add(label(in));
          in.leave(outer);
        }
        case 2, 3, 4, 5, 7 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Value");
          int outer = in.enter();
          value =
              switch (tag >>> 3) {
                case 2 -> new Gauge(number(in));
                case 3 -> new Counter(number(in));
                case 4 -> summary(in);
                case 5 -> new Untyped(number(in));
                default -> histogram(in);
              };
          in.leave(outer);
          wire.write(in.bytes, from, in.position - from);
        }
        case 6 -> {
          in.skip(tag);
          timestamped = true;
        }
        default -> {
          in.skip(tag);
          wire.write(in.bytes, from, in.position - from);
        }
      }
    }
    return new Pushed(labels, value, isPlain(value, wire) ? null : wire.toByteArray(), timestamped);
  }

  /** Whether the fields are just what is written of the value alone: one double. */
  private static boolean isPlain(@Nullable Value value, ByteArrayOutputStream wire) {
    return wire.size() == PLAIN_BYTES
        && (value instanceof Gauge || value instanceof Counter || value instanceof Untyped);
  }

  private static Label label(ProtobufReader in) throws MalformedException {
    String name = "";
    String value = "";
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> name = text(in, tag, "Name");
        case 2 -> value = text(in, tag, "Value");
        default -> in.skip(tag);
      }
    }
    return new Label(name, value);
  }

  private static double number(ProtobufReader in) throws MalformedException {
    double value = 0;
    while (in.hasMore()) {
      int tag = in.tag();
      if (tag >>> 3 == 1) {
        value = float64(in, tag, "Value");
      } else {
        in.skip(tag);
      }
    }
    return value;
  }

  private static Summary summary(ProtobufReader in) throws MalformedException {
    long count = 0;
    double sum = 0;
    List<Quantile> quantiles = new ArrayList<>();
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> count = integer(in, tag, "SampleCount");
        case 2 -> sum = float64(in, tag, "SampleSum");
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Quantile");
          int outer = in.enter();
          double quantile = 0;
          double value = 0;
          while (in.hasMore()) {
            int inner = in.tag();
            switch (inner >>> 3) {
              case 1 -> quantile = float64(in, inner, "Quantile");
              case 2 -> value = float64(in, inner, "Value");
              default -> in.skip(inner);
            }
          }
          quantiles.add(new Quantile(quantile, value));
          in.leave(outer);
        }
        default -> in.skip(tag);
      }
    }
    return new Summary(count, sum, quantiles);
  }

  private static Histogram histogram(ProtobufReader in) throws MalformedException {
    double count = 0;
    double sum = 0;
    List<Bucket> buckets = new ArrayList<>();
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> count = Math.max(count, integer(in, tag, "SampleCount"));
        case 2 -> sum = float64(in, tag, "SampleSum");
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Bucket");
          int outer = in.enter();
          buckets.add(bucket(in));
          in.leave(outer);
        }
        case 4 -> count = Math.max(count, float64(in, tag, "SampleCountFloat"));
        default -> in.skip(tag);
      }
    }
    return new Histogram(count, sum, buckets);
  }

  private static Bucket bucket(ProtobufReader in) throws MalformedException {
    double count = 0;
    double bound = 0;
    while (in.hasMore()) {
      int tag = in.tag();
      switch (tag >>> 3) {
        case 1 -> count = Math.max(count, integer(in, tag, "CumulativeCount"));
        case 2 -> bound = float64(in, tag, "UpperBound");
        case 4 -> count = Math.max(count, float64(in, tag, "CumulativeCountFloat"));
        default -> in.skip(tag);
      }
    }
    return new Bucket(bound, count);
  }

  private static String text(ProtobufReader in, int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int n = in.length();
    String text = ByteScan.text(in.bytes, in.position, in.position + n);
    in.position += n;
    return text;
  }

  private static double float64(ProtobufReader in, int tag, String field)
      throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.FIXED64, field);
    return in.float64();
  }

  private static long integer(ProtobufReader in, int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.VARINT, field);
    return in.varint();
  }

  /** A family as a message. */
  static byte[] bytes(Family family) {
    return head(family).raw(metrics(family.metrics())).toByteArray();
  }

  /** All of a family but its metrics; these may follow. */
  static Message head(Family family) {
    Message out = new Message().text(1, family.name());
    if (!family.help().isEmpty()) {
      out.text(2, family.help());
    }
    return out.integer(3, number(family.type()));
  }

  /** Metrics as fields of a family. */
  static byte[] metrics(List<Pushed> metrics) {
    Message out = new Message();
    for (Pushed metric : metrics) {
      Message inner = new Message();
      for (Label label : metric.labels()) {
        inner.message(1, new Message().text(1, label.name()).text(2, label.value()));
      }
      byte[] wire = metric.wire();
      if (wire != null) {
        inner.raw(wire);
      } else {
        value(metric.value(), inner);
      }
      out.message(4, inner);
    }
    return out.toByteArray();
  }

  private static int number(MetricType type) {
    for (int i = 0; i < TYPES.length; i++) {
      if (TYPES[i] == type) {
        return i;
      }
    }
    return 3;
  }

  private static void value(@Nullable Value value, Message out) {
    Message inner = new Message();
    switch (value) {
      case null -> {}
      case Gauge g -> out.message(2, inner.float64(1, g.value()));
      case Counter c -> out.message(3, inner.float64(1, c.value()));
      case Untyped u -> out.message(5, inner.float64(1, u.value()));
      case Summary s -> {
        inner.integer(1, s.count());
        inner.float64(2, s.sum());
        for (Quantile q : s.quantiles()) {
          inner.message(3, new Message().float64(1, q.quantile()).float64(2, q.value()));
        }
        out.message(4, inner);
      }
      case Histogram h -> {
        boolean whole = isWhole(h.count());
        for (Bucket bucket : h.buckets()) {
          whole &= isWhole(bucket.cumulativeCount());
        }
        count(inner, h.count(), whole);
        inner.float64(2, h.sum());
        for (Bucket bucket : h.buckets()) {
          Message b = new Message();
          count(b, bucket.cumulativeCount(), whole);
          inner.message(3, b.float64(2, bucket.upperBound()));
        }
        out.message(7, inner);
      }
    }
  }

  private static boolean isWhole(double count) {
    return count == (long) count;
  }

  private static void count(Message out, double count, boolean whole) {
    if (whole) {
      out.integer(1, (long) count);
    } else {
      out.float64(4, count);
    }
  }
}
