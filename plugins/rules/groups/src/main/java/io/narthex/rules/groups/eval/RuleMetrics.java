package io.narthex.rules.groups.eval;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/** What rules tell about themselves, under Prometheus's names. */
public final class RuleMetrics {
  private static final double NANOS = 1e9;

  private final Summary ruleDuration;
  private final Histogram ruleDurationHistogram;
  private final Summary groupDuration;
  private final Histogram groupDurationHistogram;
  private final Counter missed;
  private final Counter scheduled;
  private final Counter evaluations;
  private final Counter failures;
  private final Gauge interval;
  private final Gauge lastEvaluation;
  private final Gauge lastDuration;
  private final Gauge lastRuleDurations;
  private final Gauge lastRestoration;
  private final Gauge rules;
  private final Gauge samples;

  /** Keys of the groups that there are. */
  private final ConcurrentMap<String, Boolean> groups = new ConcurrentHashMap<>();

  /** Registers all. */
  public RuleMetrics(PrometheusRegistry registry) {
    ruleDuration =
        Summary.builder()
            .name("prometheus_rule_evaluation_duration_seconds")
            .help("The duration for a rule to execute.")
            .quantile(0.5, 0.05)
            .quantile(0.90, 0.01)
            .quantile(0.99, 0.001)
            .register(registry);
    ruleDurationHistogram =
        histogram(
            registry,
            "prometheus_rule_evaluation_duration_histogram_seconds",
            "The duration for a rule to execute.");
    groupDuration =
        Summary.builder()
            .name("prometheus_rule_group_duration_seconds")
            .help("The duration of rule group evaluations.")
            .quantile(0.01, 0.001)
            .quantile(0.05, 0.005)
            .quantile(0.5, 0.05)
            .quantile(0.90, 0.01)
            .quantile(0.99, 0.001)
            .register(registry);
    groupDurationHistogram =
        histogram(
            registry,
            "prometheus_rule_group_duration_histogram_seconds",
            "The duration of rule group evaluations.");
    missed =
        counter(
            registry,
            "prometheus_rule_group_iterations_missed_total",
            "The total number of rule group evaluations missed due to slow rule group evaluation.");
    scheduled =
        counter(
            registry,
            "prometheus_rule_group_iterations_total",
            "The total number of scheduled rule group evaluations, whether executed or missed.");
    evaluations =
        counter(
            registry, "prometheus_rule_evaluations_total", "The total number of rule evaluations.");
    failures =
        counter(
            registry,
            "prometheus_rule_evaluation_failures_total",
            "The total number of rule evaluation failures.");
    interval =
        gauge(registry, "prometheus_rule_group_interval_seconds", "The interval of a rule group.");
    lastEvaluation =
        gauge(
            registry,
            "prometheus_rule_group_last_evaluation_timestamp_seconds",
            "The timestamp of the last rule group evaluation in seconds.");
    lastDuration =
        gauge(
            registry,
            "prometheus_rule_group_last_duration_seconds",
            "The duration of the last rule group evaluation.");
    lastRuleDurations =
        gauge(
            registry,
            "prometheus_rule_group_last_rule_duration_sum_seconds",
            "The sum of time in seconds it took to evaluate each rule in the group regardless of"
                + " concurrency. This should be higher than the group duration if rules are"
                + " evaluated concurrently.");
    lastRestoration =
        gauge(
            registry,
            "prometheus_rule_group_last_restore_duration_seconds",
            "The duration of the last alert rules alerts restoration using the `ALERTS_FOR_STATE`"
                + " series.");
    rules = gauge(registry, "prometheus_rule_group_rules", "The number of rules.");
    samples =
        gauge(
            registry,
            "prometheus_rule_group_last_evaluation_samples",
            "The number of samples returned during the last rule group evaluation.");
  }

  private static Histogram histogram(PrometheusRegistry registry, String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicUpperBounds(0.01, 0.1, 1, 10)
        .nativeInitialSchema(3)
        .nativeMaxNumberOfBuckets(100)
        .nativeResetDuration(1, TimeUnit.HOURS)
        .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).labelNames("rule_group").register(registry);
  }

  private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
    return Gauge.builder().name(name).help(help).labelNames("rule_group").register(registry);
  }

  /** The metrics of one group; all but the time of restoration are there from now on. */
  OfGroup of(String key) {
    return new OfGroup(key);
  }

  /** Forgets a group; where it is still evaluated, nothing that it counts is seen any more. */
  public void remove(String key) {
    groups.remove(key);
    for (Counter counter : List.of(missed, scheduled, evaluations, failures)) {
      counter.remove(key);
    }
    for (Gauge gauge :
        List.of(
            interval,
            lastEvaluation,
            lastDuration,
            lastRuleDurations,
            lastRestoration,
            rules,
            samples)) {
      gauge.remove(key);
    }
  }

  /**
   * What one group tells. It holds its counters: those of a group that was {@linkplain #remove
   * removed} while it was evaluated must not come back by a look at their names.
   */
  final class OfGroup {
    private final String key;
    private final CounterDataPoint ownMissed;
    private final CounterDataPoint ownScheduled;
    private final CounterDataPoint ownEvaluations;
    private final CounterDataPoint ownFailures;
    private final GaugeDataPoint ownLastEvaluation;
    private final GaugeDataPoint ownLastDuration;
    private final GaugeDataPoint ownLastRuleDurations;
    private final GaugeDataPoint ownSamples;

    private OfGroup(String key) {
      this.key = key;
      groups.put(key, Boolean.TRUE);
      ownMissed = missed.labelValues(key);
      ownScheduled = scheduled.labelValues(key);
      ownEvaluations = evaluations.labelValues(key);
      ownFailures = failures.labelValues(key);
      ownLastEvaluation = lastEvaluation.labelValues(key);
      ownLastDuration = lastDuration.labelValues(key);
      ownLastRuleDurations = lastRuleDurations.labelValues(key);
      ownSamples = samples.labelValues(key);
    }

    void shape(int numberOfRules, long intervalNanos) {
      rules.labelValues(key).set(numberOfRules);
      interval.labelValues(key).set(intervalNanos / NANOS);
    }

    void begins(long skipped) {
      ownScheduled.inc(1 + skipped);
      if (skipped > 0) {
        ownMissed.inc(skipped);
      }
    }

    void ends(long wallNanos, long took, long rulesTook, long sampleCount) {
      groupDuration.observe(took / NANOS);
      groupDurationHistogram.observe(took / NANOS);
      ownLastDuration.set(took / NANOS);
      ownLastRuleDurations.set(rulesTook / NANOS);
      ownLastEvaluation.set(wallNanos / NANOS);
      ownSamples.set(sampleCount);
    }

    void evaluated(long took) {
      ruleDuration.observe(took / NANOS);
      ruleDurationHistogram.observe(took / NANOS);
    }

    void evaluating() {
      ownEvaluations.inc();
    }

    void failed() {
      ownFailures.inc();
    }

    void restored(long took) {
      groups.computeIfPresent(
          key,
          (name, there) -> {
            lastRestoration.labelValues(key).set(took / NANOS);
            return there;
          });
    }
  }
}
