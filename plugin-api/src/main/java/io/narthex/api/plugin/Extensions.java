package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.List;
import java.util.Optional;

/**
 * The extensions of all started plugins. Ask each time: plugins come and go, and an extension that
 * is kept keeps its plugin in memory. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Extensions {
  /** All extensions of a type, in the order in which their plugins were started. */
  <T> List<T> all(Class<T> type);

  /** The first extension of a type. */
  default <T> Optional<T> first(Class<T> type) {
    List<T> found = all(type);
    return found.isEmpty() ? Optional.empty() : Optional.of(found.get(0));
  }

  /**
   * Has {@code listener} called, on a thread of the kernel, each time plugins were started or
   * stopped.
   *
   * @return closes the subscription; the kernel does so when the subscriber's plugin is stopped
   */
  AutoCloseable onChange(Runnable listener);
}
