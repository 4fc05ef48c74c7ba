package io.narthex.storage.tsdb.chunk;

import org.jspecify.annotations.Nullable;

/**
 * Where an open XOR chunk stands: all that is needed, beside its bytes, to append one more sample.
 * Mutable and reusable: the head keeps these numbers off-heap, loads them here, appends and stores
 * them back. Not safe for several threads.
 */
public final class XorState {
  /** {@link #leading} while no window has been written. */
  public static final int NO_WINDOW = 0xff;

  /** Time of the last sample, in milliseconds. */
  public long time;

  /** Between the last two samples, in milliseconds; 0 while there is but one. */
  public long delta;

  /** Raw bits of the last value. */
  public long valueBits;

  /** Zero bits before the window that holds what changed: 0..31, or {@link #NO_WINDOW}. */
  public int leading;

  /** Zero bits behind the window, 0..63. */
  public int trailing;

  /**
   * What {@link XorAppender} remembers of recent values to choose windows by; to be kept with the
   * rest, 16 bits, of no meaning to others.
   */
  public int memory;

  /** The number of samples. */
  public int samples;

  /** The number of bits written, with the two bytes of the count. */
  public int bits;

  // The code of the next sample, see XorCode: up to three pieces to be written in turn.
  long code0;
  int length0;
  long code1;
  int length1;
  long code2;
  int length2;

  /** Windows chosen beforehand, by {@link WindowPlan}, and how many have been used. */
  short @Nullable [] plan;

  int planned;

  public XorState() {
    clear();
  }

  /** Makes it the state of a chunk without samples. */
  public void clear() {
    time = 0;
    delta = 0;
    valueBits = 0;
    leading = NO_WINDOW;
    trailing = 0;
    memory = 0;
    samples = 0;
    bits = 16;
  }

  /** The chunk's length in bytes. */
  public int length() {
    return (bits + 7) >>> 3;
  }
}
