package io.narthex.api.query;

import io.narthex.api.Api;
import java.util.Objects;

/**
 * A query at one time.
 *
 * @param query the expression
 * @param time milliseconds since the epoch
 * @param options limits and extras
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record InstantQuery(String query, long time, QueryOptions options) {
  public InstantQuery {
    Objects.requireNonNull(query);
    Objects.requireNonNull(options);
  }
}
