package io.narthex.query.promql.parse;

import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * A selection of series, giving their newest sample within the lookback period.
 *
 * @param name the metric name if written before the braces, otherwise empty
 * @param matchers all conditions, including the one for {@code name}, which is then the last
 * @param time offset and {@code @}; those written behind a range stand here too
 * @param mode how samples at the bounds of a range are taken
 * @param mayMatchAll whether the rule that one matcher must not match the empty string is waived,
 *     as for the second argument of {@code info}
 */
public record VectorSelector(
    String name,
    List<Matcher> matchers,
    TimeModifier time,
    Mode mode,
    boolean mayMatchAll,
    PositionRange position)
    implements Expr {

  /** How a range selector treats its bounds. */
  public enum Mode {
    PLAIN,
    /** Values at the bounds are taken from the last sample before. */
    ANCHORED,
    /** Values at the bounds are interpolated. */
    SMOOTHED
  }

  public VectorSelector {
    matchers = List.copyOf(matchers);
  }

  @Override
  public ValueType type() {
    return ValueType.VECTOR;
  }

  VectorSelector withTime(TimeModifier newTime) {
    return new VectorSelector(name, matchers, newTime, mode, mayMatchAll, position);
  }

  VectorSelector withMode(Mode newMode) {
    return new VectorSelector(name, matchers, time, newMode, mayMatchAll, position);
  }

  VectorSelector withPosition(PositionRange newPosition) {
    return new VectorSelector(name, matchers, time, mode, mayMatchAll, newPosition);
  }

  VectorSelector allowedToMatchAll() {
    return new VectorSelector(name, matchers, time, mode, true, position);
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
