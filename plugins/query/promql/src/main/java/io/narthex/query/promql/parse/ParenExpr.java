package io.narthex.query.promql.parse;

/** An expression in parentheses. */
public record ParenExpr(Expr expr, PositionRange position) implements Expr {

  @Override
  public ValueType type() {
    return expr.type();
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
