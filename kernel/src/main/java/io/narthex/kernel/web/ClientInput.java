package io.narthex.kernel.web;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What comes over a connection, buffered while an answer is read. An idle connection has no buffer,
 * so ten thousand of them cost none. Used by one thread at a time.
 */
final class ClientInput extends InputStream {
  private static final int SIZE = 16 << 10;

  /** Buffers that nobody uses, a few of them. Safe for any number of threads. */
  static final class Buffers {
    private static final int KEPT = 32;

    private final ConcurrentLinkedDeque<byte[]> free = new ConcurrentLinkedDeque<>();
    private final AtomicInteger count = new AtomicInteger();

    private byte[] take() {
      byte[] buffer = free.pollFirst();
      if (buffer == null) {
        return new byte[SIZE];
      }
      count.decrementAndGet();
      return buffer;
    }

    private void giveBack(byte[] buffer) {
      if (count.incrementAndGet() > KEPT) {
        count.decrementAndGet();
      } else {
        free.addFirst(buffer);
      }
    }
  }

  private final InputStream source;
  private final Buffers buffers;
  private byte @Nullable [] buffer;
  private int from;
  private int to;

  ClientInput(InputStream source, Buffers buffers) {
    this.source = source;
    this.buffers = buffers;
  }

  /** The buffer with at least one byte in it, null at the end. */
  private byte @Nullable [] filled() throws IOException {
    byte[] b = buffer;
    if (b == null) {
      b = buffers.take();
      buffer = b;
    }
    if (from == to) {
      int n = source.read(b, 0, b.length);
      if (n <= 0) {
        return null;
      }
      from = 0;
      to = n;
    }
    return b;
  }

  @Override
  public int read() throws IOException {
    byte[] b = filled();
    return b == null ? -1 : b[from++] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (from == to && length >= SIZE) {
      return source.read(target, offset, length);
    }
    byte[] b = filled();
    if (b == null) {
      return -1;
    }
    int n = Math.min(length, to - from);
    System.arraycopy(b, from, target, offset, n);
    from += n;
    return n;
  }

  /**
   * A line without its end, one character a byte.
   *
   * @param limit of the lines together
   * @throws EOFException when the line does not end
   */
  String readLine(HeadLimit limit) throws IOException {
    ByteArrayOutputStream before = null;
    while (true) {
      byte[] b = filled();
      if (b == null) {
        throw new EOFException("EOF");
      }
      int end = from;
      while (end < to && b[end] != '\n') {
        end++;
      }
      limit.take(end - from);
      boolean whole = end < to;
      String text = null;
      if (whole && before == null) {
        text = new String(b, from, end - from, StandardCharsets.ISO_8859_1);
      } else {
        before = before == null ? new ByteArrayOutputStream() : before;
        before.write(b, from, end - from);
        if (whole) {
          text = before.toString(StandardCharsets.ISO_8859_1);
        }
      }
      from = whole ? end + 1 : end;
      if (text != null) {
        limit.lineEnded();
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
    }
  }

  /**
   * The answer has been read to its end, and the connection waits for the next: gives the buffer
   * back.
   *
   * @return false when more has come than was asked for, so that the connection is of no use
   */
  boolean rest() {
    if (from != to) {
      return false;
    }
    byte[] b = buffer;
    buffer = null;
    if (b != null) {
      buffers.giveBack(b);
    }
    return true;
  }
}
