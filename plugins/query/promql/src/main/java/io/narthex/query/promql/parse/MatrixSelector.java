package io.narthex.query.promql.parse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A selection of series with all samples of a range.
 *
 * @param selector the series; carries offset and {@code @} too
 * @param range the length of the range, open at its old end and closed at its new end; zero where
 *     {@code rangeExpr} is set
 * @param rangeExpr the range if it must be computed
 */
public record MatrixSelector(
    VectorSelector selector,
    Duration range,
    @Nullable DurationExpr rangeExpr,
    PositionRange position)
    implements Expr {

  @Override
  public ValueType type() {
    return ValueType.MATRIX;
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
