package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * How a transaction treats unusual samples.
 *
 * @param rejectOutOfOrder refuse samples that are older than the series' latest even where an
 *     out-of-order window is configured; rules do so
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record AppendOptions(boolean rejectOutOfOrder) {
  /** What ingestion uses: out-of-order samples are taken as the storage is configured. */
  public static final AppendOptions DEFAULT = new AppendOptions(false);
}
