package io.narthex.ingest.otlp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Label names by attribute keys, as bytes, so that the same keys, which come with each data point,
 * are translated once. Of bounded size; belongs to one reader of a request at a time.
 */
final class LabelNameCache {
  /** How many keys are kept before all are forgotten. */
  static final int MOST = 4096;

  /** Longer keys are translated each time. */
  private static final int LONGEST = 256;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private record Entry(byte[] key, byte[] name) {}

  private final @Nullable Entry[] table = new Entry[2 * MOST];
  private final long seed;
  private int size;
  private Names names;

  /**
   * Makes an empty one.
   *
   * @param seed of the hash, random: so that nobody can choose keys that collide
   */
  LabelNameCache(long seed, Names names) {
    this.seed = seed;
    this.names = names;
  }

  /** Forgets everything when these are other rules. */
  void rules(Names now) {
    if (names != now) {
      names = now;
      clear();
    }
  }

  private void clear() {
    Arrays.fill(table, null);
    size = 0;
  }

  /** The label name of a key, which is UTF-8. The array belongs to the cache. */
  byte[] name(byte[] from, int offset, int length) throws UntranslatableException {
    if (length > LONGEST) {
      return translate(from, offset, length);
    }
    int slot = slot(from, offset, length);
    while (true) {
      Entry there = table[slot];
      if (there == null) {
        break;
      }
      if (Arrays.equals(there.key, 0, there.key.length, from, offset, offset + length)) {
        return there.name;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    byte[] name = translate(from, offset, length);
    if (size == MOST) {
      clear();
      slot = slot(from, offset, length);
    }
    size++;
    table[slot] = new Entry(Arrays.copyOfRange(from, offset, offset + length), name);
    return name;
  }

  private byte[] translate(byte[] from, int offset, int length) throws UntranslatableException {
    return names
        .label(new String(from, offset, length, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  private int slot(byte[] from, int offset, int length) {
    long h = seed ^ length;
    int p = offset;
    int end = offset + length;
    for (; p <= end - 8; p += 8) {
      h = mix(h ^ (long) LONG.get(from, p));
    }
    long last = 0;
    for (; p < end; p++) {
      last = last << 8 | (from[p] & 0xff);
    }
    h = mix(h ^ last);
    return (int) h & (table.length - 1);
  }

  private static long mix(long x) {
    return Math.unsignedMultiplyHigh(x, 0x9E3779B97F4A7C15L) ^ x * 0x9E3779B97F4A7C15L;
  }
}
