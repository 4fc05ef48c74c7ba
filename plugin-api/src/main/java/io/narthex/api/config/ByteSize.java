package io.narthex.api.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.Api;
import java.math.BigDecimal;

/**
 * A number of bytes as Prometheus writes it: a number with a unit {@code B KB MB GB TB PB EB} (an
 * {@code i} may stand in between), where a KB has 1,024 bytes; {@code 0} needs no unit.
 *
 * @param bytes the number of bytes, ≥ 0
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record ByteSize(long bytes) {
  private static final String PREFIXES = "KMGTPE";

  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "cannot make a byte size: got " + bytes + ", want 0 or more");
    }
  }

  /**
   * Reads a byte size.
   *
   * @throws IllegalArgumentException when it is none
   */
  @JsonCreator
  public static ByteSize parse(String text) {
    int i = 0;
    while (i < text.length() && (Character.isDigit(text.charAt(i)) || text.charAt(i) == '.')) {
      i++;
    }
    String unit = text.substring(i);
    if (text.equals("0")) {
      return new ByteSize(0);
    }
    int power;
    if (unit.equals("B")) {
      power = 0;
    } else {
      boolean shaped = unit.length() == 2 || (unit.length() == 3 && unit.charAt(1) == 'i');
      power = shaped && unit.endsWith("B") ? PREFIXES.indexOf(unit.charAt(0)) + 1 : 0;
      if (power == 0) {
        throw new IllegalArgumentException(
            "cannot read byte size: got \"" + text + "\", want a number with a unit such as 512MB");
      }
    }
    try {
      BigDecimal bytes =
          new BigDecimal(text.substring(0, i)).multiply(BigDecimal.valueOf(1L << (10 * power)));
      return new ByteSize(bytes.toBigInteger().longValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "cannot read byte size: got \""
              + text
              + "\", want a number below 8EB with a unit such as 512MB",
          e);
    }
  }

  /** The shortest exact form, for example {@code 512MB}. */
  @Override
  @JsonValue
  public String toString() {
    int power = 0;
    long n = bytes;
    while (n != 0 && n % 1024 == 0 && power < PREFIXES.length()) {
      n /= 1024;
      power++;
    }
    return n + (power == 0 ? "B" : PREFIXES.charAt(power - 1) + "B");
  }
}
