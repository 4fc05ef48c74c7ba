package io.narthex.storage.tsdb.wal;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyDecompressor;
import io.airlift.compress.v3.zstd.ZstdDecompressor;
import io.narthex.storage.tsdb.file.CorruptionException;
import org.jspecify.annotations.Nullable;

/** Unpacks records; knows how large they will be before it asks for memory. One thread. */
final class Decompression {
  /** A record of more than this is nonsense. */
  static final int MAX_RECORD = 1 << 30;

  /** Snappy makes at most 64 bytes of 3. */
  private static final int SNAPPY_RATIO = 22;

  /** A block of zstd takes 3 bytes or more and gives up to this much. */
  private static final int ZSTD_BLOCK = 128 << 10;

  private @Nullable SnappyDecompressor snappy;
  private @Nullable ZstdDecompressor zstd;

  /** The most that the record can take. */
  int bound(int flag, byte[] packed, int offset, int length) throws CorruptionException {
    try {
      if (flag == Compression.SNAPPY.flag) {
        long claimed = snappy().getUncompressedLength(packed, offset);
        return within(claimed, (long) length * SNAPPY_RATIO + 64);
      }
      long most = Math.min(MAX_RECORD, ((long) length / 3 + 1) * ZSTD_BLOCK);
      long claimed = zstd().getDecompressedSize(packed, offset, length);
      if (claimed < 0) {
        // The frame does not tell; records are seldom packed to less than a 32nd.
        return (int) Math.min(most, Math.max(1 << 20, 32L * length));
      }
      return within(claimed, most);
    } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new CorruptionException(null, 0, "compressed record: " + e.getMessage());
    }
  }

  private static int within(long claimed, long most) throws CorruptionException {
    if (claimed < 0 || claimed > Math.min(most, MAX_RECORD)) {
      throw new CorruptionException(
          null, 0, "compressed record: got a length of " + claimed + ", want at most " + most);
    }
    return (int) claimed;
  }

  /** Unpacks to {@code to}, which has room for {@link #bound}; returns the length. */
  int decompress(int flag, byte[] packed, int offset, int length, byte[] to, int at, int room)
      throws CorruptionException {
    try {
      return flag == Compression.SNAPPY.flag
          ? snappy().decompress(packed, offset, length, to, at, room)
          : zstd().decompress(packed, offset, length, to, at, room);
    } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new CorruptionException(null, 0, "compressed record: " + e.getMessage());
    }
  }

  private SnappyDecompressor snappy() {
    SnappyDecompressor made = snappy;
    if (made == null) {
      made = SnappyDecompressor.create();
      snappy = made;
    }
    return made;
  }

  private ZstdDecompressor zstd() {
    ZstdDecompressor made = zstd;
    if (made == null) {
      made = ZstdDecompressor.create();
      zstd = made;
    }
    return made;
  }
}
