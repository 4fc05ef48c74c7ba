package io.narthex.query.promql.parse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The values of an instant vector expression over a range.
 *
 * @param range the length of the range; zero where {@code rangeExpr} is set
 * @param step the distance of the evaluations; zero means the engine's default, unless {@code
 *     stepExpr} is set
 */
public record SubqueryExpr(
    Expr expr,
    Duration range,
    @Nullable DurationExpr rangeExpr,
    Duration step,
    @Nullable DurationExpr stepExpr,
    TimeModifier time,
    PositionRange position)
    implements Expr {

  @Override
  public ValueType type() {
    return ValueType.MATRIX;
  }

  SubqueryExpr withTime(TimeModifier newTime, PositionRange newPosition) {
    return new SubqueryExpr(expr, range, rangeExpr, step, stepExpr, newTime, newPosition);
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
