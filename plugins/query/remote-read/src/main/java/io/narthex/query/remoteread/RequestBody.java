package io.narthex.query.remoteread;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.SnappyLength;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a body in Snappy's block format. No room is made for what a few bytes only claim. */
final class RequestBody {
  /** The largest unpacked request, in bytes; as upstream. */
  static final int MAX_UNPACKED = 32 << 20;

  /** The largest packed request, in bytes; as upstream. */
  static final int MAX_PACKED = 32 << 20;

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
    int n =
        SnappyLength.of(
            packed,
            length,
            MAX_UNPACKED,
            claimed -> "snappy: decoded length " + claimed + " exceeds limit " + MAX_UNPACKED);
    share.take(n);
    byte[] unpacked = new byte[n];
    if (n == 0) {
      // The length ends with the first byte that is not negative; nothing may stand behind it.
      for (int i = 0; i < length - 1; i++) {
        if (packed[i] >= 0) {
          throw SnappyLength.corrupt();
        }
      }
      return unpacked;
    }
    int made;
    try {
      made = new SnappyJavaDecompressor().decompress(packed, 0, length, unpacked, 0, n);
    } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw SnappyLength.corrupt();
    }
    if (made != n) {
      throw SnappyLength.corrupt();
    }
    return unpacked;
  }
}
