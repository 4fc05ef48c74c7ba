package io.narthex.template.gotemplate.value;

import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.zone.ZoneRulesProvider;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Go's time.Time and time.Duration, with the methods that templates use. */
public final class GoTime {
  private static final GoType TIME = GoType.of("time.Time");
  private static final GoType DURATION = GoType.of("time.Duration");
  private static final String STRING = "2006-01-02 15:04:05.999999999 -0700 MST";
  private static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

  private GoTime() {}

  public static Struct of(ZonedDateTime time) {
    return new Struct(TIME, Values.NO_FIELDS, new TimeMethods(time));
  }

  /** The time of a value that is one; null for others. */
  public static @Nullable ZonedDateTime time(@Nullable Object value) {
    return Values.methods(Values.unbox(value)) instanceof TimeMethods m ? m.time() : null;
  }

  /** As time.Time prints itself. */
  public static String text(ZonedDateTime time) {
    return format(time, STRING);
  }

  public static Scalar duration(Duration duration) {
    long nanos;
    try {
      nanos = duration.toNanos();
    } catch (ArithmeticException e) {
      nanos = duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return duration(nanos);
  }

  public static Scalar duration(long nanos) {
    return new Scalar(DURATION, nanos, new DurationMethods(nanos));
  }

  private static Function function(String signature, Body body) {
    return new Function(GoType.of(signature), body);
  }

  private static Object argument(@Nullable Object[] arguments) throws GoError {
    Object value = arguments.length == 0 ? null : Values.unbox(arguments[0]);
    if (value == null) {
      throw new GoError("reflect: Call using zero Value argument");
    }
    return value;
  }

  private record TimeMethods(ZonedDateTime time) implements Methods {
    @Override
    public String text() {
      return format(time, STRING);
    }

    @Override
    public @Nullable Function method(String name) {
      return switch (name) {
        case "String" -> function("func() string", a -> text());
        case "Format" -> function("func(string) string", a -> format(time, (String) argument(a)));
        case "Unix" -> function("func() int64", a -> int64(time.toEpochSecond()));
        case "UnixMilli" -> function("func() int64", a -> int64(time.toInstant().toEpochMilli()));
        case "UnixMicro" ->
            function(
                "func() int64",
                a -> int64(time.toEpochSecond() * 1_000_000 + time.getNano() / 1000));
        case "UnixNano" ->
            function(
                "func() int64", a -> int64(time.toEpochSecond() * 1_000_000_000 + time.getNano()));
        case "UTC" ->
            function("func() time.Time", a -> of(time.withZoneSameInstant(ZoneOffset.UTC)));
        case "Local" ->
            function("func() time.Time", a -> of(time.withZoneSameInstant(ZoneId.systemDefault())));
        case "IsZero" -> function("func() bool", a -> time.toInstant().equals(ZERO));
        case "Year" -> function("func() int", a -> (long) time.getYear());
        case "Month" ->
            function(
                "func() time.Month",
                a ->
                    named(
                        "time.Month",
                        time.getMonthValue(),
                        time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH)));
        case "Weekday" ->
            function(
                "func() time.Weekday",
                a ->
                    named(
                        "time.Weekday",
                        time.getDayOfWeek().getValue() % 7,
                        time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH)));
        case "Day" -> function("func() int", a -> (long) time.getDayOfMonth());
        case "YearDay" -> function("func() int", a -> (long) time.getDayOfYear());
        case "Hour" -> function("func() int", a -> (long) time.getHour());
        case "Minute" -> function("func() int", a -> (long) time.getMinute());
        case "Second" -> function("func() int", a -> (long) time.getSecond());
        case "Nanosecond" -> function("func() int", a -> (long) time.getNano());
        case "Add" ->
            function(
                "func(time.Duration) time.Time",
                a -> of(time.plusNanos(((Scalar) argument(a)).value() instanceof Long l ? l : 0)));
        case "AddDate" ->
            function(
                "func(int, int, int) time.Time",
                a ->
                    of(
                        time.plusYears((Long) argument(a))
                            .plusMonths(a[1] instanceof Long l ? l : 0)
                            .plusDays(a[2] instanceof Long l ? l : 0)));
        case "Sub" ->
            function(
                "func(time.Time) time.Duration", a -> duration(Duration.between(other(a), time)));
        case "After" -> function("func(time.Time) bool", a -> time.isAfter(other(a)));
        case "Before" -> function("func(time.Time) bool", a -> time.isBefore(other(a)));
        case "Equal" -> function("func(time.Time) bool", a -> time.isEqual(other(a)));
        case "Truncate" ->
            function(
                "func(time.Duration) time.Time",
                a -> {
                  long step = ((Scalar) argument(a)).value() instanceof Long l ? l : 0;
                  return of(time.minusNanos(step <= 0 ? 0 : sinceZero(time, step)));
                });
        default -> null;
      };
    }

