package io.narthex.storage.tsdb.command;

import java.util.Arrays;

/**
 * Byte strings, numbered from 0 in the order in which they came; each stands once. About 20 bytes
 * beside its content for each. Not safe for several threads.
 */
final class Interner {
  private static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private byte[] bytes = new byte[1 << 12];
  private int used;
  private int[] starts = new int[64];
  private int[] hashes = new int[64];
  private int size;

  /** Number + 1, 0 where free. */
  private int[] slots = new int[128];

  int size() {
    return size;
  }

  /** The array that all strings stand in; another one after the next {@link #intern}. */
  byte[] bytes() {
    return bytes;
  }

  int start(int number) {
    return starts[number];
  }

  int end(int number) {
    return number + 1 < size ? starts[number + 1] : used;
  }

  byte[] get(int number) {
    return Arrays.copyOfRange(bytes, start(number), end(number));
  }

  /** The number of a string, which is added if it is new. */
  int intern(byte[] from, int start, int end) {
    int hash = hash(from, start, end);
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int number = slots[slot] - 1;
      if (hashes[number] == hash
          && Arrays.equals(bytes, start(number), end(number), from, start, end)) {
        return number;
      }
      slot = (slot + 1) & mask;
    }
    return add(from, start, end, hash, slot);
  }

  private int add(byte[] from, int start, int end, int hash, int slot) {
    int length = end - start;
    if (bytes.length - used < length) {
      long wanted = Math.max((long) used + length, Math.min(MAX_BYTES, bytes.length * 3L / 2));
      if (wanted > MAX_BYTES) {
        throw new IllegalStateException("cannot hold the labels: they have more than 2 GiB");
      }
      bytes = Arrays.copyOf(bytes, (int) wanted);
    }
    if (size == starts.length) {
      int capacity = size + (size >> 1);
      starts = Arrays.copyOf(starts, capacity);
      hashes = Arrays.copyOf(hashes, capacity);
    }
    System.arraycopy(from, start, bytes, used, length);
    starts[size] = used;
    hashes[size] = hash;
    used += length;
    slots[slot] = ++size;
    if (2 * size > slots.length) {
      int[] wider = new int[2 * slots.length];
      for (int i = 0; i < size; i++) {
        int at = hashes[i] & (wider.length - 1);
        while (wider[at] != 0) {
          at = (at + 1) & (wider.length - 1);
        }
        wider[at] = i + 1;
      }
      slots = wider;
    }
    return size - 1;
  }

  private static int hash(byte[] from, int start, int end) {
    long h = ByteHash.of(from, start, end);
    return (int) (h ^ (h >>> 32));
  }
}
