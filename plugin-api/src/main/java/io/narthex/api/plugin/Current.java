package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.Optional;

/**
 * The one thing of a kind that is in use now: the selected storage, the selected query engine. Ask
 * each time rather than keeping the result: its plugin may be replaced.
 *
 * @param <T> {@link io.narthex.api.storage.Storage} or {@link io.narthex.api.query.QueryEngine}
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Current<T> {
  /** It, or empty when there is none (yet). */
  Optional<T> find();

  /**
   * It.
   *
   * @throws IllegalStateException when there is none, with a message for users
   */
  default T get() {
    return find().orElseThrow(() -> new IllegalStateException("there is none"));
  }

  /** One that is {@code value} for good, for commands and tests. */
  static <T> Current<T> of(T value) {
    return () -> Optional.of(value);
  }
}
