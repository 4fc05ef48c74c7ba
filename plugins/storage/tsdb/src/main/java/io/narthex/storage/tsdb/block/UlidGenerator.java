package io.narthex.storage.tsdb.block;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Makes {@link Ulid}s that ascend strictly: within one millisecond, and when the clock goes back,
 * the next is the last one plus one. Safe for several threads.
 */
public final class UlidGenerator {
  private final InstantSource clock;
  private final RandomGenerator random;
  private Ulid last = new Ulid(0, 0);

  public UlidGenerator(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** The next one, of now. */
  public synchronized Ulid next() {
    long now = clock.millis();
    if (now > last.time()) {
      last = new Ulid(now << 16 | (random.nextInt() & 0xffff), random.nextLong());
    } else {
      long low = last.low() + 1;
      last = new Ulid(low == 0 ? last.high() + 1 : last.high(), low);
    }
    return last;
  }
}
