package io.narthex.ingest.otlp;

/** The value of a data point of a gauge or sum; a mutable buffer. */
final class NumberPoint {
  boolean isInteger;
  long integer;
  double floating;

  void clear() {
    isInteger = false;
    integer = 0;
    floating = 0;
  }

  double value() {
    return isInteger ? integer : floating;
  }
}
