package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.model.MetricType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one name of one group. Does not change, but for keeping what was made of it for
 * the exposition, so that a scrape makes anew only what was pushed since the last one. Safe for any
 * number of threads.
 */
final class Family {
  /** As metrics are sorted in the exposition: those with fewer labels first, then by value. */
  static final Comparator<List<Label>> BY_LABELS =
      (a, b) -> {
        int n = Integer.compare(a.size(), b.size());
        for (int i = 0; n == 0 && i < a.size(); i++) {
          n = a.get(i).value().compareTo(b.get(i).value());
        }
        for (int i = 0; n == 0 && i < a.size(); i++) {
          n = a.get(i).name().compareTo(b.get(i).name());
        }
        return n;
      };

  /** By the least of their metrics, those that have none first. */
  static final Comparator<Family> BY_FIRST = (a, b) -> BY_LABELS.compare(a.first, b.first);

  private final String name;
  private final String help;
  private final MetricType type;
  private final List<Pushed> metrics;
  private final Instant time;
  private final List<Label> first;
  private final boolean fits;

  /** What was asked for last; the other forms are made anew, as few have scrapers of two kinds. */
  private volatile @Nullable Rendered rendered;

  /**
   * Makes one.
   *
   * @param help empty for none
   * @param time when they were pushed
   */
  Family(String name, String help, MetricType type, List<Pushed> metrics, Instant time) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.metrics = List.copyOf(metrics);
    this.time = time;
    List<Label> least = List.of();
    boolean all = true;
    for (int i = 0; i < metrics.size(); i++) {
      Pushed metric = metrics.get(i);
      all &= FamilyIndex.fits(type, metric.value());
      if (i == 0 || BY_LABELS.compare(metric.labels(), least) < 0) {
        least = metric.labels();
      }
    }
    first = least;
    fits = all;
  }

  String name() {
    return name;
  }

  String help() {
    return help;
  }

  MetricType type() {
    return type;
  }

  /** In the order in which they were pushed. */
  List<Pushed> metrics() {
    return metrics;
  }

  Instant time() {
    return time;
  }

  /** Whether all metrics are of the family's type, which protobuf leaves open. */
  boolean fits() {
    return fits;
  }

  /** The metrics for the exposition, sorted; never changed. */
  byte[] rendered(Exposition.Form form) {
    Rendered known = rendered;
    if (known == null || !known.serves(form)) {
      known = Exposition.render(this, form);
      rendered = known;
    }
    return known.bytes();
  }

  /**
   * Metrics of a family in a form.
   *
   * @param classic whether all names are classic ones, with which both forms of text are the same
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Rendered(Exposition.Form form, boolean classic, byte[] bytes) {
    boolean serves(Exposition.Form wanted) {
      return form == wanted
          || (classic && form != Exposition.Form.PROTOBUF && wanted != Exposition.Form.PROTOBUF);
    }
  }

  /** One that came as text. */
  static Family of(MetricFamily family) {
    List<Pushed> metrics = new ArrayList<>(family.metrics().size());
    for (MetricFamily.Metric metric : family.metrics()) {
      metrics.add(new Pushed(metric.labels(), metric.value(), null, metric.timestamp() != null));
    }
    return new Family(family.name(), family.help(), family.type(), metrics, Instant.EPOCH);
  }

  Family with(List<Pushed> others, Instant at) {
    return new Family(name, help, type, others, at);
  }

  /** The type's name as protobuf has it, for messages and the API. */
  static String word(MetricType type) {
    return switch (type) {
      case COUNTER -> "COUNTER";
      case GAUGE -> "GAUGE";
      case SUMMARY -> "SUMMARY";
      case HISTOGRAM -> "HISTOGRAM";
      case GAUGE_HISTOGRAM -> "GAUGE_HISTOGRAM";
      case INFO, STATESET, UNKNOWN -> "UNTYPED";
    };
  }
}
