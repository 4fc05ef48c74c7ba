package io.narthex.format.protobuf;

import static io.narthex.format.protobuf.Expositions.CLASSIC_TOO;
import static io.narthex.format.protobuf.Expositions.CREATED;
import static io.narthex.format.protobuf.Expositions.NO_NATIVE;
import static io.narthex.format.protobuf.Expositions.PLAIN;
import static io.narthex.format.protobuf.Expositions.TYPED;
import static io.narthex.format.protobuf.Expositions.samples;
import static io.narthex.format.protobuf.Message.bucket;
import static io.narthex.format.protobuf.Message.exemplar;
import static io.narthex.format.protobuf.Message.exposition;
import static io.narthex.format.protobuf.Message.family;
import static io.narthex.format.protobuf.Message.metric;
import static io.narthex.format.protobuf.Message.quantile;
import static io.narthex.format.protobuf.Message.span;
import static io.narthex.format.protobuf.Message.time;
import static io.narthex.format.protobuf.Message.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionFuzz;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricFamilyReaderTest {
  /** As a client writes both representations of one histogram. */
  private static Message bothHistograms() {
    return new Message()
        .number(1, 175)
        .real(2, 0.0008280461746287094)
        .message(3, bucket(2, -0.0004899999999999998))
        .message(
            3,
            bucket(4, -0.0003899999999999998)
                .message(
                    3,
                    exemplar("dummyID", "59727", -0.00039).message(3, time(1625851155, 146848499))))
        .message(
            3, bucket(16, -0.0002899999999999998).message(3, exemplar("dummyID", "5617", -0.00029)))
        .zigzag(5, 3)
        .real(6, 2.938735877055719e-39)
        .number(7, 2)
        .message(9, span(-162, 1))
        .message(9, span(23, 4))
        .zigzag(10, 1)
        .zigzag(10, 3)
        .zigzag(10, -2)
        .zigzag(10, -1)
        .zigzag(10, 1)
        .message(12, span(-161, 1))
        .message(12, span(8, 3))
        .zigzag(13, 1)
        .zigzag(13, 2)
        .zigzag(13, -1)
        .zigzag(13, -1);
  }

  private static final String NATIVE =
      "int schema=3 count=175.0 sum=8.280461746287094E-4 zero=2.0/2.938735877055719E-39"
          + " +-161:1,8:3,[1.0, 3.0, 2.0, 1.0] --162:1,23:4,[1.0, 4.0, 2.0, 1.0, 2.0]";

  @Test
  void readsCountersGaugesAndUntypedValuesUnderTheNamesAsExposed() throws Exception {
    byte[] data =
        exposition(
            family("go_build_info", "About the module.", Message.GAUGE)
                .message(4, metric("path", "x/y", "version", "(devel)").message(2, value(1))),
            family("http_requests_total", "Requests.", Message.COUNTER)
                .message(4, metric("code", "200").message(3, value(1.5e6)))
                .message(4, metric("code", "500").message(3, value(0))),
            family("no_suffix", "", Message.COUNTER).message(4, metric().message(3, value(2))),
            family("something_untyped", "Untyped.", Message.UNTYPED)
                .message(4, metric().message(5, value(42)).number(6, 1234567)));

    Expositions.Read read = Expositions.read(new PrometheusProtobufFormat(), 0, data, PLAIN, 512);
    assertThat(read.samples())
        .containsExactly(
            "go_build_info{path=\"x/y\", version=\"(devel)\"} 1.0",
            "http_requests_total{code=\"200\"} 1.5e+06",
            "http_requests_total{code=\"500\"} 0.0",
            "no_suffix 2.0",
            "something_untyped 42.0 @1234567");
    assertThat(read.families())
        .containsExactly(
            "go_build_info GAUGE About the module. null",
            "http_requests_total COUNTER Requests. null",
            "no_suffix COUNTER  null",
            "something_untyped UNKNOWN Untyped. null");
  }

  @Test
  void takesAMissingValueForZeroAndOnlyTheOneThatBelongsToTheType() throws Exception {
    byte[] data =
        exposition(
            family("a", "", Message.GAUGE)
                .message(4, metric())
                .message(4, metric("x", "1").message(3, value(7)))
                .message(4, metric("x", "2").message(2, value(7)).message(5, value(8))));

    assertThat(samples(data, PLAIN)).containsExactly("a 0.0", "a{x=\"1\"} 0.0", "a{x=\"2\"} 7.0");
  }

  @Test
  void readsSummaries() throws Exception {
    byte[] data =
        exposition(
            family("rpc_seconds", "", Message.SUMMARY)
                .message(
                    4,
                    metric("service", "x")
                        .message(
                            4,
                            new Message()
                                .number(1, 262)
                                .real(2, 0.25)
                                .message(3, quantile(0.5, 6e-7))
                                .message(3, quantile(0, 1))
                                .message(3, quantile(1, Double.NaN))))
                .message(4, metric("service", "y").message(4, new Message().real(2, 1.25))),
            family("after", "", Message.GAUGE).message(4, metric()));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "rpc_seconds_count{service=\"x\"} 262.0",
            "rpc_seconds_sum{service=\"x\"} 0.25",
            "rpc_seconds{quantile=\"0.5\", service=\"x\"} 6e-07",
            "rpc_seconds{quantile=\"0.0\", service=\"x\"} 1.0",
            "rpc_seconds{quantile=\"1.0\", service=\"x\"} NaN",
            "rpc_seconds_count{service=\"y\"} 0.0",
            "rpc_seconds_sum{service=\"y\"} 1.25",
            "after 0.0");
  }

  @Test
  void readsClassicHistogramsAndAddsTheLastBucketWhereItIsMissing() throws Exception {
    Message missing =
        new Message()
            .number(1, 175)
            .real(2, 0.5)
            .message(3, bucket(2, -20))
            .message(3, bucket(16, 1e6).message(3, exemplar("id", "7", -0.25)));
    Message there =
        new Message()
            .number(1, 9)
            .message(3, bucket(3, 0.1))
            .message(3, bucket(8, Double.POSITIVE_INFINITY))
            .message(3, bucket(1, 5));
    Message none = new Message().real(4, 2.5).real(2, Double.NaN);
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "1").message(7, missing))
                .message(4, metric("a", "2").message(7, there)),
            family("g", "", Message.GAUGE_HISTOGRAM).message(4, metric().message(7, none)),
            family("e", "", Message.HISTOGRAM).message(4, metric()));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "h_count{a=\"1\"} 175.0",
            "h_sum{a=\"1\"} 0.5",
            "h_bucket{a=\"1\", le=\"-20.0\"} 2.0",
            "h_bucket{a=\"1\", le=\"1e+06\"} 16.0 # {id=\"7\"} -0.25",
            "h_bucket{a=\"1\", le=\"+Inf\"} 175.0",
            "h_count{a=\"2\"} 9.0",
            "h_sum{a=\"2\"} 0.0",
            "h_bucket{a=\"2\", le=\"0.1\"} 3.0",
            "h_bucket{a=\"2\", le=\"+Inf\"} 8.0",
            "g_count 2.5",
            "g_sum NaN",
            "g_bucket{le=\"+Inf\"} 2.5",
            "e_count 0.0",
            "e_sum 0.0",
            "e_bucket{le=\"+Inf\"} 0.0");
  }

  @Test
  void prefersFloatCountsOfBucketsUnlessTheyAreZero() throws Exception {
    Message h =
        new Message()
            .number(1, 7)
            .message(3, new Message().number(1, 1).real(4, 1.5).real(2, 1))
            .message(3, new Message().real(4, 0).number(1, 3).real(2, 2));
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));

    assertThat(samples(data, PLAIN))
        .contains("h_bucket{le=\"1.0\"} 1.5", "h_bucket{le=\"2.0\"} 3.0", "h_count 7.0");
  }

  @Test
  void readsCountsAsUnsigned() throws Exception {
    byte[] data =
        exposition(
            family("s", "", Message.SUMMARY)
                .message(4, metric().message(4, new Message().number(1, -1))));

    assertThat(samples(data, PLAIN).getFirst()).isEqualTo("s_count 1.8446744073709552e+19");
  }

  @Test
  void prefersTheNativeHistogram() throws Exception {
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "b").message(7, bothHistograms()).number(6, 1234568)),
            family("g", "", Message.GAUGE_HISTOGRAM)
                .message(4, metric().message(7, bothHistograms())));
    String ofBuckets = " # {dummyID=\"59727\"} -0.00039 @1625851155146";

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "h{a=\"b\"} " + NATIVE + " @1234568" + ofBuckets,
            "g " + NATIVE.replace("int ", "int gauge ") + ofBuckets);
  }

  @Test
  void readsTheClassicHistogramTooOrAloneWhereThatIsWanted() throws Exception {
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "1").message(7, bothHistograms()))
                .message(4, metric("a", "2").message(7, new Message().message(12, span(0, 0)))));
    List<String> classic =
        List.of(
            "h_count{a=\"1\"} 175.0",
            "h_sum{a=\"1\"} 0.0008280461746287094",
            "h_bucket{a=\"1\", le=\"-0.0004899999999999998\"} 2.0",
            "h_bucket{a=\"1\", le=\"-0.0003899999999999998\"} 4.0"
                + " # {dummyID=\"59727\"} -0.00039 @1625851155146",
            "h_bucket{a=\"1\", le=\"-0.0002899999999999998\"} 16.0"
                + " # {dummyID=\"5617\"} -0.00029",
            "h_bucket{a=\"1\", le=\"+Inf\"} 175.0");

    List<String> both = samples(data, CLASSIC_TOO);
    assertThat(both).hasSize(8);
    assertThat(both.getFirst()).startsWith("h{a=\"1\"} " + NATIVE);
    assertThat(both.subList(1, 7)).isEqualTo(classic);
    assertThat(both.getLast())
        .as("without classic buckets there is nothing else")
        .isEqualTo("h{a=\"2\"} int schema=0 count=0.0 sum=0.0 zero=0.0/0.0 +[] -[]");

    List<String> alone = samples(data, NO_NATIVE);
    assertThat(alone.subList(0, 6)).isEqualTo(classic);
    assertThat(alone.subList(6, 9))
        .containsExactly(
            "h_count{a=\"2\"} 0.0", "h_sum{a=\"2\"} 0.0", "h_bucket{a=\"2\", le=\"+Inf\"} 0.0");
  }

  @Test
  void takesExemplarsOfItsOwnRatherThanThoseOfBucketsAndOnlyWithATimestamp() throws Exception {
    Message h =
        bothHistograms()
            .message(16, exemplar("id", "1", 1).message(3, time(1625851160, 156848499)))
            .message(16, exemplar("id", "2", 2))
            .message(16, exemplar("id", "3", 3).message(3, time(-2, -500_000_000)));
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "h " + NATIVE + " # {id=\"1\"} 1.0 @1625851160156 # {id=\"3\"} 3.0 @-2500");
  }

  /** What a batch says of exemplars must be what the reader gives. */
  @Test
  void tellsOfNoExemplarsWhereNoneOfAHistogramHasATimestamp() {
    Message counted = new Message().number(1, 4).real(2, 1).number(7, 4);
    Message unstamped = exemplar("id", "3", 3);
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("of", "own").message(7, counted.message(16, unstamped))),
            family("b", "", Message.HISTOGRAM)
                .message(4, metric("of", "b").message(7, ofBucket(unstamped))));

    ExpositionFuzz.check(
        ExpositionFuzz.input(0, data), Exposition.of(new PrometheusProtobufFormat()));
  }

  private static Message ofBucket(Message exemplar) {
    return new Message().number(1, 4).number(7, 4).message(3, bucket(4, 1).message(3, exemplar));
  }

  @Test
  void readsExemplarsOfCountersWithOrWithoutATimestamp() throws Exception {
    Message stamped = exemplar("id", "42", 12).message(3, time(1625851151, 233181499));
    byte[] data =
        exposition(
            family("a_total", "", Message.COUNTER)
                .message(4, metric("x", "1").message(3, value(1).message(2, stamped)))
                .message(4, metric("x", "2").message(3, value(2)))
                .message(
                    4, metric("x", "3").message(3, value(3).message(2, exemplar("id", "1", 5)))),
            family("b", "", Message.GAUGE)
                .message(4, metric().message(2, value(1).message(2, stamped))));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "a_total{x=\"1\"} 1.0 # {id=\"42\"} 12.0 @1625851151233",
            "a_total{x=\"2\"} 2.0",
            "a_total{x=\"3\"} 3.0 # {id=\"1\"} 5.0",
            "b 1.0");
  }

  @Test
  void attachesCreatedTimestampsWhereTheyAreWanted() throws Exception {
    Message created = time(1625851153, 146848499);
    byte[] data =
        exposition(
            family("c_total", "", Message.COUNTER)
                .message(4, metric().message(3, value(42).message(3, created)))
                .message(4, metric("x", "1").message(3, value(1))),
            family("s", "", Message.SUMMARY)
                .message(4, metric().message(4, new Message().message(4, created))),
            family("h", "", Message.HISTOGRAM)
                .message(4, metric().message(7, new Message().message(15, created))),
            family("n", "", Message.GAUGE_HISTOGRAM)
                .message(
                    4,
                    metric()
                        .message(7, new Message().message(15, created).message(9, span(0, 0)))));

    assertThat(samples(data, CREATED))
        .containsExactly(
            "c_total 42.0 since 1625851153146",
            "c_total{x=\"1\"} 1.0",
            "s_count 0.0 since 1625851153146",
            "s_sum 0.0 since 1625851153146",
            "h_count 0.0 since 1625851153146",
            "h_sum 0.0 since 1625851153146",
            "h_bucket{le=\"+Inf\"} 0.0 since 1625851153146",
            "n int gauge schema=0 count=0.0 sum=0.0 zero=0.0/0.0 +[] -[] since 1625851153146");
    assertThat(String.join("\n", samples(data, PLAIN))).doesNotContain("since");
  }

  @Test
  void addsTypeAndUnitWhereTheyAreWanted() throws Exception {
    byte[] data =
        exposition(
            family("c_seconds_total", "", Message.COUNTER)
                .message(
                    4,
                    metric("__type__", "gauge", "__unit__", "bytes", "__name__", "x", "a", "b")
                        .message(3, value(1)))
                .text(5, "seconds"),
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("__unit__", "mine").message(7, new Message())),
            family("u", "", Message.UNTYPED)
                .message(4, metric("__type__", "mine").message(5, value(1))));

    assertThat(samples(data, TYPED))
        .containsExactly(
            "c_seconds_total{__type__=\"counter\", __unit__=\"seconds\", a=\"b\"} 1.0",
            "h_count{__type__=\"histogram\", __unit__=\"mine\"} 0.0",
            "h_sum{__type__=\"histogram\", __unit__=\"mine\"} 0.0",
            "h_bucket{__type__=\"histogram\", __unit__=\"mine\", le=\"+Inf\"} 0.0",
            "u{__type__=\"mine\"} 1.0");
  }

  @Test
  void readsUnitsBehindTheMetrics() throws Exception {
    byte[] data =
        exposition(
            family("a_bytes", "Help.", Message.GAUGE).message(4, metric()).text(5, "bytes"),
            new Message()
                .message(4, metric().message(2, value(5)))
                .number(3, Message.GAUGE)
                .text(2, "Behind.")
                .text(5, "meters")
                .text(1, "b_meters"));

    Expositions.Read read = Expositions.read(new PrometheusProtobufFormat(), 0, data, PLAIN, 512);
    assertThat(read.samples()).containsExactly("a_bytes 0.0", "b_meters 5.0");
    assertThat(read.families())
        .containsExactly("a_bytes GAUGE Help. bytes", "b_meters GAUGE Behind. meters");
  }

  @Test
  void takesNamesAndLabelsOfAnyCharacters() throws Exception {
    byte[] data =
        exposition(
            family("my.näme/total", "Höhe", Message.GAUGE)
                .message(4, metric("my.label", "värdet \"x\"\n").message(2, value(1))));

    assertThat(samples(data, PLAIN))
        .containsExactly("{\"my.näme/total\", \"my.label\"=\"värdet \\\"x\\\"\\n\"} 1.0");
  }

  @Test
  void tellsWhichLabelsAreEmpty() throws Exception {
    byte[] data =
        exposition(
            family("a", "", Message.GAUGE)
                .message(4, metric("x", "", "y", "1", "z", "").message(2, value(1))));
    ExpositionReader reader = open(data);
    ExpositionBatch batch = new ExpositionBatch(8);
    reader.read(batch);

    assertThat(reader.labels(batch, 0).toSeriesString()).isEqualTo("a{y=\"1\"}");
    assertThat(reader.emptyLabels(batch, 0)).containsExactly("x", "z");
  }

  private static ExpositionReader open(byte[] data) {
    PrometheusProtobufFormat format = new PrometheusProtobufFormat();
    return format.open(format.protocols().getFirst(), data, data.length, PLAIN);
  }

  @Test
  void readsFloatHistograms() throws Exception {
    Message h =
        new Message()
            .number(1, 9)
            .real(4, 5.5)
            .real(2, 12.1)
            .zigzag(5, -1)
            .message(12, span(8, 3))
            .packedReals(14, 2, 0, 3.5)
            .zigzag(13, 7);
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "h float schema=-1 count=5.5 sum=12.1 zero=0.0/0.0 +8:1,1:1,[2.0, 3.5] -[]");
  }

  @Test
  void readsPackedDeltasToo() throws Exception {
    Message h =
        new Message()
            .number(1, 7)
            .message(12, span(0, 2))
            .packedDeltas(13, 3, 1)
            .message(9, span(-4, 1))
            .packedDeltas(10)
            .zigzag(10, 0);
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));

    assertThat(samples(data, PLAIN))
        .containsExactly("h int schema=0 count=7.0 sum=0.0 zero=0.0/0.0 +0:2,[3.0, 4.0] -[]");
  }

  @Test
  void bringsFinerSchemasToTheFinestThatThereIs() throws Exception {
    // Of schema 10, four buckets make one of schema 8: -3..0 | 1..4 | 5..8.
    Message h =
        new Message()
            .number(1, 15)
            .zigzag(5, 10)
            .message(12, span(0, 6))
            .packedDeltas(13, 1, 1, 1, 1, 1, -5);
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));

    assertThat(samples(data, PLAIN))
        .containsExactly("h int schema=8 count=15.0 sum=0.0 zero=0.0/0.0 +0:2,[1.0, 14.0] -[]");
  }

  @Test
  void readsCustomBucketsThoughTheFormatHasNoBounds() throws Exception {
    Message h =
        new Message().number(1, 3).zigzag(5, -53).message(12, span(0, 1)).packedDeltas(13, 3);
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric().message(7, h)));
    ExpositionReader reader = open(data);
    ExpositionBatch batch = new ExpositionBatch(8);
    reader.read(batch);

    NativeHistogram histogram = batch.histograms[0];
    assertThat(histogram).isNotNull();
    assertThat(histogram.hasCustomBuckets()).isTrue();
    assertThat(histogram.isValid()).as("all is in the last bucket, which has no bound").isTrue();
  }

  @Test
  void lookAtEachMetricForItselfWhetherItIsNative() throws Exception {
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "1").message(7, new Message().number(1, 1)))
                .message(4, metric("a", "2").message(7, new Message().message(12, span(0, 0)))));

    assertThat(samples(data, PLAIN))
        .extracting(line -> line.substring(0, line.indexOf('{')))
        .containsExactly("h_count", "h_sum", "h_bucket", "h");
  }

  @Test
  void knowsANativeHistogramByItsZeroBucketToo() throws Exception {
    byte[] data =
        exposition(
            family("h", "", Message.HISTOGRAM)
                .message(4, metric("a", "1").message(7, new Message().real(6, 1e-9)))
                .message(4, metric("a", "2").message(7, new Message().number(7, 1).number(1, 1))));

    assertThat(samples(data, PLAIN)).allMatch(line -> line.startsWith("h{"));
  }

  @Test
  void mergesMessagesThatComeInPieces() throws Exception {
    Message metric =
        new Message()
            .message(1, Message.pair("a", "1"))
            .message(7, new Message().number(1, 4).message(3, bucket(1, 1)))
            .message(1, Message.pair("b", "2"))
            .message(7, new Message().real(2, 9).message(3, bucket(2, 2)))
            .message(1, Message.pair("c", "3"));
    byte[] data = exposition(family("h", "", Message.HISTOGRAM).message(4, metric));

    assertThat(samples(data, PLAIN))
        .containsExactly(
            "h_count{a=\"1\", b=\"2\", c=\"3\"} 4.0",
            "h_sum{a=\"1\", b=\"2\", c=\"3\"} 9.0",
            "h_bucket{a=\"1\", b=\"2\", c=\"3\", le=\"1.0\"} 1.0",
            "h_bucket{a=\"1\", b=\"2\", c=\"3\", le=\"2.0\"} 2.0",
            "h_bucket{a=\"1\", b=\"2\", c=\"3\", le=\"+Inf\"} 4.0");
  }

  @Test
  void passesOverUnknownFieldsAndFamiliesWithoutMetrics() throws Exception {
    Message unknown =
        family("a", "", Message.GAUGE)
            .number(99, 1)
            .real(98, 1)
            .text(97, "x")
            .message(
                4,
                metric("x", "1")
                    .text(77, "y")
                    .message(2, value(3).number(9, 1))
                    .raw(8 << 3 | 5, 1, 2, 3, 4));
    byte[] data =
        exposition(
            new Message(), new Message().text(1, "").number(3, 77), unknown, family("last", "", 9));

    assertThat(samples(data, PLAIN)).containsExactly("a{x=\"1\"} 3.0");
    assertThat(samples(new byte[0], PLAIN)).isEmpty();
  }

  @Test
  void leavesNoHistogramBehindInTheBatch() throws Exception {
    Message native3 =
        family("h", "", Message.HISTOGRAM)
            .message(4, metric("a", "1").message(7, bothHistograms()))
            .message(4, metric("a", "2").message(7, bothHistograms()))
            .message(4, metric("a", "3").message(7, bothHistograms()));
    ExpositionBatch batch = new ExpositionBatch(2);
    ExpositionReader reader = open(exposition(native3));

    assertThat(reader.read(batch)).isEqualTo(2);
    assertThat(batch.histograms).doesNotContainNull();
    assertThat(reader.read(batch)).isEqualTo(1);
    assertThat(batch.histograms[1]).isNull();
    assertThat(reader.read(batch)).isZero();
    assertThat(batch.histograms).containsOnlyNulls();

    ExpositionReader malformed = open(exposition(native3.message(4, new Message().number(1, 1))));
    malformed.read(batch);
    assertThatThrownBy(() -> malformed.read(batch)).isInstanceOf(ExpositionException.class);
    assertThat(batch.histograms).containsOnlyNulls();
  }

  @Test
  void makesNoStaleMarkerOfANan() throws Exception {
    byte[] data =
        exposition(
            family("a", "", Message.GAUGE)
                .message(4, metric().message(2, value(StaleMarker.value()))),
            family("h", "", Message.HISTOGRAM)
                .message(
                    4,
                    metric()
                        .message(
                            7,
                            new Message().real(2, StaleMarker.value()).message(12, span(0, 0)))));
    ExpositionReader reader = open(data);
    ExpositionBatch batch = new ExpositionBatch(8);
    reader.read(batch);

    assertThat(batch.values[0]).isNaN();
    assertThat(StaleMarker.is(batch.values[0])).isFalse();
    NativeHistogram histogram = batch.histograms[1];
    assertThat(histogram).isNotNull();
    assertThat(histogram.isStale()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void readsTheSameInBatchesOfAnySize(int capacity) throws Exception {
    Message scattered =
        new Message()
            .message(1, Message.pair("a", "1"))
            .message(7, bothHistograms())
            .message(1, Message.pair("b", "2"));
    byte[] data =
        exposition(
            family("x", "", Message.GAUGE)
                .message(4, metric("q", "1"))
                .message(4, metric("q", "2")),
            family("h", "", Message.HISTOGRAM).message(4, scattered).message(4, metric("c", "d")),
            family("s", "", Message.SUMMARY)
                .message(
                    4,
                    metric("c", "d")
                        .message(4, new Message().message(3, quantile(0.5, 1)).number(1, 3))));

    for (var options : List.of(PLAIN, CLASSIC_TOO, NO_NATIVE)) {
      assertThat(Expositions.read(new PrometheusProtobufFormat(), 0, data, options, capacity))
          .isEqualTo(Expositions.read(new PrometheusProtobufFormat(), 0, data, options, 512));
    }
  }
}
