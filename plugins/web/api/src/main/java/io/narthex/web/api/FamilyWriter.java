package io.narthex.web.api;

import io.narthex.api.model.NativeHistogram;
import java.io.IOException;

/**
 * Writes families of samples in a format for scrapers, a family at a time. Not safe for several
 * threads.
 */
interface FamilyWriter {
  /** Types of families, as far as they can be told from samples. */
  enum Kind {
    UNTYPED,
    HISTOGRAM,
    GAUGE_HISTOGRAM
  }

  /** The labels of a sample without its name, reused for the next one. */
  final class Pairs {
    private String[] names = new String[16];
    private String[] values = new String[16];
    private int size;

    void clear() {
      size = 0;
    }

    void add(String name, String value) {
      if (size == names.length) {
        names = java.util.Arrays.copyOf(names, 2 * size);
        values = java.util.Arrays.copyOf(values, 2 * size);
      }
      names[size] = name;
      values[size++] = value;
    }

    int size() {
      return size;
    }

    String name(int i) {
      return names[i];
    }

    String value(int i) {
      return values[i];
    }
  }

  /** Whether the format has native histograms whole. */
  boolean hasNativeHistograms();

  /** Begins a family and ends the one before. Two in a row may have one name. */
  void family(String name, Kind kind) throws IOException;

  /** Writes a sample of an untyped family. */
  void sample(Pairs labels, double value, long millis) throws IOException;

  /**
   * Writes a sample of a histogram family. One with custom buckets becomes a classic histogram; of
   * others only formats that have them may be given any.
   */
  void histogram(Pairs labels, NativeHistogram histogram, long millis) throws IOException;

  /** Ends the last family and hands everything over. */
  void end() throws IOException;
}
