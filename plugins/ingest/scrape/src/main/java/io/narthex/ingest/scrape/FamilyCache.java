package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.scrape.TargetsView.FamilyMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The metadata of the families that one target exposed in its last ten scrapes. Safe for several
 * threads.
 */
final class FamilyCache {
  private static final int KEEP = 10;
  private static final Metadata NOTHING = new Metadata(MetricType.UNKNOWN, "", "");

  private static final class Entry {
    Metadata metadata = NOTHING;
    int seen;
  }

  private final Map<String, Entry> entries = new HashMap<>();
  private int scrape;

  /** Notes what a scrape exposed. */
  synchronized void update(List<Family> families) {
    scrape++;
    for (Family family : families) {
      Entry entry = entries.computeIfAbsent(family.name(), name -> new Entry());
      entry.seen = scrape;
      Metadata known = entry.metadata;
      MetricType type = Objects.requireNonNullElse(family.type(), known.type());
      String help = Objects.requireNonNullElse(family.help(), known.help());
      String unit = Objects.requireNonNullElse(family.unit(), known.unit());
      if (type != known.type() || !help.equals(known.help()) || !unit.equals(known.unit())) {
        entry.metadata = new Metadata(type, help, unit);
      }
    }
    if (entries.size() > families.size()) {
      entries.values().removeIf(entry -> scrape - entry.seen > KEEP);
    }
  }

  /** All families, sorted by name. */
  synchronized List<FamilyMetadata> list() {
    return entries.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> new FamilyMetadata(e.getKey(), e.getValue().metadata))
        .toList();
  }

  synchronized int size() {
    return entries.size();
  }

  /** How many bytes the texts take. */
  synchronized long bytes() {
    long bytes = 0;
    for (Entry e : entries.values()) {
      bytes +=
          e.metadata.help().length()
              + e.metadata.unit().length()
              + e.metadata.type().text().length();
    }
    return bytes;
  }
}
