package io.narthex.ingest.remotewrite;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.SnappyLength;

/**
 * Unpacks Snappy's block format: a uvarint with the unpacked length, then literals and copies. The
 * length is checked before anything is made of it.
 */
final class SnappyBlock {
  /** The largest unpacked request, in bytes; as upstream. */
  static final int MAX_UNPACKED = 32 << 20;

  /** The largest packed request, in bytes: what incompressible data of the largest size takes. */
  static final int MAX_PACKED = 32 + MAX_UNPACKED + MAX_UNPACKED / 6;

  private final SnappyJavaDecompressor decompressor = new SnappyJavaDecompressor();

  /** The unpacked length, not larger than what may be made room for. */
  int unpackedLength(byte[] packed, int length) throws MalformedException {
    return SnappyLength.of(packed, length, MAX_UNPACKED, n -> "s2: decoded block is too large");
  }

  /**
   * Unpacks.
   *
   * @param unpackedLength what {@link #unpackedLength} said; {@code into} has as much room
   */
  void unpack(byte[] packed, int length, byte[] into, int unpackedLength)
      throws MalformedException {
    if (unpackedLength == 0) {
      return;
    }
    int n;
    try {
      n = decompressor.decompress(packed, 0, length, into, 0, unpackedLength);
    } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw SnappyLength.corrupt();
    }
    if (n != unpackedLength) {
      throw SnappyLength.corrupt();
    }
  }
}
