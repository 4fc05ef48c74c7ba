package io.narthex.kernel.web;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.StreamSinkChannel;

/**
 * A response body written by a virtual thread that parks while the client takes nothing, and gives
 * up when that lasts too long.
 */
final class ChannelOutput extends OutputStream {
  private final StreamSinkChannel channel;
  private final long stallNanos;
  private final Crowd.@Nullable Guest guest;
  private long written;
  private boolean broken;
  private boolean abandoned;

  /**
   * Makes one.
   *
   * @param stallNanos how long a client may take for {@link Crowd.Guest#STRIDE} bytes: those who
   *     take a byte now and then would keep what they asked for in memory for ever
   * @param guest is told while this waits for the client
   */
  ChannelOutput(StreamSinkChannel channel, long stallNanos, Crowd.@Nullable Guest guest) {
    this.channel = channel;
    this.stallNanos = stallNanos;
    this.guest = guest;
  }

  /** Whether the client is gone, or too slow. */
  boolean isBroken() {
    return broken;
  }

  /** Sends nothing more, not even the end of the body: the client is to see that it is cut off. */
  void abandon() {
    abandoned = true;
  }

  /** Bytes that went out. */
  long written() {
    return written;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (abandoned) {
      return;
    }
    ByteBuffer buffer = ByteBuffer.wrap(source, offset, length);
    long deadline = System.nanoTime() + stallNanos;
    int moved = 0;
    try {
      while (buffer.hasRemaining()) {
        int n = channel.write(buffer);
        if (n == 0) {
          await(deadline);
          continue;
        }
        written += n;
        moved += n;
        if (moved >= Crowd.Guest.STRIDE) {
          moved = 0;
          deadline = System.nanoTime() + stallNanos;
        }
        if (guest != null) {
          guest.moved(n);
        }
      }
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    if (abandoned) {
      return;
    }
    long deadline = System.nanoTime() + stallNanos;
    try {
      while (!channel.flush()) {
        await(deadline);
      }
      if (guest != null) {
        guest.arrived();
      }
    } catch (IOException e) {
      broken = true;
      throw e;
    }
  }

  /** Ends the body. */
  @Override
  public void close() throws IOException {
    if (abandoned) {
      return;
    }
    try {
      channel.shutdownWrites();
    } catch (IOException e) {
      broken = true;
      throw e;
    }
    flush();
  }

  private void await(long deadline) throws IOException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new InterruptedIOException("write timeout: the client takes nothing");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while answering");
    }
    if (guest != null) {
      guest.await();
    }
    Thread writer = Thread.currentThread();
    channel
        .getWriteSetter()
        .set(c -> {
          c.suspendWrites();
          LockSupport.unpark(writer);
        });
    channel.resumeWrites();
    LockSupport.parkNanos(this, left);
  }
}
