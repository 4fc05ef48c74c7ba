package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Matcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

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

  /**
   * As {@link #labelValues(String, int, List)}, of values that pass a test. A storage of its own
   * asks while it reads and holds only those that pass: who searches millions of values takes notes
   * in the test and lets none pass.
   *
   * @param limit the most to return, 0 for all
   * @param test asked on the caller's thread; in any order, and maybe more than once for a value.
   *     What it throws ends the search and reaches the caller
   */
  default LabelResult labelValues(
      String name, int limit, List<Matcher> matchers, Predicate<String> test)
      throws StorageException {
    LabelResult all = labelValues(name, 0, matchers);
    List<String> passed = new ArrayList<>();
    for (String value : all.items()) {
      if (test.test(value)) {
        passed.add(value);
        if (limit > 0 && passed.size() > limit) {
          break;
        }
      }
    }
    if (limit <= 0 || passed.size() <= limit) {
      return new LabelResult(passed, all.annotations());
    }
    List<Annotation> annotations = new ArrayList<>(all.annotations());
    annotations.add(Annotation.warning("results truncated due to limit"));
    return new LabelResult(passed.subList(0, limit), annotations);
  }

  /** The label names, otherwise as {@link #labelValues(String, int, List)}. */
  LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException;

  @Override
  void close();
}
