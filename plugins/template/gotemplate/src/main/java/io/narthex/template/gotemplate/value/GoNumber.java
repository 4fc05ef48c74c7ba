package io.narthex.template.gotemplate.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers read and written as Go's strconv does. */
public final class GoNumber {
  private static final BigInteger UINT64 = BigInteger.ONE.shiftLeft(64);

  private GoNumber() {}

  /**
   * An integer constant: decimal, 0x, 0o, 0b or with a leading zero octal, digits separated by
   * underscores.
   *
   * @return null when it is malformed or needs more than 64 bits and a sign
   */
  public static @Nullable BigInteger integer(String text) {
    int at = 0;
    boolean negative = false;
    if (!text.isEmpty() && (text.charAt(0) == '+' || text.charAt(0) == '-')) {
      negative = text.charAt(0) == '-';
      at = 1;
    }
    String digits = text.substring(at);
    if (digits.isEmpty() || !underscoresFit(text)) {
      return null;
    }
    int radix = 10;
    if (digits.charAt(0) == '0' && digits.length() > 1) {
      char prefix = Character.toLowerCase(digits.charAt(1));
      radix = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
      digits = digits.substring(prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1);
    }
    digits = digits.replace("_", "");
    if (digits.isEmpty() || digits.length() > 256) {
      return null;
    }
    for (int i = 0; i < digits.length(); i++) {
      if (Character.digit(digits.charAt(i), radix) < 0) {
        return null;
      }
    }
    BigInteger value = new BigInteger(digits, radix);
    return value.compareTo(UINT64) >= 0 ? null : negative ? value.negate() : value;
  }

