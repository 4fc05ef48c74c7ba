package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import java.io.IOException;
import java.nio.file.Path;
import org.pf4j.ExtensionPoint;

/**
 * Makes blocks of samples of the past, without a running storage: for commands that import. A
 * plugin whose storage consists of blocks may bring one.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface BlockBackfill extends ExtensionPoint {
  /**
   * How long blocks are that compaction makes anyway.
   *
   * @param longest milliseconds that a block may span; too few for any are taken for the shortest
   * @return milliseconds, positive; blocks stand between multiples of it
   */
  long duration(long longest);

  /**
   * Begins. Writes nothing before {@link Writer#finish}, but for a temporary file where memory does
   * not do.
   *
   * @param directory in which the blocks are to stand; made when it is not there
   * @param duration of a block, as {@link #duration} gives it
   */
  Writer open(Path directory, long duration) throws IOException;

  /**
   * Takes samples and makes a block of each window that has some. Not safe for several threads.
   *
   * @since 0.1
   */
  @Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
  interface Writer extends AutoCloseable {
    /**
     * Takes floats of a series. Those that are not later than the last one that was taken of the
     * series, within a block, are left out.
     *
     * @param labels at least one
     * @param samples of the kind {@code FLOAT}; not kept
     * @return how many were left out
     */
    long add(Labels labels, SampleBatch samples) throws IOException;

    /** Writes the blocks; nothing may be added any more. */
    void finish() throws IOException;

    /** Removes what is not needed any more; without {@link #finish}, nothing is left. */
    @Override
    void close() throws IOException;
  }
}
