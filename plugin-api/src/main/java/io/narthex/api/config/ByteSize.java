package io.narthex.api.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.Api;
import io.narthex.api.model.Quoting;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number of bytes as Prometheus writes it: numbers with a unit, {@code B KB MB GB TB PB EB} or
 * {@code B KiB MiB GiB TiB PiB EiB}, where a KB has 1,024 bytes as a KiB has; {@code 0} needs no
 * unit. Several may follow each other ({@code 1GiB512MiB}), but one text has units of one kind
 * only.
 *
 * @param bytes the number of bytes. May be negative, as Prometheus's type may: whoever takes one
 *     says what that means, or refuses it
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record ByteSize(long bytes) {
  private static final List<String> LONG_UNITS =
      List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");
  private static final List<String> SHORT_UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB", "EB");

  /** More digits than any size needs; without a bound a long text would cost quadratic time. */
  private static final int MAX_DIGITS = 40;

  /**
   * Reads a byte size. A fraction of a byte is cut off.
   *
   * @throws IllegalArgumentException when it is none, or does not fit into 64 bits
   */
  @JsonCreator
  public static ByteSize parse(String text) {
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String rest = signed ? text.substring(1) : text;
    if (rest.equals("0")) {
      return new ByteSize(0);
    }
    BigDecimal bytes = sum(rest, LONG_UNITS);
    if (bytes == null) {
      bytes = sum(rest, SHORT_UNITS);
    }
    if (bytes == null) {
      throw refusal(text, "a number with a unit such as 512MB");
    }
    try {
      BigDecimal value = text.startsWith("-") ? bytes.negate() : bytes;
      return new ByteSize(value.toBigInteger().longValueExact());
    } catch (ArithmeticException e) {
      throw refusal(text, "less than 8EiB");
    }
  }

  /** Adds up the parts; null when they are none of these units. */
  private static @Nullable BigDecimal sum(String text, List<String> units) {
    if (text.isEmpty()) {
      return null;
    }
    BigDecimal sum = BigDecimal.ZERO;
    int i = 0;
    while (i < text.length()) {
      int number = i;
      int digits = 0;
      int points = 0;
      while (i < text.length() && isNumber(text.charAt(i))) {
        digits += text.charAt(i) == '.' ? 0 : 1;
        points += text.charAt(i) == '.' ? 1 : 0;
        i++;
      }
      int letters = i;
      while (i < text.length() && !isNumber(text.charAt(i))) {
        i++;
      }
      int power = units.indexOf(text.substring(letters, i));
      if (digits == 0 || digits > MAX_DIGITS || points > 1 || power < 0) {
        return null;
      }
      BigDecimal unit = BigDecimal.valueOf(1L << (10 * power));
      sum = sum.add(new BigDecimal(text.substring(number, letters)).multiply(unit));
    }
    return sum;
  }

  private static boolean isNumber(char c) {
    return c == '.' || (c >= '0' && c <= '9');
  }

  private static IllegalArgumentException refusal(String text, String want) {
    return new IllegalArgumentException(
        "cannot read byte size: got " + Quoting.quote(text) + ", want " + want);
  }

  /** As Prometheus prints it: {@code 512MiB}, {@code 1GiB512MiB}, {@code 0B}. */
  @Override
  @JsonValue
  public String toString() {
    if (bytes == 0) {
      return "0B";
    }
    StringBuilder out = new StringBuilder();
    for (int power = LONG_UNITS.size() - 1; power >= 0; power--) {
      long rest = bytes / (1L << (10 * power)) % 1024;
      if (rest != 0) {
        // The first part alone carries the sign, so that the text reads back as the same size.
        out.append(out.isEmpty() ? rest : Math.abs(rest)).append(LONG_UNITS.get(power));
      }
    }
    return out.toString();
  }
}
