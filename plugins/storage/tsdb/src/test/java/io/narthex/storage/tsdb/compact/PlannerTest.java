package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.storage.tsdb.compact.Planner.Candidate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private final Planner planner = new Planner(new long[] {20, 60, 180, 540, 1620});

  @Test
  void lengthsOfBlocksGrowThreefoldUpToTheMaximum() {
    assertThat(Planner.ranges(20, 600)).containsExactly(20, 60, 180, 540);
    assertThat(Planner.ranges(20, 20)).containsExactly(20);
    assertThat(Planner.ranges(20, 1)).containsExactly(20);
    assertThat(Planner.ranges(1, Long.MAX_VALUE)).hasSize(10).endsWith(19683);
  }

  @Test
  void leavesAloneWhatCannotBeJoined() {
    assertPlan("");
    assertPlan("", block("1", 0, 20));
    assertPlan("", block("1", 0, 20), block("2", 20, 40));
  }

  @Test
  void doesNotCountTheFreshestBlock() {
    assertPlan("", block("1", 0, 20), block("2", 20, 40), block("3", 40, 60));
    assertPlan(
        "1 2 3", block("1", 0, 20), block("2", 20, 40), block("3", 40, 60), block("4", 60, 80));
  }

  @Test
  void joinsAcrossAGapOnceNothingCanComeIntoIt() {
    assertPlan("", block("1", 0, 20), block("2", 20, 40), block("3", 60, 80));
    assertPlan(
        "1 2", block("1", 0, 20), block("2", 20, 40), block("3", 60, 80), block("4", 80, 100));
  }

  @Test
  void joinsTheLowestLevelFirst() {
    assertPlan(
        "1 2 3",
        block("1", 0, 20),
        block("2", 20, 40),
        block("3", 40, 60),
        block("4", 60, 120),
        block("5", 120, 180));
  }

  @Test
  void leavesOverlappingBlocksToOthersWhenTold() {
    List<Candidate<String>> blocks = new ArrayList<>();
    blocks.add(block("1", 0, 20));
    blocks.add(block("2", 19, 40));
    blocks.add(block("3", 40, 60));
    assertThat(planner.plan(new ArrayList<>(blocks), true)).containsExactly("1", "2");
    assertThat(planner.plan(new ArrayList<>(blocks), false)).isEmpty();
  }

  @Test
  void takesBlocksInTheOrderOfTheirTimes() {
    assertPlan(
        "2 4 6",
        block("2", 20, 40),
        block("4", 60, 120),
        block("5", 960, 980),
        block("6", 120, 180),
        block("7", 720, 960));
    assertPlan(
        "7 8",
        block("5", 0, 360),
        block("6", 540, 560),
        block("7", 360, 420),
        block("8", 420, 540));
  }

  @Test
  void rewritesALongBlockWithManyTombstonesUnlessItIsTheFreshest() {
    assertPlan("", block("1", 0, 540, 10, 3));
    assertPlan("1", block("1", 0, 540, 10, 3), block("2", 540, 560));
    assertPlan("", block("1", 0, 60, 10, 3), block("2", 60, 80));
    assertPlan("", block("1", 0, 540, 0, 0), block("2", 540, 560));
    assertPlan("", block("1", 0, 540, 100, 5), block("2", 540, 560));
    assertPlan("1", block("1", 0, 540, 100, 6), block("2", 540, 560));
  }

  @Test
  void rewritesAShortBlockOfWhichAllSeriesAreDeleted() {
    assertPlan("1", block("1", 0, 60, 10, 10), block("2", 60, 80));
    assertPlan("1", block("1", 0, 60, 0, 1), block("2", 60, 80));
  }

  @Test
  void joinsOverlappingBlocksBeforeAnythingElse() {
    assertPlan("1 2", block("1", 0, 20), block("2", 19, 40), block("3", 40, 60));
    assertPlan("2 3", block("1", 0, 20), block("2", 20, 40), block("3", 30, 50));
    assertPlan("1 2 3", block("1", 0, 20), block("2", 10, 40), block("3", 30, 50));
    assertPlan(
        "5 6 7 8",
        block("5", 0, 360),
        block("6", 340, 560),
        block("7", 360, 420),
        block("8", 420, 540));
    assertPlan("1 2", block("1", 0, 10), block("2", 9, 20), block("3", 30, 40), block("4", 39, 50));
  }

  @Test
  void doesNotTakeARangeInWhichACompactionFailed() {
    assertPlan("", block("1", 0, 20), failed("2", 20, 40), block("3", 40, 60), block("4", 60, 80));
    assertPlan("", block("1", 0, 20), failed("2", 20, 40), block("3", 60, 80), block("4", 80, 100));
    assertThat(
            new Planner(new long[] {20, 60, 240, 720, 2160})
                .plan(
                    List.of(
                        block("1", 0, 20),
                        failed("2", 20, 40),
                        block("3", 40, 60),
                        block("4", 60, 120),
                        block("5", 120, 180),
                        block("6", 180, 200))))
        .isEmpty();
  }

  @Test
  void goesOnWithOthersWhenOverlappingBlocksFailed() {
    assertPlan("", block("1", 0, 20), failed("2", 19, 40), block("3", 40, 60));
    assertPlan(
        "3 4", block("1", 0, 10), failed("2", 9, 20), block("3", 30, 40), block("4", 39, 50));
  }

  @Test
  void neverMixesBlocksOfStaleSeriesWithOthers() {
    assertPlan(
        "1 2 3",
        block("1", 0, 20),
        stale("stale", 0, 20),
        block("2", 20, 40),
        block("3", 40, 60),
        block("fresh", 60, 80));
    assertPlan(
        "s1 s2 s3",
        stale("s1", 0, 20),
        stale("s2", 20, 40),
        stale("s3", 40, 60),
        stale("s4", 60, 80));
    assertPlan(
        "s1 s2 s3",
        block("1", 0, 20),
        stale("s1", 0, 20),
        stale("s2", 20, 40),
        stale("s3", 40, 60),
        stale("s4", 60, 80));
  }

  @Test
  void oneRangeMeansNoLevels() {
    assertThat(new Planner(new long[] {50}).plan(List.of(block("1", 0, 100), block("2", 101, 200))))
        .isEmpty();
  }

  @Test
  void groupsByAlignedRanges() {
    assertSplit(60, "[0-10]", 0, 10);
    assertSplit(60, "[0-60]", 0, 60);
    assertSplit(60, "[0-10, 9-15, 30-60]", 0, 10, 9, 15, 30, 60);
    assertSplit(60, "[70-90][125-130, 130-180][1000-1001]", 70, 90, 125, 130, 130, 180, 1000, 1001);
  }

  @Test
  void leavesOutBlocksThatCrossTheBordersOfRanges() {
    assertSplit(60, "[70-80]", 50, 70, 70, 80);
    assertSplit(72, "[144-216][216-288]", 0, 144, 144, 216, 216, 288);
  }

  @Test
  void groupsTimesBeforeTheEpoch() {
    assertSplit(60, "[-10--5]", -10, -5);
    assertSplit(60, "[-60--50, -10--5]", -60, -50, -10, -5);
    assertSplit(60, "[-60--50, -10--5][0-15]", -60, -50, -10, -5, 0, 15);
  }

  @SafeVarargs
  private void assertPlan(String expected, Candidate<String>... blocks) {
    List<Candidate<String>> list = new ArrayList<>();
    for (Candidate<String> block : blocks) {
      list.add(block);
    }
    assertThat(String.join(" ", planner.plan(list))).isEqualTo(expected);
  }

  private static void assertSplit(long range, String expected, long... edges) {
    List<Candidate<String>> blocks = new ArrayList<>();
    for (int i = 0; i < edges.length; i += 2) {
      blocks.add(block(edges[i] + "-" + edges[i + 1], edges[i], edges[i + 1]));
    }
    StringBuilder got = new StringBuilder();
    for (List<Candidate<String>> group : Planner.split(blocks, range)) {
      got.append(group.stream().map(Candidate::id).toList());
    }
    assertThat(got.toString()).isEqualTo(expected);
  }

  private static Candidate<String> block(String id, long minTime, long maxTime) {
    return block(id, minTime, maxTime, 0, 0);
  }

  private static Candidate<String> block(
      String id, long minTime, long maxTime, long series, long tombstones) {
    return new Candidate<>(id, minTime, maxTime, false, false, series, tombstones);
  }

  private static Candidate<String> failed(String id, long minTime, long maxTime) {
    return new Candidate<>(id, minTime, maxTime, true, false, 0, 0);
  }

  private static Candidate<String> stale(String id, long minTime, long maxTime) {
    return new Candidate<>(id, minTime, maxTime, false, true, 0, 0);
  }
}
