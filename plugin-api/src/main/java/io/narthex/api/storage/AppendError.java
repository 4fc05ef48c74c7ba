package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * Why a sample was not appended; the texts are Prometheus's.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public enum AppendError {
  /** Older than the series' latest sample, and no out-of-order window is configured. */
  OUT_OF_ORDER("out of order sample"),
  /** Older than the storage takes at all. */
  OUT_OF_BOUNDS("out of bounds"),
  /** Older than the out-of-order window. */
  TOO_OLD("too old sample"),
  /** The same time as an existing sample, another value. */
  DUPLICATE_TIMESTAMP("duplicate sample for timestamp"),
  /** The reference means nothing (any more): ask {@link Appender#series} again. */
  UNKNOWN_SERIES("unknown series"),
  /** An exemplar older than the latest one. */
  EXEMPLAR_OUT_OF_ORDER("out of order exemplar"),
  /** An exemplar whose labels have more than 128 characters. */
  EXEMPLAR_TOO_LONG("label length for exemplar exceeds maximum of 128 UTF-8 characters"),
  /** Exemplars are switched off or not kept by this storage. */
  EXEMPLARS_DISABLED("exemplar storage is disabled or max exemplars is less than or equal to 0"),
  /** A histogram whose parts contradict each other. */
  INVALID_HISTOGRAM("invalid histogram");

  private final String text;

  AppendError(String text) {
    this.text = text;
  }

  /** Prometheus's text. */
  public String text() {
    return text;
  }
}
