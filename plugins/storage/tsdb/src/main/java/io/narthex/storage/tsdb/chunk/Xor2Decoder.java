package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;

/** Decodes XOR2 chunks; the format stands at {@link Xor2Code}. */
final class Xor2Decoder {
  private final StartTimes starts = new StartTimes();
  private byte[] bytes = new byte[0];
  private int end;
  private int pos;
  private int count;
  private int done;
  private long time;
  private long delta;
  private long value;
  private long shown;
  private int width;
  private int trailing;
  private boolean windowSeen;

  /**
   * Goes to the start of a chunk.
   *
   * @param data with {@link Bits#SLACK} zero bytes behind {@code length}; not copied
   */
  void reset(byte[] data, int length) throws CorruptionException {
    if (length < 3) {
      throw new CorruptionException(
          null, 0, "XOR2 chunk: got " + length + " bytes, want 3 or more");
    }
    bytes = data;
    end = length << 3;
    pos = 24;
    count = Bits.getCount(data, 0);
    starts.reset(data[2]);
    done = 0;
    time = 0;
    delta = 0;
    value = 0;
    width = 64;
    trailing = 0;
    windowSeen = false;
  }

  int count() {
    return count;
  }

  /** Fills the batch, which is empty and of floats, up to its capacity; returns how many. */
  int read(SampleBatch into) throws CorruptionException {
    int n = Math.min(count - done, into.capacity());
    boolean st = starts.present();
    if (st && into.startTimestamps.length < n) {
      into.startTimestamps = new long[into.capacity()];
    }
    into.hasStartTimestamps = st;
    long[] times = into.timestamps;
    double[] values = into.values;
    for (int i = 0; i < n; i++) {
      long before = time;
      if (done > 1) {
        next();
      } else {
        early();
      }
      if (pos > end) {
        throw Bits.pastEnd(end);
      }
      times[i] = time;
      values[i] = Double.longBitsToDouble(shown);
      if (st) {
        pos = starts.read(bytes, pos, end, done, time, before);
        into.startTimestamps[i] = starts.value();
      }
      done++;
    }
    into.size = n;
    return n;
  }

  /** The first and the second sample. */
  private void early() throws CorruptionException {
    long v = 0;
    int shift = 0;
    long b;
    do {
      if (shift == 70) {
        throw new CorruptionException(null, pos >>> 3, "XOR2 chunk: varint of over 10 bytes");
      }
      b = Bits.at(bytes, pos) >>> 56;
      pos += 8;
      v |= (b & 0x7f) << shift;
      shift += 7;
      if (pos > end) {
        throw Bits.pastEnd(end);
      }
    } while (b >= 0x80);
    if (done == 0) {
      time = Bits.unzigzag(v);
      shown = Bits.wordAt(bytes, pos);
      pos += 64;
      if (shown != StaleMarker.BITS) {
        value = shown;
      }
    } else {
      delta = v;
      time += v;
      value(Bits.at(bytes, pos));
    }
  }

  private void next() throws CorruptionException {
    long word = Bits.at(bytes, pos);
    if (word >= 0) {
      pos++;
      time += delta;
      shown = value;
      return;
    }
    if (word << 1 >= 0) {
      time += delta;
      if (word << 2 >= 0) {
        pos += 3;
      } else {
        window(word << 3, 14);
      }
      xor();
      return;
    }
    if (word << 2 >= 0) {
      delta += word << 3 >> 51;
      pos += 16;
      word <<= 16;
    } else if (word << 3 >= 0) {
      delta += word << 4 >> 44;
      pos += 24;
      word <<= 24;
    } else if (word << 4 >= 0) {
      delta += Bits.wordAt(bytes, pos + 5);
      pos += 69;
      word = Bits.at(bytes, pos);
    } else {
      pos += 5;
      time += delta;
      shown = StaleMarker.BITS;
      return;
    }
    time += delta;
    value(word);
  }

  /** Reads a value whose bits, 16 at least, stand at the high end of {@code word}. */
  private void value(long word) throws CorruptionException {
    if (word >= 0) {
      pos++;
      shown = value;
    } else if (word << 1 >= 0) {
      pos += 2;
      xor();
    } else if (word << 2 >= 0) {
      window(word << 3, 14);
      xor();
    } else {
      pos += 3;
      shown = StaleMarker.BITS;
    }
  }

  private void window(long header, int bits) throws CorruptionException {
    int w = (int) (header >>> 53) & 63;
    width = w == 0 ? 64 : w;
    trailing = 64 - (int) (header >>> 59) - width;
    pos += bits;
    windowSeen = true;
    if (trailing < 0) {
      throw new CorruptionException(
          null, pos >>> 3, "XOR2 chunk: leading zeros and width are more than 64 bits");
    }
  }

  private void xor() {
    value ^= Bits.wordAt(bytes, pos) >>> (64 - width) << trailing;
    shown = value;
    pos += width;
  }

  /**
   * Goes to the end and gives the state with which to append there.
   *
   * @param side gets what {@link Xor2Appender} keeps beside it
   * @return the raw bits of the last value
   */
  long end(XorState into, long[] side) throws CorruptionException {
    SampleBatch batch = new SampleBatch(128);
    while (read(batch) > 0) {}
    into.clear();
    into.time = time;
    into.delta = delta;
    into.samples = count;
    into.bits = pos;
    if (windowSeen) {
      into.leading = 64 - width - trailing;
      into.trailing = trailing;
    }
    side[0] = value;
    side[1] = starts.value();
    side[2] = starts.difference();
    return shown;
  }
}
