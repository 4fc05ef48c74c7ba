package io.narthex.api.format;

import io.narthex.api.Api;
import io.narthex.api.model.Quoting;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What readers of line formats and other texts do with bytes: search and hash them eight at a time,
 * tell what a byte may be part of, show them in a message. Ranges are {@code [from .. to)}; none is
 * checked before it is read. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class ByteScan {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long LINE_FEEDS = ONES * '\n';
  private static final long BRACES = ONES * '{';
  private static final long DIGITS = ONES * '0';

  /**
   * Different in each process, so that nobody can send texts whose hashes clash, or that take what
   * was hashed before out of the result.
   */
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  private static final long SEED_1 = ThreadLocalRandom.current().nextLong();
  private static final long SEED_2 = ThreadLocalRandom.current().nextLong();

  /** How much of an exposition a message quotes at most, in bytes. */
  private static final int MAX_QUOTED = 4096;

  private static final byte METRIC_START = 1;
  private static final byte METRIC_PART = 2;
  private static final byte LABEL_START = 4;
  private static final byte LABEL_PART = 8;
  private static final byte[] CLASSES = classes();

  private ByteScan() {}

  private static byte[] classes() {
    byte[] classes = new byte[256];
    for (int c = 0; c < 128; c++) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean digit = c >= '0' && c <= '9';
      if (letter) {
        classes[c] = METRIC_START | METRIC_PART | LABEL_START | LABEL_PART;
      } else if (c == ':') {
        classes[c] = METRIC_START | METRIC_PART;
      } else if (digit) {
        classes[c] = METRIC_PART | LABEL_PART;
      }
    }
    return classes;
  }

  /** Whether the name of a metric, without quotes, may begin with it. */
  public static boolean isMetricStart(byte b) {
    return (CLASSES[b & 0xff] & METRIC_START) != 0;
  }

  /** Whether it may stand in the name of a metric without quotes. */
  public static boolean isMetricPart(byte b) {
    return (CLASSES[b & 0xff] & METRIC_PART) != 0;
  }

  /** Whether the name of a label, without quotes, may begin with it. */
  public static boolean isLabelStart(byte b) {
    return (CLASSES[b & 0xff] & LABEL_START) != 0;
  }

  /** Whether it may stand in the name of a label without quotes. */
  public static boolean isLabelPart(byte b) {
    return (CLASSES[b & 0xff] & LABEL_PART) != 0;
  }

  /** Whether it is a space or a tab. */
  public static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** A byte of each that is zero in {@code x} has its high bit set; bytes above may err. */
  private static long zeroes(long x) {
    return (x - ONES) & ~x & HIGHS;
  }

  /** The position of the next quote or backslash, {@code to} when there is none. */
  public static int quoteOrBackslash(byte[] data, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      long x = (long) LONGS.get(data, i);
      // The lowest set bit is right even where the borrow of the subtraction spoils higher ones.
      long hit = zeroes(x ^ QUOTES) | zeroes(x ^ BACKSLASHES);
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < to && data[i] != '"' && data[i] != '\\') {
      i++;
    }
    return i;
  }

  /** The position of the next line feed, {@code to} when there is none. */
  public static int lineFeed(byte[] data, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      long hit = zeroes((long) LONGS.get(data, i) ^ LINE_FEEDS);
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < to && data[i] != '\n') {
      i++;
    }
    return i;
  }

  /**
   * The position of the next opening brace or of the next byte that is less than the digit 0,
   * {@code to} when there is none: where the name of a series without quotes ends. Such are blanks,
   * line feeds, and all but letters and digits with which a number may begin.
   */
  public static int nameEnd(byte[] data, int from, int to) {
    int i = from;
    for (; i <= to - 8; i += 8) {
      long x = (long) LONGS.get(data, i);
      long hit = zeroes(x ^ BRACES) | ((x - DIGITS) & ~x & HIGHS);
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < to && data[i] != '{' && (data[i] >= '0' || data[i] < 0)) {
      i++;
    }
    return i;
  }

  /**
   * The position of the brace that closes labels, past those in quotes; −1 when a line ends before,
   * outside of quotes, or there is none.
   *
   * @param from behind the brace that opens them
   * @param to where to stop, exclusive
   */
  public static int closingBrace(byte[] data, int from, int to) {
    int i = from;
    while (i < to) {
      byte c = data[i];
      if (c == '}') {
        return i;
      }
      if (c == '\n') {
        return -1;
      }
      i++;
      if (c == '"') {
        while (true) {
          i = quoteOrBackslash(data, i, to);
          if (i >= to) {
            return -1;
          }
          if (data[i] == '"') {
            i++;
            break;
          }
          i += 2;
        }
      }
    }
    return -1;
  }

  /**
   * A 64-bit hash: each sixteen bytes are mixed in by a 128-bit product, of which both halves are
   * kept; the last sixteen may overlap those before. Differs from process to process.
   */
  public static long hash(byte[] data, int from, int length) {
    long h = SEED ^ length;
    if (length > 16) {
      int last = from + length - 16;
      for (int i = from; i < last; i += 16) {
        h = mix((long) LONGS.get(data, i) ^ SEED_1, (long) LONGS.get(data, i + 8) ^ h);
      }
      return end((long) LONGS.get(data, last), (long) LONGS.get(data, last + 8), h);
    }
    if (length >= 8) {
      return end((long) LONGS.get(data, from), (long) LONGS.get(data, from + length - 8), h);
    }
    long tail = 0;
    for (int i = 0; i < length; i++) {
      tail = tail << 8 | (data[from + i] & 0xff);
    }
    return end(tail, tail, h);
  }

  private static long end(long a, long b, long h) {
    return mix(mix(a ^ SEED_1, b ^ h) ^ SEED_2, h ^ SEED_1);
  }

  private static long mix(long x, long y) {
    return x * y ^ Math.unsignedMultiplyHigh(x, y);
  }

  /**
   * Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC
   * 3629).
   */
  public static boolean isUtf8(byte[] data, int from, int to) {
    int i = from;
    // Most texts are ASCII to the end.
    while (i <= to - 8 && ((long) LONGS.get(data, i) & HIGHS) == 0) {
      i += 8;
    }
    while (i < to) {
      if (data[i] >= 0) {
        i++;
        continue;
      }
      int n = sequence(data, i, to);
      if (n == 0) {
        return false;
      }
      i += n;
    }
    return true;
  }

  /**
   * Reads text. Bytes that are no UTF-8 become the unpaired surrogates that {@link Quoting} shows
   * as {@code \xff} and that no valid name has.
   */
  public static String text(byte[] data, int from, int to) {
    if (isUtf8(data, from, to)) {
      return new String(data, from, to - from, StandardCharsets.UTF_8);
    }
    StringBuilder out = new StringBuilder();
    int i = from;
    while (i < to) {
      int n = sequence(data, i, to);
      if (n == 0) {
        out.append((char) (0xdc00 | (data[i] & 0xff)));
        i++;
      } else if (n == 1) {
        out.append((char) data[i++]);
      } else {
        out.append(new String(data, i, n, StandardCharsets.UTF_8));
        i += n;
      }
    }
    return out.toString();
  }

  /**
   * Reads text in which backslashes escape: {@code \\}, {@code \n} and, where {@code quotes},
   * {@code \"} are undone, others stay as they are.
   */
  public static String unescaped(byte[] data, int from, int to, boolean quotes) {
    String text = text(data, from, to);
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char next = c == '\\' && i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (next == '\\' || next == 'n' || (quotes && next == '"')) {
        out.append(next == 'n' ? '\n' : next);
        i++;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * Quotes bytes as Go's {@code %q} does, for messages: what is no UTF-8 becomes {@code \xNN}. Of
   * long texts the first 4096 bytes.
   */
  public static String quote(byte[] data, int from, int to) {
    int end = (int) Math.min(to, (long) from + MAX_QUOTED);
    // What the limit cuts in two is left out.
    for (int back = 1; end < to && back < 4 && (data[end] & 0xc0) == 0x80; back++) {
      end--;
    }
    return Quoting.quote(text(data, from, end));
  }

  /** As {@link #quote} of the bytes and a line feed behind them. */
  static String quoteLine(byte[] data, int from, int to) {
    if (to - from >= MAX_QUOTED) {
      return quote(data, from, to);
    }
    byte[] line = Arrays.copyOfRange(data, from, to + 1);
    line[to - from] = '\n';
    return quote(line, 0, line.length);
  }

  /** The length of the UTF-8 sequence at {@code i}, 0 when there is none. */
  private static int sequence(byte[] data, int i, int to) {
    int first = data[i] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    if (first < 0xc2 || first > 0xf4 || i + 1 >= to) {
      return 0;
    }
    // The second byte's bounds shut out surrogates, overlong forms and what is beyond Unicode.
    int second = data[i + 1] & 0xff;
    int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) {
      return 0;
    }
    int n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (i + n > to) {
      return 0;
    }
    for (int k = 2; k < n; k++) {
      if ((data[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return n;
  }
}
