package io.narthex.kernel.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.StreamSourceChannel;

/**
 * A request body read by a virtual thread that parks while nothing comes, until the time in which
 * the whole request must have arrived.
 */
final class ChannelInput extends InputStream {
  private final StreamSourceChannel channel;
  private final long deadlineNanos;
  private final Crowd.@Nullable Guest guest;
  private boolean broken;

  /**
   * Makes one.
   *
   * @param deadlineNanos in the time of {@link System#nanoTime}
   * @param guest is told while this waits for the client
   */
  ChannelInput(StreamSourceChannel channel, long deadlineNanos, Crowd.@Nullable Guest guest) {
    this.channel = channel;
    this.deadlineNanos = deadlineNanos;
    this.guest = guest;
  }

  /** Whether the client is gone, or too slow. */
  boolean isBroken() {
    return broken;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      return readSome(ByteBuffer.wrap(target, offset, length));
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  private int readSome(ByteBuffer buffer) throws IOException {
    while (true) {
      int n = channel.read(buffer);
      if (n != 0) {
        if (guest != null) {
          if (n > 0) {
            guest.moved(n);
          } else {
            guest.arrived();
          }
        }
        return n;
      }
      if (guest != null) {
        guest.await();
      }
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        throw new InterruptedIOException("read timeout: the request did not arrive in time");
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while reading a request");
      }
      Thread reader = Thread.currentThread();
      channel
          .getReadSetter()
          .set(c -> {
            c.suspendReads();
            LockSupport.unpark(reader);
          });
      channel.resumeReads();
      LockSupport.parkNanos(this, left);
    }
  }
}
