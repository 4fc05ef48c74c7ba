package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Counter;
import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.format.MetricFamily.Value;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All families of all groups by name, so that a push is held against what is there by looking at
 * what it brings alone; the Pushgateway of old gathers everything anew for each push. The rules and
 * their texts are those of client_golang's registry. Guarded by its owner's lock.
 */
final class FamilyIndex {
  /** So many problems of a push are told; their number is told in any case. */
  static final int MAX_TOLD = 100;

  /** What the process itself exposes under a name. */
  record Own(MetricType type, String help) {}

  /** What is there under a name; the type is that of the family that came first. */
  private static final class Entry {
    final MetricType type;

    /** Sorted by {@link Family#BY_FIRST}. */
    final List<Family> families = new ArrayList<>();

    /** How often each is there. */
    final Map<List<Label>, Integer> series = new HashMap<>();

    /** So many families have metrics that are not of the type. */
    int misfits;

    /** So many series are there once too often. */
    int repeated;

    Entry(MetricType type) {
      this.type = type;
    }
  }

  /** Problems of one push. */
  static final class Problems {
    private final List<String> told = new ArrayList<>();
    private int count;

    void add(String problem) {
      count++;
      if (told.size() < MAX_TOLD) {
        told.add(problem);
      }
    }

    boolean isEmpty() {
      return count == 0;
    }

    /** One alone as it is, several as a list. */
    String text() {
      return count == 1
          ? told.getFirst()
          : count + " error(s) occurred:\n* " + String.join("\n* ", told);
    }
  }

  private final SortedMap<String, Entry> names = new TreeMap<>();

  /** Counts a family in, without a look at it. */
  void add(Family family) {
    Entry entry = names.computeIfAbsent(family.name(), n -> new Entry(family.type()));
    int at = Collections.binarySearch(entry.families, family, Family.BY_FIRST);
    entry.families.add(at < 0 ? -1 - at : at, family);
    entry.misfits += isMisfit(family, entry) ? 1 : 0;
    for (Pushed metric : family.metrics()) {
      int times = entry.series.merge(metric.labels(), 1, Integer::sum);
      entry.repeated += times > 1 ? 1 : 0;
    }
  }

  private static boolean isMisfit(Family family, Entry entry) {
    return !family.fits() || family.type() != entry.type;
  }

  /** Undoes {@link #add} of the same family. */
  void remove(Family family) {
    Entry entry = names.get(family.name());
    if (entry == null) {
      return;
    }
    entry.families.remove(position(family, entry.families));
    if (entry.families.isEmpty()) {
      names.remove(family.name());
      return;
    }
    entry.misfits -= isMisfit(family, entry) ? 1 : 0;
    for (Pushed metric : family.metrics()) {
      Integer times = entry.series.remove(metric.labels());
      if (times != null && times > 1) {
        entry.series.put(metric.labels(), times - 1);
        entry.repeated--;
      }
    }
  }

  /** Where the very family stands, among any that are sorted alike. */
  private static int position(Family family, List<Family> families) {
    int any = Collections.binarySearch(families, family, Family.BY_FIRST);
    for (int i = any; i >= 0 && Family.BY_FIRST.compare(families.get(i), family) == 0; i--) {
      if (families.get(i) == family) {
        return i;
      }
    }
    int i = any + 1;
    while (families.get(i) != family) {
      i++;
    }
    return i;
  }

  /**
   * All families of a name.
   *
   * @param type of the one that came first
   * @param families sorted by {@link Family#BY_FIRST}
   * @param mixed whether they contradict each other, so that not all can be exposed
   */
  record Named(String name, MetricType type, List<Family> families, boolean mixed) {}

  /** All that is there, by name. */
  List<Named> all() {
    List<Named> all = new ArrayList<>(names.size());
    names.forEach((name, entry) ->
        all.add(
            new Named(
                name,
                entry.type,
                List.copyOf(entry.families),
                entry.misfits > 0 || entry.repeated > 0)));
    return all;
  }

