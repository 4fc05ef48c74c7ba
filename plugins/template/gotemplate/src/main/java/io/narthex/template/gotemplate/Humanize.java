package io.narthex.template.gotemplate;

import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoNumber;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoTime;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.Values;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers, durations and times for people, as Prometheus writes them. */
final class Humanize {
  private static final String[] LARGE = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
  private static final String[] SMALL = {"m", "u", "n", "p", "f", "a", "z", "y"};
  private static final String[] BINARY = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

  private Humanize() {}

  /** A number, or a string that is one. */
  static double toFloat(@Nullable Object argument) throws GoError {
    Object value = Values.unbox(argument);
    return switch (value) {
      case Double d -> d;
      case String s -> parse(s);
      case Long l -> l;
      case Scalar s when s.type().name().equals("time.Duration") && s.value() instanceof Long n ->
          n / 1_000_000_000 + n % 1_000_000_000 / 1e9;
      case Scalar s when s.value() instanceof Long n && isPlainInteger(s) -> n;
      case null, default ->
          throw new GoError("can't convert " + Values.typeName(value) + " to float");
    };
  }

  private static boolean isPlainInteger(Scalar scalar) {
    return switch (scalar.type().name()) {
      case "uint", "int64", "uint64" -> true;
      default -> false;
    };
  }

  private static double parse(String text) throws GoError {
    String word = text.toLowerCase(Locale.ROOT);
    String bare = word.startsWith("+") || word.startsWith("-") ? word.substring(1) : word;
    switch (bare) {
      case "inf", "infinity" -> {
        return word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      }
      case "nan" -> {
        if (bare.length() == word.length()) {
          return Double.NaN;
        }
      }
      default -> {
        double value = GoNumber.floating(text);
        if (!Double.isNaN(value)) {
          return value;
        }
        if (GoNumber.isTooLarge(text)) {
          throw new GoError(
              "strconv.ParseFloat: parsing " + GoText.quote(text) + ": value out of range");
        }
      }
    }
    throw new GoError("strconv.ParseFloat: parsing " + GoText.quote(text) + ": invalid syntax");
  }

  private static String four(double value) {
    return GoNumber.format(value, 'g', 4);
  }

  private static boolean isOdd(double value) {
    return Double.isNaN(value) || Double.isInfinite(value);
  }

  static String number(double number) {
    double value = number;
    if (value == 0 || isOdd(value)) {
      return four(value);
    }
    String prefix = "";
    if (Math.abs(value) >= 1) {
      for (String larger : LARGE) {
        if (Math.abs(value) < 1000) {
          break;
        }
        prefix = larger;
        value /= 1000;
      }
      return four(value) + prefix;
    }
    return small(value, "");
  }

  private static String small(double number, String unit) {
    double value = number;
    String prefix = "";
    for (String smaller : SMALL) {
      if (Math.abs(value) >= 1) {
        break;
      }
      prefix = smaller;
      value *= 1000;
    }
    return four(value) + prefix + unit;
  }

  static String number1024(double number) {
    double value = number;
    if (Math.abs(value) <= 1 || isOdd(value)) {
      return four(value);
    }
    String prefix = "";
    for (String larger : BINARY) {
      if (Math.abs(value) < 1024) {
        break;
      }
      prefix = larger;
      value /= 1024;
    }
    return four(value) + prefix;
  }

  static String duration(double number) {
    double value = number;
    if (isOdd(value)) {
      return four(value);
    }
    if (value == 0) {
      return four(value) + "s";
    }
    if (Math.abs(value) < 1) {
      return small(value, "s");
    }
    String sign = value < 0 ? "-" : "";
    value = Math.abs(value);
    long whole = (long) value;
    long seconds = whole % 60;
    long minutes = whole / 60 % 60;
    long hours = whole / 60 / 60 % 24;
    long days = whole / 60 / 60 / 24;
    if (days != 0) {
      return sign + days + "d " + hours + "h " + minutes + "m " + seconds + "s";
    }
    if (hours != 0) {
      return sign + hours + "h " + minutes + "m " + seconds + "s";
    }
    if (minutes != 0) {
      return sign + minutes + "m " + seconds + "s";
    }
    return sign + four(value) + "s";
  }

  static String percentage(double value) {
    return four(value * 100) + "%";
  }

  static String timestamp(double value) throws GoError {
    return isOdd(value) ? four(value) : String.valueOf(GoTime.text(time(value)));
  }

  /** Seconds since 1970 as a time, in milliseconds. */
  static ZonedDateTime time(double value) throws GoError {
    if (isOdd(value)) {
      throw new GoError("value is NaN or Inf");
    }
    double nanos = value * 1e9;
    if (nanos > 0x1p63 || nanos < -0x1p63) {
      throw new GoError(
          GoNumber.format(value, 'g', -1)
              + " cannot be represented as a nanoseconds timestamp since it overflows int64");
    }
    return Instant.ofEpochMilli((long) nanos / 1_000_000).atZone(ZoneOffset.UTC);
  }
}
