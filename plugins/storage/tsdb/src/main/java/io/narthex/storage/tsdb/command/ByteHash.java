package io.narthex.storage.tsdb.command;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** A quick hash of bytes, eight at a time; for tables in memory only. */
final class ByteHash {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long K = 0x9E3779B97F4A7C15L;

  private ByteHash() {}

  static long of(byte[] from, int start, int end) {
    long h = K ^ (end - start);
    int i = start;
    for (; i + 8 <= end; i += 8) {
      h = (h ^ (long) WORD.get(from, i)) * K;
      h ^= h >>> 29;
    }
    long rest = 0;
    for (; i < end; i++) {
      rest = rest << 8 | (from[i] & 0xff);
    }
    return mix(h ^ rest);
  }

  static long mix(long h) {
    h *= K;
    h ^= h >>> 32;
    h *= 0xD6E8FEB86659FD93L;
    return h ^ (h >>> 32);
  }
}
