package io.narthex.rules.groups.file;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A group that was found to be right. Two are equal when users have said the same.
 *
 * @param file it stands in
 * @param name unique in the file
 * @param interval of evaluation, positive
 * @param queryOffset empty for the global one
 * @param limit series or alerts of a rule at most; 0 or less for any number
 * @param rules in order
 */
public record GroupDefinition(
    String file,
    String name,
    Duration interval,
    Optional<Duration> queryOffset,
    int limit,
    List<RuleDefinition> rules) {
  public GroupDefinition {
    rules = List.copyOf(rules);
  }

  /** What it is known by among all groups: names need not be unique across files. */
  public String key() {
    return file + ";" + name;
  }
}
