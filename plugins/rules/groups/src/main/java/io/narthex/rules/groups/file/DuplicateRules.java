package io.narthex.rules.groups.file;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Rules that record the same, which {@code --lint} finds. */
public final class DuplicateRules {
  private record Key(String name, SortedMap<String, String> labels) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byName = name.compareTo(other.name);
      return byName != 0 ? byName : text().compareTo(other.text());
    }

    /** Orders labels one after the other: U+0000 is before all that stands in them. */
    private String text() {
      StringBuilder out = new StringBuilder();
      labels.forEach((label, value) -> out.append(label).append('\0').append(value).append('\0'));
      return out.toString();
    }
  }

  private DuplicateRules() {}

  /**
   * What is said of rules with a name and labels that another one has, by name and labels; empty
   * when none has.
   */
  public static Optional<String> find(List<GroupDefinition> groups) {
    Map<Key, Integer> counts = new LinkedHashMap<>();
    for (GroupDefinition group : groups) {
      for (RuleDefinition rule : group.rules()) {
        counts.merge(new Key(rule.name(), rule.labels()), 1, Integer::sum);
      }
    }
    List<Key> twice = new ArrayList<>();
    counts.forEach((key, count) -> {
      if (count > 1) {
        twice.add(key);
      }
    });
    if (twice.isEmpty()) {
      return Optional.empty();
    }
    Collections.sort(twice);
    StringBuilder out = new StringBuilder();
    out.append(twice.size()).append(" duplicate rule(s) found.\n");
    for (Key key : twice) {
      out.append("Metric: ").append(key.name()).append("\nLabel(s):\n");
      key.labels()
          .forEach((name, value) ->
              out.append('\t').append(name).append(": ").append(value).append('\n'));
    }
    return Optional.of(
        out.append("Might cause inconsistency while recording expressions").toString());
  }
}
