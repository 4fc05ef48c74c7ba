package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * The ability of a {@link Storage} to tell how far it is with reading its log back; {@code
 * /api/v1/status/walreplay} shows it while the storage starts, and afterwards.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ReplayProgress {
  /** How far it is. Answers at once, before and during {@link Storage#start} too. */
  Progress replay();

  /**
   * Numbers of segments; all 0 before the log was looked at, and where there was nothing to read.
   *
   * @param first the first segment that is read
   * @param last the last one
   * @param current the one that is being read, {@code last} at the end
   * @since 0.1
   */
  record Progress(int first, int last, int current) {
    /** Nothing was read. */
    public static final Progress NONE = new Progress(0, 0, 0);
  }
}
