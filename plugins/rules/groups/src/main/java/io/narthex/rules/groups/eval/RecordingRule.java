package io.narthex.rules.groups.eval;

import io.narthex.api.alert.RulesView;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.rules.groups.file.RuleDefinition;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Stores the result of its expression under a name of its own. */
final class RecordingRule extends Rule {
  RecordingRule(RuleDefinition definition, WrittenSeries written) {
    super(definition, written);
  }

  @Override
  Vector evaluate(Due due, Queries queries) throws RuleFailure {
    Vector result = queries.evaluate(definition.query(), due.queryTime(), due.options());
    Vector recorded = new Vector(result.time);
    Set<Labels> seen = HashSet.newHashSet(result.size());
    Labels.Builder builder = Labels.builder();
    for (int i = 0; i < result.size(); i++) {
      builder.reset(result.labels(i)).set(LabelNames.METRIC_NAME, definition.name());
      definition.labels().forEach(builder::set);
      Labels labels = builder.build();
      if (!seen.add(labels)) {
        throw new RuleFailure(
            "vector contains metrics with the same labelset after applying rule labels");
      }
      recorded.add(labels, result, i);
    }
    if (due.limit() > 0 && recorded.size() > due.limit()) {
      throw new RuleFailure(
          "exceeded limit of " + due.limit() + " with " + recorded.size() + " series");
    }
    return recorded;
  }

  @Override
  RulesView.Rule view() {
    return view(List.of());
  }
}
