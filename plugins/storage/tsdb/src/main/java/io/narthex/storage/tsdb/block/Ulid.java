package io.narthex.storage.tsdb.block;

import org.jspecify.annotations.Nullable;

/**
 * A block's identity: 48 bits of milliseconds since 1970, then 80 random bits; written as 26 digits
 * of Crockford's base 32, most significant first, so that text, bytes and time sort alike.
 *
 * @param high the time and the first 16 random bits
 * @param low the other random bits
 */
public record Ulid(long high, long low) implements Comparable<Ulid> {
  private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LENGTH = 26;

  /** Reads the text form, in either case; null when {@code text} is none. */
  public static @Nullable Ulid parse(String text) {
    if (text.length() != LENGTH) {
      return null;
    }
    long high = 0;
    long low = 0;
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      int digit = DIGITS.indexOf(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      // 26 digits hold 130 bits: the first one has three of its own.
      if (digit < 0 || (i == 0 && digit > 7)) {
        return null;
      }
      high = high << 5 | low >>> 59;
      low = low << 5 | digit;
    }
    return new Ulid(high, low);
  }

  /** When it was made, milliseconds since 1970. */
  public long time() {
    return high >>> 16;
  }

  @Override
  public int compareTo(Ulid other) {
    int c = Long.compareUnsigned(high, other.high);
    return c != 0 ? c : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    char[] out = new char[LENGTH];
    long h = high;
    long l = low;
    for (int i = LENGTH - 1; i >= 0; i--) {
      out[i] = DIGITS.charAt((int) (l & 31));
      l = l >>> 5 | h << 59;
      h >>>= 5;
    }
    return new String(out);
  }
}
