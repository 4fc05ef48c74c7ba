package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RateFunctionTest {
  private static final long SECOND = 1000;

  private final Queries queries = new Queries(Engines.standard());

  private double value(long time, String query) throws Exception {
    List<String> lines = queries.at(time, query);
    assertThat(lines).hasSize(1);
    return Double.parseDouble(lines.get(0).replaceAll(".* (.*)@.*", "$1"));
  }

  @Test
  void returnsNothingForASingleSample() throws Exception {
    queries.load(10 * SECOND, "m_total 5");
    assertThat(queries.at(0, "rate(m_total[1m])")).isEmpty();
    assertThat(queries.at(0, "irate(m_total[1m])")).isEmpty();
  }

  @Test
  void extrapolatesToBothEndsOfAFullWindow() throws Exception {
    queries.load(10 * SECOND, "m_total 100+10x60");
    // 50 s are sampled and 60 s asked for: as much as the first sample is away from the start.
    assertThat(value(300 * SECOND, "increase(m_total[1m])")).isEqualTo(60);
    assertThat(value(300 * SECOND, "rate(m_total[1m])")).isEqualTo(1);
    assertThat(value(305 * SECOND, "increase(m_total[1m])")).isEqualTo(60, within(1e-12));
  }

  @Test
  void extrapolatesByHalfADistanceWhereTheSeriesBegins() throws Exception {
    queries.load(10 * SECOND, "m_total _x20 100+10x3");
    // Samples at 200..230 s, the window starts at 130 s: 5 s are added in front.
    assertThat(value(230 * SECOND, "increase(m_total[100s])")).isEqualTo(35);
  }

  @Test
  void doesNotExtrapolateACounterBelowZero() throws Exception {
    queries.load(10 * SECOND, "m_total _x20 1+10x3", "m _x20 1+10x3");
    assertThat(value(230 * SECOND, "increase(m_total[100s])")).isEqualTo(31, within(1e-12));
    assertThat(value(230 * SECOND, "delta(m[100s])")).isEqualTo(35);
  }

  @Test
  void addsWhatACounterHadBeforeItsResets() throws Exception {
    queries.load(10 * SECOND, "m_total 0 10 20 5 15 2 12");
    // 0→20, reset, 5→15, reset, 2→12: the increase is 12 + 20 + 15 over 60 s.
    assertThat(value(60 * SECOND, "increase(m_total[61s])")).isEqualTo(47, within(1.0));
    assertThat(value(60 * SECOND, "resets(m_total[61s])")).isEqualTo(2);
    assertThat(value(60 * SECOND, "delta(m_total[61s])")).isLessThan(13);
  }

  @Test
  void takesTheLastTwoSamplesForTheInstantRate() throws Exception {
    queries.load(10 * SECOND, "m_total 0 10 40", "r_total 0 10 4");
    assertThat(value(20 * SECOND, "irate(m_total[1m])")).isEqualTo(3);
    assertThat(value(20 * SECOND, "idelta(m_total[1m])")).isEqualTo(30);
    assertThat(value(20 * SECOND, "irate(r_total[1m])")).isEqualTo(0.4);
  }

  @Test
  void remarksOnNamesThatAreNotThoseOfCounters() throws Exception {
    queries.load(10 * SECOND, "x 0 10 40", "y_total 1 2");
    assertThat(queries.remarks(20 * SECOND, "rate(x[1m])"))
        .containsExactly(
            "PromQL info: metric might not be a counter, name does not end in"
                + " _total/_sum/_count/_bucket: \"x\" (1:6)");
    assertThat(queries.remarks(20 * SECOND, "rate(y_total[1m])")).isEmpty();
  }

  @Test
  void extrapolatesNativeHistogramsAsFloats() throws Exception {
    queries.load(
        10 * SECOND,
        "h {{schema:0 sum:2 count:4 buckets:[4]}}+{{schema:0 sum:1 count:2 buckets:[1 1]}}x30");
    assertThat(queries.at(300 * SECOND, "histogram_count(rate(h[1m]))"))
        .containsExactly("{} 0.2@300000");
    assertThat(queries.at(300 * SECOND, "histogram_fraction(1, 2, increase(h[1m]))"))
        .containsExactly("{} 0.5@300000");
    assertThat(queries.at(300 * SECOND, "histogram_sum(sum(h))")).containsExactly("{} 32.0@300000");
  }

  @Test
  void refusesTogetherWhatIsFloatsAndHistograms() throws Exception {
    queries.load(10 * SECOND, "h 1 2 {{count:1}}");
    assertThat(queries.at(20 * SECOND, "rate(h[1m])")).isEmpty();
    assertThat(queries.remarks(20 * SECOND, "rate(h[1m])"))
        .containsExactly(
            "PromQL warning: encountered a mix of histograms and floats for metric name \"h\""
                + " (1:6)");
  }

  /** Resets are found once for a series; scanning each window must give the same bits. */
  @Test
  void givesWhatAScanOfEachWindowGives() throws Exception {
    long seed = 42;
    Random random = new Random(seed);
    double[] values = new double[500];
    for (int i = 1; i < values.length; i++) {
      values[i] =
          random.nextInt(10) == 0 ? random.nextDouble() : values[i - 1] + random.nextDouble();
    }
    for (int i = 0; i < values.length; i++) {
      queries.storage.add(
          io.narthex.api.model.Labels.of("__name__", "m_total"), i * 10 * SECOND, values[i]);
    }
    for (int end = 40; end < values.length; end += 7) {
      int from = end - 29;
      double increase = values[end] - values[from];
      for (int i = from + 1; i <= end; i++) {
        increase += values[i] < values[i - 1] ? values[i - 1] : 0;
      }
      double sampled = 290;
      double start = Math.min(10, increase > 0 ? sampled * (values[from] / increase) : 10);
      double want = increase * ((sampled + start + 0) / sampled);
      String line =
          queries
              .range(end * 10 * SECOND, end * 10 * SECOND, SECOND, "increase(m_total[5m])")
              .get(0);
      assertThat(Double.parseDouble(line.replaceAll(".* (.*)@.*", "$1")))
          .as("seed %d, end %d", seed, end)
          .isEqualTo(want);
    }
    // The same in one range query, where windows slide.
    String all =
        queries.range(400 * SECOND, 4990 * SECOND, 70 * SECOND, "increase(m_total[5m])").get(0);
    String[] points = all.split(" ");
    for (int i = 1; i < points.length; i++) {
      String[] point = points[i].split("@");
      String alone = queries.at(Long.parseLong(point[1]), "increase(m_total[5m])").get(0);
      assertThat(alone).endsWith(points[i]);
    }
  }
}
