package io.narthex.ingest.scrape;

import io.narthex.api.config.Durations;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.relabel.Relabeller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    Relabeller relabeller = Relabeller.of(job.config().relabelConfigs(), job.names());
    Map<Target.Key, Target> active = new LinkedHashMap<>();
    List<Labels> dropped = new ArrayList<>();
    int droppedCount = 0;
    List<String> failures = new ArrayList<>();
    for (TargetGroup group : groups) {
      for (int i = 0; i < group.targets().size(); i++) {
        Labels.Builder labels = group.labels().toBuilder();
        group.targets().get(i).forEach(labels::set);
        Labels discovered = discovered(labels, job);
        labels.reset(discovered);
        if (!relabeller.apply(labels) || labels.build().isEmpty()) {
          droppedCount++;
          if (job.keepDroppedTargets() == 0 || dropped.size() < job.keepDroppedTargets()) {
            dropped.add(discovered);
          }
          continue;
        }
        try {
          Target target = target(labels, discovered, job);
          active.putIfAbsent(target.key(), target);
        } catch (IllegalArgumentException e) {
          failures.add("instance " + i + " in group " + group.source() + ": " + e.getMessage());
        }
      }
    }
    return new TargetSet(active, List.copyOf(dropped), droppedCount, List.copyOf(failures));
  }

  /** What was discovered together with what the job adds: the input of relabelling. */
  private static Labels discovered(Labels.Builder labels, Job job) {
    setIfAbsent(labels, LabelNames.JOB, job.name());
    setIfAbsent(labels, LabelNames.SCRAPE_INTERVAL, Durations.format(job.interval()));
    setIfAbsent(labels, LabelNames.SCRAPE_TIMEOUT, Durations.format(job.timeout()));
    setIfAbsent(labels, LabelNames.METRICS_PATH, job.config().metricsPath());
    setIfAbsent(labels, LabelNames.SCHEME, job.config().scheme());
    job.config()
        .params()
        .forEach((name, values) -> {
          if (!values.isEmpty()) {
            labels.set(LabelNames.PARAM_PREFIX + name, values.get(0));
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
    if (!hasPort(address) && hasPort(address + ":1234")) {
      address =
          switch (labels.get(LabelNames.SCHEME)) {
            case "http", "" -> address + ":80";
            case "https" -> address + ":443";
            default ->
                throw new IllegalArgumentException(
                    "invalid scheme: " + Quoting.quote(job.config().scheme()));
          };
      labels.set(LabelNames.ADDRESS, address);
    }
    checkAddress(address);
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
    return new Target(all, discovered, job.config().params(), interval, timeout);
  }

  /** Refuses what looks like a URL, with Prometheus's message. */
  static void checkAddress(String address) {
    if (address.indexOf('/') >= 0) {
      throw new IllegalArgumentException(Quoting.quote(address) + " is not a valid hostname");
    }
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

  /** Whether it is {@code host:port} or {@code [v6]:port}; the port may be empty. */
  private static boolean hasPort(String address) {
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      return false;
    }
    if (address.startsWith("[")) {
      return address.indexOf(']') == colon - 1;
    }
    return address.indexOf(':') == colon && address.indexOf('[') < 0 && address.indexOf(']') < 0;
  }
}
