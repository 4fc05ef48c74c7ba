package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistogramJsonTest {
  @Test
  void writesBucketsInAscendingOrder() throws IOException {
    NativeHistogram h =
        histogram(
            1,
            0.001,
            2,
            List.of(new Span(0, 2), new Span(1, 1)),
            new double[] {1, 0, 2.5},
            List.of(new Span(-1, 2)),
            new double[] {3, 4});

    assertThat(text(h))
        .isEqualTo(
            """
            {"count":"12","sum":"-3.5","buckets":[\
            [1,"-1","-0.7071067811865475","4"],\
            [1,"-0.7071067811865475","-0.5","3"],\
            [3,"-0.001","0.001","2"],\
            [0,"0.7071067811865475","1","1"],\
            [0,"2","2.82842712474619","2.5"]]}\
            """);
  }

  @Test
  void endsBucketsWhereTheZeroBucketBegins() throws IOException {
    NativeHistogram h =
        histogram(
            0,
            0.75,
            2,
            List.of(new Span(0, 2)),
            new double[] {1, 2},
            List.of(new Span(0, 2)),
            new double[] {3, 4});

    assertThat(text(h))
        .isEqualTo(
            """
            {"count":"12","sum":"-3.5","buckets":[\
            [1,"-2","-1","4"],\
            [1,"-1","-0.75","3"],\
            [3,"-0.75","0.75","2"],\
            [0,"0.75","1","1"],\
            [0,"1","2","2"]]}\
            """);
  }

  @Test
  void leavesOutBucketsWhenAllAreEmpty() throws IOException {
    NativeHistogram h =
        histogram(0, 0.5, 0, List.of(new Span(0, 1)), new double[] {0}, List.of(), new double[0]);

    assertThat(text(h)).isEqualTo("{\"count\":\"12\",\"sum\":\"-3.5\"}");
  }

  @Test
  void writesExplicitBucketsFromMinusToPlusInfinity() throws IOException {
    NativeHistogram h =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            NativeHistogram.CUSTOM_BUCKETS,
            0,
            0,
            6,
            7,
            List.of(new Span(0, 3)),
            new double[] {1, 2, 3},
            List.of(),
            new double[0],
            new double[] {0.5, 1});

    assertThat(text(h))
        .isEqualTo(
            """
            {"count":"6","sum":"7","buckets":[[3,"-Inf","0.5","1"],[0,"0.5","1","2"],\
            [0,"1","+Inf","3"]]}\
            """);
  }

  private static NativeHistogram histogram(
      int schema,
      double zeroThreshold,
      double zeroCount,
      List<Span> positiveSpans,
      double[] positive,
      List<Span> negativeSpans,
      double[] negative) {
    return new NativeHistogram(
        false,
        NativeHistogram.ResetHint.UNKNOWN,
        schema,
        zeroThreshold,
        zeroCount,
        12,
        -3.5,
        positiveSpans,
        positive,
        negativeSpans,
        negative,
        new double[0]);
  }

  private static String text(NativeHistogram h) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonStream json = new JsonStream(out);
    HistogramJson.write(h, json);
    json.flush();
    return out.toString(StandardCharsets.UTF_8);
  }
}
