package io.narthex.ingest.remotewrite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * References of series that came before, found by a hash of their labels as they stand in a
 * request: a sender sends the same bytes again and again, so that most series need neither be taken
 * apart nor looked for in the storage. A cache of bounded size; safe for any number of threads,
 * without locks.
 *
 * <p>The labels themselves are not kept: they are taken for known when 128 bits of hash agree. The
 * hash is keyed at random, so that nobody can look for two series that agree, and among a million
 * series two do so by chance less than once in 10<sup>26</sup> runs.
 *
 * <p>Four entries share a bucket. An entry is three longs, {@code first ^ ref}, {@code second ^
 * ~ref}, {@code ref}: a reader who meets an entry that is half written finds that it does not fit,
 * because each long is written at once and the three agree for one series only.
 */
final class KnownSeries {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Labels of fewer bytes are not hashed. */
  static final int SHORTEST = 16;

  private static final int WAYS = 4;
  private static final int FIELDS = 3;
  private static final int FIRST_BUCKETS = 1 << 8;

  /** Entries for half a million series: 12 MiB. */
  static final int MOST_BUCKETS = 1 << 17;

  private final long seedOne;
  private final long seedTwo;
  private final long seedThree;
  private final int mostBuckets;

  private volatile long[] entries = new long[FIRST_BUCKETS * WAYS * FIELDS];

  /** Whose references these are. Another storage's may mean other series. */
  private final WeakReference<Object> storage;

  /** About how many entries were thrown out since the table has grown; races do not matter. */
  private int evicted;

  /** Makes an empty one for a storage. */
  KnownSeries(Object storage, RandomGenerator random, int mostBuckets) {
    this.storage = new WeakReference<>(storage);
    seedOne = random.nextLong();
    seedTwo = random.nextLong();
    seedThree = random.nextLong();
    this.mostBuckets = mostBuckets;
  }

  /** Whether the references are those of this storage. */
  boolean isOf(Object other) {
    return storage.refersTo(other);
  }

  /** Half of the hash of {@code length} bytes, which are at least {@link #SHORTEST}. */
  long first(byte[] bytes, int offset, int length) {
    return hash(bytes, offset, length, seedOne, seedTwo);
  }

  /** The other half. */
  long second(byte[] bytes, int offset, int length) {
    return hash(bytes, offset, length, seedThree, seedOne);
  }

  /** After Wang Yi's wyhash: 16 bytes at a time by a product of 128 bits, folded. */
  private static long hash(byte[] bytes, int offset, int length, long a, long b) {
    long h = a ^ length;
    int last = offset + length - 16;
    for (int p = offset; p < last; p += 16) {
      h = fold((long) LONG.get(bytes, p) ^ h, (long) LONG.get(bytes, p + 8) ^ b);
    }
    h = fold((long) LONG.get(bytes, last) ^ h, (long) LONG.get(bytes, last + 8) ^ b);
    return fold(h ^ b, a ^ 0x9E3779B97F4A7C15L);
  }

  private static long fold(long x, long y) {
    return Math.unsignedMultiplyHigh(x, y) ^ x * y;
  }

  /** The reference, 0 when it is not known. */
  long find(long first, long second) {
    long[] table = entries;
    int at = bucket(table, first);
    for (int i = at; i < at + WAYS * FIELDS; i += FIELDS) {
      long ref = table[i + 2];
      if (ref != 0 && (table[i] ^ ref) == first && (table[i + 1] ^ ~ref) == second) {
        return ref;
      }
    }
    return 0;
  }

  /** Notes a reference, which is not 0. */
  void put(long first, long second, long ref) {
    long[] table = entries;
    int at = bucket(table, first);
    int chosen = -1;
    for (int i = at; i < at + WAYS * FIELDS && chosen < 0; i += FIELDS) {
      long there = table[i + 2];
      if (there == 0 || (table[i] ^ there) == first) {
        chosen = i;
      }
    }
    if (chosen < 0) {
      chosen = at + (int) (second & WAYS - 1) * FIELDS;
      if (++evicted > table.length / FIELDS / 4 && table.length < mostBuckets * WAYS * FIELDS) {
        grow(table);
        return;
      }
    }
    set(table, chosen, first, second, ref);
  }

  /** Forgets a reference that means nothing any more. */
  void remove(long first, long second) {
    long[] table = entries;
    int at = bucket(table, first);
    for (int i = at; i < at + WAYS * FIELDS; i += FIELDS) {
      long ref = table[i + 2];
      if ((table[i] ^ ref) == first && (table[i + 1] ^ ~ref) == second) {
        table[i + 2] = 0;
      }
    }
  }

  private synchronized void grow(long[] table) {
    if (table.length != entries.length) {
      return;
    }
    long[] larger = new long[2 * table.length];
    for (int i = 0; i < table.length; i += FIELDS) {
      long ref = table[i + 2];
      if (ref == 0) {
        continue;
      }
      // Where half of an entry is another one's, it is copied and found by nobody.
      long first = table[i] ^ ref;
      int at = bucket(larger, first);
      for (int j = at; j < at + WAYS * FIELDS; j += FIELDS) {
        if (larger[j + 2] == 0) {
          set(larger, j, first, table[i + 1] ^ ~ref, ref);
          break;
        }
      }
    }
    evicted = 0;
    entries = larger;
  }

  private static void set(long[] table, int i, long first, long second, long ref) {
    table[i] = first ^ ref;
    table[i + 1] = second ^ ~ref;
    table[i + 2] = ref;
  }

  /** The number of buckets is a power of two. */
  private static int bucket(long[] table, long first) {
    int buckets = table.length / (WAYS * FIELDS);
    return (int) (first >>> 40 & buckets - 1) * (WAYS * FIELDS);
  }

  /** The most entries that there is room for now. */
  int capacity() {
    return entries.length / FIELDS;
  }
}
