package io.narthex.storage.tsdb.command;

/** What a family's type means for the values of its labels. */
enum MetricMode {
  /** Nothing. */
  OTHER,
  /** {@code quantile} is a number, and written in one form. */
  SUMMARY,
  /** {@code le} is a number, and written in one form. */
  HISTOGRAM
}
