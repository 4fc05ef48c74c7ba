package io.narthex.query.promql.parse;

import org.jspecify.annotations.Nullable;

/**
 * A binary operation.
 *
 * @param matching how elements find their partners; null unless both sides are instant vectors
 * @param returnBool whether a comparison gives 0 or 1 rather than filtering
 */
public record BinaryExpr(
    BinaryOp op,
    Expr lhs,
    Expr rhs,
    @Nullable VectorMatching matching,
    boolean returnBool,
    PositionRange position)
    implements Expr {

  @Override
  public ValueType type() {
    // Down a chain of operators without recursion, and no farther than the last vector.
    Expr left = this;
    while (left instanceof BinaryExpr binary) {
      if (binary.rhs.type() != ValueType.SCALAR) {
        return ValueType.VECTOR;
      }
      left = binary.lhs;
    }
    return left.type() == ValueType.SCALAR ? ValueType.SCALAR : ValueType.VECTOR;
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
