package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A buffer before a file being written, with the number formats of blocks (see {@link FileCursor})
 * and a running CRC32C. Belongs to one thread.
 */
final class BufferedOutput implements AutoCloseable {
  private static final int SIZE = 1 << 18;

  private final OutputFile file;
  private final byte[] buffer = new byte[SIZE];
  private final CRC32C crc = new CRC32C();
  private int filled;

  /** The checksum covers the buffer from here; -1 when none is being taken. */
  private int crcFrom = -1;

  BufferedOutput(OutputFile file) {
    this.file = file;
  }

  /** Bytes written so far, from the start of the file. */
  long position() {
    return file.position() + filled;
  }

  private void room(int bytes) throws IOException {
    if (buffer.length - filled < bytes) {
      flush();
    }
  }

  void flush() throws IOException {
    sumBuffer();
    if (crcFrom >= 0) {
      crcFrom = 0;
    }
    int n = filled;
    filled = 0;
    file.write(ByteBuffer.wrap(buffer, 0, n));
  }

  private void sumBuffer() {
    if (crcFrom >= 0) {
      crc.update(buffer, crcFrom, filled - crcFrom);
      crcFrom = filled;
    }
  }

  /** Begins a checksum with the next byte. */
  void startSum() {
    crc.reset();
    crcFrom = filled;
  }

  /** Ends the checksum with the last byte and writes it. */
  void putSum() throws IOException {
    sumBuffer();
    crcFrom = -1;
    be32((int) crc.getValue());
  }

  void u8(int b) throws IOException {
    room(1);
    buffer[filled++] = (byte) b;
  }

  void be32(int x) throws IOException {
    room(4);
    buffer[filled++] = (byte) (x >>> 24);
    buffer[filled++] = (byte) (x >>> 16);
    buffer[filled++] = (byte) (x >>> 8);
    buffer[filled++] = (byte) x;
  }

  void be64(long x) throws IOException {
    be32((int) (x >>> 32));
    be32((int) x);
  }

  void uvarint(long x) throws IOException {
    room(10);
    filled = uvarint(x, buffer, filled);
  }

  /** Writes a varint into {@code out}, which has 10 bytes of room, and returns its end. */
  static int uvarint(long x, byte[] out, int at) {
    int n = at;
    long rest = x;
    while ((rest & ~0x7fL) != 0) {
      out[n++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[n++] = (byte) rest;
    return n;
  }

  /** Writes a zigzag varint into {@code out}, which has 10 bytes of room, and returns its end. */
  static int varint(long x, byte[] out, int at) {
    return uvarint(x << 1 ^ x >> 63, out, at);
  }

  void bytes(byte[] from, int offset, int length) throws IOException {
    if (length > buffer.length - filled) {
      flush();
      if (length > buffer.length) {
        if (crcFrom >= 0) {
          crc.update(from, offset, length);
        }
        file.write(ByteBuffer.wrap(from, offset, length));
        return;
      }
    }
    System.arraycopy(from, offset, buffer, filled, length);
    filled += length;
  }

  /** Writes zeros up to a multiple of {@code size}, a power of two. */
  void pad(int size) throws IOException {
    while ((position() & (size - 1)) != 0) {
      u8(0);
    }
  }

  /** Replaces four bytes that have been written before. */
  void overwrite32(long at, int x) throws IOException {
    flush();
    file.overwrite(at, ByteBuffer.allocate(4).putInt(0, x));
  }

  /** Writes out and makes durable. */
  void sync() throws IOException {
    flush();
    file.sync();
  }

  /** Closes the file; what has not been flushed is lost. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
