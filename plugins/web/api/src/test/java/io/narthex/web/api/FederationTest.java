package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FederationTest {
  private final Api api = new Api();

  private void series(Labels labels, double... values) {
    SampleBatch batch = new SampleBatch(values.length);
    for (int i = 0; i < values.length; i++) {
      batch.add(10_000L * (i + 1), values[i]);
    }
    api.storage.series.add(labels);
    api.storage.samples.put(labels, batch);
  }

  @BeforeEach
  void fill() {
    series(Labels.of("__name__", "b", "instance", "i", "job", "x"), 1, 2.5);
    series(Labels.of("__name__", "a", "job", "x", "zone", "own"), 1e6);
    series(Labels.of("__name__", "a", "job", "y \"z\"\n"), Double.NaN, -0.0);
    series(Labels.of("__name__", "gone", "job", "x"), 1, StaleMarker.value());
    series(Labels.of("__name__", "späte.zeit", "jöb", "x"), 3);
    series(Labels.of("job", "nameless"), 3);
    api.engine.selectors.put("all", List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".*")));
    api.engine.selectors.put("x", List.of(Matcher.of(Matcher.Type.EQUAL, "job", "x")));
  }

  private FakeResponse federate(String accept, String... selectors) throws Exception {
    FakeRequest request = FakeRequest.get("/");
    for (String selector : selectors) {
      request.with("match[]", selector);
    }
    request.withHeader("Accept", accept);
    return api.call("/federate", request);
  }

  @Test
  void writesTheLatestSamplesByName() throws Exception {
    FakeResponse response = federate("", "all", "x");
    assertThat(response.text())
        .isEqualTo(
            """
            # TYPE a untyped
            a{job="x",zone="own",instance=""} 1e+06 10000
            a{job="y \\"z\\"\\n",instance=""} 0 20000
            # TYPE b untyped
            b{instance="i",job="x"} 2.5 20000
            # TYPE sp_te_zeit untyped
            sp_te_zeit{j_b="x",instance=""} 3 10000
            """);
    assertThat(response.headers())
        .containsEntry(
            "Content-Type", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    assertThat(api.storage.open).isZero();
    // Five minutes back from 100.5 s, both ends belong to it.
    assertThat(api.storage.minTime).isEqualTo(100_500 - 300_000);
    assertThat(api.storage.maxTime).isEqualTo(100_500);
  }

  @Test
  void quotesNamesForThoseWhoReadThem() throws Exception {
    FakeResponse response =
        federate("application/x;q=0.9,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5", "all");
    assertThat(response.text())
        .endsWith(
            "# TYPE \"späte.zeit\" untyped\n"
                + "{\"späte.zeit\",\"jöb\"=\"x\",instance=\"\"} 3 10000\n");
    assertThat(response.headers().get("Content-Type")).contains("version=1.0.0");
  }

  @Test
  void addsExternalLabelsWhereASeriesHasNone() throws Exception {
    api.externalLabels.put("zone", "z1");
    api.externalLabels.put("instance", "srv");
    assertThat(federate("", "x").text())
        .isEqualTo(
            """
            # TYPE a untyped
            a{job="x",zone="own",instance="srv"} 1e+06 10000
            # TYPE b untyped
            b{instance="i",job="x",zone="z1"} 2.5 20000
            """);
  }

  @Test
  void looksBackAsQueriesDo() throws Exception {
    api.flags.put("query.lookback-delta", "1m");
    federate("", "x");
    assertThat(api.storage.minTime).isEqualTo(40_500);
  }

  @Test
  void saysWhatCannotBeSelected() throws Exception {
    FakeResponse response = federate("", "??");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.text()).isEqualTo("1:1: parse error: unexpected \"??\"\n");
    api.storageIsThere = false;
    assertThat(federate("", "x").status()).isEqualTo(503);
  }

  @Test
  void isEmptyWithoutSelectors() throws Exception {
    FakeResponse response = federate("");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEmpty();
    api.engine.selectors.put("{}", List.of());
    assertThat(federate("", "{}").text()).isEmpty();
  }

  private static final String PROTO =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  private void histogram(Labels labels, NativeHistogram histogram) {
    SampleBatch batch = new SampleBatch(1);
    batch.clear(SampleBatch.Kind.HISTOGRAM);
    batch.add(30_000, histogram);
    api.storage.series.add(labels);
    api.storage.samples.put(labels, batch);
  }

  private static NativeHistogram natively(NativeHistogram.ResetHint hint) {
    return new NativeHistogram(
        true,
        hint,
        -1,
        0.25,
        2,
        10,
        -1.5,
        List.of(new NativeHistogram.Span(-3, 1), new NativeHistogram.Span(2, 1)),
        new double[] {3, 1},
        List.of(new NativeHistogram.Span(0, 2)),
        new double[] {1, 3},
        new double[0]);
  }

  /** Bounds 0.5, 1 and 2.5; nothing up to 1. */
  private static final NativeHistogram CUSTOM =
      new NativeHistogram(
          true,
          NativeHistogram.ResetHint.UNKNOWN,
          NativeHistogram.CUSTOM_BUCKETS,
          0,
          0,
          7,
          12.5,
          List.of(new NativeHistogram.Span(0, 1), new NativeHistogram.Span(1, 2)),
          new double[] {2, 1, 4},
          List.of(),
          new double[0],
          new double[] {0.5, 1, 2.5});

  @Test
  void writesHistogramsInProtobufWhole() throws Exception {
    api.storage.series.clear();
    histogram(Labels.of("__name__", "h", "job", "x"), natively(NativeHistogram.ResetHint.UNKNOWN));
    histogram(Labels.of("__name__", "h", "job", "x", "m", "g"), CUSTOM);
    histogram(
        Labels.of("__name__", "h", "job", "x", "n", "g"),
        natively(NativeHistogram.ResetHint.GAUGE));
    series(Labels.of("__name__", "h", "job", "x", "o", "ä"), 1.5);
    FakeResponse response = federate(PROTO, "x");
    assertThat(response.headers().get("Content-Type"))
        .isEqualTo(
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
                + " encoding=delimited; escaping=underscores");
    String labels = "1:{1:job 2:x}";
    String none = " 1:{1:instance 2:} ";
    String whole =
        "6:30000 7:{2:-1.5 4:10.0 5:-1 6:0.25 8:2.0 9:{1:0 2:2} 11:1.0 11:3.0"
            + " 12:{1:-3 2:1} 12:{1:2 2:1} 14:3.0 14:1.0}";
    assertThat(FamiliesText.of(response.bytes()))
        .containsExactly(
            "1:h 3:4 4:{"
                + labels
                + none
                + whole
                + "} 4:{"
                + labels
                + " 1:{1:m 2:g}"
                + none
                + "6:30000 7:{2:12.5 3:{2:0.5 4:2.0} 3:{2:1.0 4:2.0} 3:{2:2.5 4:3.0} 4:7.0}}",
            "1:h 3:5 4:{" + labels + " 1:{1:n 2:g}" + none + whole + "}",
            "1:h 3:3 4:{" + labels + " 1:{1:o 2:ä}" + none + "5:{1:1.5} 6:10000}");
  }

  @Test
  void tellsAnEmptyNativeHistogramFromAClassicOne() throws Exception {
    api.storage.series.clear();
    histogram(
        Labels.of("__name__", "h", "job", "x"),
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            3,
            0,
            0,
            0,
            0,
            List.of(),
            new double[0],
            List.of(),
            new double[0],
            new double[0]));
    assertThat(FamiliesText.of(federate(PROTO, "x").bytes()).get(0))
        .endsWith("7:{2:0.0 4:0.0 5:3 6:0.0 8:0.0 12:{1:0 2:0}}}");
  }

  @Test
  void leavesNativeHistogramsOutOfTextButForThoseWithCustomBuckets() throws Exception {
    api.storage.series.clear();
    histogram(Labels.of("__name__", "h", "job", "x"), natively(NativeHistogram.ResetHint.UNKNOWN));
    histogram(
        Labels.of("__name__", "i", "job", "x"),
        CUSTOM.withResetHint(NativeHistogram.ResetHint.GAUGE));
    series(Labels.of("__name__", "i", "job", "x", "n", "g"), 2);
    assertThat(federate("", "x").text())
        .isEqualTo(
            """
            # TYPE i histogram
            i_bucket{job="x",instance="",le="0.5"} 2 30000
            i_bucket{job="x",instance="",le="1"} 2 30000
            i_bucket{job="x",instance="",le="2.5"} 3 30000
            i_bucket{job="x",instance="",le="+Inf"} 7 30000
            i_sum{job="x",instance=""} 12.5 30000
            i_count{job="x",instance=""} 7 30000
            # TYPE i untyped
            i{job="x",n="g",instance=""} 2 10000
            """);
  }

  @Test
  void sortsByNameWhateverLabelsStandBeforeIt() throws Exception {
    api.storage.series.clear();
    series(Labels.of("A", "1", "__name__", "z", "job", "x"), 1);
    series(Labels.of("B", "1", "__name__", "y", "job", "x"), 2);
    series(Labels.of("__name__", "y", "job", "x"), 3);
    series(Labels.of("__name__", "z", "job", "q"), 4);
    api.engine.selectors.put("q", List.of(Matcher.of(Matcher.Type.EQUAL, "job", "q")));
    assertThat(federate("", "q", "x", "all").text())
        .isEqualTo(
            """
            # TYPE y untyped
            y{B="1",job="x",instance=""} 2 10000
            y{job="x",instance=""} 3 10000
            # TYPE z untyped
            z{A="1",job="x",instance=""} 1 10000
            z{job="q",instance=""} 4 10000
            """);
  }

  @Test
  void aFailureBreaksOffWhatHasBegun() throws Exception {
    api.storage.series.clear();
    for (int i = 0; i < 10; i++) {
      series(Labels.of("__name__", "n" + i, "job", "x", "long", "l".repeat(20_000)), i);
    }
    api.storage.failure = new StorageException(StorageException.Kind.IO, "disk is gone");
    assertThat(federate("", "x").text()).isEqualTo("disk is gone\n");
    assertThat(federate("", "x").status()).isEqualTo(500);
    api.storage.failure = new StorageException(StorageException.Kind.NOT_READY, "starting");
    assertThat(federate("", "x").status()).isEqualTo(503);
    api.storage.failure = null;
    api.storage.unreadable = Labels.of("__name__", "n1", "job", "x", "long", "l".repeat(20_000));
    assertThat(federate("", "x").status()).isEqualTo(500);
    assertThat(federate("", "x").text()).isEqualTo("cannot read\n");
    api.storage.unreadable = Labels.of("__name__", "n9", "job", "x", "long", "l".repeat(20_000));
    assertThatThrownBy(() -> federate("", "x"))
        .isInstanceOf(IOException.class)
        .hasMessage("answer broken off: cannot read");
    assertThat(api.storage.open).isZero();
  }

  @Test
  void tellsALargeFamilyInSeveralMessages() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ProtobufFamilies writer = new ProtobufFamilies(out, NameEscaping.ALLOW_UTF_8);
    FamilyWriter.Pairs labels = new FamilyWriter.Pairs();
    labels.add("l", "x".repeat(ProtobufFamilies.MOST_HELD / 2));
    writer.family("big", FamilyWriter.Kind.UNTYPED);
    for (int i = 0; i < 3; i++) {
      writer.sample(labels, i, i);
    }
    writer.end();
    assertThat(FamiliesText.of(out.toByteArray()))
        .hasSize(2)
        .allSatisfy(family -> assertThat(family).startsWith("1:big 3:3 4:{1:{1:l 2:xxx"));
  }
}
