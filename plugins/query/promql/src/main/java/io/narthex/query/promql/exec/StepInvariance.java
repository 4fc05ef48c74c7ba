package io.narthex.query.promql.exec;

import io.narthex.query.promql.parse.AggregateExpr;
import io.narthex.query.promql.parse.BinaryExpr;
import io.narthex.query.promql.parse.Call;
import io.narthex.query.promql.parse.DurationExpr;
import io.narthex.query.promql.parse.Expr;
import io.narthex.query.promql.parse.MatrixSelector;
import io.narthex.query.promql.parse.NumberLiteral;
import io.narthex.query.promql.parse.ParenExpr;
import io.narthex.query.promql.parse.StringLiteral;
import io.narthex.query.promql.parse.SubqueryExpr;
import io.narthex.query.promql.parse.UnaryExpr;
import io.narthex.query.promql.parse.VectorSelector;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/** Finds expressions that have the same value at all times, and so need be evaluated only once. */
final class StepInvariance {
  /** Functions that look at the evaluation time itself. */
  private static final Set<String> TIME_DEPENDENT =
      Set.of(
          "day_of_month",
          "day_of_week",
          "day_of_year",
          "days_in_month",
          "hour",
          "minute",
          "month",
          "predict_linear",
          "time",
          "timestamp",
          "year");

  /** What was found, so that each node is looked at once, however deep the tree. */
  private final Map<Expr, Boolean> known = new IdentityHashMap<>();

  /** Whether all selectors of the expression are fixed by {@code @}. */
  boolean holds(Expr expr) {
    Boolean found = known.get(expr);
    if (found == null) {
      found = find(expr);
      known.put(expr, found);
    }
    return found;
  }

  private boolean find(Expr expr) {
    return switch (expr) {
      case VectorSelector e -> e.time().at() != null;
      case MatrixSelector e -> e.selector().time().at() != null;
      case SubqueryExpr e -> e.time().at() != null;
      case Call e -> !TIME_DEPENDENT.contains(e.function().name()) && allHold(e);
      case AggregateExpr _,
          BinaryExpr _,
          DurationExpr _,
          NumberLiteral _,
          ParenExpr _,
          StringLiteral _,
          UnaryExpr _ ->
          allHold(expr);
    };
  }

  private boolean allHold(Expr expr) {
    for (Expr child : expr.children()) {
      if (!holds(child)) {
        return false;
      }
    }
    return true;
  }
}
