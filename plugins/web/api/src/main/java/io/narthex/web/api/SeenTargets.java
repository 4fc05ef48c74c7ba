package io.narthex.web.api;

import io.narthex.api.access.Access;
import io.narthex.api.scrape.TargetsView;
import java.util.List;

/** What somebody may see of targets who sees a part of the series only: those of seen labels. */
final class SeenTargets {
  /**
   * How reasons begin that are none of what a target exposes: those quote it, and it may be of
   * hidden series.
   */
  private static final List<String> KNOWN_REASONS =
      List.of(
          "Get \"",
          "server returned HTTP status ",
          "context deadline exceeded",
          "body size limit exceeded",
          "sample limit exceeded");

  private SeenTargets() {}

  /**
   * The pools with those targets that may be seen, without others; pools without any are left out.
   */
  static List<TargetsView.Pool> of(List<TargetsView.Pool> pools, Access access) {
    if (!access.isRestricted()) {
      return pools;
    }
    return pools.stream()
        .map(pool -> seen(pool, access))
        .filter(pool -> !pool.active().isEmpty())
        .toList();
  }

  /**
   * Which targets were dropped, and why discovery fails, is told of what has no labels yet that an
   * access could be asked about.
   */
  private static TargetsView.Pool seen(TargetsView.Pool pool, Access access) {
    return new TargetsView.Pool(
        pool.name(),
        pool.active().stream()
            .filter(target -> SeenLabels.shows(access, target.labels()))
            .map(SeenTargets::withoutQuotations)
            .toList(),
        List.of(),
        0,
        List.of());
  }

  private static TargetsView.Target withoutQuotations(TargetsView.Target t) {
    String error = t.lastError();
    if (error.isEmpty() || KNOWN_REASONS.stream().anyMatch(error::startsWith)) {
      return t;
    }
    return new TargetsView.Target(
        t.discoveredLabels(),
        t.labels(),
        t.scrapeUrl(),
        t.globalUrl(),
        "the scrape has failed; those who see all series are told why",
        t.lastScrape(),
        t.lastDuration(),
        t.health(),
        t.interval(),
        t.timeout(),
        t.metadata());
  }
}
