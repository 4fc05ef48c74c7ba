package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SelectorTest {
  private static final long MINUTE = 60_000;

  private final Queries queries = new Queries(Engines.standard());

  @Test
  void lookbackIsOpenAtItsOldEnd() throws Exception {
    queries.load(MINUTE, "m 1");
    assertThat(queries.at(5 * MINUTE - 1, "m")).containsExactly("m 1.0@299999");
    assertThat(queries.at(5 * MINUTE, "m")).isEmpty();
  }

  @Test
  void looksAtNothingAfterTheEvaluationTime() throws Exception {
    queries.load(MINUTE, "m _ 1");
    assertThat(queries.at(MINUTE - 1, "m")).isEmpty();
    assertThat(queries.at(MINUTE, "m")).containsExactly("m 1.0@60000");
  }

  @Test
  void endsAtAStaleMarkerAndBeginsAgainAfterIt() throws Exception {
    queries.load(MINUTE, "m 1 stale _ 4");
    assertThat(queries.range(0, 4 * MINUTE, MINUTE, "m"))
        .containsExactly("m 1.0@0 4.0@180000 4.0@240000");
  }

  @Test
  void leavesStaleMarkersOutOfRanges() throws Exception {
    queries.load(MINUTE, "m 1 stale 3");
    assertThat(queries.at(2 * MINUTE, "m[5m]")).containsExactly("m 1.0@0 3.0@120000");
    assertThat(queries.at(2 * MINUTE, "count_over_time(m[5m])")).containsExactly("{} 2.0@120000");
  }

  @Test
  void keepsNaNWhichIsNoStaleMarker() throws Exception {
    queries.load(MINUTE, "m NaN");
    assertThat(queries.at(0, "m")).containsExactly("m NaN@0");
  }

  @Test
  void rangeIsOpenAtItsOldEnd() throws Exception {
    queries.load(MINUTE, "m 1 2 3");
    assertThat(queries.at(2 * MINUTE, "m[2m]")).containsExactly("m 2.0@60000 3.0@120000");
  }

  @Test
  void returnsHistogramsBesideFloats() throws Exception {
    queries.load(MINUTE, "m 1 {{count:4 sum:2}} 3", "h {{count:7}} {{count:8 sum:-1}}");
    assertThat(queries.range(0, 2 * MINUTE, MINUTE, "m"))
        .containsExactly("m 1.0@0 3.0@120000 h4.0@60000");
    assertThat(queries.at(MINUTE, "h")).containsExactly("h h8.0@60000");
  }

  @Test
  void endsAtAStaleHistogram() throws Exception {
    queries.load(MINUTE, "h {{count:7}}");
    queries.storage.add(
        io.narthex.api.model.Labels.of("__name__", "h"),
        MINUTE,
        new io.narthex.api.model.NativeHistogram(
            false,
            io.narthex.api.model.NativeHistogram.ResetHint.UNKNOWN,
            0,
            0,
            0,
            0,
            io.narthex.api.model.StaleMarker.value(),
            java.util.List.of(),
            new double[0],
            java.util.List.of(),
            new double[0],
            new double[0]));
    assertThat(queries.at(MINUTE, "h")).isEmpty();
  }

  @Test
  void looksBackByOffsetAndFromAFixedTime() throws Exception {
    queries.load(MINUTE, "m 0+1x10");
    assertThat(queries.at(5 * MINUTE, "m offset 2m")).containsExactly("m 3.0@300000");
    assertThat(queries.at(5 * MINUTE, "m offset -2m")).containsExactly("m 7.0@300000");
    assertThat(queries.range(0, 2 * MINUTE, MINUTE, "m @ 180"))
        .containsExactly("m 3.0@0 3.0@60000 3.0@120000");
    assertThat(queries.range(MINUTE, 2 * MINUTE, MINUTE, "m @ end() - m @ start()"))
        .containsExactly("{} 1.0@60000 1.0@120000");
  }

  @Test
  void evaluatesSubqueriesAtMultiplesOfTheirStep() throws Exception {
    queries.load(10_000, "m 0+1x30");
    assertThat(queries.at(125_000, "m[1m:25s]"))
        .containsExactly("m 7.0@75000 10.0@100000 12.0@125000");
    assertThat(queries.at(125_000, "max_over_time(m[2m:])")).containsExactly("{} 12.0@125000");
  }

  @Test
  void givesNothingForAnEmptyStorage() throws Exception {
    assertThat(queries.at(0, "m")).isEmpty();
    assertThat(queries.at(0, "sum(m)")).isEmpty();
    assertThat(queries.at(0, "m + m")).isEmpty();
    assertThat(queries.at(0, "absent(m{a=\"b\"})")).containsExactly("{a=\"b\"} 1.0@0");
  }

  @Test
  void takesTimesBeforeTheEpochAndFarAhead() throws Exception {
    queries.load(MINUTE, "m 1");
    assertThat(queries.at(-MINUTE, "m")).isEmpty();
    assertThat(queries.at(-MINUTE, "m offset -1m")).containsExactly("m 1.0@-60000");
    assertThat(queries.at(Long.MAX_VALUE / 4, "vector(1)")).hasSize(1);
  }

  @Test
  void closesAllThatItOpens() throws Exception {
    queries.load(MINUTE, "m 1", "n 2");
    queries.at(0, "m + on() n or sum(m) or absent(n) or topk(scalar(m), n)");
    assertThat(queries.storage.open).isZero();
  }
}
