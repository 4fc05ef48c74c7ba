package io.narthex.query.promql.column;

/**
 * The times at which an expression is evaluated: {@code start}, {@code start + step}, ...
 *
 * @param start milliseconds since the epoch
 * @param step milliseconds; any number where {@code count} is 1
 * @param count the number of times, ≥ 0
 */
public record Timeline(long start, long step, int count) {
  /** A single time. */
  public static Timeline at(long time) {
    return new Timeline(time, 1, 1);
  }

  /** The time at position {@code i}. */
  public long time(int i) {
    return start + i * step;
  }

  /** The last time; the start where there is none. */
  public long end() {
    return start + Math.max(0, count - 1) * step;
  }

  /** Only the first time. */
  public Timeline first() {
    return at(start);
  }
}
