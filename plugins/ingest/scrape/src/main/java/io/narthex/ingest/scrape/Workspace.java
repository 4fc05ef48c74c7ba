package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The buffers of one scrape at work. A target has none while it waits, so there are as many as
 * scrapes at a time, not as targets.
 */
final class Workspace {
  /** Samples that are parsed and appended at once: about what the first-level cache holds. */
  static final int BATCH = 512;

  private static final int FIRST_BODY = 64 * 1024;
  private static final int CHUNK = 16 * 1024;

  /** A body that is longer than allowed. */
  static final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    BodyTooLargeException() {
      super("body size limit exceeded");
    }
  }

  /** Lends workspaces. Safe for any number of threads. */
  static final class Pool {
    private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger count = new AtomicInteger();
    private final int keep;

    /** Keeps at most this many that nobody uses. */
    Pool(int keep) {
      this.keep = keep;
    }

    Workspace take() {
      Workspace w = idle.pollFirst();
      if (w == null) {
        return new Workspace();
      }
      count.decrementAndGet();
      return w;
    }

    /** The one given back last is lent first: the others age, and their memory stays cold. */
    void giveBack(Workspace w) {
      if (count.incrementAndGet() > keep) {
        count.decrementAndGet();
        w.inflater.end();
        return;
      }
      w.reset();
      idle.addFirst(w);
    }

    void close() {
      for (Workspace w = idle.pollFirst(); w != null; w = idle.pollFirst()) {
        w.inflater.end();
      }
    }
  }

  byte[] body = new byte[FIRST_BODY];
  int bodyLength;
  final ExpositionBatch exposition = new ExpositionBatch(BATCH);
  final AppendBatch samples = new AppendBatch(BATCH);
  final AppendErrors errors = new AppendErrors();

  /** Of each sample in {@link #samples}: its position in {@link #exposition}. */
  final int[] positions = new int[BATCH];

  /** Of each sample in {@link #samples}: its entry in the target's cache. */
  final int[] entries = new int[BATCH];

  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] chunk = new byte[CHUNK];
  private int chunkFrom;
  private int chunkTo;

  private void reset() {
    exposition.families.clear();
    exposition.keys = new byte[0];
    samples.clear();
    errors.clear();
    // One huge body must not stay in memory for ever.
    if (body.length > 16 * 1024 * 1024 && bodyLength < body.length / 4) {
      body = new byte[FIRST_BODY];
    }
    bodyLength = 0;
  }

  /**
   * Reads a body into {@link #body}.
   *
   * @param limit the body must be shorter, in bytes; 0 for any length
   */
  void read(InputStream in, boolean gzip, long limit) throws IOException {
    bodyLength = 0;
    long max = limit > 0 ? limit : Integer.MAX_VALUE - 16L;
    if (gzip) {
      chunkFrom = 0;
      chunkTo = 0;
      do {
        gunzip(in, max);
      } while (more(in));
      return;
    }
    while (true) {
      if (bodyLength == body.length) {
        grow();
      }
      int n = in.read(body, bodyLength, body.length - bodyLength);
      if (n < 0) {
        return;
      }
      bodyLength += n;
      checkLength(max);
    }
  }

  private void checkLength(long max) throws BodyTooLargeException {
    if (bodyLength >= max) {
      throw new BodyTooLargeException();
    }
  }

  private void grow() {
    body = Arrays.copyOf(body, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * body.length));
  }

  /** Undoes one member of a gzip stream (RFC 1952). */
  private void gunzip(InputStream in, long max) throws IOException {
    if (next(in) != 0x1f || next(in) != 0x8b || next(in) != 8) {
      throw new IOException("gzip: invalid header");
    }
    int flags = next(in);
    for (int i = 0; i < 6; i++) {
      next(in);
    }
    if ((flags & 4) != 0) {
      int extra = next(in) | next(in) << 8;
      while (extra-- > 0) {
        next(in);
      }
    }
    for (int name = flags >> 3 & 3; name != 0; name &= name - 1) {
      int c = next(in);
      while (c != 0) {
        c = next(in);
      }
    }
    if ((flags & 2) != 0) {
      next(in);
      next(in);
    }
    inflater.reset();
    crc.reset();
    long length = 0;
    try {
      while (!inflater.finished()) {
        if (inflater.needsInput()) {
          if (!more(in)) {
            throw new EOFException("unexpected EOF");
          }
          inflater.setInput(chunk, chunkFrom, chunkTo - chunkFrom);
          chunkFrom = chunkTo;
        }
        if (bodyLength == body.length) {
          grow();
        }
        int n = inflater.inflate(body, bodyLength, body.length - bodyLength);
        if (n == 0 && inflater.needsDictionary()) {
          throw new IOException("gzip: invalid compressed data");
        }
        crc.update(body, bodyLength, n);
        bodyLength += n;
        length += n;
        checkLength(max);
      }
    } catch (DataFormatException e) {
      throw new IOException("flate: corrupt input: " + e.getMessage(), e);
    }
    chunkFrom = chunkTo - inflater.getRemaining();
    if (next4(in) != crc.getValue() || next4(in) != (length & 0xffffffffL)) {
      throw new IOException("gzip: invalid checksum");
    }
  }

  private long next4(InputStream in) throws IOException {
    return next(in) | next(in) << 8 | next(in) << 16 | (long) next(in) << 24;
  }

  private int next(InputStream in) throws IOException {
    if (!more(in)) {
      throw new EOFException("unexpected EOF");
    }
    return chunk[chunkFrom++] & 0xff;
  }

  /** Whether there are more compressed bytes; fills the chunk. */
  private boolean more(InputStream in) throws IOException {
    while (chunkFrom == chunkTo) {
      int n = in.read(chunk, 0, chunk.length);
      if (n < 0) {
        return false;
      }
      chunkFrom = 0;
      chunkTo = n;
    }
    return true;
  }
}
