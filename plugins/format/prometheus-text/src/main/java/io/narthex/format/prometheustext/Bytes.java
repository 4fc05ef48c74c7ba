package io.narthex.format.prometheustext;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Searches and hashes eight bytes at a time, and tells what a byte may be part of. */
final class Bytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long LINE_FEEDS = ONES * '\n';

  /** Odd 64-bit constants with well mixed bits: the fractions of the golden ratio and of √3. */
  private static final long K1 = 0x9E3779B97F4A7C15L;

  private static final long K2 = 0xBB67AE8584CAA73BL;

  /** Starts a metric's name. */
  static final byte NAME_START = 1;

  /** Continues a metric's name. */
  static final byte NAME = 2;

  /** Starts a label's name. */
  static final byte LABEL_START = 4;

  /** Continues a label's name. */
  static final byte LABEL = 8;

  private static final byte[] CLASSES = classes();

  private Bytes() {}

  private static byte[] classes() {
    byte[] classes = new byte[256];
    for (int c = 0; c < 128; c++) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean digit = c >= '0' && c <= '9';
      if (letter) {
        classes[c] = NAME_START | NAME | LABEL_START | LABEL;
      } else if (c == ':') {
        classes[c] = NAME_START | NAME;
      } else if (digit) {
        classes[c] = NAME | LABEL;
      }
    }
    return classes;
  }

  static boolean is(byte b, byte kind) {
    return (CLASSES[b & 0xff] & kind) != 0;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** A byte of each that is zero in {@code x} has its high bit set; bytes above may err. */
  private static long zeroes(long x) {
    return (x - ONES) & ~x & HIGHS;
  }

  /** The position of the next quote or backslash, {@code end} when there is none. */
  static int quoteOrBackslash(byte[] data, int from, int end) {
    int i = from;
    for (; i + 8 <= end; i += 8) {
      long x = (long) LONGS.get(data, i);
      // The lowest set bit is right even where the borrow of the subtraction spoils higher ones.
      long hit = zeroes(x ^ QUOTES) | zeroes(x ^ BACKSLASHES);
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < end && data[i] != '"' && data[i] != '\\') {
      i++;
    }
    return i;
  }

  /** The position of the next line feed, {@code end} when there is none. */
  static int lineFeed(byte[] data, int from, int end) {
    int i = from;
    for (; i + 8 <= end; i += 8) {
      long hit = zeroes((long) LONGS.get(data, i) ^ LINE_FEEDS);
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < end && data[i] != '\n') {
      i++;
    }
    return i;
  }

  /**
   * A 64-bit hash: each eight bytes are mixed in by a 128-bit product of which both halves are
   * kept; the last eight may overlap those before.
   */
  static long hash(byte[] data, int from, int length) {
    long h = length * K1;
    if (length >= 8) {
      int last = from + length - 8;
      for (int i = from; i < last; i += 8) {
        h = mix(h ^ (long) LONGS.get(data, i));
      }
      return mix(h ^ (long) LONGS.get(data, last) ^ K2);
    }
    long tail = 0;
    for (int i = 0; i < length; i++) {
      tail = tail << 8 | (data[from + i] & 0xff);
    }
    return mix(h ^ tail ^ K2);
  }

  private static long mix(long x) {
    return x * K1 ^ Math.unsignedMultiplyHigh(x, K1) + K2;
  }

  static boolean isUtf8(byte[] data, int from, int to) {
    int i = from;
    while (i < to && data[i] >= 0) {
      i++;
    }
    if (i == to) {
      return true;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data, i, to - i));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
