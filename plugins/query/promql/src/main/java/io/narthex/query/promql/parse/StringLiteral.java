package io.narthex.query.promql.parse;

/** A string, with its escapes resolved. */
public record StringLiteral(String value, PositionRange position) implements Expr {

  @Override
  public ValueType type() {
    return ValueType.STRING;
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
