package io.narthex.storage.tsdb.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file being written, front to back. Belongs to one thread at a time. */
public interface OutputFile extends AutoCloseable {
  /**
   * Writes all of {@code bytes} from its position to its limit, at the end. On failure some of it
   * may have been written: {@link #truncate} to a known length before going on.
   */
  void write(ByteBuffer bytes) throws IOException;

  /** Replaces bytes at {@code position}, all of which have been written before. */
  void overwrite(long position, ByteBuffer bytes) throws IOException;

  /** Bytes written, from the start of the file. */
  long position();

  /** Cuts the file to {@code length} bytes and goes on writing there. */
  void truncate(long length) throws IOException;

  /**
   * Lengthens the file with zeros to {@code length} bytes without moving the position, if it is
   * shorter.
   */
  void preallocate(long length) throws IOException;

  /** Makes the content durable. */
  void sync() throws IOException;

  /** Closes without making durable; may be called twice. */
  @Override
  void close() throws IOException;
}
