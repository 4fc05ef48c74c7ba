package io.narthex.query.promql.function;

import java.time.LocalDate;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Parts of dates in UTC; values are seconds since the epoch. */
final class CalendarFunctions {
  private static final long DAY = 86_400;

  private CalendarFunctions() {}

  static void register(Map<String, PointFunction> functions) {
    date(functions, "day_of_month", LocalDate::getDayOfMonth);
    date(functions, "day_of_week", day -> day.getDayOfWeek().getValue() % 7);
    date(functions, "day_of_year", LocalDate::getDayOfYear);
    date(functions, "days_in_month", LocalDate::lengthOfMonth);
    date(functions, "month", LocalDate::getMonthValue);
    date(functions, "year", LocalDate::getYear);
    functions.put("hour", (c, _) -> ofDay(c.values, 3600, 24));
    functions.put("minute", (c, _) -> ofDay(c.values, 60, 60));
  }

  private static void ofDay(double[] v, long unit, long modulus) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.floorMod(Math.floorDiv((long) v[i], unit), modulus);
    }
  }

  private static void date(
      Map<String, PointFunction> functions, String name, ToIntFunction<LocalDate> part) {
    functions.put(
        name,
        (c, _) -> {
          double[] v = c.values;
          for (int i = 0; i < v.length; i++) {
            long day = Math.floorDiv((long) v[i], DAY);
            long bounded = Math.clamp(day, LocalDate.MIN.toEpochDay(), LocalDate.MAX.toEpochDay());
            v[i] = part.applyAsInt(LocalDate.ofEpochDay(bounded));
          }
        });
  }
}
