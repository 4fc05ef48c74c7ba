package io.narthex.query.promql;

import io.narthex.query.promql.parse.AggregateOp;
import io.narthex.query.promql.parse.BinaryOp;
import io.narthex.query.promql.parse.FunctionSignature;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.StandardFunctions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What of the language is switched on, by the names that Prometheus 3.14 has for it. */
final class LanguageFeatures {
  private LanguageFeatures() {}

  /**
   * By group and name.
   *
   * @param features the feature flags that are given
   */
  static Map<String, Map<String, Boolean>> of(Set<String> features) {
    ParserOptions options = ParserOptions.of(features);
    Map<String, Boolean> language = new TreeMap<>();
    for (String always :
        List.of(
            "at_modifier",
            "bool",
            "by",
            "group_left",
            "group_right",
            "ignoring",
            "negative_offset",
            "offset",
            "on",
            "per_query_lookback_delta",
            "subqueries",
            "without")) {
      language.put(always, true);
    }
    language.put("anchored", options.extendedRangeSelectors());
    language.put("smoothed", options.extendedRangeSelectors());
    language.put("duration_expr", options.durationExpressions());
    language.put("fill", options.fillModifiers());
    language.put("fill_left", options.fillModifiers());
    language.put("fill_right", options.fillModifiers());
    language.put("delayed_name_removal", features.contains("promql-delayed-name-removal"));
    language.put("per_step_stats", features.contains("promql-per-step-stats"));
    language.put("type_and_unit_labels", features.contains("type-and-unit-labels"));
    Map<String, Boolean> functions = new TreeMap<>();
    for (FunctionSignature function : new StandardFunctions().all()) {
      functions.put(function.name(), !function.experimental() || options.experimentalFunctions());
    }
    Map<String, Boolean> operators = new TreeMap<>();
    for (String always : List.of("=~", "!~", "@")) {
      operators.put(always, true);
    }
    for (BinaryOp operator : BinaryOp.values()) {
      operators.put(operator.text(), true);
    }
    for (AggregateOp operator : AggregateOp.values()) {
      operators.put(operator.text(), !operator.experimental() || options.experimentalFunctions());
    }
    return Map.of("promql", language, "promql_functions", functions, "promql_operators", operators);
  }
}
