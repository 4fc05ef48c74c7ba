package io.narthex.api.format;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a reader gave of one exposition, for tests of formats. Two are equal when the same was
 * read.
 *
 * @param samples in order
 * @param families the metadata, in order
 * @param problem why reading ended early; null where it did not
 * @param late whether the problem was found by a closer look at a sample that had been read
 */
public record Exposition(
    List<Sample> samples,
    List<ExpositionBatch.Family> families,
    @Nullable String problem,
    boolean late) {
  /**
   * A sample.
   *
   * @param key the bytes of the series' key, one for each character
   * @param keyHash the hash of the key
   * @param empty names with empty values
   * @param value ignored where there is a histogram
   * @param timestamp milliseconds; null where there is none
   * @param start timestamp in milliseconds, 0 where unknown
   * @param histogram null where it is a float
   * @param family index into the families, or -1
   */
  public record Sample(
      String key,
      long keyHash,
      Labels labels,
      List<String> empty,
      double value,
      @Nullable Long timestamp,
      long start,
      @Nullable NativeHistogram histogram,
      List<Exemplar> exemplars,
      int family) {}

  /** Something that reads expositions: a format, or one of several ways of its reader. */
  @FunctionalInterface
  public interface Reading {
    /** As {@link ExpositionFormat#open}. */
    ExpositionReader open(byte[] data, int length, ExpositionOptions options);
  }

  /** The usual way to read the first protocol of a format. */
  public static Reading of(ExpositionFormat format) {
    ExpositionFormat.Protocol protocol = format.protocols().getFirst();
    return (data, length, options) -> format.open(protocol, data, length, options);
  }

  /**
   * Reads a whole exposition that is well-formed.
   *
   * @throws ExpositionException when it is not
   */
  public static Exposition read(Reading reading, byte[] data, ExpositionOptions options)
      throws ExpositionException {
    return read(reading, data, options, new ExpositionBatch(3));
  }

  /**
   * Reads a whole exposition that is well-formed, with a batch that may have served others.
   *
   * @throws ExpositionException when it is not
   */
  public static Exposition read(
      Reading reading, byte[] data, ExpositionOptions options, ExpositionBatch batch)
      throws ExpositionException {
    Exposition all = attempt(reading.open(data, data.length, options), batch);
    if (all.problem != null) {
      throw new ExpositionException(all.problem);
    }
    return all;
  }

  /** Reads up to the end or the first problem. */
  public static Exposition attempt(ExpositionReader reader, ExpositionBatch batch) {
    List<Sample> samples = new ArrayList<>();
    batch.families.clear();
    boolean looking = false;
    String problem = null;
    try {
      for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
        requireSound(batch, n);
        for (int i = 0; i < n; i++) {
          looking = true;
          samples.add(sample(reader, batch, i));
          looking = false;
        }
      }
      requireSound(batch, 0);
    } catch (ExpositionException e) {
      problem = String.valueOf(e.getMessage());
    }
    return new Exposition(samples, List.copyOf(batch.families), problem, looking);
  }

  /** The same, with the problem found early or late; where there is none, as it is. */
  Exposition found(boolean byLabels) {
    return new Exposition(samples, families, problem, problem != null && byLabels);
  }

  private static Sample sample(ExpositionReader reader, ExpositionBatch batch, int i)
      throws ExpositionException {
    // Asked for first: a close look finds what is wrong with a series.
    Labels labels = reader.labels(batch, i);
    List<String> empty = reader.emptyLabels(batch, i);
    List<Exemplar> exemplars = reader.exemplars(batch, i);
    if (exemplars.isEmpty() == batch.hasExemplars[i]) {
      throw new AssertionError("hasExemplars is " + batch.hasExemplars[i] + ", got " + exemplars);
    }
    NativeHistogram histogram = batch.histograms[i];
    if (histogram != null) {
      // Contradictions are for the storage to find, which must be able to look.
      histogram.problem();
    }
    return new Sample(
        new String(
            batch.keys, batch.keyOffsets[i], batch.keyLengths[i], StandardCharsets.ISO_8859_1),
        batch.keyHashes[i],
        labels,
        empty,
        histogram == null ? batch.values[i] : 0,
        batch.hasTimestamp[i] ? (Long) batch.timestamps[i] : null,
        batch.startTimestamps[i],
        histogram,
        exemplars,
        batch.familyIndexes[i]);
  }

  private static void requireSound(ExpositionBatch batch, int n) {
    if (batch.size != n || n > batch.capacity()) {
      throw new AssertionError(
          "got " + n + " samples in a batch of " + batch.size + ", of " + batch.capacity());
    }
    for (int i = 0; i < n; i++) {
      if (batch.familyIndexes[i] < -1 || batch.familyIndexes[i] >= batch.families.size()) {
        throw new AssertionError(
            "got family " + batch.familyIndexes[i] + " of " + batch.families.size());
      }
    }
  }
}
