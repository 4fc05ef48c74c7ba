package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * The ability of a {@link Storage} to tell how it is set and how it fares; {@code
 * /api/v1/status/runtimeinfo} shows it.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface StorageStatus {
  /**
   * What is kept, as Prometheus writes it: {@code 15d}, {@code 10GiB}, {@code 15d or 10GiB}; empty
   * where nothing is ever dropped. Answers at once.
   */
  String retention();

  /** How many corruptions of the log were found since the start. Answers at once. */
  long corruptions();
}
