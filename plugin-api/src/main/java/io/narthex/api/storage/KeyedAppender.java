package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * The ability of an {@link Appender} to find a series by the bytes of its labels, without strings
 * and without garbage when the series is known.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface KeyedAppender extends Appender {
  /**
   * The reference of a series, as {@link Appender#series(io.narthex.api.model.Labels)} gives it for
   * the same labels.
   *
   * @param key belongs to the caller, who may change it on return; only read. UTF-8
   * @throws StorageException when there are no labels or a limit is reached
   */
  long series(SeriesKey key) throws StorageException;

  /** Asks any appender, by way of strings where it does not take bytes. */
  static long series(Appender appender, SeriesKey key) throws StorageException {
    return appender instanceof KeyedAppender keyed
        ? keyed.series(key)
        : appender.series(key.toLabels());
  }
}
