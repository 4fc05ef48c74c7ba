package io.narthex.storage.tsdb.chunk;

import io.narthex.storage.tsdb.file.CorruptionException;

/** How the bytes of a chunk are to be read. The codes are those on disk. */
public enum Encoding {
  /** No chunk at all; never written. */
  NONE(0),
  /** Floats. */
  XOR(1),
  /** Native histograms with integer counts. */
  HISTOGRAM(2),
  /** Native histograms with float counts. */
  FLOAT_HISTOGRAM(3),
  /** Floats, optionally with start timestamps. */
  XOR2(4),
  /** Integer histograms, optionally with start timestamps. */
  HISTOGRAM_ST(5),
  /** Float histograms, optionally with start timestamps. */
  FLOAT_HISTOGRAM_ST(6);

  private static final Encoding[] BY_CODE = values();

  private final byte code;

  Encoding(int code) {
    this.code = (byte) code;
  }

  /** The byte on disk. */
  public byte code() {
    return code;
  }

  /** Whether the samples are floats. */
  public boolean isFloat() {
    return this == XOR || this == XOR2;
  }

  /** Whether the samples are histograms, of integers or floats. */
  public boolean isHistogram() {
    return this != NONE && !isFloat();
  }

  /** Whether the chunk has room for start timestamps. */
  public boolean hasStartTimestamps() {
    return code >= XOR2.code;
  }

  /**
   * The encoding of a code that has samples.
   *
   * @throws CorruptionException for {@link #NONE} and for codes that are none
   */
  public static Encoding of(byte code) throws CorruptionException {
    if (code <= 0 || code >= BY_CODE.length) {
      throw new CorruptionException(
          null, -1, "chunk encoding: got " + (code & 0xff) + ", want 1.." + (BY_CODE.length - 1));
    }
    return BY_CODE[code];
  }
}
