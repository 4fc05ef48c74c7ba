package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/**
 * What a plugin can do, by the names under which clients ask for it at {@code /api/v1/features}.
 * Extensions are asked, and so are the storage and the query engine in use where they are one. Safe
 * for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface FeaturesView extends ExtensionPoint {
  /**
   * By group ({@code promql}, {@code tsdb}, {@code scrape}) and name, in snake case, whether it is
   * switched on at this moment. A name that is missing is unknown here, one that is {@code false}
   * could be switched on. Of several that tell of one name, {@code true} counts.
   */
  Map<String, Map<String, Boolean>> features();
}
