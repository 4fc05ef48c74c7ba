package io.narthex.exporter.node;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of /proc or /sys that is read again and again. It is held open and read from offset 0,
 * which makes the kernel produce its content anew and saves opening it, the dearer half of reading
 * a small file. Not safe for several threads.
 */
final class KernelFile implements Closeable {
  private final Path path;
  private final ReadBuffer buffer;
  private @Nullable FileChannel channel;

  KernelFile(Path path, ReadBuffer buffer) {
    this.path = path;
    this.buffer = buffer;
  }

  Path path() {
    return path;
  }

  /** Whether it is there now; asked of the file system only while the file is not open. */
  boolean exists() {
    return channel != null || Files.exists(path);
  }

  /**
   * Reads the whole file.
   *
   * @return its content, at the first line; valid until the buffer is used for another file
   * @throws IOException when it cannot be read; {@link java.nio.file.NoSuchFileException} when it
   *     is not there
   */
  ByteCursor read() throws IOException {
    FileChannel open = channel;
    if (open != null && open.isOpen()) {
      try {
        return buffer.fill(path, open);
      } catch (IOException e) {
        // What it showed may be gone and back: a device unplugged, a CPU off-line, a process ended.
        // Also,
        // an interrupt closes a channel.
        close();
      }
    }
    open = FileChannel.open(path, StandardOpenOption.READ);
    try {
      ByteCursor content = buffer.fill(path, open);
      channel = open;
      return content;
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  /** The file's first line without blanks at its ends. */
  String readLine() throws IOException {
    ByteCursor content = read();
    return content.nextLine() ? content.rest() : "";
  }

  /** The unsigned number that is the file's content. */
  long readUnsigned() throws IOException {
    ByteCursor content = read();
    content.nextLine();
    return content.unsigned();
  }

  @Override
  public void close() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Nothing was written; there is nothing to lose.
      }
    }
  }
}
