package io.narthex.web.api;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * How much a search may find; the section {@code web_search}.
 *
 * @param maxLimit the most results that a request may ask for; 0 for any number
 */
record SearchSettings(
    @Default("10000")
        @Flag(
            value = "web.search.max-limit",
            help =
                "Maximum limit that clients may request on the search API endpoints. Requests with"
                    + " a larger limit are rejected with HTTP 400. Set to 0 to disable.",
            roles = "prometheus")
        int maxLimit) {
  static final SearchSettings DEFAULT = new SearchSettings(10_000);

  SearchSettings {
    if (maxLimit < 0) {
      throw new IllegalArgumentException(
          "max_limit of web_search out of range; got " + maxLimit + ", want 0 or more");
    }
  }
}
