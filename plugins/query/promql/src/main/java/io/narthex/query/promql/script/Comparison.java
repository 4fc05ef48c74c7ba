package io.narthex.query.promql.script;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.query.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares what came of an evaluation with what was expected. Each check says what is wrong. */
final class Comparison {
  private final Expectation want;
  private final Expectation.Span points;

  /**
   * Makes it for one evaluation.
   *
   * @param points the times of the items of expected series; step 0 for a single time
   */
  Comparison(Expectation want, Expectation.Span points) {
    this.want = want;
    this.points = want.rangeVector == null ? points : want.rangeVector;
  }

  /**
   * Compares warnings and infos.
   *
   * @param elsewhere whether their positions may differ, because the query was rewritten
   */
  String checkRemarks(List<Annotation> annotations, boolean elsewhere) {
    List<String> warnings = new ArrayList<>();
    List<String> infos = new ArrayList<>();
    for (Annotation annotation : annotations) {
      (annotation.kind() == Annotation.Kind.WARNING ? warnings : infos).add(annotation.message());
    }
    if (want.someWarning && warnings.isEmpty()) {
      return "expected warnings but got none";
    }
    if (want.someInfo && infos.isEmpty()) {
      return "expected infos but got none";
    }
    String problem = check("warning", want.noWarning, want.warnings, warnings, elsewhere);
    return problem.isEmpty() ? check("info", want.noInfo, want.infos, infos, elsewhere) : problem;
  }

  private static String check(
      String kind, boolean none, List<Remark> want, List<String> got, boolean elsewhere) {
    if (none && !got.isEmpty()) {
      return "unexpected " + kind + ": " + got.getFirst();
    }
    if (want.isEmpty()) {
      return "";
    }
    for (Remark remark : want) {
      boolean found = false;
      for (String message : got) {
        found |= elsewhere ? remark.matchesElsewhere(message) : remark.matches(message);
      }
      if (!found) {
        return "expected " + kind + " not found: " + remark + "\n  got: " + got;
      }
    }
    for (String message : got) {
      boolean wanted = false;
      for (Remark remark : want) {
        wanted |= elsewhere ? remark.matchesElsewhere(message) : remark.matches(message);
      }
      if (!wanted) {
        return "unexpected " + kind + ": " + message;
      }
    }
    return "";
  }

  /** Compares the values. */
  String check(Outcome got) {
    if (want.string != null || got.type() == ValueType.STRING) {
      if (want.string == null || got.type() != ValueType.STRING) {
        return unexpectedType(got.type());
      }
      return want.string.equals(got.string())
          ? ""
          : "expected string \"" + want.string + "\" but got \"" + got.string() + "\"";
    }
    if (want.scalar != null || got.type() == ValueType.SCALAR) {
      if (want.scalar == null || got.type() != ValueType.SCALAR) {
        return unexpectedType(got.type());
      }
      double value = got.series().getFirst().floats().firstEntry().getValue();
      return Numbers.same(want.scalar, value)
          ? ""
          : "expected scalar " + Numbers.text(want.scalar) + " but got " + Numbers.text(value);
    }
    if (got.type() == ValueType.MATRIX) {
      if (want.ordered) {
        return "expected ordered result, but query returned a matrix";
      }
      String unsorted = checkSorted(got);
      if (!unsorted.isEmpty()) {
        return unsorted;
      }
    }
    return checkSeries(got);
  }

  private String unexpectedType(ValueType got) {
    String wanted = want.string != null ? "string" : want.scalar != null ? "scalar" : "vector";
    return "expected " + wanted + " result, but got " + got.text();
  }

  private static String checkSorted(Outcome got) {
    for (int i = 1; i < got.series().size(); i++) {
      Labels before = got.series().get(i - 1).labels();
      Labels labels = got.series().get(i).labels();
      if (before.compareTo(labels) >= 0) {
        return "matrix is not sorted by labels: " + labels + " stands behind " + before;
      }
    }
    return "";
  }

  private String checkSeries(Outcome got) {
    Map<Labels, Expectation.Expected> expected = new TreeMap<>();
    for (Expectation.Expected line : want.series) {
      expected.put(line.labels(), line);
    }
    List<Labels> order = new ArrayList<>();
    for (Outcome.Series series : got.series()) {
      Expectation.Expected line = expected.remove(series.labels());
      if (line == null) {
        // Two of the same labels end here as well.
        return "unexpected metric " + series.labels() + " in result: " + series;
      }
      String problem = checkPoints(line, series);
      if (!problem.isEmpty()) {
        return problem;
      }
      order.add(series.labels());
    }
    for (Expectation.Expected missing : expected.values()) {
      return "expected metric " + missing.labels() + " with " + missing.items() + " not found";
    }
    for (int i = 0; want.ordered && i < order.size(); i++) {
      if (!want.series.get(i).labels().equals(order.get(i))) {
        return "expected metric "
            + want.series.get(i).labels()
            + " at position "
            + (i + 1)
            + " but there was "
            + order.get(i);
      }
    }
    return "";
  }

  private String checkPoints(Expectation.Expected want, Outcome.Series got) {
    int floats = 0;
    int histograms = 0;
    for (int i = 0; i < want.items().size(); i++) {
      Item item = want.items().get(i);
      long time = points.from() + i * points.step();
      if (time > points.to()) {
        return "expected "
            + want.items().size()
            + " points for "
            + want.labels()
            + ", but query time range cannot return this many points";
      }
      if (item.omitted()) {
        continue;
      }
      boolean same;
      if (item.histogram() != null) {
        histograms++;
        NativeHistogram h = got.histograms().get(time);
        same = h != null && HistogramText.same(item.histogram(), h, item.hintNamed());
      } else {
        floats++;
        Double value = got.floats().get(time);
        same = value != null && Numbers.same(item.value(), value);
      }
      if (!same) {
        return "expected " + item + " at " + time + " for " + want.labels() + "\n  got: " + got;
      }
    }
    if (got.floats().size() != floats || got.histograms().size() != histograms) {
      return "expected "
          + floats
          + " float points and "
          + histograms
          + " histogram points for "
          + want.labels()
          + "\n  got: "
          + got;
    }
    return "";
  }
}