    /** What is over a multiple of a step since the zero time. */
    private static long sinceZero(ZonedDateTime time, long step) {
      java.math.BigInteger nanos =
          java.math.BigInteger.valueOf(time.toEpochSecond() - ZERO.getEpochSecond())
              .multiply(java.math.BigInteger.valueOf(1_000_000_000))
              .add(java.math.BigInteger.valueOf(time.getNano()));
      return nanos.mod(java.math.BigInteger.valueOf(step)).longValueExact();
    }

    private static ZonedDateTime other(@Nullable Object[] arguments) throws GoError {
      ZonedDateTime other = GoTime.time(argument(arguments));
      if (other == null) {
        throw new GoError("not a time");
      }
      return other;
    }
  }

  private static Scalar int64(long value) {
    return new Scalar(GoType.of("int64"), value);
  }

  private static Scalar named(String type, long value, String text) {
    return new Scalar(
        GoType.of(type),
        value,
        new Methods() {
          @Override
          public @Nullable Function method(String name) {
            return name.equals("String") ? function("func() string", a -> text) : null;
          }

          @Override
          public String text() {
            return text;
          }
        });
  }

  private record DurationMethods(long nanos) implements Methods {
    @Override
    public String text() {
      return durationText(nanos);
    }

    @Override
    public @Nullable Function method(String name) {
      return switch (name) {
        case "String" -> function("func() string", a -> text());
        case "Seconds" ->
            function("func() float64", a -> nanos / 1_000_000_000 + nanos % 1_000_000_000 / 1e9);
        case "Minutes" ->
            function(
                "func() float64", a -> nanos / 60_000_000_000L + nanos % 60_000_000_000L / 60e9);
        case "Hours" ->
            function(
                "func() float64",
                a -> nanos / 3_600_000_000_000L + nanos % 3_600_000_000_000L / 3600e9);
        case "Milliseconds" -> function("func() int64", a -> int64(nanos / 1_000_000));
        case "Microseconds" -> function("func() int64", a -> int64(nanos / 1_000));
        case "Nanoseconds" -> function("func() int64", a -> int64(nanos));
        case "Truncate" ->
            function(
                "func(time.Duration) time.Duration",
                a -> {
                  long step = ((Scalar) argument(a)).value() instanceof Long l ? l : 0;
                  return duration(step <= 0 ? nanos : nanos - nanos % step);
                });
        case "Round" ->
            function(
                "func(time.Duration) time.Duration",
                a -> {
                  long step = ((Scalar) argument(a)).value() instanceof Long l ? l : 0;
                  return duration(round(nanos, step));
                });
        case "Abs" ->
            function(
                "func() time.Duration",
                a -> duration(nanos == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(nanos)));
        default -> null;
      };
    }

    private static long round(long nanos, long step) {
      if (step <= 0) {
        return nanos;
      }
      long over = nanos % step;
      if (nanos < 0) {
        long positive = -over;
        return positive + positive < step ? nanos + positive : nanos - step + positive;
      }
      return over + over < step ? nanos - over : nanos + step - over;
    }
  }

  /** As {@code 1h2m3.5s}. */
  public static String durationText(long nanos) {
    if (nanos == 0) {
      return "0s";
    }
    String sign = nanos < 0 ? "-" : "";
    long absolute = nanos < 0 ? -nanos : nanos; // the least long stays what it is, unsigned
    if (Long.compareUnsigned(absolute, 1_000) < 0) {
      return sign + absolute + "ns";
    }
    if (Long.compareUnsigned(absolute, 1_000_000) < 0) {
      return sign + decimal(absolute, 3) + "µs";
    }
    if (Long.compareUnsigned(absolute, 1_000_000_000) < 0) {
      return sign + decimal(absolute, 6) + "ms";
    }
    long seconds = Long.divideUnsigned(absolute, 1_000_000_000);
    long rest = Long.remainderUnsigned(absolute, 1_000_000_000);
    String text = decimal(seconds % 60 * 1_000_000_000 + rest, 9) + "s";
    long minutes = seconds / 60;
    if (minutes > 0) {
      text = minutes % 60 + "m" + text;
      if (minutes >= 60) {
        text = minutes / 60 + "h" + text;
      }
    }
    return sign + text;
  }

  private static String decimal(long value, int digits) {
    return java.math.BigDecimal.valueOf(value, digits).stripTrailingZeros().toPlainString();
  }

  /** A zone by its name, as time.LoadLocation takes it. */
  public static ZoneId zone(String name) throws GoError {
    if (name.isEmpty() || name.equals("UTC")) {
      return ZoneOffset.UTC;
    }
    if (name.equals("Local")) {
      return ZoneId.systemDefault();
    }
    // An offset is a zone for Java, but none that has a name.
    if (!ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      throw new GoError("unknown time zone " + name);
    }
    return ZoneId.of(name);
  }

  /**
   * A time that is written as the layout shows, in the system's zone where it has none.
   *
   * @param strict whether one that is not is an error, rather than the zero time
   */
  public static Struct parse(String layout, String text, boolean strict) throws GoError {
    try {
      return of(TimeReader.read(layout, text));
    } catch (DateTimeException e) {
      if (strict) {
        throw new GoError("parsing time " + GoText.quote(text) + e.getMessage(), e);
      }
      return of(ZERO.atZone(ZoneOffset.UTC));
    }
  }

  static final String[] LAYOUT = {
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "002",
    "__2",
    "_2",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "PM",
    "pm",
    "1",
    "2",
    "3",
    "4",
    "5"
  };

  /** A time in the form that the layout shows for January 2nd, 15:04:05, 2006. */
  public static String format(ZonedDateTime time, String layout) {
    StringBuilder out = new StringBuilder(layout.length() + 10);
    int at = 0;
    while (at < layout.length()) {
      char c = layout.charAt(at);
      int fraction = fraction(layout, at);
      if (fraction > 0) {
        appendFraction(out, time.getNano(), c, layout.charAt(at + 1), fraction);
        at += fraction + 1;
        continue;
      }
      String token = token(layout, at);
      if (token.isEmpty()) {
        out.append(c);
        at++;
      } else {
        append(out, time, token);
        at += token.length();
      }
    }
    return out.toString();
  }

  static String token(String layout, int at) {
    for (String token : LAYOUT) {
      if (layout.startsWith(token, at)) {
        if ((token.equals("Jan") || token.equals("Mon"))
            && at + 3 < layout.length()
            && Character.isLowerCase(layout.charAt(at + 3))) {
          continue;
        }
        if (token.equals("_2") && layout.startsWith("_2006", at)) {
          continue; // an underscore before the year
        }
        return token;
      }
    }
    return "";
  }

  /** How many digits a fraction of a second has at an offset; 0 for none. */
  static int fraction(String layout, int at) {
    char c = layout.charAt(at);
    if ((c != '.' && c != ',') || at + 1 >= layout.length()) {
      return 0;
    }
    char digit = layout.charAt(at + 1);
    if (digit != '0' && digit != '9') {
      return 0;
    }
    int end = at + 1;
    while (end < layout.length() && layout.charAt(end) == digit) {
      end++;
    }
    boolean more = end < layout.length() && Character.isDigit(layout.charAt(end));
    return more ? 0 : end - at - 1;
  }

  private static void appendFraction(
      StringBuilder out, int nanos, char separator, char kind, int digits) {
    String all = "%09d".formatted(nanos);
    String text = digits <= 9 ? all.substring(0, digits) : all + "0".repeat(digits - 9);
    if (kind == '9') {
      int end = text.length();
      while (end > 0 && text.charAt(end - 1) == '0') {
        end--;
      }
      text = text.substring(0, end);
      if (text.isEmpty()) {
        return;
      }
    }
    out.append(separator).append(text);
  }

  private static void append(StringBuilder out, ZonedDateTime time, String token) {
    switch (token) {
      case "January" -> out.append(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
      case "Jan" -> out.append(time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
      case "Monday" ->
          out.append(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
      case "Mon" -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
      case "MST" -> out.append(zoneName(time));
      case "2006" -> padded(out, time.getYear(), 4);
      case "06" -> padded(out, Math.floorMod(time.getYear(), 100), 2);
      case "01" -> padded(out, time.getMonthValue(), 2);
      case "1" -> out.append(time.getMonthValue());
      case "02" -> padded(out, time.getDayOfMonth(), 2);
      case "2" -> out.append(time.getDayOfMonth());
      case "_2" -> out.append(time.getDayOfMonth() < 10 ? " " : "").append(time.getDayOfMonth());
      case "002" -> padded(out, time.getDayOfYear(), 3);
      case "__2" -> out.append("%3d".formatted(time.getDayOfYear()));
      case "15" -> padded(out, time.getHour(), 2);
      case "03" -> padded(out, hour12(time), 2);
      case "3" -> out.append(hour12(time));
      case "04" -> padded(out, time.getMinute(), 2);
      case "4" -> out.append(time.getMinute());
      case "05" -> padded(out, time.getSecond(), 2);
      case "5" -> out.append(time.getSecond());
      case "PM" -> out.append(time.getHour() >= 12 ? "PM" : "AM");
      case "pm" -> out.append(time.getHour() >= 12 ? "pm" : "am");
      default -> offset(out, time.getOffset().getTotalSeconds(), token);
    }
  }

  private static int hour12(ZonedDateTime time) {
    int hour = time.getHour() % 12;
    return hour == 0 ? 12 : hour;
  }

  private static void padded(StringBuilder out, int value, int digits) {
    String text = Integer.toString(Math.abs(value));
    out.append(value < 0 ? "-" : "").repeat('0', Math.max(0, digits - text.length())).append(text);
  }

  private static void offset(StringBuilder out, int seconds, String token) {
    if (token.charAt(0) == 'Z' && seconds == 0) {
      out.append('Z');
      return;
    }
    int absolute = Math.abs(seconds);
    out.append(seconds < 0 ? '-' : '+');
    padded(out, absolute / 3600, 2);
    boolean colon = token.indexOf(':') > 0;
    if (token.length() > 3) {
      out.append(colon ? ":" : "");
      padded(out, absolute / 60 % 60, 2);
    }
    if (token.length() > 6) {
      out.append(colon ? ":" : "");
      padded(out, absolute % 60, 2);
    }
  }

  private static String zoneName(ZonedDateTime time) {
    int seconds = time.getOffset().getTotalSeconds();
    if (time.getZone() instanceof ZoneOffset || time.getZone().getId().equals("UTC")) {
      if (seconds == 0) {
        return "UTC";
      }
      StringBuilder out = new StringBuilder();
      offset(out, seconds, seconds % 3600 == 0 ? "-07" : "-0700");
      return out.toString();
    }
    String name = java.time.format.DateTimeFormatter.ofPattern("zzz", Locale.ENGLISH).format(time);
    if (Character.isLetter(name.charAt(0))
        && !name.startsWith("GMT+")
        && !name.startsWith("GMT-")) {
      return name;
    }
    StringBuilder out = new StringBuilder();
    offset(out, seconds, seconds % 3600 == 0 ? "-07" : "-0700");
    return out.toString();
  }
}
