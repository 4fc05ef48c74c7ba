package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.query.promql.parse.VectorMatching;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Numbers the match groups of a binary operation: inner loops see ids, not labels. */
final class MatchGroups {
  private final boolean on;
  private final List<String> kept;
  private final Set<String> dropped;
  private final Map<Labels, Integer> ids = new HashMap<>();

  MatchGroups(VectorMatching matching) {
    on = matching.on();
    kept = matching.labels();
    dropped = new HashSet<>(matching.labels());
    dropped.add(LabelNames.METRIC_NAME);
  }

  /** The labels that a series is matched by. */
  Labels signature(Labels labels) {
    return on ? labels.retain(kept) : labels.without(dropped);
  }

  /** The group of each series; groups that are not known yet get the next number. */
  int[] add(SeriesTable table) {
    int[] groups = new int[table.size()];
    for (int i = 0; i < groups.length; i++) {
      int fresh = ids.size();
      Integer known = ids.putIfAbsent(signature(table.labels(i)), fresh);
      groups[i] = known == null ? fresh : known;
    }
    return groups;
  }

  /** The group of each series, -1 where it is not known. */
  int[] find(SeriesTable table) {
    int[] groups = new int[table.size()];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = ids.getOrDefault(signature(table.labels(i)), -1);
    }
    return groups;
  }

  int size() {
    return ids.size();
  }
}