  /** Whether underscores stand between digits, or between a prefix and a digit. */
  private static boolean underscoresFit(String text) {
    int at = 0;
    char before = '^';
    if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
      at = 1;
    }
    boolean hex = false;
    if (text.length() >= at + 2 && text.charAt(at) == '0') {
      char prefix = Character.toLowerCase(text.charAt(at + 1));
      if (prefix == 'b' || prefix == 'o' || prefix == 'x') {
        at += 2;
        before = '0';
        hex = prefix == 'x';
      }
    }
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if ((c >= '0' && c <= '9')
          || (hex && Character.toLowerCase(c) >= 'a' && Character.toLowerCase(c) <= 'f')) {
        before = '0';
      } else if (c == '_') {
        if (before != '0') {
          return false;
        }
        before = '_';
      } else {
        if (before == '_') {
          return false;
        }
        before = '!';
      }
    }
    return before != '_';
  }

  /** Whether a number that was refused is well-formed, and only too large. */
  public static boolean isTooLarge(String text) {
    int exponent = text.toLowerCase(Locale.ROOT).indexOf('e');
    String mantissa = exponent < 0 ? text : text.substring(0, exponent);
    String rest = exponent < 0 ? "1" : text.substring(exponent + 1);
    String digits = rest.startsWith("+") ? rest.substring(1) : rest;
    return !Double.isNaN(floating(mantissa.length() > 300 ? mantissa.substring(0, 300) : mantissa))
        && !digits.isEmpty()
        && digits.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** A floating-point number, also hexadecimal. NaN when it is malformed or too large. */
  public static double floating(String text) {
    if (text.indexOf('_') >= 0 && !underscoresFit(text)) {
      return Double.NaN;
    }
    String digits = text.replace("_", "").toLowerCase(Locale.ROOT);
    int at = digits.startsWith("+") || digits.startsWith("-") ? 1 : 0;
    boolean hex = digits.startsWith("0x", at);
    if (hex && digits.indexOf('p') < 0) {
      return Double.NaN;
    }
    for (int i = at; i < digits.length(); i++) {
      if ("0123456789abcdefxp.+-".indexOf(digits.charAt(i)) < 0) {
        return Double.NaN;
      }
    }
    char last = digits.isEmpty() ? 'x' : digits.charAt(digits.length() - 1);
    if (!hex && last != '.' && (last < '0' || last > '9')) {
      return Double.NaN; // Java takes a suffix, such as in 1f
    }
    try {
      double value = Double.parseDouble(digits);
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /**
   * A float as strconv.FormatFloat has it, with a minus where it is negative.
   *
   * @param verb one of e E f g G b x X
   * @param precision digits; -1 for as many as tell the number from others
   */
  public static String format(double value, char verb, int precision) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (verb == 'b') {
      return binary(value);
    }
    if (verb == 'x' || verb == 'X') {
      return hexadecimal(value, verb, precision);
    }
    StringBuilder out = new StringBuilder(24);
    if (Double.doubleToRawLongBits(value) < 0) {
      out.append('-');
    }
    double magnitude = Math.abs(value);
    boolean shortest = precision < 0;
    String digits;
    int point; // the decimal point is before digit number `point`
    int digitsAsked = precision;
    if (shortest) {
      if (magnitude == 0) {
        digits = "";
        point = 0;
      } else {
        BigDecimal exact = shortest(magnitude);
        digits = exact.unscaledValue().toString();
        point = digits.length() - exact.scale();
      }
      digitsAsked =
          switch (verb) {
            case 'e', 'E' -> digits.length() - 1;
            case 'f' -> Math.max(digits.length() - point, 0);
            default -> digits.length();
          };
    } else {
      BigDecimal exact = new BigDecimal(magnitude);
      if (verb == 'f') {
        exact = exact.setScale(Math.min(precision, 1100), RoundingMode.HALF_EVEN);
      } else {
        int significant = verb == 'e' || verb == 'E' ? precision + 1 : Math.max(precision, 1);
        exact = exact.round(new MathContext(Math.min(significant, 1100), RoundingMode.HALF_EVEN));
        digitsAsked = verb == 'e' || verb == 'E' ? precision : Math.max(precision, 1);
      }
      if (exact.signum() == 0) {
        digits = "";
        point = 0;
      } else {
        digits = exact.unscaledValue().toString();
        point = digits.length() - exact.scale();
      }
    }
    switch (verb) {
      case 'e', 'E' -> exponent(out, digits, point, Math.max(digitsAsked, 0), verb);
      case 'f' -> fixed(out, digits, point, digitsAsked);
      default -> {
        int threshold = digitsAsked;
        String significant = stripZeros(digits);
        if (threshold > significant.length() && significant.length() >= point) {
          threshold = significant.length();
        }
        if (shortest) {
          threshold = 6;
        }
        int exponent = point - 1;
        if (exponent < -4 || exponent >= threshold) {
          int wanted = Math.min(digitsAsked, significant.length());
          exponent(out, significant, point, Math.max(wanted - 1, 0), verb == 'g' ? 'e' : 'E');
        } else {
          fixed(out, significant, point, Math.max(significant.length() - point, 0));
        }
      }
    }
    return out.toString();
  }

  private static String stripZeros(String digits) {
    int end = digits.length();
    while (end > 0 && digits.charAt(end - 1) == '0') {
      end--;
    }
    return digits.substring(0, end);
  }

  /** The shortest decimal that reads back as the same number. */
  private static BigDecimal shortest(double magnitude) {
    BigDecimal decimal = new BigDecimal(Double.toString(magnitude)).stripTrailingZeros();
    if (decimal.precision() == 2) {
      // Java prints two digits where one would do, and then the nearer ones.
      BigDecimal one = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (one.doubleValue() == magnitude) {
        return one.stripTrailingZeros();
      }
    }
    return decimal;
  }

  private static char digit(String digits, int index) {
    return index >= 0 && index < digits.length() ? digits.charAt(index) : '0';
  }

  private static void exponent(
      StringBuilder out, String digits, int point, int precision, char letter) {
    out.append(digit(digits, 0));
    if (precision > 0) {
      out.append('.');
      for (int i = 1; i <= precision; i++) {
        out.append(digit(digits, i));
      }
    }
    int exponent = digits.isEmpty() ? 0 : point - 1;
    out.append(letter).append(exponent < 0 ? '-' : '+');
    int absolute = Math.abs(exponent);
    if (absolute < 10) {
      out.append('0');
    }
    out.append(absolute);
  }

  private static void fixed(StringBuilder out, String digits, int point, int precision) {
    if (point > 0) {
      for (int i = 0; i < point; i++) {
        out.append(digit(digits, i));
      }
    } else {
      out.append('0');
    }
    if (precision > 0) {
      out.append('.');
      for (int i = 0; i < precision; i++) {
        out.append(digit(digits, point + i));
      }
    }
  }

  private static String binary(double value) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >> 52) & 0x7ff;
    long mantissa = bits & 0xfffffffffffffL;
    if (exponent == 0) {
      exponent++;
    } else {
      mantissa |= 1L << 52;
    }
    exponent -= 1075;
    return (bits < 0 ? "-" : "") + mantissa + "p" + (exponent >= 0 ? "+" : "") + exponent;
  }

  private static String hexadecimal(double value, char verb, int precision) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >> 52) & 0x7ff;
    long mantissa = bits & 0xfffffffffffffL;
    if (exponent == 0 && mantissa != 0) {
      exponent = 1;
    } else if (exponent != 0) {
      mantissa |= 1L << 52;
    }
    exponent -= 1023;
    if (mantissa == 0) {
      exponent = 0;
    }
    mantissa <<= 60 - 52; // the leading one at bit 60
    while (mantissa != 0 && (mantissa & (1L << 60)) == 0) {
      mantissa <<= 1;
      exponent--;
    }
    if (precision >= 0 && precision < 15) {
      int shift = precision * 4;
      long extra = (mantissa << shift) & ((1L << 60) - 1);
      mantissa >>= 60 - shift;
      if ((extra | (mantissa & 1)) > (1L << 59)) {
        mantissa++;
      }
      mantissa <<= 60 - shift;
      if ((mantissa & (1L << 61)) != 0) {
        mantissa >>= 1;
        exponent++;
      }
    }
    StringBuilder out = new StringBuilder();
    out.append(bits < 0 ? "-" : "").append("0x").append((mantissa >> 60) & 1);
    long rest = mantissa << 4;
    if (precision < 0 ? rest != 0 : precision > 0) {
      out.append('.');
      for (int i = 0; precision < 0 ? rest != 0 : i < precision; i++) {
        out.append(Character.forDigit((int) (rest >>> 60) & 15, 16));
        rest <<= 4;
      }
    }
    int absolute = Math.abs(exponent);
    out.append('p').append(exponent < 0 ? '-' : '+');
    out.append(absolute < 10 ? "0" : "").append(absolute);
    return verb == 'X' ? out.toString().toUpperCase(Locale.ROOT) : out.toString();
  }
}
