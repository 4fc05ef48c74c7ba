package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import java.util.List;

/** Histograms that the head makes itself. */
final class Histograms {
  private Histograms() {}

  /**
   * What a counter was when it began: nothing observed. All that decides whether a chunk can hold
   * both is as in {@code h}, so that {@code h} fits behind it.
   */
  static NativeHistogram zeroLike(NativeHistogram h) {
    return new NativeHistogram(
        h.integer(),
        NativeHistogram.ResetHint.RESET,
        h.schema(),
        h.zeroThreshold(),
        0,
        0,
        0,
        List.of(),
        new double[0],
        List.of(),
        new double[0],
        h.customBounds());
  }
}
