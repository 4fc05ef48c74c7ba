package io.narthex.rules.groups.eval;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Matcher;
import io.narthex.rules.groups.file.RuleDefinition;
import java.util.ArrayList;
import java.util.List;

/**
 * Which rules of a group must wait for which: a rule that reads what an earlier one writes, and one
 * that writes what an earlier one reads or writes. All others may be evaluated beside each other,
 * and all read and write what they would one after the other.
 *
 * <p>Prometheus looks at what is read alone, and by names of metrics: there a rule may see what a
 * later one has written in the same evaluation.
 *
 * @param followers for each rule the later ones that must wait for it
 * @param awaited for each rule how many it must wait for
 */
record Dependencies(List<List<Integer>> followers, int[] awaited) {
  static Dependencies of(List<RuleDefinition> rules) {
    List<List<Integer>> followers = new ArrayList<>();
    int[] awaited = new int[rules.size()];
    for (int i = 0; i < rules.size(); i++) {
      List<Integer> own = new ArrayList<>();
      for (int j = i + 1; j < rules.size(); j++) {
        RuleDefinition first = rules.get(i);
        RuleDefinition second = rules.get(j);
        if (reads(second, first) || reads(first, second) || writeAlike(first, second)) {
          own.add(j);
          awaited[j]++;
        }
      }
      followers.add(List.copyOf(own));
    }
    return new Dependencies(List.copyOf(followers), awaited);
  }

  /** Whether no rule need wait for another. */
  boolean isEmpty() {
    return followers.stream().allMatch(List::isEmpty);
  }

  private static boolean writeAlike(RuleDefinition first, RuleDefinition second) {
    return first.alerting() == second.alerting() && first.name().equals(second.name());
  }

  /** Whether a rule may read series of another. */
  private static boolean reads(RuleDefinition reader, RuleDefinition writer) {
    return hasQuery(reader)
        || reader.selectors().stream().anyMatch(matchers -> mayMatch(matchers, writer));
  }

  /** Templates may ask for anything. */
  private static boolean hasQuery(RuleDefinition rule) {
    return rule.alerting()
        && (rule.labels().values().stream().anyMatch(Dependencies::asks)
            || rule.annotations().values().stream().anyMatch(Dependencies::asks));
  }

  private static boolean asks(String text) {
    return text.contains("{{") && text.contains("query");
  }

  private static boolean mayMatch(List<Matcher> matchers, RuleDefinition writer) {
    return writer.alerting()
        ? mayMatch(matchers, ActiveAlert.SERIES, writer)
            || mayMatch(matchers, ActiveAlert.FOR_STATE_SERIES, writer)
        : mayMatch(matchers, writer.name(), writer);
  }

  private static boolean mayMatch(List<Matcher> matchers, String metric, RuleDefinition writer) {
    for (Matcher matcher : matchers) {
      String name = matcher.name();
      if (name.equals(LabelNames.METRIC_NAME)) {
        if (!matcher.matches(metric)) {
          return false;
        }
      } else if (writer.alerting() && name.equals(ActiveAlert.ALERT_NAME)) {
        if (!matcher.matches(writer.name())) {
          return false;
        }
      } else if (!writer.alerting() && writer.labels().containsKey(name)) {
        if (!matcher.matches(writer.labels().get(name))) {
          return false;
        }
      }
    }
    return true;
  }
}
