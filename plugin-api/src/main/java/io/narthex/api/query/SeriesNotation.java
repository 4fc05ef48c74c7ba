package io.narthex.api.query;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.SampleReader;

/**
 * The notation in which tests of expressions and rules write series down: {@code up{job="node"} 1
 * 0+1x10 _ stale {{schema:1 count:3 sum:7 buckets:[1 2]}}x3}. Behind the name stands an item for
 * one step or several: a number, {@code _} for nothing, {@code stale}, a histogram, and {@code
 * axN}, {@code a+bxN}, {@code a-bxN}, {@code _xN} for repetitions. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface SeriesNotation {
  /**
   * Reads the name of a series.
   *
   * @param text a metric, labels in braces, or both; empty for no labels
   * @throws QueryException of kind {@code BAD_DATA}; the message is {@code line:column: parse
   *     error: ...}
   */
  Labels metric(String text) throws QueryException;

  /**
   * Reads a series: a name as {@link #metric} has it, and values.
   *
   * @throws QueryException as {@link #metric}
   */
  Series series(String text) throws QueryException;

  /**
   * A histogram in this notation, with its braces and its hint of counter resets. Two have one text
   * if they differ in nothing but which of their empty buckets are named.
   */
  String text(NativeHistogram histogram);

  /**
   * A series that was read. Takes memory for its text, not for its samples, as long as they are
   * floats. Immutable.
   *
   * @since 0.1
   */
  @Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
  interface Series {
    /** Its labels; may be none. */
    Labels labels();

    /** The number of steps. */
    long size();

    /**
     * Its samples, one for each step but where there is nothing.
     *
     * @param start time of the first step, milliseconds since the epoch
     * @param step milliseconds from one to the next
     * @return a new reader; does not fail
     */
    SampleReader samples(long start, long step);
  }
}
