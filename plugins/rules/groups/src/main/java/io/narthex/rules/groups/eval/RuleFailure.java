package io.narthex.rules.groups.eval;

import org.jspecify.annotations.Nullable;

/** A rule that has no result. The message is what users see, in Prometheus's words. */
final class RuleFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** Whether somebody wanted it to end. */
  private final boolean canceled;

  RuleFailure(String message) {
    this(message, false, null);
  }

  RuleFailure(String message, boolean canceled, @Nullable Throwable cause) {
    super(message, cause);
    this.canceled = canceled;
  }

  boolean canceled() {
    return canceled;
  }
}
