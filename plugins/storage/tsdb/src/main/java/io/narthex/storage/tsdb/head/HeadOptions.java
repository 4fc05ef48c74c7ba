package io.narthex.storage.tsdb.head;

/**
 * How the head behaves.
 *
 * @param chunkRange length of the ranges that no chunk crosses, and of the blocks made of the head:
 *     {@code --storage.tsdb.min-block-duration}, in milliseconds
 * @param samplesPerChunk samples that a chunk should have
 * @param outOfOrderWindow how far behind the newest sample of all one may come, in milliseconds; 0
 *     takes none. May be changed later, see {@link Head#setOutOfOrderWindow}
 * @param maxExemplars size of the exemplar buffer, 0 for none
 * @param zeroSamples whether a start timestamp becomes a sample of value 0: the feature {@code
 *     created-timestamp-zero-ingestion}
 * @param logMetadata whether metadata goes to the log: the feature {@code metadata-wal-records}
 * @param syncEachCommit whether a commit waits until the log is on the medium
 * @param xor2 whether full chunks of floats are written as XOR2; open ones are XOR unless they have
 *     start timestamps
 * @param starts what becomes of start timestamps
 */
public record HeadOptions(
    long chunkRange,
    int samplesPerChunk,
    long outOfOrderWindow,
    long maxExemplars,
    boolean zeroSamples,
    boolean logMetadata,
    boolean syncEachCommit,
    boolean xor2,
    Starts starts) {

  /** What becomes of the start timestamps of samples. */
  public enum Starts {
    /** They are not kept. */
    NONE,
    /** Those of floats are kept, in chunks of XOR2: the feature {@code st-storage}. */
    FLOATS,
    /** Those of histograms too: with the feature {@code histograms-st-encoding}. */
    ALL;

    /** Whether any are kept. */
    boolean any() {
      return this != NONE;
    }

    /** Whether chunks of histograms have room for them. */
    boolean histograms() {
      return this == ALL;
    }
  }

  /** The same without start timestamps. */
  public HeadOptions(
      long chunkRange,
      int samplesPerChunk,
      long outOfOrderWindow,
      long maxExemplars,
      boolean zeroSamples,
      boolean logMetadata,
      boolean syncEachCommit,
      boolean xor2) {
    this(
        chunkRange,
        samplesPerChunk,
        outOfOrderWindow,
        maxExemplars,
        zeroSamples,
        logMetadata,
        syncEachCommit,
        xor2,
        Starts.NONE);
  }

  /** The same with chunks of XOR. */
  public HeadOptions(
      long chunkRange,
      int samplesPerChunk,
      long outOfOrderWindow,
      long maxExemplars,
      boolean zeroSamples,
      boolean logMetadata,
      boolean syncEachCommit) {
    this(
        chunkRange,
        samplesPerChunk,
        outOfOrderWindow,
        maxExemplars,
        zeroSamples,
        logMetadata,
        syncEachCommit,
        false);
  }

  /** The same, keeping start timestamps: floats in chunks of XOR2. */
  public HeadOptions withStarts(Starts kept) {
    return new HeadOptions(
        chunkRange,
        samplesPerChunk,
        outOfOrderWindow,
        maxExemplars,
        zeroSamples,
        logMetadata,
        syncEachCommit,
        xor2 || kept.any(),
        kept);
  }

  /** What Prometheus does unless told otherwise. */
  public static HeadOptions defaults() {
    return new HeadOptions(2 * 60 * 60 * 1000L, 120, 0, 0, false, false, false);
  }
}
