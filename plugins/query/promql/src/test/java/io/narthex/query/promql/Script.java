package io.narthex.query.promql;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.query.ValueType;
import io.narthex.query.promql.parse.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs one conformance script; a failing eval is noted, and the script goes on. */
final class Script {
  private static final Pattern INSTANT =
      Pattern.compile("eval(_\\w+)? instant at (\\S+)\\s+(.*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern RANGE =
      Pattern.compile(
          "eval(_\\w+)? range from (\\S+) to (\\S+) step (\\S+)\\s+(.*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern RANGE_VECTOR =
      Pattern.compile("expect range vector from (\\S+) to (\\S+) step (\\S+)");

  /** A point of a result. */
  private record Point(Double value, NativeHistogram histogram) {}

  private record Key(Labels labels, boolean histogram) {}

  private record Outcome(
      ValueType type,
      String string,
      Map<Key, TreeMap<Long, Point>> series,
      List<Labels> order,
      List<Annotation> annotations) {}

  private final QueryEngine engine;
  private final TestStorage storage = new TestStorage();

  /** What failed: the line of each eval and why. */
  final List<String> failures = new ArrayList<>();

  int passed;

  Script(QueryEngine engine) {
    this.engine = engine;
  }

  void run(List<String> lines) {
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i).trim();
      if (line.isEmpty() || line.startsWith("#")) {
        i++;
        continue;
      }
      int first = i + 1;
      List<String> body = new ArrayList<>();
      if (line.equalsIgnoreCase("clear")) {
        storage.clear();
        i++;
        continue;
      }
      for (i++; i < lines.size(); i++) {
        String next = lines.get(i).trim();
        if (next.isEmpty() || next.startsWith("#")) {
          break;
        }
        body.add(next);
      }
      command(line, body, first);
    }
  }

  private void command(String line, List<String> body, int number) {
    String lower = line.toLowerCase(Locale.ROOT);
    if (lower.startsWith("load")) {
      try {
        load(line, body);
      } catch (ParseException | RuntimeException e) {
        throw new AssertionError("line " + number + ": " + line, e);
      }
    } else {
      String problem;
      try {
        problem = eval(line, body);
      } catch (ParseException | QueryException | RuntimeException | AssertionError e) {
        problem = e.toString();
      }
      if (storage.open != 0) {
        problem = "left open: " + storage.open + "; " + problem;
        storage.open = 0;
      }
      if (problem.isEmpty()) {
        passed++;
      } else {
        failures.add(number + ": " + line + "\n      " + problem);
      }
    }
  }

  private void load(String line, List<String> body) throws ParseException {
    String[] words = line.split("\\s+");
    long step = Durations.parseMillis(words[1]);
    Map<Labels, SeriesLine> loaded = new LinkedHashMap<>();
    for (String text : body) {
      if (text.matches("[^\\s]*}@st .*") || text.matches("\\w+@st .*")) {
        continue;
      }
      SeriesLine series = SeriesLine.parse(text);
      loaded.put(series.labels(), series);
    }
    for (SeriesLine series : loaded.values()) {
      for (int i = 0; i < series.items().size(); i++) {
        SeriesLine.Item item = series.items().get(i);
        if (item.value() != null) {
          storage.add(series.labels(), i * step, item.value());
        } else if (item.histogram() != null) {
          storage.add(series.labels(), i * step, item.histogram());
        }
      }
    }
    if (words[0].equalsIgnoreCase("load_with_nhcb")) {
      loadCustomBuckets(loaded, step);
    }
  }

  /** Makes native histograms with custom buckets of the classic ones. */
  private void loadCustomBuckets(Map<Labels, SeriesLine> loaded, long step) {
    Map<Labels, Map<Integer, ClassicHistogram>> found = new LinkedHashMap<>();
    for (SeriesLine series : loaded.values()) {
      String name = series.labels().metricName();
      String suffix =
          List.of("_bucket", "_count", "_sum").stream()
              .filter(name::endsWith)
              .findFirst()
              .orElse("");
      if (suffix.isEmpty()) {
        continue;
      }
      String base = name.substring(0, name.length() - suffix.length());
      Labels labels =
          series.labels().toBuilder()
              .remove(LabelNames.BUCKET)
              .set(LabelNames.METRIC_NAME, base)
              .build();
      double bound = Double.NaN;
      if (suffix.equals("_bucket")) {
        try {
          bound = SeriesLine.number(series.labels().get(LabelNames.BUCKET));
        } catch (NumberFormatException e) {
          continue;
        }
        if (Double.isNaN(bound)) {
          continue;
        }
      }
      for (int i = 0; i < series.items().size(); i++) {
        Double value = series.items().get(i).value();
        if (value != null) {
          ClassicHistogram h =
              found
                  .computeIfAbsent(labels, _ -> new TreeMap<>())
                  .computeIfAbsent(i, _ -> new ClassicHistogram());
          switch (suffix) {
            case "_bucket" -> h.buckets.put(bound, value);
            case "_count" -> h.count = value;
            default -> h.sum = value;
          }
        }
      }
    }
    found.forEach(
        (labels, steps) -> steps.forEach((i, h) -> storage.add(labels, i * step, h.toNative())));
  }

