package io.narthex.rules.groups.unittest;

import io.narthex.api.service.Ticks;
import java.util.function.BooleanSupplier;

/** The time of a test, which passes when the test says so. Used by one thread. */
final class Watch implements Ticks {
  private long nanos;

  /** Goes to a time, in nanoseconds since the epoch. */
  void set(long to) {
    nanos = to;
  }

  @Override
  public long wallNanos() {
    return nanos;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void waitUntil(long until, BooleanSupplier wake) {
    throw new UnsupportedOperationException("nothing waits in a test");
  }
}
