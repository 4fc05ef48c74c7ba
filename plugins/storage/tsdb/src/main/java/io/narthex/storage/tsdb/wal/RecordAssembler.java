package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.Segments.HEADER;
import static io.narthex.storage.tsdb.wal.Segments.PAGE;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Puts records together from their fragments: verifies checksums and decompresses. Not safe for
 * several threads.
 */
final class RecordAssembler {
  private final CRC32C crc = new CRC32C();
  private final Decompression decompression = new Decompression();
  private byte[] packed = new byte[PAGE];

  /**
   * Appends to {@code out} the record that stands from {@code start} to {@code end} of {@code
   * segment}.
   */
  void read(Path path, MemorySegment segment, long start, long end, RecordBuffer out)
      throws CorruptionException {
    int flags = segment.get(ValueLayout.JAVA_BYTE, start);
    int flag =
        (flags & Compression.SNAPPY.flag) != 0
            ? Compression.SNAPPY.flag
            : flags & Compression.ZSTD.flag;
    int most = Math.toIntExact(end - start);
    byte[] to;
    int at;
    if (flag == 0) {
      out.room(most);
      to = out.bytes;
      at = out.length;
    } else {
      if (packed.length < most) {
        packed = new byte[RecordBuffer.grown(packed.length, most)];
      }
      to = packed;
      at = 0;
    }
    long p = start;
    while (p < end) {
      int left = PAGE - (int) (p % PAGE);
      if (left < HEADER) {
        p += left;
        continue;
      }
      int length =
          (segment.get(ValueLayout.JAVA_BYTE, p + 1) & 0xff) << 8
              | (segment.get(ValueLayout.JAVA_BYTE, p + 2) & 0xff);
      int want =
          (segment.get(ValueLayout.JAVA_BYTE, p + 3) & 0xff) << 24
              | (segment.get(ValueLayout.JAVA_BYTE, p + 4) & 0xff) << 16
              | (segment.get(ValueLayout.JAVA_BYTE, p + 5) & 0xff) << 8
              | (segment.get(ValueLayout.JAVA_BYTE, p + 6) & 0xff);
      if (length > end - p - HEADER || length > to.length - at) {
        throw new CorruptionException(path, start, "got a fragment of " + length + " bytes");
      }
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, p + HEADER, to, at, length);
      crc.reset();
      crc.update(to, at, length);
      if ((int) crc.getValue() != want) {
        throw new CorruptionException(
            path,
            start,
            String.format(Locale.ROOT, "checksum: got %08x, want %08x", crc.getValue(), want));
      }
      at += length;
      p += HEADER + length;
    }
    if (flag == 0) {
      out.length = at;
    } else if (at > 0) {
      try {
        int room = decompression.bound(flag, packed, 0, at);
        out.room(room);
        out.length +=
            decompression.decompress(
                flag, packed, 0, at, out.bytes, out.length, out.bytes.length - out.length);
      } catch (CorruptionException e) {
        CorruptionException placed =
            new CorruptionException(path, start, String.valueOf(e.getMessage()));
        placed.initCause(e);
        throw placed;
      }
    }
    out.end();
  }
}
