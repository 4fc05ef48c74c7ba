package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Numbers the groups of an aggregation in the order in which they are first met. */
final class Groups {
  private final boolean without;
  private final Set<String> names;
  private final Map<Labels, Integer> ids = new HashMap<>();

  Groups(List<String> grouping, boolean without) {
    this.without = without;
    names = new HashSet<>(grouping);
    if (without) {
      names.add(LabelNames.METRIC_NAME);
    }
  }

  /** The labels of a series' group. */
  Labels labels(Labels series) {
    if (without) {
      return series.without(names);
    }
    return names.isEmpty() ? Labels.empty() : series.retain(names);
  }

  /** The number of the group; a group that is not known yet gets the next one. */
  int id(Labels group) {
    int fresh = ids.size();
    Integer known = ids.putIfAbsent(group, fresh);
    return known == null ? fresh : known;
  }

  int size() {
    return ids.size();
  }
}
