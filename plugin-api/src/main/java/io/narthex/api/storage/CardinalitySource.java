package io.narthex.api.storage;

import io.narthex.api.Api;
import java.util.List;

/**
 * The ability of a {@link Storage} to tell what its series are made of; {@code /api/v1/status/tsdb}
 * shows it.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface CardinalitySource {
  /**
   * Counts.
   *
   * @param limit the most entries of each list
   */
  Cardinality cardinality(int limit) throws StorageException;

  /**
   * What the recent series are made of.
   *
   * @param series number of series
   * @param chunks number of chunks
   * @param labelPairs number of distinct pairs
   * @param minTime milliseconds
   * @param maxTime milliseconds
   * @param seriesByMetricName most series first
   * @param valuesByLabelName most values first
   * @param memoryByLabelName most bytes first
   * @param seriesByLabelPair {@code name=value}, most series first
   * @since 0.1
   */
  record Cardinality(
      long series,
      long chunks,
      long labelPairs,
      long minTime,
      long maxTime,
      List<Count> seriesByMetricName,
      List<Count> valuesByLabelName,
      List<Count> memoryByLabelName,
      List<Count> seriesByLabelPair) {
    public Cardinality {
      seriesByMetricName = List.copyOf(seriesByMetricName);
      valuesByLabelName = List.copyOf(valuesByLabelName);
      memoryByLabelName = List.copyOf(memoryByLabelName);
      seriesByLabelPair = List.copyOf(seriesByLabelPair);
    }
  }

  /**
   * A counted name.
   *
   * @param name what is counted
   * @param value how many, or bytes
   * @since 0.1
   */
  record Count(String name, long value) {}
}
