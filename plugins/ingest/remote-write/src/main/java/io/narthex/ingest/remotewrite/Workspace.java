package io.narthex.ingest.remotewrite;

import io.narthex.api.web.MemoryBudget;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * What the reading of a request needs and the next request can use again. Belongs to one request at
 * a time.
 */
final class Workspace {
  /** A buffer of more bytes than this is not kept for the next request. */
  static final int KEPT = 4 << 20;

  /** Bytes that are asked of a connection at once: the system copies through a buffer as large. */
  private static final int READ = 128 << 10;

  private final MemoryBudget budget;
  private byte[] packed = new byte[0];
  private byte[] unpacked = new byte[0];

  final SnappyBlock snappy = new SnappyBlock();
  final Transaction transaction = new Transaction();
  final VersionOne versionOne = new VersionOne();
  final VersionTwo versionTwo = new VersionTwo();

  Workspace(MemoryBudget budget) {
    this.budget = budget;
  }

  /** There is no room for the request now; there will be. */
  static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoomException() {
      super("too much remote write data at a time");
    }
  }

  /**
   * Reads a body to its end.
   *
   * @param expected its length in bytes, if known; otherwise any guess
   * @return its length
   */
  int read(InputStream body, int expected) throws IOException {
    int want = Math.clamp(expected, 1 << 12, SnappyBlock.MAX_PACKED) + 1;
    if (packed.length < want) {
      packed = grown(packed, 0, want);
    }
    int length = 0;
    while (true) {
      if (length == packed.length) {
        if (length > SnappyBlock.MAX_PACKED) {
          return length;
        }
        packed = grown(packed, length, Math.min(2 * length, SnappyBlock.MAX_PACKED + 1));
      }
      int n = body.read(packed, length, Math.min(READ, packed.length - length));
      if (n < 0) {
        return length;
      }
      length += n;
    }
  }

  /**
   * Unpacks what was read.
   *
   * @return its length
   */
  int unpack(int length) throws MalformedException, NoRoomException {
    int n = snappy.unpackedLength(packed, length);
    if (unpacked.length < n) {
      unpacked = grown(unpacked, 0, n);
    }
    snappy.unpack(packed, length, unpacked, n);
    return n;
  }

  /** Holds what was unpacked last, from its beginning. */
  byte[] unpacked() {
    return unpacked;
  }

  private byte[] grown(byte[] buffer, int keep, int length) throws NoRoomException {
    if (!budget.take(length)) {
      throw new NoRoomException();
    }
    byte[] larger = keep == 0 ? new byte[length] : Arrays.copyOf(buffer, length);
    budget.release(buffer.length);
    return larger;
  }

  /** Lets go of what is too large to be kept. */
  void trim() {
    if (packed.length > KEPT) {
      budget.release(packed.length);
      packed = new byte[0];
    }
    if (unpacked.length > KEPT) {
      budget.release(unpacked.length);
      unpacked = new byte[0];
      versionOne.release();
      versionTwo.release();
    }
  }

  /** Gives all of its room back; it is not used any more. */
  void drop() {
    budget.release((long) packed.length + unpacked.length);
    packed = new byte[0];
    unpacked = new byte[0];
  }
}
