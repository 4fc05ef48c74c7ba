package io.narthex.api.query;

import io.narthex.api.Api;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A query that has no result. The message is what users see, in Prometheus's words.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class QueryException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is; the HTTP API has an {@code errorType} for each. */
  public enum Kind {
    /** The expression or a parameter is wrong. */
    BAD_DATA,
    /** Evaluation failed, or a limit was reached. */
    EXECUTION,
    /** It took too long. */
    TIMEOUT,
    /** It was cancelled. */
    CANCELED,
    /** Storage failed. */
    INTERNAL
  }

  private final Kind kind;

  public QueryException(Kind kind, String message) {
    this(kind, message, null);
  }

  public QueryException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind);
  }

  public Kind kind() {
    return kind;
  }
}