  private static final class ClassicHistogram {
    final TreeMap<Double, Double> buckets = new TreeMap<>();
    Double count;
    double sum;

    NativeHistogram toNative() {
      double total = count != null ? count : buckets.isEmpty() ? 0 : buckets.lastEntry().getValue();
      buckets.putIfAbsent(Double.POSITIVE_INFINITY, total);
      double[] bounds =
          buckets.keySet().stream()
              .filter(b -> !Double.isInfinite(b))
              .mapToDouble(b -> b)
              .toArray();
      double[] counts = new double[buckets.size()];
      double before = 0;
      int n = 0;
      for (double cumulative : buckets.values()) {
        counts[n++] = cumulative - before;
        before = cumulative;
      }
      return new NativeHistogram(
          false,
          NativeHistogram.ResetHint.UNKNOWN,
          NativeHistogram.CUSTOM_BUCKETS,
          0,
          0,
          total,
          sum,
          List.of(new NativeHistogram.Span(0, counts.length)),
          counts,
          List.of(),
          new double[0],
          bounds);
    }
  }

  private String eval(String line, List<String> body) throws ParseException, QueryException {
    Matcher instant = INSTANT.matcher(line);
    Matcher range = RANGE.matcher(line);
    if (instant.matches()) {
      long time = time(instant.group(2));
      Expectation want = new Expectation(instant.group(1), body);
      String query = instant.group(3);
      String problem = check(want, () -> instant(query, time), time, 0, 1);
      if (!problem.isEmpty() || !want.repeatable()) {
        return problem;
      }
      return repeat(want, query, time);
    }
    if (!range.matches()) {
      return "no command";
    }
    long from = time(range.group(2));
    long to = time(range.group(3));
    long step = time(range.group(4));
    Expectation want = new Expectation(range.group(1), body);
    return check(
        want,
        () -> range(range.group(5), from, to, step),
        from,
        step,
        (int) ((to - from) / step) + 1);
  }

  /** An instant eval must hold as the middle of a range, and with all its selectors pinned. */
  private String repeat(Expectation want, String query, long time) throws ParseException {
    boolean asRange = !query.matches("(?s).*\\b(start|end|range|step)\\(\\).*");
    if (asRange) {
      String problem = check(want, () -> middle(query, time), time, 0, 1);
      if (!problem.isEmpty()) {
        return "as a range: " + problem;
      }
    }
    String pinned = Pinning.pin(query, time);
    if (!pinned.isEmpty()) {
      long[] times =
          time == 0 ? new long[] {-1000, 0, 1000} : new long[] {-10 * time, 0, time / 5, 10 * time};
      for (long at : times) {
        String problem = check(want.withoutRemarks(), () -> instant(pinned, at), at, 0, 1);
        if (!problem.isEmpty()) {
          return "as " + pinned + " at " + at + ": " + problem;
        }
        problem = asRange ? check(want.withoutRemarks(), () -> middle(pinned, at), at, 0, 1) : "";
        if (!problem.isEmpty()) {
          return "as the range of " + pinned + " at " + at + ": " + problem;
        }
      }
    }
    return "";
  }

  private static long time(String text) {
    return text.startsWith("-")
        ? -Durations.parseMillis(text.substring(1))
        : Durations.parseMillis(text);
  }

  private interface Evaluation {
    Outcome run() throws QueryException;
  }

  private String check(Expectation want, Evaluation evaluation, long from, long step, int count)
      throws ParseException {
    Outcome got;
    try {
      got = evaluation.run();
    } catch (QueryException e) {
      if (!want.fail) {
        return "fails: " + e.getMessage();
      }
      for (Expectation.Text text : want.failTexts) {
        if (!text.matches(e.getMessage())) {
          return "fails with: " + e.getMessage();
        }
      }
      return "";
    }
    if (want.fail) {
      return "does not fail";
    }
    String problem = want.checkRemarks(got.annotations());
    return problem.isEmpty() ? compare(want, got, from, step, count) : problem;
  }

