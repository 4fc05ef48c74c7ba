package io.narthex.rules.groups.eval;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Time as groups need it; tests have one of their own. */
public interface Ticks {
  /** The wall clock, in nanoseconds since the epoch. */
  long wallNanos();

  /** A clock that only goes forward, in nanoseconds since some time. */
  long nanos();

  /**
   * Waits until {@link #nanos} has reached a value, or until woken up by {@link LockSupport#unpark}
   * with the condition true, or until interrupted.
   */
  void waitUntil(long nanos, BooleanSupplier wake);

  /** The real time. */
  static Ticks of(Clock clock) {
    return new Ticks() {
      @Override
      public long wallNanos() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public void waitUntil(long nanos, BooleanSupplier wake) {
        long rest = nanos - System.nanoTime();
        while (rest > 0 && !wake.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
          LockSupport.parkNanos(this, rest);
          rest = nanos - System.nanoTime();
        }
      }
    };
  }

  /** Nanoseconds since the epoch as an instant. */
  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
