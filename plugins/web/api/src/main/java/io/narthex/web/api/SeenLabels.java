package io.narthex.web.api;

import io.narthex.api.access.Access;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * Whether things may be seen that have labels and make series of several names: targets, rules,
 * alerts. A selector that asks for certain names of metrics shows none of them.
 */
final class SeenLabels {
  private SeenLabels() {}

  static boolean shows(Access access, Labels labels) {
    return !access.isRestricted()
        || access.selectors().stream().anyMatch(selector -> shows(selector, labels));
  }

  private static boolean shows(List<Matcher> selector, Labels labels) {
    return selector.stream()
        .allMatch(matcher ->
            matcher.name().equals(LabelNames.METRIC_NAME)
                ? isAnyName(matcher)
                : matcher.matches(labels));
  }

  /** As in {@code {__name__=~".+", team!="secret"}}, which cannot do without. */
  private static boolean isAnyName(Matcher matcher) {
    return switch (matcher.type()) {
      case REGEX -> matcher.value().equals(".+") || matcher.value().equals(".*");
      case NOT_EQUAL -> matcher.value().isEmpty();
      case EQUAL, NOT_REGEX -> false;
    };
  }
}
