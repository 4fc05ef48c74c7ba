package io.narthex.api.service;

import io.narthex.api.Api;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Time for what works at intervals: a wall clock for timestamps, one that only goes forward for
 * waiting, so that neither is taken for the other; tests have one of their own. Safe for any number
 * of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
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
