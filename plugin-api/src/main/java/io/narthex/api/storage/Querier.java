package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * Reads within the time range that it was made for. Safe for several threads; close it when all
 * series sets made from it are closed.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Querier extends AutoCloseable {
  /**
   * Finds the series which satisfy all matchers. Series without samples in the range may or may not
   * be among them.
   *
   * @param request what is wanted
   * @param matchers at least one
   * @throws StorageException when reading fails, or a limit of the storage is reached
   */
  SeriesSet select(SelectRequest request, List<Matcher> matchers) throws StorageException;

  /**
   * The values of a label among the series that satisfy all matchers, sorted in code point order,
   * without duplicates.
   *
   * @param limit the most to return, 0 for all; a cut list carries a warning
   * @param matchers none for all series
   */
  LabelResult labelValues(String name, int limit, List<Matcher> matchers) throws StorageException;

  /** The label names, otherwise as {@link #labelValues}. */
  LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException;

  @Override
  void close();
}
