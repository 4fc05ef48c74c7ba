package io.narthex.exporter.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The buffer into which all files are read, one after the other. It grows to the largest file and
 * stays so. Not safe for several threads.
 */
final class ReadBuffer {
  /**
   * Larger than /proc/stat with some thousand interrupts, so that it comes in one read and is of
   * one moment.
   */
  private static final int CHUNK = 64 * 1024;

  private static final int MAX = 64 * 1024 * 1024;

  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
  private final ByteCursor cursor = new ByteCursor();
  private byte[] bytes = new byte[8 * 1024];

  /** Reads a file from its beginning to its end. */
  ByteCursor fill(Path path, FileChannel channel) throws IOException {
    int length = 0;
    while (true) {
      chunk.clear();
      int n = channel.read(chunk, length);
      if (n <= 0) {
        return cursor.over(path.toString(), bytes, length);
      }
      if (length + n > bytes.length) {
        if (length + n > MAX) {
          throw new IOException("cannot read " + path + ": got more than " + MAX + " bytes");
        }
        bytes = Arrays.copyOf(bytes, Math.max(length + n, bytes.length * 2));
      }
      chunk.flip().get(bytes, length, n);
      length += n;
    }
  }

  /** Reads a file once, without holding it open. */
  ByteCursor read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return fill(path, channel);
    }
  }
}
