package io.narthex.web.api;

import io.narthex.api.access.Access;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.MetricType;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.WebRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Metadata that somebody may see who sees a part of the series only: of the targets that may be
 * seen ({@link SeenTargets}) the families of which there is a series that may be seen, with all the
 * labels of the target.
 */
final class SeenMetadata {
  /** How old series may be; longer where a target is scraped less often. */
  private static final Duration RECENT = Duration.ofHours(1);

  private SeenMetadata() {}

  /**
   * The targets, of all where nothing is hidden.
   *
   * @param storage of which series are looked for
   * @param now milliseconds since the epoch
   */
  static List<TargetsView.Target> of(
      Extensions extensions, WebRequest request, SeenStorage storage, long now)
      throws ApiException, StorageException {
    List<TargetsView.Target> all =
        extensions.all(TargetsView.class).stream()
            .flatMap(view -> view.pools().stream())
            .flatMap(pool -> pool.active().stream())
            .toList();
    Access access = request.access();
    return access.isRestricted() ? of(all, access, storage.of(request), now) : all;
  }

  private static List<TargetsView.Target> of(
      List<TargetsView.Target> targets, Access access, Storage seen, long now)
      throws StorageException {
    List<TargetsView.Target> shown =
        targets.stream().filter(target -> SeenLabels.shows(access, target.labels())).toList();
    long back = RECENT.toMillis();
    for (TargetsView.Target target : shown) {
      back = Math.max(back, 2 * target.interval().toMillis());
    }
    List<TargetsView.Target> told = new ArrayList<>();
    try (Querier querier = seen.querier(now - back, now)) {
      for (TargetsView.Target target : shown) {
        if (!target.metadata().isEmpty()) {
          told.add(with(families(target, querier), target));
        }
      }
    }
    return told;
  }

  private static List<TargetsView.FamilyMetadata> families(
      TargetsView.Target target, Querier querier) throws StorageException {
    List<Matcher> matchers = new ArrayList<>();
    Labels labels = target.labels();
    for (int i = 0; i < labels.size(); i++) {
      matchers.add(Matcher.equal(labels.name(i), labels.value(i)));
    }
    Set<String> names =
        Set.copyOf(querier.labelValues(LabelNames.METRIC_NAME, 0, matchers).items());
    return target.metadata().stream()
        .filter(family ->
            suffixes(family.metadata().type()).stream()
                .anyMatch(suffix -> names.contains(family.name() + suffix)))
        .toList();
  }

  /** What stands behind the name of a family in the names of its series. */
  private static List<String> suffixes(MetricType type) {
    return switch (type) {
      case COUNTER -> List.of("", "_total");
      case HISTOGRAM -> List.of("", "_bucket", "_count", "_sum");
      case GAUGE_HISTOGRAM -> List.of("", "_bucket", "_gcount", "_gsum");
      case SUMMARY -> List.of("", "_count", "_sum");
      case INFO -> List.of("", "_info");
      case GAUGE, STATESET, UNKNOWN -> List.of("");
    };
  }

  private static TargetsView.Target with(
      List<TargetsView.FamilyMetadata> families, TargetsView.Target t) {
    return new TargetsView.Target(
        t.discoveredLabels(),
        t.labels(),
        t.scrapeUrl(),
        t.globalUrl(),
        t.lastError(),
        t.lastScrape(),
        t.lastDuration(),
        t.health(),
        t.interval(),
        t.timeout(),
        families);
  }
}
