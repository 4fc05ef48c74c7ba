package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateLimits;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.Values;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an expansion has left of its limits. */
final class Budget {
  private static final int CHECK_EVERY = 1 << 10;

  /** Characters that functions read and make between two looks at the time. */
  private static final int CHECK_CHARACTERS = 1 << 16;

  /** What values of the engine take for each element, in characters. */
  private static final int ELEMENT = 8;

  /** What a value takes that holds others, and that nobody knows when it is let go of. */
  private static final int HOLDER = 64;

  private static final int LEAST_TEXTS = 1 << 20;

  /** A function whose time depends on more than the length of its arguments. */
  interface Timed extends Body {
    @Nullable Object call(@Nullable Object[] arguments, Budget budget) throws GoError;

    @Override
    default @Nullable Object call(@Nullable Object[] arguments) {
      throw new IllegalStateException("the executor gives the budget");
    }

    @Override
    default boolean isLong() {
      return true;
    }
  }

  /** A function that makes a value of its arguments that holds them. */
  @FunctionalInterface
  interface Holding extends Body {}

  private final TemplateLimits limits;
  private final long started = System.nanoTime();
  private final long nanos;
  private final long most;
  private long steps;
  private long unchecked;

  /** Characters of texts that statements made that are not at their end. */
  private long made;

  /** Characters of texts that variables hold, and values that hold others. */
  private long held;

  Budget(TemplateLimits limits) {
    this.limits = limits;
    Duration time = limits.time();
    this.nanos = time.getSeconds() > 1_000_000_000 ? Long.MAX_VALUE : time.toNanos();
    this.most = Math.max(4L * limits.output(), LEAST_TEXTS);
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
    return steps % CHECK_EVERY == 0 ? late() : null;
  }

  private @Nullable String late() {
    if (Thread.currentThread().isInterrupted()) {
      return "interrupted";
    }
    return System.nanoTime() - started > nanos ? "longer than " + limits.time() : null;
  }

  /** Looks at the time. */
  void check() throws GoError {
    unchecked = 0;
    String exhausted = late();
    if (exhausted != null) {
      throw new GoError(exhausted);
    }
  }

  /** Calls a function, and counts what it reads and makes. */
  @Nullable Object call(Body body, @Nullable Object[] arguments) throws GoError {
    Object result =
        body instanceof Timed timed ? timed.call(arguments, this) : body.call(arguments);
    return counted(body, arguments, result);
  }

  /** Counts what a function read and made. */
  @Nullable Object counted(Body body, @Nullable Object[] arguments, @Nullable Object result)
      throws GoError {
    long read = 0;
    for (Object argument : arguments) {
      read += size(argument);
    }
    long size = size(result);
    if (size > limits.output() && Values.plain(result) instanceof String) {
      throw new GoError("text of more than " + limits.output() + " characters");
    }
    made += size;
    if (body instanceof Holding) {
      held += HOLDER + read;
    }
    if (made + held > most) {
      throw new GoError("texts and lists of more than " + most + " characters at once");
    }
    unchecked += read + size;
    if (body.isLong() || unchecked > CHECK_CHARACTERS) {
      check();
    }
    return result;
  }

  /** What a value takes, in characters. */
  static long size(@Nullable Object value) {
    if (value instanceof String text) {
      return text.length();
    }
    if (value instanceof GoMap map) {
      return (long) ELEMENT * map.size();
    }
    if (value instanceof GoSlice slice) {
      return (long) ELEMENT * slice.size();
    }
    if (value instanceof Scalar scalar) {
      return scalar.value() instanceof String text ? text.length() : 0;
    }
    return value instanceof Boxed box ? size(box.value()) : 0;
  }

  /** What statements have made that are not at their end. */
  long made() {
    return made;
  }

  /** Lets go of what was made since. */
  void release(long before) {
    made = before;
  }

  /** Counts what a variable holds from now on. */
  void hold(long more) {
    held += more;
  }
}
