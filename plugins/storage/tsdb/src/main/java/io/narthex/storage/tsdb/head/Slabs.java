package io.narthex.storage.tsdb.head;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the Java heap for millions of small pieces: labels, and the bytes of open chunks.
 *
 * <p>Pieces are named by a handle of 32 bits, their position in units of 8 bytes (so one instance
 * addresses 32 GiB), and come in size classes: multiples of 8 up to 256 bytes, then four sizes for
 * each doubling. A freed piece goes to the list of its class and is given out again; slabs of 1 MiB
 * are never unmapped while the instance is in use, so a reader that comes too late reads other
 * bytes, and never crashes. Pieces of more than a slab have one of their own.
 *
 * <p>One thread at a time allocates and frees; any number may read.
 */
final class Slabs {
  private static final int UNIT_SHIFT = 3;
  private static final int SLAB_SHIFT = 17;
  private static final int UNITS_PER_SLAB = 1 << SLAB_SHIFT;
  private static final int SLAB_BYTES = UNITS_PER_SLAB << UNIT_SHIFT;
  private static final int EXACT = 32;

  private volatile @Nullable MemorySegment[] slabs = new MemorySegment[4];
  private int slabCount;
  private int bumpUnit;
  private int bumpEnd;
  private final int[] free = new int[classOfUnits(UNITS_PER_SLAB) + 1];
  private long allocated;
  private long reserved;

  /** The slab with the piece; its bytes begin at {@link #offset}. */
  MemorySegment segment(int handle) {
    MemorySegment slab = slabs[handle >>> SLAB_SHIFT];
    if (slab == null) {
      throw new IllegalStateException("cannot read a piece of memory that was freed");
    }
    return slab;
  }

  /** Where in {@link #segment} the piece begins, in bytes. */
  static long offset(int handle) {
    return (long) (handle & (UNITS_PER_SLAB - 1)) << UNIT_SHIFT;
  }

  /** Bytes that a piece of at least {@code bytes} really has. */
  static int capacity(int bytes) {
    int units = (bytes + 7) >>> UNIT_SHIFT;
    if (units > UNITS_PER_SLAB) {
      return units << UNIT_SHIFT;
    }
    return unitsOfClass(classOfUnits(Math.max(1, units))) << UNIT_SHIFT;
  }

  /**
   * A piece of at least {@code bytes}, whose content is arbitrary. Never 0.
   *
   * @throws OutOfMemoryError when the machine, or the 32 bits, have no more
   */
  int allocate(int bytes) {
    int units = Math.max(1, (bytes + 7) >>> UNIT_SHIFT);
    if (units > UNITS_PER_SLAB) {
      int index = addSlab((long) units << UNIT_SHIFT);
      allocated += (long) units << UNIT_SHIFT;
      return index << SLAB_SHIFT;
    }
    int sizeClass = classOfUnits(units);
    int size = unitsOfClass(sizeClass);
    allocated += (long) size << UNIT_SHIFT;
    int head = free[sizeClass];
    if (head != 0) {
      free[sizeClass] = segment(head).get(Layouts.INT, offset(head));
      return head;
    }
    if (bumpEnd - bumpUnit < size) {
      giveAwayRest();
      int index = addSlab(SLAB_BYTES);
      // Handle 0 means none, so the first unit of the first slab stays unused.
      bumpUnit = (index << SLAB_SHIFT) + (index == 0 ? 1 : 0);
      bumpEnd = (index << SLAB_SHIFT) + UNITS_PER_SLAB;
      if (bumpEnd - bumpUnit < size) {
        bumpUnit = 0;
        bumpEnd = 0;
        index = addSlab(SLAB_BYTES);
        return index << SLAB_SHIFT;
      }
    }
    int handle = bumpUnit;
    bumpUnit += size;
    return handle;
  }

  /** What is left of a slab that is too small for the request serves smaller ones. */
  private void giveAwayRest() {
    while (bumpEnd - bumpUnit > 0) {
      int rest = bumpEnd - bumpUnit;
      int sizeClass = classOfUnits(rest);
      if (unitsOfClass(sizeClass) > rest) {
        sizeClass--;
      }
      push(sizeClass, bumpUnit);
      bumpUnit += unitsOfClass(sizeClass);
    }
  }

  private int addSlab(long bytes) {
    MemorySegment slab = Arena.ofAuto().allocate(bytes, 8);
    reserved += bytes;
    @Nullable MemorySegment[] now = slabs;
    for (int i = 0; i < slabCount; i++) {
      if (now[i] == null) {
        now[i] = slab;
        slabs = now;
        return i;
      }
    }
    if (slabCount == 1 << (32 - SLAB_SHIFT)) {
      throw new OutOfMemoryError("the head has more than 32 GiB of labels or of open chunks");
    }
    if (slabCount == now.length) {
      now = Arrays.copyOf(now, 2 * now.length);
    }
    now[slabCount] = slab;
    slabs = now;
    return slabCount++;
  }

  /**
   * Takes a piece back.
   *
   * @param bytes what was asked for, or {@link #capacity} of it
   */
  void free(int handle, int bytes) {
    int units = Math.max(1, (bytes + 7) >>> UNIT_SHIFT);
    if (units > UNITS_PER_SLAB) {
      allocated -= (long) units << UNIT_SHIFT;
      reserved -= (long) units << UNIT_SHIFT;
      @Nullable MemorySegment[] now = slabs;
      now[handle >>> SLAB_SHIFT] = null;
      slabs = now;
      return;
    }
    int sizeClass = classOfUnits(units);
    allocated -= (long) unitsOfClass(sizeClass) << UNIT_SHIFT;
    push(sizeClass, handle);
  }

  private void push(int sizeClass, int handle) {
    segment(handle).set(Layouts.INT, offset(handle), free[sizeClass]);
    free[sizeClass] = handle;
  }

  /** Bytes in pieces that are in use. */
  long allocated() {
    return allocated;
  }

  /** Bytes taken from the machine. */
  long reserved() {
    return reserved;
  }

  private static int classOfUnits(int units) {
    if (units <= EXACT) {
      return units - 1;
    }
    // Four sizes for each doubling: the two bits behind the leading one, rounded up.
    int log = 31 - Integer.numberOfLeadingZeros(units - 1);
    int step = 1 << (log - 2);
    int quarter = (units - (1 << log) + step - 1) / step;
    return EXACT + (log - 5) * 4 + quarter - 1;
  }

  private static int unitsOfClass(int sizeClass) {
    if (sizeClass < EXACT) {
      return sizeClass + 1;
    }
    int log = 5 + (sizeClass - EXACT) / 4;
    int quarter = (sizeClass - EXACT) % 4 + 1;
    return (1 << log) + (quarter << (log - 2));
  }
}
