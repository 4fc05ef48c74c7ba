package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.storage.SeriesKey;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeltaStreamsTest {
  private static final long T = Server.NOW;
  private static final String BASE = "{instance=\"i1\", job=\"svc\"} ";

  private Server server;

  @BeforeEach
  void open() throws Exception {
    server = new Server("otlp-deltatocumulative");
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  private void send(Message metric) throws Exception {
    assertThat(server.send(Message.request(metric))).isEqualTo("200 ");
  }

  private static Message delta(long start, long time, long value) {
    return Message.sum("d", "", 1, true, Message.point(start, time).fixed64(6, "asInt", value));
  }

  @Test
  void takesNoMoreRoomForASeriesThanItHasBuckets() throws Exception {
    Counts large = new Counts();
    for (int i = 0; i < Counts.MAX; i++) {
      large.add(1);
    }
    large.clear();
    for (int i = 0; i < 20; i++) {
      large.add(1);
    }
    Counts kept = new Counts();
    kept.set(large);

    assertThat(kept.size).isEqualTo(20);
    assertThat(kept.counts.length).isLessThanOrEqualTo(32);
  }

  @Test
  void sumsUp() throws Exception {
    send(delta(T - 100, T, 5));
    send(delta(T, T + 100, 7));
    send(delta(T + 100, T + 200, 1));

    assertThat(server.stored())
        .containsExactly(
            "d_total" + BASE + T + " 5.0",
            "d_total" + BASE + (T + 100) + " 12.0",
            "d_total" + BASE + (T + 200) + " 13.0");
  }

  @Test
  void dropsWhatIsEarlierOrNotNewer() throws Exception {
    send(delta(T - 100, T, 5));
    send(delta(T - 200, T + 100, 7));
    send(delta(T - 100, T, 7));
    send(delta(T, T + 200, 1));

    assertThat(server.stored())
        .containsExactly("d_total" + BASE + T + " 5.0", "d_total" + BASE + (T + 200) + " 6.0");
  }

  @Test
  void leavesCumulativeOnesAsTheyAre() throws Exception {
    send(Message.sum("c", "", true, Message.integer(T, 5)));
    send(Message.sum("c", "", true, Message.integer(T + 1, 6)));

    assertThat(server.stored())
        .containsExactly("c_total" + BASE + T + " 5.0", "c_total" + BASE + (T + 1) + " 6.0");
    assertThat(server.receiver.deltas().size()).isZero();
  }

  private static Message histogram(long time, double[] bounds, long... counts) {
    long count = 0;
    for (long n : counts) {
      count += n;
    }
    return Message.histogram(
        "h",
        "",
        1,
        Message.point(time - 100, time)
            .fixed64(4, "count", count)
            .float64(5, "sum", 2)
            .packedFixed(6, "bucketCounts", counts)
            .packedDoubles(7, "explicitBounds", bounds));
  }

  @Test
  void sumsHistogramsUpWhileTheirBoundsStay() throws Exception {
    server.receiver.translation(OtlpReceiverTest.config("convert_histograms_to_nhcb"));
    send(histogram(T, new double[] {1, 2}, 1, 2, 3));
    send(histogram(T + 100, new double[] {1, 2}, 1, 0, 1));
    send(histogram(T + 200, new double[] {1}, 1, 4));

    assertThat(server.stored())
        .satisfiesExactly(
            line -> assertThat(line).contains(T + " 6.0 2.0 ", "[1.0, 2.0, 3.0]"),
            line -> assertThat(line).contains(T + 100 + " 8.0 4.0 ", "[2.0, 2.0, 4.0]"),
            line -> assertThat(line).contains(T + 200 + " 5.0 2.0 ", "[1.0, 4.0]"))
        .allMatch(line -> line.endsWith("UNKNOWN"));
  }

  private static Message exponential(long time, int scale, int offset, long... counts) {
    long count = 0;
    for (long n : counts) {
      count += n;
    }
    return Message.exponential(
        "e",
        "",
        1,
        Message.point(time - 100, time)
            .fixed64(4, "count", count)
            .zigzag(6, "scale", scale)
            .message(
                8,
                "positive",
                new Message()
                    .zigzag(1, "offset", offset)
                    .packedVarints(2, "bucketCounts", counts)));
  }

  @Test
  void sumsExponentialHistogramsUpAtTheCoarserScale() throws Exception {
    send(exponential(T, 2, 4, 1, 2, 3, 4));
    send(exponential(T + 100, 1, 1, 5, 6));
    send(exponential(T + 200, 1, 300, 7));

    assertThat(server.stored())
        .satisfiesExactly(
            line -> assertThat(line).contains("schema 2", "5x4 [1.0, 2.0, 3.0, 4.0]"),
            // 4..7 of scale 2 are 2 and 3 of scale 1.
            line -> assertThat(line).contains("21.0 0.0 schema 1", "2x3 [5.0, 9.0, 7.0]"),
            // 1..300 of scale 1 do not fit in 160 buckets, 0..150 of scale 0 do.
            line -> assertThat(line).contains("28.0 0.0 schema 0", "1x2 148x1 [5.0, 16.0, 7.0]"));
  }

  @Test
  void forgetsSeriesThatHaveStopped() {
    DeltaStreams streams = new DeltaStreams();
    SeriesKey one = new SeriesKey();
    one.set(Labels.of("a", "1"));
    SeriesKey two = new SeriesKey();
    two.set(Labels.of("a", "2"));
    NumberPoint point = new NumberPoint();
    point.isInteger = true;
    point.integer = 3;

    assertThat(streams.add(one, 1, 2, point, 0)).isEqualTo(1);
    assertThat(streams.add(two, 1, 2, point, 299_000)).isEqualTo(1);
    assertThat(streams.add(two, 2, 3, point, 360_001)).isEqualTo(1);
    assertThat(point.integer).isEqualTo(6);
    assertThat(streams.size()).isEqualTo(1);
    assertThat(streams.add(one, 5, 6, point, 361_000)).isEqualTo(5);
    assertThat(point.integer).isEqualTo(6);
  }

  @Test
  void addsFloatsAndIntegersOfOneSeriesAsUpstream() {
    DeltaStreams streams = new DeltaStreams();
    SeriesKey key = new SeriesKey();
    key.set(Labels.of("a", "1"));
    NumberPoint point = new NumberPoint();
    for (double value : List.of(1.5, 2.0)) {
      point.clear();
      point.floating = value;
      streams.add(key, 1, (long) (value * 10), point, 0);
    }

    assertThat(point.value()).isEqualTo(3.5);
  }
}
