package io.narthex.api.storage;

import io.narthex.api.Api;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A storage that cannot do what was asked. The message says what, where and why, and is shown to
 * users.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class StorageException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it is, for those who must react to it. */
  public enum Kind {
    /** Not opened yet, or still replaying. */
    NOT_READY,
    /** Closed, or going to be. */
    CLOSED,
    /** The caller's fault: bad labels, bad range. */
    BAD_REQUEST,
    /** A limit that someone has set. */
    LIMIT,
    /** What is on disk is damaged. */
    CORRUPTION,
    /** Reading or writing failed. */
    IO
  }

  private final Kind kind;

  public StorageException(Kind kind, String message) {
    this(kind, message, null);
  }

  public StorageException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind);
  }

  public Kind kind() {
    return kind;
  }
}
