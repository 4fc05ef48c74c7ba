package io.narthex.storage.tsdb.command;

import io.narthex.storage.tsdb.chunk.XorAppender;
import io.narthex.storage.tsdb.chunk.XorState;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A chunk of one series that still grows, compressed from the first sample on, because there may be
 * a million of these. It is written anew before it goes into a block.
 */
final class OpenChunk {
  private final XorState state = new XorState();
  private byte[] data = new byte[64];
  private MemorySegment segment = MemorySegment.ofArray(data);
  private long minTime;

  /** The time is later than the last. */
  void append(long time, double value) {
    int length = state.length();
    if (data.length < length + XorAppender.SLACK) {
      data = Arrays.copyOf(data, data.length * 3 / 2 + XorAppender.SLACK);
      segment = MemorySegment.ofArray(data);
    }
    if (state.samples == 0) {
      minTime = time;
    }
    XorAppender.append(segment, 0, state, time, value);
  }

  int sampleCount() {
    return state.samples;
  }

  long minTime() {
    return minTime;
  }

  long maxTime() {
    return state.time;
  }

  /** The data, in the first {@link #length} bytes, without the encoding byte. */
  byte[] bytes() {
    return data;
  }

  int length() {
    return state.length();
  }

  /** Begins anew. */
  void reset() {
    state.clear();
  }
}
