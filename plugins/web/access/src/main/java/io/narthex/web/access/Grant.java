package io.narthex.web.access;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.config.Help;
import java.time.Duration;
import java.util.List;

/**
 * What somebody may see.
 *
 * @param match a series is shown when it satisfies one of these
 * @param everything whether all series are shown, and with them what is for those who see
 *     everything
 * @param limits of their queries
 */
record Grant(
    @Help("Selectors; a series is shown when it satisfies one of them.") List<SeriesSelector> match,
    @Help("Whether everything is shown, and may be done.") boolean everything,
    Limits limits) {

  /**
   * What queries may cost besides the limits of the server.
   *
   * @param maxSamples 0 for the server's
   * @param timeout zero for the server's
   * @param maxConcurrency 0 for any number
   */
  record Limits(
      @Help(
              "Samples that a query may hold at a time, as --query.max-samples counts them; 0 for"
                  + " the server's limit.")
          long maxSamples,
      @Help("How long a query may take; 0s for the server's limit.") Duration timeout,
      @Help("How many queries may run at a time; 0 for any number.") int maxConcurrency) {
    Limits {
      // Refuses what is out of range.
      QueryLimits _ = new QueryLimits(maxSamples, timeout, maxConcurrency);
    }
  }

  Grant {
    match = List.copyOf(match);
    if (match.isEmpty() && !everything) {
      throw new IllegalArgumentException(
          "nothing to see; want match with a selector at least, or everything: true");
    }
    if (!match.isEmpty() && everything) {
      throw new IllegalArgumentException("got match and everything: true, want one of them");
    }
  }

  /** The same, for the server. */
  Access of(String name) {
    return new Access(
        name,
        match.stream().map(SeriesSelector::matchers).toList(),
        new QueryLimits(limits.maxSamples, limits.timeout, limits.maxConcurrency));
  }
}
