package io.narthex.web.api;

import io.narthex.api.model.Metadata;
import io.narthex.api.scrape.TargetsView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What targets say of metrics, by the names that their series have: what is said of a counter
 * {@code requests} is true of {@code requests_total}. Of several that tell of one name, one counts.
 */
final class MetricMetadata {
  private final Map<String, Metadata> families = new HashMap<>();
  private final Map<String, Metadata> parts = new HashMap<>();

  void add(TargetsView.FamilyMetadata family) {
    families.putIfAbsent(family.name(), family.metadata());
    for (String suffix : suffixes(family.metadata())) {
      parts.putIfAbsent(family.name() + suffix, family.metadata());
    }
  }

  private static List<String> suffixes(Metadata metadata) {
    return switch (metadata.type()) {
      case COUNTER -> List.of("_total");
      case HISTOGRAM -> List.of("_bucket", "_sum", "_count");
      case GAUGE_HISTOGRAM -> List.of("_bucket", "_gsum", "_gcount", "_sum", "_count");
      case SUMMARY -> List.of("_sum", "_count");
      case INFO -> List.of("_info");
      case GAUGE, STATESET, UNKNOWN -> List.of();
    };
  }

  /** What is known of a metric; null for nothing. */
  @Nullable Metadata find(String name) {
    Metadata family = families.get(name);
    return family == null ? parts.get(name) : family;
  }
}
