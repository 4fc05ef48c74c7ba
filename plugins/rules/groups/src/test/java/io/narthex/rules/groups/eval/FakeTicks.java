package io.narthex.rules.groups.eval;

import io.narthex.api.service.Ticks;
import java.util.function.BooleanSupplier;

/** Time that passes only by waiting, and as a test says. */
public final class FakeTicks implements Ticks {
  private long nanos;
  private long wall;

  /** Called when somebody waits. */
  public Runnable onWait = () -> {};

  public FakeTicks(long wallMillis) {
    wall = wallMillis * 1_000_000;
  }

  public void pass(long n) {
    nanos += n;
    wall += n;
  }

  /** Sets the wall clock alone. */
  public void setWall(long nanosSinceEpoch) {
    wall = nanosSinceEpoch;
  }

  /** Passes until a time, if that is not over. */
  public void reach(long wallNanos) {
    pass(Math.max(0, wallNanos - wall));
  }

  @Override
  public long wallNanos() {
    return wall;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void waitUntil(long until, BooleanSupplier wake) {
    onWait.run();
    if (!wake.getAsBoolean() && until > nanos) {
      pass(until - nanos);
    }
  }
}