  private static String compare(Expectation want, Outcome got, long from, long step, int count)
      throws ParseException {
    if (want.string != null) {
      return want.string.equals(got.string()) ? "" : "string is " + got.string();
    }
    Map<Key, TreeMap<Long, Point>> expected = new HashMap<>();
    List<Labels> order = new ArrayList<>();
    if (want.scalar != null) {
      if (got.type() != ValueType.SCALAR && got.type() != ValueType.MATRIX) {
        return "is a " + got.type();
      }
      expected
          .computeIfAbsent(new Key(Labels.empty(), false), _ -> new TreeMap<>())
          .put(from, new Point(want.scalar, null));
    } else if (count == 1 && step == 0 && got.type() == ValueType.SCALAR) {
      return "is a scalar";
    }
    long first = want.rangeVector ? want.rangeFrom : from;
    long distance = want.rangeVector ? want.rangeStep : step;
    for (String line : want.series) {
      SeriesLine series = SeriesLine.parse(line);
      order.add(series.labels());
      for (int i = 0; i < series.items().size(); i++) {
        SeriesLine.Item item = series.items().get(i);
        if (item.value() != null || item.histogram() != null) {
          expected
              .computeIfAbsent(
                  new Key(series.labels(), item.histogram() != null), _ -> new TreeMap<>())
              .put(first + i * distance, new Point(item.value(), item.histogram()));
        }
      }
    }
    if (want.ordered && !order.equals(got.order())) {
      return "order is " + got.order();
    }
    if (step != 0) {
      for (int i = 1; i < got.order().size(); i++) {
        if (got.order().get(i - 1).compareTo(got.order().get(i)) >= 0) {
          return "not sorted: " + got.order();
        }
      }
    }
    if (!expected.keySet().equals(got.series().keySet())) {
      return "series are " + got.series();
    }
    for (Key key : expected.keySet()) {
      TreeMap<Long, Point> a = expected.get(key);
      TreeMap<Long, Point> b = got.series().get(key);
      if (!a.keySet().equals(b.keySet())) {
        return key.labels() + " is " + b;
      }
      for (long t : a.keySet()) {
        boolean same =
            key.histogram()
                ? HistogramText.same(a.get(t).histogram(), b.get(t).histogram())
                : SeriesLine.same(a.get(t).value(), b.get(t).value());
        if (!same) {
          return key.labels() + " at " + t + " is " + b.get(t);
        }
      }
    }
    return "";
  }

  private Outcome instant(String query, long time) throws QueryException {
    try (QueryResult result =
        engine.instant(storage, new InstantQuery(query, time, QueryOptions.DEFAULT))) {
      return read(result);
    }
  }

  private Outcome range(String query, long from, long to, long step) throws QueryException {
    try (QueryResult result =
        engine.range(storage, new RangeQuery(query, from, to, step, QueryOptions.DEFAULT))) {
      return read(result);
    }
  }

  private Outcome middle(String query, long time) throws QueryException {
    Outcome all = range(query, time - 60_000, time + 60_000, 60_000);
    Map<Key, TreeMap<Long, Point>> series = new HashMap<>();
    all.series()
        .forEach((key, points) -> {
          if (points.containsKey(time)) {
            series.put(key, new TreeMap<>(Map.of(time, points.get(time))));
          }
        });
    return new Outcome(all.type(), "", series, List.of(), all.annotations());
  }

  private static Outcome read(QueryResult result) throws QueryException {
    Map<Key, TreeMap<Long, Point>> series = new HashMap<>();
    List<Labels> order = new ArrayList<>();
    while (result.next()) {
      Labels labels = result.labels();
      order.add(labels);
      SampleBatch floats = result.floats();
      for (int i = 0; i < floats.size; i++) {
        put(series, labels, floats.timestamps[i], new Point(floats.values[i], null));
      }
      SampleBatch histograms = result.histograms();
      for (int i = 0; i < histograms.size; i++) {
        put(series, labels, histograms.timestamps[i], new Point(null, histograms.histograms[i]));
      }
    }
    return new Outcome(result.type(), result.string(), series, order, result.annotations());
  }

