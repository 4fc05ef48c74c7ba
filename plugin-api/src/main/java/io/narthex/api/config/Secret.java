package io.narthex.api.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.Api;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value that never shows: it prints, and is written to any page, as {@code <secret>}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Secret {
  private final String value;

  private Secret(String value) {
    this.value = Objects.requireNonNull(value);
  }

  /** Wraps a value. */
  @JsonCreator
  public static Secret of(String value) {
    return new Secret(value);
  }

  /** The value itself. Call it where it is used, and hand the result to nothing that logs. */
  public String reveal() {
    return value;
  }

  public boolean isEmpty() {
    return value.isEmpty();
  }

  /** Equality in a time that does not tell where the first difference is. */
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Secret s
        && MessageDigest.isEqual(
            value.getBytes(StandardCharsets.UTF_8), s.value.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public int hashCode() {
    return Secret.class.hashCode();
  }

  /** {@code <secret>}, or nothing when the value is empty, as Prometheus prints it. */
  @Override
  @JsonValue
  public String toString() {
    return value.isEmpty() ? "" : "<secret>";
  }
}
