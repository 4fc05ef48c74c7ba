package io.narthex.query.promql.parse;

import java.util.ArrayList;
import java.util.List;

/**
 * A node of a PromQL syntax tree. Immutable; {@code toString} gives the canonical text, which
 * parses to an equal tree but for positions.
 */
public sealed interface Expr
    permits AggregateExpr,
        BinaryExpr,
        Call,
        DurationExpr,
        MatrixSelector,
        NumberLiteral,
        ParenExpr,
        StringLiteral,
        SubqueryExpr,
        UnaryExpr,
        VectorSelector {

  /** The type of the value of this expression. */
  ValueType type();

  /** Where the expression stands in the query. */
  PositionRange position();

  /**
   * The direct subexpressions in the order in which Prometheus walks them: an aggregation's vector
   * before its parameter, a range selector's vector selector. Duration expressions of modifiers and
   * brackets are not children.
   */
  default List<Expr> children() {
    return switch (this) {
      case AggregateExpr e -> {
        List<Expr> children = new ArrayList<>(2);
        children.add(e.expr());
        if (e.param() != null) {
          children.add(e.param());
        }
        yield List.copyOf(children);
      }
      case BinaryExpr e -> List.of(e.lhs(), e.rhs());
      case Call e -> e.args();
      case MatrixSelector e -> List.of(e.selector());
      case ParenExpr e -> List.of(e.expr());
      case SubqueryExpr e -> List.of(e.expr());
      case UnaryExpr e -> List.of(e.expr());
      case DurationExpr _, NumberLiteral _, StringLiteral _, VectorSelector _ -> List.of();
    };
  }
}
