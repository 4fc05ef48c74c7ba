package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.SampleBatch;

/**
 * Reads the samples of one series, batch by batch. Belongs to one thread.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface SampleReader {
  /**
   * Replaces the content of {@code batch} by the next samples, at most as many as its capacity, at
   * least one unless the end is reached. All are of one kind: where a series switches between
   * floats and histograms, a new batch begins.
   *
   * @return the number of samples, 0 at the end
   * @throws StorageException when reading fails
   */
  int read(SampleBatch batch) throws StorageException;
}