  /**
   * Says what is wrong with a family that was not counted in yet.
   *
   * @param own what the process exposes itself
   */
  void check(Family family, Map<String, Own> own, NameScheme scheme, Problems problems) {
    String name = family.name();
    if (!scheme.isMetricName(name)) {
      problems.add("invalid metric name " + Quoting.quote(name));
      return;
    }
    Own ours = own.get(name);
    if (ours != null && ours.type() != family.type()) {
      problems.add(
          "gathered metric family "
              + name
              + " has type "
              + Family.word(family.type())
              + " but should have "
              + Family.word(ours.type()));
      return;
    }
    Entry entry = names.get(name);
    if (entry == null && ours == null) {
      String collision = collision(name, family.type(), own);
      if (collision != null) {
        problems.add(collision);
        return;
      }
    }
    MetricType type = entry == null ? family.type() : entry.type;
    Map<List<Label>, Boolean> seen = new HashMap<>();
    for (Pushed metric : family.metrics()) {
      String wrong = wrong(type, metric, scheme);
      if (wrong == null
          && (seen.put(metric.labels(), true) != null
              || (entry != null && entry.series.containsKey(metric.labels())))) {
        wrong = "was collected before with the same name and label values";
      }
      if (wrong != null) {
        problems.add(
            "collected metric "
                + Quoting.quote(name)
                + " { "
                + MetricText.of(metric)
                + " } "
                + wrong);
      }
    }
  }

  private static @Nullable String wrong(MetricType type, Pushed metric, NameScheme scheme) {
    if (!fits(type, metric.value())) {
      return "is not a " + Family.word(type);
    }
    String previous = "";
    for (Label label : metric.labels()) {
      if (label.name().equals(previous)) {
        return "has two or more labels with the same name: " + previous;
      }
      if (!scheme.isLabelName(label.name())
          || label.name().startsWith(LabelNames.RESERVED_PREFIX)) {
        return "has a label with an invalid name: " + label.name();
      }
      if (metric.value() instanceof Summary && label.name().equals(LabelNames.QUANTILE)) {
        return "must not have an explicit " + Quoting.quote(LabelNames.QUANTILE) + " label";
      }
      if (!label.value().isEmpty() && !LabelNames.isValid(label.value())) {
        return "has a label named "
            + Quoting.quote(label.name())
            + " whose value is not utf8: "
            + Quoting.quote(label.value());
      }
      previous = label.name();
    }
    return null;
  }

  static boolean fits(MetricType type, @Nullable Value value) {
    return switch (type) {
      case COUNTER -> value instanceof Counter;
      case GAUGE -> value instanceof Gauge;
      case SUMMARY -> value instanceof Summary;
      case HISTOGRAM, GAUGE_HISTOGRAM -> value instanceof Histogram;
      case INFO, STATESET, UNKNOWN -> value instanceof Untyped;
    };
  }

  /** Names that the lines of a histogram or summary would have in the text format, too. */
  private @Nullable String collision(String name, MetricType type, Map<String, Own> own) {
    int suffix = name.lastIndexOf('_');
    String end = suffix < 0 ? "" : name.substring(suffix);
    if (end.equals("_count") || end.equals("_sum") || end.equals("_bucket")) {
      String whole = name.substring(0, suffix);
      MetricType of = type(whole, own);
      boolean summary = of == MetricType.SUMMARY && !end.equals("_bucket");
      if (summary || isHistogram(of)) {
        return "collected metric named "
            + Quoting.quote(name)
            + " collides with previously collected "
            + (summary ? "summary" : "histogram")
            + " named "
            + Quoting.quote(whole);
      }
    }
    boolean histogram = isHistogram(type);
    if (histogram || type == MetricType.SUMMARY) {
      for (String line :
          histogram
              ? new String[] {"_count", "_sum", "_bucket"}
              : new String[] {"_count", "_sum"}) {
        if (type(name + line, own) != null) {
          return "collected "
              + (line.equals("_bucket") ? "histogram" : "histogram or summary")
              + " named "
              + Quoting.quote(name)
              + " collides with previously collected metric named "
              + Quoting.quote(name + line);
        }
      }
    }
    return null;
  }

  private static boolean isHistogram(@Nullable MetricType type) {
    return type == MetricType.HISTOGRAM || type == MetricType.GAUGE_HISTOGRAM;
  }

  private @Nullable MetricType type(String name, Map<String, Own> own) {
    Own ours = own.get(name);
    if (ours != null) {
      return ours.type();
    }
    Entry entry = names.get(name);
    return entry == null ? null : entry.type;
  }
}
