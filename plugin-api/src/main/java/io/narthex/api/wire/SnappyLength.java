package io.narthex.api.wire;

import io.narthex.api.Api;
import java.util.function.LongFunction;

/**
 * The length that a block of Snappy's block format says it has unpacked: a uvarint at its start.
 * Looked at before any room is made, so that a few bytes cannot claim gigabytes. Source: Snappy's
 * format description.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class SnappyLength {
  /** A byte of a block stands for less than this many: a copy of 64 bytes takes three. */
  private static final int MAX_RATIO = 22;

  private static final long LARGEST = 0xffff_ffffL;

  private SnappyLength() {}

  /**
   * Reads it.
   *
   * @param packed the block
   * @param length how many bytes of the array the block has
   * @param most the largest length that is wanted, in bytes
   * @param tooLarge what is said of a larger one
   * @return {@code 0 <= length <= most}
   * @throws MalformedException when it is larger than {@code most}, than any length can be, or than
   *     what so few bytes can hold
   */
  public static int of(byte[] packed, int length, int most, LongFunction<String> tooLarge)
      throws MalformedException {
    long n = 0;
    int p = 0;
    for (int shift = 0; ; shift += 7) {
      if (p == length || shift > 28) {
        throw corrupt();
      }
      byte b = packed[p++];
      n |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        break;
      }
    }
    if (n > LARGEST) {
      throw corrupt();
    }
    if (n > most) {
      throw new MalformedException(tooLarge.apply(n));
    }
    if (n > (long) MAX_RATIO * (length - p)) {
      throw corrupt();
    }
    return (int) n;
  }

  /** Says that a block is none, in the words of the library that upstream uses. */
  public static MalformedException corrupt() {
    return new MalformedException("s2: corrupt input");
  }
}
