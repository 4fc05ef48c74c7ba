package io.narthex.query.promql.function;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The built-in functions that are kernels; those that change labels or order are operators. */
public final class Functions {
  private final Map<String, PointFunction> points = new HashMap<>();
  private final Map<String, RangeFunction> ranges = new HashMap<>();

  public Functions() {
    MathFunctions.register(points);
    TrigonometricFunctions.register(points);
    CalendarFunctions.register(points);
    RateFunctions.register(ranges);
    OverTimeFunctions.register(ranges);
    RegressionFunctions.register(ranges);
  }

  /** The function on points of this name, or null. */
  public @Nullable PointFunction point(String name) {
    return points.get(name);
  }

  /** The function on windows of this name, or null. */
  public @Nullable RangeFunction range(String name) {
    return ranges.get(name);
  }
}
