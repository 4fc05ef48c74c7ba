package io.narthex.rules.groups.unittest;

import io.narthex.api.alert.RulesView;
import io.narthex.api.command.GoDuration;
import io.narthex.api.config.Durations;
import io.narthex.api.model.GoFloat;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.SeriesNotation;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.eval.AlertWatcher;
import io.narthex.rules.groups.eval.EvaluationSettings;
import io.narthex.rules.groups.eval.Group;
import io.narthex.rules.groups.eval.Permits;
import io.narthex.rules.groups.eval.RuleMetrics;
import io.narthex.rules.groups.eval.Surroundings;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.unittest.TestFile.AlertCase;
import io.narthex.rules.groups.unittest.TestFile.ExpectedAlert;
import io.narthex.rules.groups.unittest.TestFile.ExpectedSample;
import io.narthex.rules.groups.unittest.TestFile.ExpressionCase;
import io.narthex.rules.groups.unittest.TestFile.TestGroup;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Runs one test of a file. All groups are evaluated at the evaluation interval of the file,
 * whatever theirs is, each time with the samples up to then. Source: Prometheus 3.14, {@code
 * cmd/promtool/unittest.go}.
 */
final class TestRun {
  private static final long NANOS = 1_000_000L;

  /**
   * What all tests of a file have in common.
   *
   * @param interval between evaluations
   * @param fuzzy whether values may differ in their last bit
   * @param diff whether differences of alerts are shown in colours
   * @param debug whether all samples are told at the end
   * @param err where to
   */
  record Conditions(
      Bench bench,
      Extensions extensions,
      Duration interval,
      boolean fuzzy,
      boolean diff,
      boolean debug,
      PrintStream err) {}

  private final TestGroup test;
  private final Conditions conditions;
  private final Bench bench;
  private final Storage storage;
  private final long start;
  private final List<String> errors = new ArrayList<>();

  private TestRun(TestGroup test, Conditions conditions, Storage storage, long start) {
    this.test = test;
    this.conditions = conditions;
    this.bench = conditions.bench();
    this.storage = storage;
    this.start = start;
  }

  /** The rules of a file's tests. */
  @FunctionalInterface
  interface RuleSource {
    /**
     * The groups in the order of their evaluation.
     *
     * @throws RulesWrong when there is something wrong with them
     */
    List<GroupDefinition> groups() throws RulesWrong;
  }

  /** There is something wrong with a rule file. */
  static final class RulesWrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> errors;

    RulesWrong(List<String> errors) {
      super(errors.toString());
      this.errors = List.copyOf(errors);
    }

