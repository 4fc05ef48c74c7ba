package io.narthex.query.remoteread;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a body in Snappy's block format. No room is made for what a few bytes only claim. */
final class RequestBody {
  /** The largest unpacked request, in bytes; as upstream. */
  static final int MAX_UNPACKED = 32 << 20;

  /** The largest packed request, in bytes; as upstream. */
  static final int MAX_PACKED = 32 << 20;

  /** A byte of a block stands for less than this many: a copy of 64 bytes takes three. */
  private static final int MAX_RATIO = 22;

  /** Room for a usual request. */
  private static final int FIRST = 4 << 10;

  private RequestBody() {}

  /**
   * Reads and unpacks.
   *
   * @param share what is made room for is taken from; that of the packed bytes is given back
   * @return the request, alone in its array
   */
  static byte[] read(InputStream body, Share share)
      throws IOException, MalformedException, Share.NoRoomException {
    share.take(FIRST);
    byte[] packed = new byte[FIRST];
    int length = 0;
    while (true) {
      int n = body.read(packed, length, packed.length - length);
      if (n < 0) {
        break;
      }
      length += n;
      if (length == packed.length) {
        share.take(length);
        packed = Arrays.copyOf(packed, 2 * length);
      }
    }
    byte[] unpacked = unpack(packed, length, share);
    share.release(packed.length);
    return unpacked;
  }

  private static byte[] unpack(byte[] packed, int length, Share share)
      throws MalformedException, Share.NoRoomException {
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
    if (n > 0xffff_ffffL) {
      throw corrupt();
    }
    if (n > MAX_UNPACKED) {
      throw new MalformedException(
          "snappy: decoded length " + n + " exceeds limit " + MAX_UNPACKED);
    }
    if (n > (long) MAX_RATIO * (length - p)) {
      throw corrupt();
    }
    share.take(n);
    byte[] unpacked = new byte[(int) n];
    if (n == 0) {
      if (p < length) {
        throw corrupt();
      }
      return unpacked;
    }
    int made;
    try {
      made = new SnappyJavaDecompressor().decompress(packed, 0, length, unpacked, 0, (int) n);
    } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw corrupt();
    }
    if (made != n) {
      throw corrupt();
    }
    return unpacked;
  }

  private static MalformedException corrupt() {
    return new MalformedException("s2: corrupt input");
  }
}
