package io.narthex.api.query;

import io.narthex.api.Api;
import java.util.Objects;

/**
 * A query at {@code start}, {@code start + step}, ... up to {@code end}.
 *
 * @param query the expression
 * @param start milliseconds since the epoch, inclusive
 * @param end milliseconds since the epoch, inclusive, ≥ {@code start}
 * @param step milliseconds, positive
 * @param options limits and extras
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record RangeQuery(String query, long start, long end, long step, QueryOptions options) {
  public RangeQuery {
    Objects.requireNonNull(query);
    Objects.requireNonNull(options);
    if (step <= 0) {
      throw new IllegalArgumentException(
          "zero or negative query resolution step widths are not accepted");
    }
    if (end < start) {
      throw new IllegalArgumentException("end timestamp must not be before start time");
    }
  }
}
