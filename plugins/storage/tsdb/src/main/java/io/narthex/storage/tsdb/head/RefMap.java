package io.narthex.storage.tsdb.head;

import java.util.function.IntConsumer;

/** A map from refs to non-zero ints, without boxing. Not safe for several threads. */
final class RefMap {
  private long[] keys = new long[64];
  private int[] values = new int[64];
  private int used;

  boolean isEmpty() {
    return used == 0;
  }

  private int place(long key) {
    int mask = keys.length - 1;
    int i = (int) ((key * 0x9e3779b97f4a7c15L) >>> 32) & mask;
    while (keys[i] != 0 && keys[i] != key) {
      i = (i + 1) & mask;
    }
    return i;
  }

  /** The value, 0 when there is none. */
  int get(long key) {
    return key == 0 ? 0 : values[place(key)];
  }

  void put(long key, int value) {
    if (key == 0) {
      return;
    }
    int i = place(key);
    if (keys[i] == 0) {
      if (2 * ++used > keys.length) {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new int[2 * oldKeys.length];
        for (int k = 0; k < oldKeys.length; k++) {
          if (oldKeys[k] != 0) {
            int to = place(oldKeys[k]);
            keys[to] = oldKeys[k];
            values[to] = oldValues[k];
          }
        }
        i = place(key);
      }
      keys[i] = key;
    }
    values[i] = value;
  }

  /** Takes the value out and returns it, 0 when there is none. */
  int remove(long key) {
    if (key == 0) {
      return 0;
    }
    int i = place(key);
    int value = values[i];
    values[i] = 0;
    return value;
  }

  void forEach(IntConsumer action) {
    for (int value : values) {
      if (value != 0) {
        action.accept(value);
      }
    }
  }
}
