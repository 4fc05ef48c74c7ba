package io.narthex.api.access;

import io.narthex.api.Api;
import io.narthex.api.config.Durations;
import java.time.Duration;

/**
 * What queries of one user may cost, besides the limits of the engine.
 *
 * @param maxSamples samples that a query may hold at a time, as {@code --query.max-samples} counts
 *     them; 0 for the engine's limit
 * @param timeout of a query; zero for the engine's
 * @param maxConcurrency queries at a time; 0 for any number
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record QueryLimits(long maxSamples, Duration timeout, int maxConcurrency) {
  /** Only the limits of the engine. */
  public static final QueryLimits NONE = new QueryLimits(0, Duration.ZERO, 0);

  public QueryLimits {
    if (maxSamples < 0 || maxConcurrency < 0 || timeout.isNegative()) {
      throw new IllegalArgumentException(
          "query limits out of range: got max_samples "
              + maxSamples
              + ", timeout "
              + (timeout.isNegative() ? timeout : Durations.format(timeout))
              + ", max_concurrency "
              + maxConcurrency
              + ", want 0 or more");
    }
  }
}
