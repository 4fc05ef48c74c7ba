package io.narthex.ingest.remotewrite;

import io.narthex.api.storage.SeriesKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What the bytes of labels must be. */
final class Text {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  /** {@code __name__}, little-endian. */
  private static final long METRIC_NAME = 0x5f5f_656d_616e_5f5fL;

  private Text() {}

  /** Whether the name is that of the label which holds the metric's name. */
  static boolean isMetricName(byte[] bytes, int offset, int length) {
    return length == 8 && (long) LONG.get(bytes, offset) == METRIC_NAME;
  }

  /** Whether all names and values are UTF-8. */
  static boolean isUtf8(SeriesKey key) {
    byte[] bytes = key.bytes();
    int n = key.length();
    if (isAscii(bytes, 0, n)) {
      return true;
    }
    // A length of more than 127 has a high bit as well: look at the strings one by one.
    int p = 0;
    while (p < n) {
      int length = 0;
      int shift = 0;
      byte b;
      do {
        b = bytes[p++];
        length |= (b & 0x7f) << shift;
        shift += 7;
      } while (b < 0);
      if (!isUtf8(bytes, p, length)) {
        return false;
      }
      p += length;
    }
    return true;
  }

  private static boolean isAscii(byte[] bytes, int from, int to) {
    int p = from;
    for (; p <= to - 8; p += 8) {
      if (((long) LONG.get(bytes, p) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; p < to; p++) {
      if (bytes[p] < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC
   * 3629).
   */
  static boolean isUtf8(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int p = offset;
    while (p < end) {
      int b = bytes[p++];
      if (b >= 0) {
        continue;
      }
      int lead = b & 0xff;
      if (lead < 0xc2 || lead > 0xf4) {
        return false;
      }
      int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      if (end - p < more) {
        return false;
      }
      int second = bytes[p] & 0xff;
      int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (second < low || second > high) {
        return false;
      }
      for (int i = 1; i < more; i++) {
        if ((bytes[p + i] & 0xc0) != 0x80) {
          return false;
        }
      }
      p += more;
    }
    return true;
  }
}
