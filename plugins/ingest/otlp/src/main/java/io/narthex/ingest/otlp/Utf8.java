package io.narthex.ingest.otlp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Whether bytes are UTF-8. */
final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /**
   * Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC
   * 3629).
   */
  static boolean is(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int p = offset;
    while (p <= end - 8 && ((long) LONG.get(bytes, p) & HIGH_BITS) == 0) {
      p += 8;
    }
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
