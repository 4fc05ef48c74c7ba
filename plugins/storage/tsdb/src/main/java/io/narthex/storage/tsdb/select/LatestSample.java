package io.narthex.storage.tsdb.select;

/** Takes the latest sample of a series from a part that knows it. Reusable. */
public final class LatestSample {
  /** In milliseconds. */
  public long time;

  public double value;

  /** Start timestamp in milliseconds, 0 if unknown. */
  public long start;
}
