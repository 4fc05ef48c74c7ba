package io.narthex.query.promql.parse;

import org.jspecify.annotations.Nullable;

/**
 * An expression for a duration in seconds that is computed when the query's range and step are
 * known; stands in brackets and behind {@code offset}. Its leaves are {@link NumberLiteral}s and
 * the operators {@link Op#STEP} and {@link Op#RANGE}.
 *
 * @param lhs the left operand; null for unary operators and leaves
 * @param rhs the right or only operand; null for leaves
 * @param wrapped whether the expression stood in parentheses
 */
public record DurationExpr(
    Op op, @Nullable Expr lhs, @Nullable Expr rhs, boolean wrapped, PositionRange position)
    implements Expr {

  /** An operator of duration arithmetic. */
  public enum Op {
    ADD("+"),
    SUB("-"),
    MUL("*"),
    DIV("/"),
    MOD("%"),
    POW("^"),
    STEP("step"),
    RANGE("range"),
    MIN_OF("min_of"),
    MAX_OF("max_of");

    private final String text;

    Op(String text) {
      this.text = text;
    }

    /** The operator as it is written. */
    public String text() {
      return text;
    }
  }

  @Override
  public ValueType type() {
    return ValueType.SCALAR;
  }

  DurationExpr withWrapped() {
    return new DurationExpr(op, lhs, rhs, true, position);
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
