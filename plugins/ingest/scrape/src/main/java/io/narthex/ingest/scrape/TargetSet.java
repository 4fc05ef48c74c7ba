package io.narthex.ingest.scrape;

import io.narthex.api.config.Durations;
import io.narthex.api.discovery.TargetAddress;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.relabel.Relabeller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the groups that were discovered amount to: relabelled targets without duplicates, those that
 * relabelling dropped, and what went wrong. Source: Prometheus 3.14, {@code scrape/target.go}.
 *
 * @param active by what tells them apart
 * @param dropped labels before relabelling, as many as are kept
 * @param droppedCount all of them
 * @param failures messages
 */
record TargetSet(
    Map<Target.Key, Target> active, List<Labels> dropped, int droppedCount, List<String> failures) {

  static TargetSet of(List<TargetGroup> groups, Job job) {
    return new Resolver(job).resolve(groups);
  }

  /**
   * What becomes of one target that was discovered.
   *
   * @param discovered labels before relabelling
   * @param labels labels after it, those for internal use among them; none when it is dropped or
   *     cannot be used
   * @param failure why it cannot be used; empty when it can, or is dropped
   */
  record Outcome(Labels discovered, Labels labels, String failure) {}

  /** What becomes of each target, in the order of the groups, equal ones once. */
  static List<Outcome> outcomes(List<TargetGroup> groups, Job job) {
    Resolver resolver = new Resolver(job);
    Set<Outcome> outcomes = new LinkedHashSet<>();
    for (TargetGroup group : groups) {
      for (Labels own : group.targets()) {
        Resolved r = resolver.resolve(group.labels(), own);
        outcomes.add(
            new Outcome(
                r.discovered,
                r.target == null ? Labels.empty() : r.target.allLabels(),
                Objects.requireNonNullElse(r.failure, "")));
      }
    }
    return List.copyOf(outcomes);
  }

  /** What relabelling made of a target: exactly one of target and failure, or neither. */
  private record Resolved(Labels discovered, @Nullable Target target, @Nullable String failure) {}

  /** The targets of a group as they were last time. */
  private record Group(TargetGroup group, Map<Labels, Resolved> targets) {}

  /**
   * Makes targets of groups and remembers them, so that only what has changed is relabelled at the
   * next time. Not safe for several threads.
   */
  static final class Resolver {
    private final Job job;
    private final Relabeller relabeller;

    /** The groups resolved last, by themselves: unchanged ones mostly are the same objects. */
    private Map<TargetGroup, Group> known = new IdentityHashMap<>();

    private long relabelled;

    Resolver(Job job) {
      this.job = job;
      this.relabeller = Relabeller.of(job.config().relabelConfigs(), job.names());
    }

    /** How many targets have been relabelled so far. */
    long relabelled() {
      return relabelled;
    }

    TargetSet resolve(List<TargetGroup> groups) {
      Map<String, Group> bySource = null;
      Map<TargetGroup, Group> now = new IdentityHashMap<>();
      Map<Target.Key, Target> active = LinkedHashMap.newLinkedHashMap(known.size());
      List<Labels> dropped = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      int droppedCount = 0;
      for (TargetGroup group : groups) {
        Group resolved = known.get(group);
        if (resolved == null) {
          bySource = bySource == null ? bySource() : bySource;
          resolved = resolve(group, bySource.get(group.source()));
        }
        now.put(group, resolved);
        List<Labels> targets = group.targets();
        for (int i = 0; i < targets.size(); i++) {
          Resolved r = Objects.requireNonNull(resolved.targets().get(targets.get(i)));
          if (r.target != null) {
            active.putIfAbsent(r.target.key(), r.target);
          } else if (r.failure != null) {
            failures.add("instance " + i + " in group " + group.source() + ": " + r.failure);
          } else {
            droppedCount++;
            if (job.keepDroppedTargets() == 0 || dropped.size() < job.keepDroppedTargets()) {
              dropped.add(r.discovered);
            }
          }
        }
      }
      known = now;
      return new TargetSet(active, List.copyOf(dropped), droppedCount, List.copyOf(failures));
    }

    private Map<String, Group> bySource() {
      Map<String, Group> bySource = HashMap.newHashMap(known.size());
      known.values().forEach(g -> bySource.put(g.group().source(), g));
      return bySource;
    }

    /** Resolves a group; targets that it had before are taken from there. */
    private Group resolve(TargetGroup group, @Nullable Group before) {
      Map<Labels, Resolved> same =
          before != null && before.group().labels().equals(group.labels())
              ? before.targets()
              : Map.of();
      Map<Labels, Resolved> resolved = HashMap.newHashMap(group.targets().size());
      for (Labels target : group.targets()) {
        Resolved r = same.get(target);
        resolved.computeIfAbsent(target, t -> r != null ? r : resolve(group.labels(), t));
      }
      return new Group(group, resolved);
    }

    private Resolved resolve(Labels ofGroup, Labels own) {
      relabelled++;
      Labels.Builder labels = ofGroup.toBuilder();
      own.forEach(labels::set);
      Labels discovered = discovered(labels, job);
      labels.reset(discovered);
      if (!relabeller.apply(labels)) {
        return new Resolved(discovered, null, null);
      }
      try {
        return new Resolved(discovered, target(labels, discovered, job), null);
      } catch (IllegalArgumentException e) {
        return new Resolved(discovered, null, String.valueOf(e.getMessage()));
      }
    }
  }

  /** What was discovered together with what the job adds: the input of relabelling. */
  private static Labels discovered(Labels.Builder labels, Job job) {
    setIfAbsent(labels, LabelNames.JOB, job.name());
    setIfAbsent(labels, LabelNames.SCRAPE_INTERVAL, Durations.format(job.interval()));
    setIfAbsent(labels, LabelNames.SCRAPE_TIMEOUT, Durations.format(job.timeout()));
    setIfAbsent(labels, LabelNames.METRICS_PATH, job.config().metricsPath());
    setIfAbsent(labels, LabelNames.SCHEME, job.config().scheme());
    HistogramHandling histograms = job.histograms();
    setIfAbsent(labels, LabelNames.SCRAPE_NATIVE_HISTOGRAMS, String.valueOf(histograms.natives()));
    setIfAbsent(
        labels,
        LabelNames.ALWAYS_SCRAPE_CLASSIC_HISTOGRAMS,
        String.valueOf(histograms.classicToo()));
    setIfAbsent(
        labels, LabelNames.CONVERT_CLASSIC_HISTOGRAMS, String.valueOf(histograms.convertClassic()));
    job.config()
        .params()
        .forEach((name, values) -> {
          if (!values.isEmpty()) {
            setIfAbsent(labels, LabelNames.PARAM_PREFIX + name, values.get(0));
          }
        });
    return labels.build();
  }

  private static void setIfAbsent(Labels.Builder labels, String name, String value) {
    if (!labels.has(name)) {
      labels.set(name, value);
    }
  }

  /** Makes a target of relabelled labels. */
  private static Target target(Labels.Builder labels, Labels discovered, Job job) {
    String address = labels.get(LabelNames.ADDRESS);
    if (address.isEmpty()) {
      throw new IllegalArgumentException("no address");
    }
    TargetAddress.check(address);
    Duration interval = duration(labels, LabelNames.SCRAPE_INTERVAL, "interval");
    Duration timeout = duration(labels, LabelNames.SCRAPE_TIMEOUT, "timeout");
    if (timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "scrape timeout cannot be greater than scrape interval ("
              + Quoting.quote(labels.get(LabelNames.SCRAPE_TIMEOUT))
              + " > "
              + Quoting.quote(labels.get(LabelNames.SCRAPE_INTERVAL))
              + ")");
    }
    setIfAbsent(labels, LabelNames.INSTANCE, address);
    Labels all = labels.build().filter(name -> !name.startsWith(LabelNames.META_PREFIX));
    all.forEach((name, value) -> {
      if (!LabelNames.isValid(value)) {
        throw new IllegalArgumentException(
            "invalid label value for " + Quoting.quote(name) + ": " + Quoting.quote(value));
      }
    });
    HistogramHandling ofJob = job.histograms();
    HistogramHandling histograms =
        new HistogramHandling(
            flag(all, LabelNames.SCRAPE_NATIVE_HISTOGRAMS, ofJob.natives()),
            flag(all, LabelNames.ALWAYS_SCRAPE_CLASSIC_HISTOGRAMS, ofJob.classicToo()),
            flag(all, LabelNames.CONVERT_CLASSIC_HISTOGRAMS, ofJob.convertClassic()));
    return new Target(all, discovered, job.config().params(), interval, timeout, histograms);
  }

  /** A label that overrides a setting of the job, in the words that Go takes for booleans. */
  private static boolean flag(Labels labels, String name, boolean ofJob) {
    String value = labels.get(name);
    return switch (value) {
      case "" -> ofJob;
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default ->
          throw new IllegalArgumentException(
              "error parsing " + name + ": got " + Quoting.quote(value) + ", want true or false");
    };
  }

  private static Duration duration(Labels.Builder labels, String label, String what) {
    Duration duration;
    try {
      duration = Durations.parse(labels.get(label));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("error parsing scrape " + what + ": " + e.getMessage(), e);
    }
    if (duration.isZero()) {
      throw new IllegalArgumentException("scrape " + what + " cannot be 0");
    }
    return duration;
  }
}
