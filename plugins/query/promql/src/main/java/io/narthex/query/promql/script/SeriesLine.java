package io.narthex.query.promql.script;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.SeriesSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A series of a script: labels, and what stands at each step.
 *
 * @param labels of the series
 * @param runs in the order of time
 */
record SeriesLine(Labels labels, List<Run> runs) {
  /** How many histograms, or items one by one, a series may have; more is a slip of the pen. */
  private static final int MOST = 1_000_000;

  /** One step or more. */
  sealed interface Run {
    /** The number of steps. */
    int count();
  }

  /** Nothing. */
  record Nothing(int count) implements Run {}

  /**
   * Floats, each {@code step} more than the one before, added one after the other.
   *
   * @param first the first one
   */
  record Floats(double first, double step, int count) implements Run {
    /** The float behind another one. */
    double after(double value) {
      // What is added to a stale marker makes a plain NaN of it; nothing is added to those alike.
      return step == 0 ? value : value + step;
    }
  }

  /** Histograms. */
  record Histograms(List<Item> items) implements Run {
    @Override
    public int count() {
      return items.size();
    }
  }

  /** Parses a line. */
  static SeriesLine parse(String line, PromqlParser parser) throws ParseException {
    SeriesSyntax syntax = parser.parseSeries(line);
    List<Run> runs = new ArrayList<>(syntax.items().size());
    for (SeriesSyntax.Item item : syntax.items()) {
      runs.add(
          switch (item) {
            case SeriesSyntax.Nothing nothing -> new Nothing(nothing.count());
            case SeriesSyntax.Floats floats ->
                new Floats(floats.first(), floats.step(), floats.count());
            case SeriesSyntax.Histograms histograms -> histograms(line, histograms);
          });
    }
    return new SeriesLine(syntax.labels(), runs);
  }

  private static Histograms histograms(String line, SeriesSyntax.Histograms written)
      throws ParseException {
    try {
      if (written.count() > MOST) {
        throw new ScriptException("too many histograms: got " + written.count() + ", want " + MOST);
      }
      Item first = HistogramText.parse(written.first());
      NativeHistogram h = Objects.requireNonNull(first.histogram());
      NativeHistogram step =
          written.step() == null ? null : HistogramText.parse(written.step()).histogram();
      List<Item> items = new ArrayList<>(written.count());
      for (int i = 0; i < written.count(); i++) {
        if (i > 0 && step != null) {
          h = HistogramText.combine(h, step, written.subtract());
        }
        items.add(i == 0 || step == null ? first : Item.of(h, first.hintNamed()));
      }
      return new Histograms(items);
    } catch (ScriptException e) {
      throw ParseException.at(line, written.position(), String.valueOf(e.getMessage()));
    }
  }

  /** The number of steps. */
  long size() {
    long size = 0;
    for (Run run : runs) {
      size += run.count();
    }
    return size;
  }

  /** What stands at each step, one by one. */
  List<Item> items() throws ScriptException {
    if (size() > MOST) {
      throw new ScriptException("too many items: got " + size() + ", want " + MOST + " at most");
    }
    List<Item> items = new ArrayList<>((int) size());
    for (Run run : runs) {
      switch (run) {
        case Nothing nothing -> {
          for (int i = 0; i < nothing.count(); i++) {
            items.add(Item.NOTHING);
          }
        }
        case Floats floats -> {
          double value = floats.first();
          for (int i = 0; i < floats.count(); i++) {
            items.add(Item.of(value));
            value = floats.after(value);
          }
        }
        case Histograms histograms -> items.addAll(histograms.items());
      }
    }
    return items;
  }
}
