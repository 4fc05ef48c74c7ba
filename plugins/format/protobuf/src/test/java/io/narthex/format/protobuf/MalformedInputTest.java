package io.narthex.format.protobuf;

import static io.narthex.format.protobuf.Expositions.PLAIN;
import static io.narthex.format.protobuf.Expositions.samples;
import static io.narthex.format.protobuf.Message.bucket;
import static io.narthex.format.protobuf.Message.exposition;
import static io.narthex.format.protobuf.Message.family;
import static io.narthex.format.protobuf.Message.metric;
import static io.narthex.format.protobuf.Message.span;
import static io.narthex.format.protobuf.Message.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.wire.HistogramParts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MalformedInputTest {
  private static Message gauge() {
    return family("some_metric", "", Message.GAUGE);
  }

  private static Message histogram(Message content) {
    return family("h", "", Message.HISTOGRAM).message(4, metric().message(7, content));
  }

  @ParameterizedTest
  @MethodSource
  void saysWhatIsWrong(String message, byte[] data) {
    assertThatThrownBy(() -> samples(data, PLAIN))
        .isInstanceOf(ExpositionException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> saysWhatIsWrong() {
    byte[] notUtf8 = {'a', (byte) 0xff};
    String shown = "a\uFFFD";
    String in = "cannot read metric family \"some_metric\": ";
    String inH = "cannot read metric family \"h\": ";
    byte[] whole = exposition(gauge().message(4, metric()));
    return Stream.of(
        arguments("clientpb: invalid varint encountered", new byte[] {(byte) 0x80}),
        arguments(
            "clientpb: invalid varint encountered",
            new Message().raw(0xff, 0xff, 0xff, 0xff, 0xff, 0x01).toBytes()),
        arguments(
            "clientpb: insufficient length of buffer, expected at least 2147483652 bytes, got 5"
                + " bytes",
            new Message().varint(Integer.MAX_VALUE).toBytes()),
        arguments(
            "clientpb: insufficient length of buffer, expected at least "
                + whole.length
                + " bytes, got "
                + (whole.length - 1)
                + " bytes",
            Arrays.copyOf(whole, whole.length - 1)),
        arguments(
            "cannot read metric family number 2: unexpected EOF",
            exposition(gauge().message(4, metric()), new Message().raw(0x0a, 0x7f))),
        arguments(
            "cannot read metric family number 1: proto: wrong wireType = 0 for field Name",
            exposition(new Message().number(1, 5))),
        arguments(
            in + "proto: wrong wireType = 2 for field Type", exposition(gauge().text(3, "x"))),
        arguments(in + "proto: illegal wireType 3", exposition(gauge().raw(9 << 3 | 3))),
        arguments(in + "proto: illegal tag 0 (wire type 2)", exposition(gauge().text(0, ""))),
        arguments(
            in + "proto: wrong wireType = 1 for field Label",
            exposition(gauge().message(4, new Message().real(1, 1)))),
        arguments(
            in + "proto: wrong wireType = 0 for field Gauge",
            exposition(gauge().message(4, new Message().number(2, 1)))),
        arguments(
            in + "proto: wrong wireType = 0 for field Value",
            exposition(gauge().message(4, new Message().message(2, new Message().number(1, 1))))),
        arguments(
            in + "proto: wrong wireType = 1 for field TimestampMs",
            exposition(gauge().message(4, new Message().real(6, 1)))),
        arguments(
            in + "proto: integer overflow",
            exposition(
                gauge()
                    .message(
                        4,
                        new Message()
                            .raw(6 << 3)
                            .raw(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)))),
        arguments(
            in + "unexpected EOF",
            exposition(gauge().message(4, new Message().raw(1 << 3 | 2, 100, 1)))),
        arguments(
            in + "proto: negative length found during unmarshaling",
            exposition(gauge().message(4, new Message().raw(2 << 3 | 2).varint(-1)))),
        arguments(
            "invalid metric name: ",
            exposition(new Message().text(2, "no name").message(4, metric()))),
        arguments(
            "invalid metric name: " + shown,
            exposition(new Message().bytes(1, notUtf8).message(4, metric()))),
        arguments(
            "invalid help for metric \"a\": " + shown,
            exposition(new Message().text(1, "a").bytes(2, notUtf8).message(4, metric()))),
        arguments(
            "unknown metric type for metric \"a\": 6",
            exposition(family("a", "", 6).message(4, metric()))),
        arguments(
            "unit \"seconds\" not a suffix of metric \"some_metric\"",
            exposition(gauge().message(4, metric()).text(5, "seconds"))),
        arguments(
            "unit \"seconds\" not a suffix of counter \"a_bytes_total\"",
            exposition(
                family("a_bytes_total", "", Message.COUNTER)
                    .message(4, metric())
                    .text(5, "seconds"))),
        arguments(
            "unit \"metric\" not a suffix of metric \"ametric\"",
            exposition(
                family("ametric", "", Message.GAUGE).message(4, metric()).text(5, "metric"))),
        arguments(
            "invalid label name: " + shown,
            exposition(
                gauge()
                    .message(
                        4,
                        new Message().message(1, new Message().bytes(1, notUtf8).text(2, "x"))))),
        arguments("invalid label name: ", exposition(gauge().message(4, metric("", "x")))),
        arguments(
            "invalid label value: " + shown,
            exposition(
                gauge()
                    .message(
                        4,
                        new Message().message(1, new Message().text(1, "x").bytes(2, notUtf8))))),
        arguments(
            in + "proto: wrong wireType = 0 for field Name",
            exposition(gauge().message(4, new Message().message(1, new Message().number(1, 7))))),
        arguments(
            "label name \"x\" is not unique: invalid sample",
            exposition(gauge().message(4, metric("x", "1", "x", "2")))),
        arguments(
            "label name \"__name__\" is not unique: invalid sample",
            exposition(gauge().message(4, metric("__name__", "other")))),
        arguments(
            "label name \"le\" is not unique: invalid sample",
            exposition(family("h", "", Message.HISTOGRAM).message(4, metric("le", "1")))),
        arguments(
            inH + "proto: wrong wireType = 0 for field UpperBound",
            exposition(histogram(new Message().message(3, new Message().number(2, 1))))),
        arguments(
            inH + "proto: wrong wireType = 5 for field PositiveDelta",
            exposition(histogram(new Message().raw(13 << 3 | 5, 0, 0, 0, 0)))),
        arguments(
            "positive side: spans need 2 buckets, have 1 buckets: histogram spans specify different"
                + " number of buckets than provided",
            exposition(histogram(new Message().message(12, span(0, 2)).zigzag(13, 1)))),
        arguments(
            "negative side: spans need 4294967295 buckets, have 0 buckets: histogram spans specify"
                + " different number of buckets than provided",
            exposition(histogram(new Message().message(9, span(0, -1))))),
        arguments(
            "positive side: span number 2 with offset -1: histogram has a span whose offset is"
                + " negative",
            exposition(histogram(new Message().message(12, span(0, 0)).message(12, span(-1, 0))))),
        arguments(
            "histogram has an invalid schema, which must be between -4 and 8 for exponential"
                + " buckets, or -53 for custom buckets, got schema -5",
            exposition(histogram(new Message().zigzag(5, -5).message(12, span(0, 0))))),
        arguments(
            "histogram has an invalid schema, which must be between -4 and 8 for exponential"
                + " buckets, or -53 for custom buckets, got schema 53",
            exposition(histogram(new Message().zigzag(5, 53).message(12, span(0, 0))))),
        arguments(
            "positive side: bucket index out of range; got 2147483648, want"
                + " -1073741824..1073741823",
            exposition(
                histogram(
                    new Message().message(12, span(Integer.MAX_VALUE, 2)).packedDeltas(13, 1, 0)))),
        arguments(
            "negative side: bucket index out of range; got -1073741825, want"
                + " -1073741824..1073741823",
            exposition(
                histogram(new Message().message(9, span(-(1 << 30) - 1, 1)).zigzag(10, 1)))));
  }

  @Test
  void boundsTheBucketsOfANativeHistogram() {
    long[] deltas = new long[HistogramParts.MOST + 1];
    byte[] data =
        exposition(
            histogram(
                new Message()
                    .message(12, span(0, HistogramParts.MOST + 1))
                    .packedDeltas(13, deltas)));

    assertThatThrownBy(() -> samples(data, PLAIN))
        .hasMessage(
            "cannot read metric family \"h\": cannot read a histogram: got more than 65536 buckets"
                + " or spans on one side");
  }

  @Test
  void boundsWhatLongLabelsAndManyBucketsComeToTogether() {
    Message buckets = new Message();
    for (int i = 0; i < 1000; i++) {
      buckets.message(3, bucket(i, i));
    }
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "x".repeat(100_000)).message(7, buckets)));

    assertThatThrownBy(() -> samples(data, PLAIN))
        .hasMessage(
            "cannot read metric family \"h\": a metric with 100011 bytes of labels has 1000"
                + " quantiles or buckets; together these may have 16777216 bytes of labels");
  }

  @Test
  void boundsWhatALongNameAndManyMetricsComeToTogether() throws Exception {
    Message many = family("n".repeat(20_000), "", Message.GAUGE);
    for (int i = 0; i < 800; i++) {
      many.message(4, metric("x", "" + i));
    }
    assertThat(samples(exposition(many), PLAIN)).hasSize(800);
    many.message(4, metric("x", "y".repeat(40_000)));
    for (int i = 0; i < 100; i++) {
      many.message(4, metric("z", "" + i));
    }

    assertThatThrownBy(() -> samples(exposition(many), PLAIN))
        .message()
        .startsWith("cannot read metric family \"nnn")
        .endsWith(
            "\": a family with a name of 20000 bytes has 901 metrics; together these may have"
                + " 16777216 bytes of names");
  }

  @Test
  void readsAHistogramInVeryManyPiecesInTime() throws Exception {
    Message m = new Message().message(1, Message.pair("a", "1"));
    for (int i = 0; i < 100_000; i++) {
      m.message(7, new Message().message(3, bucket(i, i)));
    }
    m.message(1, Message.pair("b", "2"));
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, m));

    assertThat(Expositions.read(new PrometheusProtobufFormat(), 0, data, PLAIN, 1).samples())
        .hasSize(100_003)
        .endsWith("h_bucket{a=\"1\", b=\"2\", le=\"+Inf\"} 0.0");
  }

  @Test
  void keepsTheKeysOfABatchSmall() throws Exception {
    Message many = family("a", "", Message.GAUGE);
    for (int i = 0; i < 100; i++) {
      many.message(4, metric("x", "y".repeat(10_000) + i).message(2, value(i)));
    }
    many.message(4, metric("x", "z".repeat(1 << 20)).message(2, value(-1)));
    byte[] data = exposition(many);
    PrometheusProtobufFormat format = new PrometheusProtobufFormat();
    ExpositionReader reader = format.open(format.protocols().getFirst(), data, data.length, PLAIN);
    ExpositionBatch batch = new ExpositionBatch(512);
    int samples = 0;
    while (reader.read(batch) > 0) {
      for (int i = 0; i < batch.size; i++) {
        assertThat(batch.values[i]).isEqualTo(samples == 100 ? -1 : samples);
        assertThat(reader.labels(batch, i).get("x")).endsWith(samples == 100 ? "z" : "y" + samples);
        samples++;
      }
      assertThat(batch.keyBuffer.length).isLessThanOrEqualTo(SeriesKeys.MOST_BYTES);
    }
    assertThat(samples).isEqualTo(101);
  }

  @Test
  void readsAVeryLargeNumberOfLabelsInTime() throws Exception {
    Message m = new Message();
    for (int i = 0; i < 100_000; i++) {
      m.message(1, Message.pair("l" + (i * 7919L % 100_000), ""));
      m.message(1, Message.pair("m" + (i * 7919L % 100_000), "v"));
    }
    byte[] data = exposition(gauge().message(4, m));

    assertThat(samples(data, PLAIN).getFirst()).startsWith("some_metric{m0=\"v\", m1=\"v\", ");
  }

  @Test
  void quotesNoMoreThanItMust() {
    byte[] data =
        exposition(
            new Message()
                .bytes(1, "n".repeat(100_000).getBytes(StandardCharsets.UTF_8))
                .message(4, new Message().number(1, 1)));

    assertThatThrownBy(() -> samples(data, PLAIN)).message().hasSizeLessThan(5000);
  }
}
