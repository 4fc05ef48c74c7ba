package io.narthex.storage.tsdb.head;

import java.lang.foreign.MemorySegment;

/**
 * The list of a series' chunks that were written to head-chunk files, oldest first, as bytes in the
 * head's own memory: about ten for each chunk.
 *
 * <pre>
 *  0 count     int   chunks
 *  4 used      int   bytes, these 32 included
 *  8 lastMax   long  last time of the newest chunk
 * 16 lastRef   long  reference of the newest chunk
 * 24 capacity  int   bytes
 * 28           int   -
 * 32 entries   varints: zigzag(first time - last time of the chunk before),
 *                       last - first time, zigzag(reference - the one before)
 * </pre>
 */
final class FileChunks {
  private static final int COUNT = 0;
  private static final int USED = 4;
  private static final int LAST_MAX = 8;
  private static final int LAST_REF = 16;
  private static final int CAPACITY = 24;
  private static final int HEADER = 32;

  /** Three varints at their longest. */
  private static final int MAX_ENTRY = 30;

  private FileChunks() {}

  /** Takes one chunk. */
  interface Sink {
    /** Times in milliseconds, inclusive; {@code ref} as the head-chunk files gave it. */
    void chunk(long minTime, long maxTime, long ref);
  }

  /** The number of chunks. */
  static int count(Slabs memory, int handle) {
    return handle == 0 ? 0 : memory.segment(handle).get(Layouts.INT, Slabs.offset(handle) + COUNT);
  }

  /** The last time of the newest chunk; {@link Long#MIN_VALUE} for an empty list. */
  static long lastMax(Slabs memory, int handle) {
    return handle == 0
        ? Long.MIN_VALUE
        : memory.segment(handle).get(Layouts.LONG, Slabs.offset(handle) + LAST_MAX);
  }

  /** Adds a chunk and returns the list's handle, which may be another one. */
  static int add(Slabs memory, int list, long minTime, long maxTime, long ref) {
    int handle = list;
    if (handle == 0) {
      handle = fresh(memory, 64);
    }
    MemorySegment segment = memory.segment(handle);
    long at = Slabs.offset(handle);
    int used = segment.get(Layouts.INT, at + USED);
    int capacity = segment.get(Layouts.INT, at + CAPACITY);
    if (capacity - used < MAX_ENTRY) {
      int newCapacity = Slabs.capacity(capacity + Math.max(32, capacity / 4));
      int larger = memory.allocate(newCapacity);
      MemorySegment to = memory.segment(larger);
      MemorySegment.copy(segment, at, to, Slabs.offset(larger), used);
      memory.free(handle, capacity);
      handle = larger;
      segment = to;
      at = Slabs.offset(handle);
      segment.set(Layouts.INT, at + CAPACITY, newCapacity);
    }
    long p = at + used;
    p = put(segment, p, Varints.zigzag(minTime - segment.get(Layouts.LONG, at + LAST_MAX)));
    p = put(segment, p, maxTime - minTime);
    p = put(segment, p, Varints.zigzag(ref - segment.get(Layouts.LONG, at + LAST_REF)));
    segment.set(Layouts.LONG, at + LAST_MAX, maxTime);
    segment.set(Layouts.LONG, at + LAST_REF, ref);
    segment.set(Layouts.INT, at + USED, (int) (p - at));
    segment.set(Layouts.INT, at + COUNT, segment.get(Layouts.INT, at + COUNT) + 1);
    return handle;
  }

  private static int fresh(Slabs memory, int bytes) {
    int capacity = Slabs.capacity(bytes);
    int handle = memory.allocate(capacity);
    MemorySegment segment = memory.segment(handle);
    long at = Slabs.offset(handle);
    segment.set(Layouts.INT, at + COUNT, 0);
    segment.set(Layouts.INT, at + USED, HEADER);
    segment.set(Layouts.LONG, at + LAST_MAX, 0);
    segment.set(Layouts.LONG, at + LAST_REF, 0);
    segment.set(Layouts.INT, at + CAPACITY, capacity);
    return handle;
  }

  private static long put(MemorySegment to, long at, long value) {
    long p = at;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to.set(Layouts.BYTE, p++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    to.set(Layouts.BYTE, p++, (byte) rest);
    return p;
  }

  /**
   * Hands out the chunks, oldest first. While a list changes, a reader may be given nonsense; it
   * must look whether the record has changed before it believes anything.
   */
  static void forEach(Slabs memory, int handle, Sink sink) {
    if (handle == 0) {
      return;
    }
    MemorySegment segment = memory.segment(handle);
    long at = Slabs.offset(handle);
    long end = at + Math.clamp(segment.get(Layouts.INT, at + USED), HEADER, 1 << 19);
    end = Math.min(end, segment.byteSize());
    long p = at + HEADER;
    long last = 0;
    long ref = 0;
    int count = segment.get(Layouts.INT, at + COUNT);
    for (int i = 0; i < count && p < end; i++) {
      long min = 0;
      long max = 0;
      for (int field = 0; field < 3; field++) {
        long value = 0;
        int shift = 0;
        byte b;
        do {
          if (p >= end) {
            return;
          }
          b = segment.get(Layouts.BYTE, p++);
          value |= (b & 0x7fL) << shift;
          shift += 7;
        } while (b < 0 && shift < 70);
        switch (field) {
          case 0 -> min = last + Varints.unzigzag(value);
          case 1 -> max = min + value;
          default -> ref += Varints.unzigzag(value);
        }
      }
      last = max;
      sink.chunk(min, max, ref);
    }
  }

  /**
   * Drops the chunks that end before {@code time} and returns the new handle, 0 for an empty list.
   */
  static int dropBefore(Slabs memory, int handle, long time) {
    if (handle == 0) {
      return 0;
    }
    int[] kept = {0};
    int[] dropped = {0};
    forEach(
        memory,
        handle,
        (min, max, ref) -> {
          if (max < time) {
            dropped[0]++;
          }
        });
    if (dropped[0] == 0) {
      return handle;
    }
    forEach(
        memory,
        handle,
        (min, max, ref) -> {
          if (max >= time) {
            kept[0] = add(memory, kept[0], min, max, ref);
          }
        });
    free(memory, handle);
    return kept[0];
  }

  static void free(Slabs memory, int handle) {
    if (handle != 0) {
      memory.free(handle, memory.segment(handle).get(Layouts.INT, Slabs.offset(handle) + CAPACITY));
    }
  }
}
