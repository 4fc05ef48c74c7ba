package io.narthex.query.promql.parse;

/**
 * A sign before an expression that is not a number literal.
 *
 * @param negative whether the sign is minus
 */
public record UnaryExpr(boolean negative, Expr expr, PositionRange position) implements Expr {

  @Override
  public ValueType type() {
    return expr.type();
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
