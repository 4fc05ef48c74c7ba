package io.narthex.template.gotemplate.parse;

import io.narthex.template.gotemplate.value.GoNumber;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A number or character in a template: all the types that it fits.
 *
 * @param integer its value as an int64; null when it is none
 * @param unsigned its value as a uint64, in the bits of a long; null when it is none
 * @param floating its value as a float64; null when it is none
 * @param complex its value, when it is written as a complex number
 */
public record Constant(
    String text,
    @Nullable Long integer,
    @Nullable Long unsigned,
    @Nullable Double floating,
    @Nullable Complex complex) {
  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  /** What is wrong with a constant. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }

    String text() {
      String message = getMessage();
      return message == null ? "" : message;
    }
  }

  /**
   * The value that the constant has where no type is asked for.
   *
   * @return null when it does not fit an int
   */
  public @Nullable Object ideal() {
    if (complex != null) {
      return complex;
    }
    boolean hex =
        text.length() > 2
            && text.charAt(0) == '0'
            && (text.charAt(1) == 'x' || text.charAt(1) == 'X')
            && text.indexOf('p') < 0
            && text.indexOf('P') < 0;
    boolean character = text.startsWith("'");
    if (floating != null && !hex && !character && pointed(text)) {
      return floating;
    }
    return integer;
  }

  private static boolean pointed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (".eEpP".indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  static Constant character(String text) throws Malformed {
    int c = GoText.unquoteCharacter(text);
    if (c == -1) {
      throw new Malformed("invalid syntax");
    }
    if (c < 0) {
      throw new Malformed("malformed character constant: " + text);
    }
    return new Constant(text, (long) c, (long) c, (double) c, null);
  }

  /** Such as {@code 1+2i}. */
  static Constant complex(String text) throws Malformed {
    int split = text.length() - 2;
    while (split > 0
        && !((text.charAt(split) == '+' || text.charAt(split) == '-')
            && !isExponent(text, split - 1))) {
      split--;
    }
    double real = GoNumber.floating(text.substring(0, split));
    double imaginary = GoNumber.floating(text.substring(split, text.length() - 1));
    if (Double.isNaN(real) || Double.isNaN(imaginary)) {
      throw new Malformed("syntax error scanning complex number");
    }
    return simplified(text, real, imaginary);
  }

  private static boolean isExponent(String text, int at) {
    char c = Character.toLowerCase(text.charAt(at));
    boolean hex = text.startsWith("0x") || text.startsWith("0X");
    return c == 'p' || (c == 'e' && !hex);
  }

  private static Constant simplified(String text, double real, double imaginary) {
    Complex value = new Complex(real, imaginary);
    if (imaginary != 0) {
      return new Constant(text, null, null, null, value);
    }
    return new Constant(text, whole(real), wholeUnsigned(real), real, value);
  }

  private static @Nullable Long whole(double value) {
    return (double) (long) value == value && value < 0x1p63 ? (Long) (long) value : null;
  }

  private static @Nullable Long wholeUnsigned(double value) {
    if (value >= 0x1p63 && value < 0x1p64 && value == Math.rint(value)) {
      return new java.math.BigDecimal(value).toBigInteger().longValue();
    }
    return value >= 0 ? whole(value) : null;
  }

  static Constant number(String text) throws Malformed {
    if (text.endsWith("i")) {
      double imaginary = GoNumber.floating(text.substring(0, text.length() - 1));
      if (!Double.isNaN(imaginary)) {
        return simplified(text, 0, imaginary);
      }
    }
    BigInteger value = GoNumber.integer(text);
    Long integer = null;
    Long unsigned = null;
    Double floating = null;
    if (value != null) {
      boolean signed = text.startsWith("-") || text.startsWith("+");
      if (value.signum() >= 0 && !signed) {
        unsigned = value.longValue();
      }
      if (value.compareTo(LEAST) >= 0 && value.compareTo(MOST) <= 0) {
        integer = value.longValue();
        if (integer == 0) {
          unsigned = 0L;
        }
      }
    }
    if (integer != null) {
      floating = (double) integer;
    } else if (unsigned != null && value != null) {
      floating = value.doubleValue();
    } else {
      double read = GoNumber.floating(text);
      if (!Double.isNaN(read)) {
        if (!pointed(text)) {
          throw new Malformed("integer overflow: " + GoText.quote(text));
        }
        floating = read;
        integer = whole(read);
        unsigned = wholeUnsigned(read);
      }
    }
    if (integer == null && unsigned == null && floating == null) {
      throw new Malformed("illegal number syntax: " + GoText.quote(text));
    }
    return new Constant(text, integer, unsigned, floating, null);
  }
}