  private static void put(
      Map<Key, TreeMap<Long, Point>> series, Labels labels, long time, Point point) {
    Point before =
        series
            .computeIfAbsent(new Key(labels, point.histogram() != null), _ -> new TreeMap<>())
            .put(time, point);
    if (before != null) {
      throw new AssertionError("two points of " + labels + " at " + time);
    }
  }

  /** What stands under an eval. */
  private static final class Expectation {
    /** A message, or a regular expression that must be found in it. */
    record Text(String text, boolean regex) {
      boolean matches(String message) {
        return regex ? Pattern.compile(text).matcher(message).find() : text.equals(message);
      }

      static Text of(String rest) {
        String trimmed = rest.trim();
        if (trimmed.startsWith("msg:")) {
          return new Text(trimmed.substring(4).trim(), false);
        }
        if (trimmed.startsWith("regex:")) {
          return new Text(trimmed.substring(6).trim(), true);
        }
        return new Text("", true);
      }
    }

    boolean fail;
    boolean ordered;
    boolean rangeVector;
    long rangeFrom;
    long rangeStep;
    String string;
    Double scalar;
    final List<Text> failTexts = new ArrayList<>();
    final List<String> series = new ArrayList<>();
    final Map<Annotation.Kind, List<Text>> remarks = new HashMap<>();

    private Expectation() {}

    Expectation(String suffix, List<String> body) {
      switch (suffix == null ? "" : suffix) {
        case "_fail" -> fail = true;
        case "_warn" -> remark(Annotation.Kind.WARNING, "");
        case "_info" -> remark(Annotation.Kind.INFO, "");
        case "_ordered" -> ordered = true;
        default -> {}
      }
      for (String line : body) {
        line(line);
      }
    }

    private void line(String line) {
      Matcher range = RANGE_VECTOR.matcher(line);
      if (range.matches()) {
        rangeVector = true;
        rangeFrom = time(range.group(1));
        rangeStep = time(range.group(3));
      } else if (line.equals("expect ordered")) {
        ordered = true;
      } else if (line.equals("expect no_warn")) {
        remarks.putIfAbsent(Annotation.Kind.WARNING, new ArrayList<>());
      } else if (line.equals("expect no_info")) {
        remarks.putIfAbsent(Annotation.Kind.INFO, new ArrayList<>());
      } else if (line.startsWith("expect fail")) {
        fail = true;
        failTexts.add(Text.of(line.substring(11)));
      } else if (line.startsWith("expect warn")) {
        remark(Annotation.Kind.WARNING, line.substring(11));
      } else if (line.startsWith("expect info")) {
        remark(Annotation.Kind.INFO, line.substring(11));
      } else if (line.startsWith("expect string ")) {
        String quoted = line.substring(14).trim();
        string = unquote(quoted);
      } else if (line.startsWith("expected_fail_message ")) {
        failTexts.add(new Text(line.substring(22).trim(), false));
      } else if (line.startsWith("expected_fail_regexp ")) {
        failTexts.add(new Text(line.substring(21).trim(), true));
      } else {
        try {
          scalar = SeriesLine.number(line);
        } catch (NumberFormatException e) {
          series.add(line);
        }
      }
    }

    private static String unquote(String quoted) {
      String inner = quoted.substring(1, quoted.length() - 1);
      return quoted.startsWith("`") ? inner : inner.translateEscapes();
    }

    private void remark(Annotation.Kind kind, String rest) {
      remarks.computeIfAbsent(kind, _ -> new ArrayList<>()).add(Text.of(rest));
    }

    boolean repeatable() {
      return !ordered && !rangeVector && string == null;
    }

    /** Positions are others in a query that was rewritten. */
    Expectation withoutRemarks() {
      Expectation copy = new Expectation();
      copy.fail = fail;
      copy.scalar = scalar;
      copy.series.addAll(series);
      return copy;
    }

    String checkRemarks(List<Annotation> annotations) {
      for (Map.Entry<Annotation.Kind, List<Text>> entry : remarks.entrySet()) {
        List<String> got =
            annotations.stream()
                .filter(a -> a.kind() == entry.getKey())
                .map(Annotation::message)
                .toList();
        List<Text> wanted = entry.getValue();
        boolean allFound = wanted.stream().allMatch(t -> got.stream().anyMatch(t::matches));
        boolean allWanted = got.stream().allMatch(m -> wanted.stream().anyMatch(t -> t.matches(m)));
        if (!allFound || !allWanted) {
          return entry.getKey() + "s are " + got + ", want " + wanted;
        }
      }
      return "";
    }
  }
}
