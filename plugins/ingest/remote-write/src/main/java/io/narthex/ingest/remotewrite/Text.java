package io.narthex.ingest.remotewrite;

import io.narthex.api.format.ByteScan;
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
      if (!ByteScan.isUtf8(bytes, p, p + length)) {
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
}
