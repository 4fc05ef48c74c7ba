package io.narthex.query.promql.parse;

/**
 * A number, or a duration in the place of a number.
 *
 * @param value the number; of a duration the seconds
 * @param duration whether it was written as a duration
 */
public record NumberLiteral(double value, boolean duration, PositionRange position)
    implements Expr {

  @Override
  public ValueType type() {
    return ValueType.SCALAR;
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
