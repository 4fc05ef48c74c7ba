package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.MetricType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was pushed under one grouping key. Immutable: a push makes a new one. */
final class Group {
  static final String PUSH_TIME = "push_time_seconds";
  static final String FAILURE_TIME = "push_failure_time_seconds";

  private static final String PUSH_HELP =
      "Last Unix time when changing this group in the Pushgateway succeeded.";
  private static final String FAILURE_HELP =
      "Last Unix time when changing this group in the Pushgateway failed.";
  private static final Comparator<Label> BY_NAME = Comparator.comparing(Label::name);

  private final SortedMap<String, String> labels;
  private final SortedMap<String, Family> families;
  private final @Nullable Instant pushed;
  private final @Nullable Instant failed;
  private final Family pushTime;
  private final Family failureTime;

  /**
   * Makes one.
   *
   * @param labels the grouping labels, {@code job} among them
   * @param families by name
   * @param pushed when a push succeeded last; null for never
   * @param failed when one failed last; null for never
   */
  Group(
      SortedMap<String, String> labels,
      SortedMap<String, Family> families,
      @Nullable Instant pushed,
      @Nullable Instant failed) {
    this.labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    this.families = Collections.unmodifiableSortedMap(new TreeMap<>(families));
    this.pushed = pushed;
    this.failed = failed;
    List<Label> all = grouped(List.of(), this.labels);
    pushTime = time(PUSH_TIME, PUSH_HELP, pushed, all);
    failureTime = time(FAILURE_TIME, FAILURE_HELP, failed, all);
  }

  SortedMap<String, String> labels() {
    return labels;
  }

  /** What was pushed, by name. */
  SortedMap<String, Family> families() {
    return families;
  }

  @Nullable Instant pushed() {
    return pushed;
  }

  @Nullable Instant failed() {
    return failed;
  }

  /** The family that tells when a push succeeded last. */
  Family pushTime() {
    return pushTime;
  }

  /** The family that tells when a push failed last. */
  Family failureTime() {
    return failureTime;
  }

  /** Whether the last push succeeded. */
  boolean lastPushSucceeded() {
    return failed == null || (pushed != null && !failed.isAfter(pushed));
  }

  /** When something was pushed last, with or without success. */
  Instant lastPush() {
    Instant last = pushed == null ? Instant.EPOCH : pushed;
    return failed != null && failed.isAfter(last) ? failed : last;
  }

  /** The families, and the two that tell when the group was pushed to; sorted by name. */
  SortedMap<String, Family> all() {
    SortedMap<String, Family> all = new TreeMap<>(families);
    all.put(PUSH_TIME, pushTime);
    all.put(FAILURE_TIME, failureTime);
    return all;
  }

  private Family time(String name, String help, @Nullable Instant at, List<Label> all) {
    double seconds =
        at == null ? 0 : (at.getEpochSecond() * 1_000_000_000d + at.getNano()) / 1_000_000_000d;
    return new Family(
        name,
        help,
        MetricType.GAUGE,
        List.of(new Pushed(all, new Gauge(seconds), null, false)),
        at == null ? lastPush() : at);
  }

  /**
   * A family whose metrics have the labels that they have in a group.
   *
   * @param known the labels of what is made at the same time, which most metrics of a push share;
   *     grows
   */
  static Family member(
      Family family, Map<String, String> grouping, Map<Label, Label> known, Instant time) {
    List<Pushed> metrics = new ArrayList<>(family.metrics().size());
    for (Pushed metric : family.metrics()) {
      List<Label> labels = grouped(metric.labels(), grouping);
      labels.replaceAll(label -> {
        Label other = known.putIfAbsent(label, label);
        return other == null ? label : other;
      });
      metrics.add(metric.withLabels(labels));
    }
    return family.with(metrics, time);
  }

  /**
   * A metric's labels in a group: the grouping labels have the group's values whatever was pushed,
   * an instance that nobody named is the empty one, so that Prometheus does not put the
   * Pushgateway's in its place; sorted.
   */
  static List<Label> grouped(List<Label> labels, Map<String, String> grouping) {
    Map<String, String> missing = new HashMap<>(grouping);
    List<Label> all = new ArrayList<>(labels.size() + grouping.size() + 1);
    boolean instance = false;
    for (Label label : labels) {
      String value = missing.remove(label.name());
      all.add(value == null ? label : new Label(label.name(), value));
      instance |= label.name().equals(LabelNames.INSTANCE);
    }
    for (Map.Entry<String, String> label : missing.entrySet()) {
      all.add(new Label(label.getKey(), label.getValue()));
      instance |= label.getKey().equals(LabelNames.INSTANCE);
    }
    if (!instance) {
      all.add(new Label(LabelNames.INSTANCE, ""));
    }
    all.sort(BY_NAME);
    return all;
  }
}
