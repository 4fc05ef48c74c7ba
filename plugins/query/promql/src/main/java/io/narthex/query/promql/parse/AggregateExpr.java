package io.narthex.query.promql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An aggregation over the elements of an instant vector.
 *
 * @param op the aggregation
 * @param expr the vector that is aggregated
 * @param param the parameter, exactly where {@link AggregateOp#hasParam()}
 * @param grouping the labels of {@code by} or {@code without}, in the order written; may repeat
 * @param without whether {@code grouping} names the labels to drop rather than those to keep
 */
public record AggregateExpr(
    AggregateOp op,
    Expr expr,
    @Nullable Expr param,
    List<String> grouping,
    boolean without,
    PositionRange position)
    implements Expr {

  public AggregateExpr {
    grouping = List.copyOf(grouping);
  }

  @Override
  public ValueType type() {
    return ValueType.VECTOR;
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
