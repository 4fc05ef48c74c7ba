package io.narthex.query.promql.parse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The {@code offset} and {@code @} of a selector or subquery.
 *
 * @param offset how far to look back; negative looks ahead. Zero where none is written or where
 *     {@code offsetExpr} is set
 * @param offsetExpr the offset if it must be computed
 * @param at the fixed evaluation time, or null
 */
public record TimeModifier(Duration offset, @Nullable DurationExpr offsetExpr, @Nullable At at) {

  /** Neither offset nor {@code @}. */
  public static final TimeModifier NONE = new TimeModifier(Duration.ZERO, null, null);

  /** The evaluation time that {@code @} sets. */
  public sealed interface At {
    /** {@code @ 1234.5}: milliseconds since the Unix epoch. */
    record Timestamp(long millis) implements At {}

    /** {@code @ start()} and {@code @ end()}: the query's own bounds. */
    enum Bound implements At {
      START,
      END
    }
  }

  boolean hasOffset() {
    return offsetExpr != null || !offset.isZero();
  }

  TimeModifier withOffset(Duration newOffset) {
    return new TimeModifier(newOffset, offsetExpr, at);
  }

  TimeModifier withOffsetExpr(DurationExpr newOffsetExpr) {
    return new TimeModifier(offset, newOffsetExpr, at);
  }

  TimeModifier withAt(At newAt) {
    return new TimeModifier(offset, offsetExpr, newAt);
  }
}
