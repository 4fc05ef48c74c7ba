package io.narthex.query.promql.parse;

import io.narthex.api.model.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A series in the notation of tests, as it is written.
 *
 * @param labels of the series; may be none
 * @param items in the order of time
 */
public record SeriesSyntax(Labels labels, List<Item> items) {
  public SeriesSyntax {
    items = List.copyOf(items);
  }

  /** What stands for one or more steps. */
  public sealed interface Item {
    /** The number of steps; may be 0. */
    int count();
  }

  /** No sample. */
  public record Nothing(int count) implements Item {}

  /**
   * Floats, each {@code step} more than the one before; a stale marker among them.
   *
   * @param first the first one
   */
  public record Floats(double first, double step, int count) implements Item {}

  /**
   * Histograms, each a histogram more or less than the one before.
   *
   * @param first what stands between the braces of the first one
   * @param step what stands between the braces of the difference; null for none
   * @param subtract whether the difference is subtracted
   * @param position of the whole item
   */
  public record Histograms(
      String first, @Nullable String step, boolean subtract, int count, PositionRange position)
      implements Item {}
}
