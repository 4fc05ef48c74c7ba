package io.narthex.rules.groups.file;

import io.narthex.api.model.Matcher;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A rule that was found to be right. Two are equal when users have said the same.
 *
 * @param alerting whether it is an alerting rule
 * @param name of the series or the alert
 * @param query expression in canonical form, on one line
 * @param selectors of the expression
 * @param holdFor {@code for}
 * @param keepFiringFor {@code keep_firing_for}
 * @param labels those of its group among them; an empty value takes a label away; templates where
 *     it is an alerting rule
 * @param annotations templates
 */
public record RuleDefinition(
    boolean alerting,
    String name,
    String query,
    List<List<Matcher>> selectors,
    Duration holdFor,
    Duration keepFiringFor,
    SortedMap<String, String> labels,
    SortedMap<String, String> annotations) {
  public RuleDefinition {
    selectors = List.copyOf(selectors);
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
  }
}
