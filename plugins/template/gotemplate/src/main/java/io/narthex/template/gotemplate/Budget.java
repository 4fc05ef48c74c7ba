package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateLimits;
import io.narthex.template.gotemplate.value.GoError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an expansion has left of its limits. */
final class Budget {
  private static final int CHECK_EVERY = 1 << 10;

  private final TemplateLimits limits;
  private final long started = System.nanoTime();
  private final long nanos;
  private long steps;

  Budget(TemplateLimits limits) {
    this.limits = limits;
    Duration time = limits.time();
    this.nanos = time.getSeconds() > 1_000_000_000 ? Long.MAX_VALUE : time.toNanos();
  }

  int output() {
    return limits.output();
  }

  /** Counts a step; tells what is exhausted, or null. */
  @Nullable String step() {
    steps++;
    if (steps > limits.steps()) {
      return "more than " + limits.steps() + " steps";
    }
    if (steps % CHECK_EVERY == 0) {
      if (Thread.currentThread().isInterrupted()) {
        return "interrupted";
      }
      if (System.nanoTime() - started > nanos) {
        return "longer than " + limits.time();
      }
    }
    return null;
  }

  /** What a function gave, when it is no longer than a text may be. */
  @Nullable Object checked(@Nullable Object result) throws GoError {
    if (result instanceof String text && text.length() > limits.output()) {
      throw new GoError("text of more than " + limits.output() + " characters");
    }
    return result;
  }
}
