package io.narthex.api.model;

import io.narthex.api.Api;
import java.util.Objects;

/**
 * A remark that accompanies a result without making it a failure.
 *
 * @param kind which of the two lists of the HTTP API it belongs to
 * @param message the whole text, as users see it; a position in the query stands at its end, {@code
 *     (1:5)}
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record Annotation(Kind kind, String message) {
  /** The list it belongs to. */
  public enum Kind {
    /** Something may be wrong with the result. */
    WARNING,
    /** The query may not mean what was wanted. */
    INFO
  }

  public Annotation {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(message);
  }

  public static Annotation warning(String message) {
    return new Annotation(Kind.WARNING, message);
  }

  public static Annotation info(String message) {
    return new Annotation(Kind.INFO, message);
  }
}
