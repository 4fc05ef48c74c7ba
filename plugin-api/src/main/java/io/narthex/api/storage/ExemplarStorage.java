package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * The ability of a {@link Storage} to give exemplars back.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ExemplarStorage {
  /**
   * Finds exemplars.
   *
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, inclusive
   * @param selectors a series is wanted when all matchers of one of these lists are satisfied
   * @return in the order of the series' labels, each with its exemplars in ascending order of time
   */
  List<SeriesExemplars> exemplars(long minTime, long maxTime, List<List<Matcher>> selectors)
      throws StorageException;

  /**
   * The exemplars of a series.
   *
   * @param series its labels
   * @param exemplars in ascending order of time
   * @since 0.1
   */
  record SeriesExemplars(Labels series, List<Exemplar> exemplars) {
    public SeriesExemplars {
      exemplars = List.copyOf(exemplars);
    }
  }
}
