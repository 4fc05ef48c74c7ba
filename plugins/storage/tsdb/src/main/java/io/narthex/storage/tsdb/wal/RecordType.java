package io.narthex.storage.tsdb.wal;

/** The first byte of a record: what it holds. Numbers as in Prometheus 3.14. */
public final class RecordType {
  public static final byte SERIES = 1;
  public static final byte SAMPLES = 2;
  public static final byte TOMBSTONES = 3;
  public static final byte EXEMPLARS = 4;

  /** In the out-of-order log alone: what came before is in a head-chunk file. */
  public static final byte MARKERS = 5;

  public static final byte METADATA = 6;
  public static final byte HISTOGRAMS = 7;
  public static final byte FLOAT_HISTOGRAMS = 8;
  public static final byte CUSTOM_HISTOGRAMS = 9;
  public static final byte CUSTOM_FLOAT_HISTOGRAMS = 10;

  /** Samples with start timestamps. */
  public static final byte SAMPLES_V2 = 11;

  /** Integer histograms, custom buckets among them, with start timestamps. */
  public static final byte HISTOGRAMS_V2 = 12;

  /** Float histograms, custom buckets among them, with start timestamps. */
  public static final byte FLOAT_HISTOGRAMS_V2 = 13;

  /** In checkpoints alone: the lowest time that the truncation kept. */
  public static final byte MIN_VALID_TIME = 14;

  private RecordType() {}
}
