package io.narthex.storage.tsdb.compact;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses which blocks are compacted next, as Prometheus 3.14 does ({@code tsdb/compact.go}): first
 * blocks that overlap; then neighbours that fill, or can no longer fill, an aligned range of the
 * next level; then single blocks with many tombstones. Immutable.
 *
 * <p>The freshest block (with the greatest first time) is left alone unless it overlaps another, so
 * that data can be restored beside it. Blocks of stale series and others never go into one, since
 * the hint in {@code meta.json} would be lost and the log be cut at their end.
 */
final class Planner {
  /** The share of a block's series with a tombstone above which it is rewritten. */
  private static final double MANY_TOMBSTONES = 0.05;

  private final long[] ranges;

  /**
   * Makes a planner.
   *
   * @param ranges lengths of blocks in milliseconds, ascending, at least one; see {@link #ranges}
   */
  Planner(long[] ranges) {
    if (ranges.length == 0) {
      throw new IllegalArgumentException("cannot plan compactions: got no range, want at least 1");
    }
    this.ranges = ranges.clone();
  }

  /**
   * The lengths of blocks: the shortest, and three times the one before up to {@code max}, at most
   * ten.
   *
   * @param min milliseconds, above 0
   * @param max milliseconds; at least {@code min} is used
   */
  static long[] ranges(long min, long max) {
    long[] out = new long[10];
    int n = 0;
    for (long range = min; n < out.length && (n == 0 || range <= max); range *= 3) {
      out[n++] = range;
      if (range > Long.MAX_VALUE / 3) {
        break;
      }
    }
    return java.util.Arrays.copyOf(out, n);
  }

  /**
   * A block as the planner sees it.
   *
   * @param id what the caller knows it by
   * @param minTime first millisecond
   * @param maxTime end, exclusive
   * @param failed whether compacting it has failed before
   * @param stale whether it was made of stale series only
   * @param series number of series
   * @param tombstones number of deleted ranges
   */
  record Candidate<T>(
      T id,
      long minTime,
      long maxTime,
      boolean failed,
      boolean stale,
      long series,
      long tombstones) {}

  /**
   * The blocks to be made into one, oldest first; empty when there is nothing to do.
   *
   * @param blocks all blocks, in any order
   */
  <T> List<T> plan(List<Candidate<T>> blocks) {
    return plan(blocks, true);
  }

  /**
   * The same.
   *
   * @param vertical whether blocks that overlap are merged
   */
  <T> List<T> plan(List<Candidate<T>> blocks, boolean vertical) {
    List<Candidate<T>> stale = new ArrayList<>();
    List<Candidate<T>> others = new ArrayList<>();
    for (Candidate<T> block : blocks) {
      (block.stale() ? stale : others).add(block);
    }
    List<Candidate<T>> chosen = planAlike(others, vertical);
    if (chosen.isEmpty()) {
      chosen = planAlike(stale, vertical);
    }
    return chosen.stream().map(Candidate::id).toList();
  }

  private <T> List<Candidate<T>> planAlike(List<Candidate<T>> blocks, boolean vertical) {
    if (blocks.isEmpty()) {
      return List.of();
    }
    blocks.sort(Comparator.comparingLong(Candidate::minTime));
    List<Candidate<T>> chosen = vertical ? overlapping(blocks) : List.of();
    if (!chosen.isEmpty()) {
      return chosen;
    }
    List<Candidate<T>> settled = blocks.subList(0, blocks.size() - 1);
    chosen = filling(settled);
    return chosen.isEmpty() ? deleted(settled) : chosen;
  }

  /**
   * The first run of blocks of which each overlaps one before it. Not one with a block that failed
   * before: upstream takes it again and again, and gets to nothing else.
   */
  static <T> List<Candidate<T>> overlapping(List<Candidate<T>> sorted) {
    for (int from = 0; from < sorted.size(); ) {
      long end = sorted.get(from).maxTime();
      int to = from + 1;
      while (to < sorted.size() && sorted.get(to).minTime() < end) {
        end = Math.max(end, sorted.get(to++).maxTime());
      }
      List<Candidate<T>> run = sorted.subList(from, to);
      if (run.size() > 1 && run.stream().noneMatch(Candidate::failed)) {
        return run;
      }
      from = to;
    }
    return List.of();
  }

  /** Two or more blocks in one aligned range that is full, or that no new block will come into. */
  private <T> List<Candidate<T>> filling(List<Candidate<T>> sorted) {
    if (sorted.isEmpty()) {
      return List.of();
    }
    long newest = sorted.getLast().minTime();
    for (int level = 1; level < ranges.length; level++) {
      for (List<Candidate<T>> group : split(sorted, ranges[level])) {
        long min = group.getFirst().minTime();
        long max = group.getLast().maxTime();
        if (group.size() > 1
            && (max - min == ranges[level] || max <= newest)
            && group.stream().noneMatch(Candidate::failed)) {
          return group;
        }
      }
    }
    return List.of();
  }

  /**
   * Groups blocks by aligned ranges. Those that are longer than the range or cross its border are
   * left out.
   */
  static <T> List<List<Candidate<T>>> split(List<Candidate<T>> sorted, long range) {
    List<List<Candidate<T>>> out = new ArrayList<>();
    for (int i = 0; i < sorted.size(); ) {
      long end = Math.floorDiv(sorted.get(i).minTime(), range) * range + range;
      if (sorted.get(i).maxTime() > end) {
        i++;
        continue;
      }
      List<Candidate<T>> group = new ArrayList<>();
      while (i < sorted.size() && sorted.get(i).maxTime() <= end) {
        group.add(sorted.get(i++));
      }
      out.add(group);
    }
    return out;
  }

  /** One long block with many tombstones, or a shorter one of which nothing is left. */
  private <T> List<Candidate<T>> deleted(List<Candidate<T>> sorted) {
    for (int i = sorted.size() - 1; i >= 0; i--) {
      Candidate<T> block = sorted.get(i);
      if (block.maxTime() - block.minTime() < ranges[ranges.length / 2]) {
        return !block.failed() && block.tombstones() > 0 && block.tombstones() >= block.series()
            ? List.of(block)
            : List.of();
      }
      if (!block.failed() && (double) block.tombstones() / (block.series() + 1) > MANY_TOMBSTONES) {
        return List.of(block);
      }
    }
    return List.of();
  }
}
