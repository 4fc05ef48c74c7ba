package io.narthex.kernel.web;

import java.util.function.LongSupplier;

/** A token bucket: full at first, one token more in each interval. */
final class RateLimiter {
  private final long intervalNanos;
  private final long capacityNanos;
  private final LongSupplier nanoTime;
  private long filledNanos;
  private long lookedAt;

  RateLimiter(WebFile.RateLimit limit, LongSupplier nanoTime) {
    this.intervalNanos = limit.interval().toNanos();
    this.capacityNanos = Math.multiplyExact(intervalNanos, (long) limit.burst());
    this.nanoTime = nanoTime;
    this.filledNanos = capacityNanos;
    this.lookedAt = nanoTime.getAsLong();
  }

  /** Takes a token if there is one. */
  synchronized boolean admits() {
    if (intervalNanos == 0) {
      return true;
    }
    long now = nanoTime.getAsLong();
    filledNanos = Math.min(capacityNanos, filledNanos + Math.max(0, now - lookedAt));
    lookedAt = now;
    if (filledNanos < intervalNanos) {
      return false;
    }
    filledNanos -= intervalNanos;
    return true;
  }
}