    List<String> errors() {
      return errors;
    }
  }

  /**
   * Runs a test.
   *
   * @param interval between samples of the series
   * @return what failed
   */
  static List<String> run(
      TestGroup test, Duration interval, long start, Conditions conditions, RuleSource rules)
      throws InterruptedException {
    Bench bench = conditions.bench();
    try {
      InputSeries input =
          new InputSeries(test.inputSeries(), bench.notation(), start, interval.toMillis());
      List<GroupDefinition> groups = rules.groups();
      for (AlertCase one : test.alertRuleTest()) {
        if (one.alertname().isEmpty()) {
          throw new Refusal(
              "an item under alert_rule_test misses required attribute alertname at eval_time "
                  + Durations.format(one.evalTime())
                  + (test.name().isEmpty() ? "" : " (in TestGroup " + test.name() + ")"));
        }
      }
      try (Storage storage = bench.storage()) {
        TestRun run = new TestRun(test, conditions, storage, start);
        run.run(input, groups);
        return run.errors;
      }
    } catch (RulesWrong e) {
      return e.errors();
    } catch (Refusal | StorageException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  private void run(InputSeries input, List<GroupDefinition> definitions) throws StorageException {
    Watch watch = new Watch();
    Surroundings surroundings = surroundings(watch);
    List<Group> groups =
        definitions.stream()
            // Nothing is to be restored: alerts write their series from the beginning.
            .map(definition -> new Group(definition, surroundings, true))
            .toList();
    NavigableMap<Long, List<AlertCase>> cases = new TreeMap<>();
    for (AlertCase one : test.alertRuleTest()) {
      cases.computeIfAbsent(one.evalTime().toMillis(), time -> new ArrayList<>()).add(one);
    }
    long interval = conditions.interval().toMillis();
    long last = test.lastTime().toMillis();
    for (long time = 0; time <= last; time += interval) {
      String refusal = input.store(storage, start + time);
      if (!refusal.isEmpty()) {
        errors.add(refusal);
      } else if (!evaluate(groups, watch, (start + time) * NANOS)) {
        return;
      }
      // Cases between two evaluations see the earlier one.
      cases
          .subMap(time, time + interval)
          .values()
          .forEach(ofTime -> check(ofTime, firing(groups, ofTime)));
    }
    test.promqlExprTest().forEach(this::check);
    if (conditions.debug()) {
      dump();
    }
  }

  private Surroundings surroundings(Watch watch) {
    return new Surroundings(
        Current.of(storage),
        Current.of(bench.engine()),
        watch,
        new RuleMetrics(new PrometheusRegistry()),
        new AlertTemplates(conditions.extensions(), test::externalLabels, test::externalUrl, false),
        alerts -> {},
        AlertWatcher.NONE,
        () -> new EvaluationSettings(Duration.ZERO, Duration.ZERO, Duration.ZERO, Permits.NONE),
        test::externalUrl,
        () -> Duration.ZERO,
        false);
  }

  /** Evaluates all groups; whether no rule failed. */
  private boolean evaluate(List<Group> groups, Watch watch, long time) {
    watch.set(time);
    int before = errors.size();
    for (Group group : groups) {
      group.evaluate(time, 0, () -> false);
      group.failures((rule, error) ->
          errors.add("    rule: " + rule + ", time: " + GoDuration.text(time) + ", err: " + error));
    }
    return errors.size() == before;
  }

  /** What fires of the alerts that cases are about, by name. */
  private static Map<String, List<FiringAlert>> firing(List<Group> groups, List<AlertCase> cases) {
    Set<String> wanted = new HashSet<>();
    cases.forEach(one -> wanted.add(one.alertname()));
    Map<String, List<FiringAlert>> firing = new HashMap<>();
    for (Group group : groups) {
      if (group.definition().rules().stream().noneMatch(rule -> wanted.contains(rule.name()))) {
        continue;
      }
      for (RulesView.Rule rule : group.view().rules()) {
        if (rule.alerting() && wanted.contains(rule.name())) {
          for (RulesView.ActiveAlert alert : rule.alerts()) {
            if (alert.state().equals("firing")) {
              firing
                  .computeIfAbsent(rule.name(), name -> new ArrayList<>())
                  .add(FiringAlert.of(alert.labels().toMap(), alert.annotations()));
            }
          }
        }
      }
    }
    firing.values().forEach(Collections::sort);
    return firing;
  }

  private void check(List<AlertCase> cases, Map<String, List<FiringAlert>> firing) {
    for (AlertCase one : cases) {
      List<FiringAlert> got = firing.getOrDefault(one.alertname(), List.of());
      List<FiringAlert> expected = new ArrayList<>();
      for (ExpectedAlert alert : one.expAlerts()) {
        Map<String, String> labels = new HashMap<>(alert.expLabels());
        labels.put("alertname", one.alertname());
        expected.add(FiringAlert.of(labels, alert.expAnnotations()));
      }
      Collections.sort(expected);
      if (!expected.equals(got)) {
        String indent = " ".repeat(12);
        errors.add(
            (test.name().isEmpty() ? "" : "    name: " + test.name() + ",\n")
                + "    alertname: "
                + one.alertname()
                + ", time: "
                + Durations.format(one.evalTime())
                + ", \n"
                + (conditions.diff()
                    ? "        diff: " + FiringAlert.indented(AlertDiff.of(expected, got), indent)
                    : "        exp:"
                        + FiringAlert.indented(FiringAlert.text(expected), indent)
                        + ", \n        got:"
                        + FiringAlert.indented(FiringAlert.text(got), indent)));
      }
    }
  }

  private void check(ExpressionCase one) {
    String where =
        "    expr: "
            + Quoting.quote(one.expr())
            + ", time: "
            + Durations.format(one.evalTime())
            + ",";
    List<FoundSample> got;
    List<FoundSample> expected = new ArrayList<>();
    try {
      got = samples(one.expr(), start + one.evalTime().toMillis());
      for (ExpectedSample sample : one.expSamples()) {
        expected.add(expected(sample));
      }
    } catch (QueryException | Refusal e) {
      errors.add(where + " err: " + e.getMessage());
      return;
    }
    Collections.sort(expected);
    Collections.sort(got);
    if (!FoundSample.same(expected, got, conditions.fuzzy())) {
      errors.add(
          where
              + "\n        exp: "
              + FoundSample.text(expected)
              + "\n        got: "
              + FoundSample.text(got));
    }
  }

  private FoundSample expected(ExpectedSample sample) throws Refusal {
    try {
      return new FoundSample(
          bench.notation().metric(sample.labels()),
          Scalars.number(sample.value()),
          histogram(sample.histogram()));
    } catch (QueryException | Refusal | StorageException e) {
      throw new Refusal("labels " + Quoting.quote(sample.labels()) + ": " + e.getMessage());
    }
  }

  /** A histogram in the form in which equal ones are equal. */
  private String histogram(String text) throws QueryException, StorageException, Refusal {
    if (text.isEmpty()) {
      return "";
    }
    SeriesNotation.Series series = bench.notation().series("{} " + text);
    if (series.size() != 1) {
      throw new Refusal("expected 1 value, got " + series.size());
    }
    SampleReader reader = series.samples(0, 1);
    SampleBatch batch = new SampleBatch(1);
    reader.read(batch);
    if (batch.size == 0 || batch.kind != SampleBatch.Kind.HISTOGRAM) {
      throw new Refusal(
          "expected histogram, got " + (batch.size == 0 ? "_" : GoFloat.plain(batch.values[0])));
    }
    return bench.notation().text(Objects.requireNonNull(batch.histograms[0]));
  }

  private List<FoundSample> samples(String query, long time) throws QueryException, Refusal {
    try (QueryResult result = instant(query, time)) {
      if (result.type() != ValueType.VECTOR && result.type() != ValueType.SCALAR) {
        throw new Refusal("rule result is not a vector or scalar");
      }
      List<FoundSample> samples = new ArrayList<>();
      while (result.next()) {
        Labels labels = result.labels();
        for (int i = 0; i < result.floats().size; i++) {
          samples.add(new FoundSample(labels, result.floats().values[i], ""));
        }
        SampleBatch histograms = result.histograms();
        for (int i = 0; i < histograms.size; i++) {
          samples.add(
              new FoundSample(
                  labels,
                  0,
                  bench.notation().text(Objects.requireNonNull(histograms.histograms[i]))));
        }
      }
      return samples;
    }
  }

  private QueryResult instant(String query, long time) throws QueryException {
    return bench.engine().instant(storage, new InstantQuery(query, time, QueryOptions.DEFAULT));
  }

  /** Tells all samples. */
  private void dump() {
    // Up to the next whole second, always later than the last case.
    long length = (test.lastTime().toSeconds() + 1) * 1000;
    // The beginning of a range is not in it.
    String query = "{__name__=~\".+\"}[" + Durations.format(length + 1) + "]";
    StringBuilder out = new StringBuilder();
    try (QueryResult result = instant(query, start + length)) {
      while (result.next()) {
        out.append(result.labels()).append(" =>\n");
        SampleBatch floats = result.floats();
        for (int i = 0; i < floats.size; i++) {
          point(GoFloat.plain(floats.values[i]), floats.timestamps[i], out);
        }
        SampleBatch histograms = result.histograms();
        for (int i = 0; i < histograms.size; i++) {
          point(
              bench.notation().text(Objects.requireNonNull(histograms.histograms[i])),
              histograms.timestamps[i],
              out);
        }
      }
    } catch (QueryException e) {
      conditions
          .err()
          .println(
              "DEBUG: Failed query exec, expr: "
                  + Quoting.quote(query)
                  + ", err: "
                  + e.getMessage());
      return;
    }
    conditions
        .err()
        .println(
            "DEBUG: Dump of all data (input_series and rules) at "
                + GoDuration.text(length * NANOS)
                + ":");
    conditions.err().print(out.isEmpty() ? "\n" : out);
  }

  private static void point(String value, long time, StringBuilder out) {
    out.append(value).append(" @[").append(time).append("]\n");
  }
}
