package io.narthex.web.api;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The series of a selection by metric name, those of one name in the order of their labels. That is
 * not the order of the selection: labels whose names begin with a capital stand before the metric's
 * name there. What is held are four bytes for each series; labels and samples are read as they
 * come. Not safe for several threads.
 */
final class NamedSeries implements AutoCloseable {
  private static final Set<String> NAME = Set.of(LabelNames.METRIC_NAME);

  private final SeriesSet series;

  /** Ascending. */
  private final String[] names;

  /** Where the series of each name end in {@link #order}, exclusive. */
  private final int[] ends;

  /** Positions in {@link #series}. */
  private final int[] order;

  private int family;
  private int next;
  private @Nullable Labels labels;
  private @Nullable SampleReader reader;

  /** Takes over a set that is sorted by labels. */
  NamedSeries(SeriesSet series) {
    this.series = series;
    SeriesGroups groups = series.groups(NAME, true);
    int n = groups.labels().size();
    String[] byGroup = new String[n];
    for (int i = 0; i < n; i++) {
      byGroup[i] = groups.labels().get(i).get(LabelNames.METRIC_NAME);
    }
    names = byGroup.clone();
    Arrays.sort(names, Labels::compareCodePoints);
    int[] rank = new int[n];
    for (int i = 0; i < n; i++) {
      rank[i] = Arrays.binarySearch(names, byGroup[i], Labels::compareCodePoints);
    }
    ends = new int[n];
    int[] group = groups.group();
    for (int i = 0; i < series.size(); i++) {
      ends[rank[group[i]]]++;
    }
    int total = 0;
    for (int i = 0; i < n; i++) {
      total += ends[i];
      // The beginning for now; filling moves it to the end.
      ends[i] = total - ends[i];
    }
    order = new int[total];
    for (int i = 0; i < total; i++) {
      order[ends[rank[group[i]]]++] = i;
    }
  }

  /** The metric name of the series that come next; null at the end. */
  @Nullable String name() {
    return family < names.length ? names[family] : null;
  }

  /** Whether there is one more series of that name, which is {@link #name} or one before it. */
  boolean isAt(String name) {
    return family < names.length && next < ends[family] && names[family].equals(name);
  }

  /** The labels of the series at hand. */
  Labels labels() {
    Labels known = labels;
    if (known == null) {
      known = series.labels(order[next]);
      labels = known;
    }
    return known;
  }

  /** Reads the series at hand, until the next call. */
  SampleReader samples() throws StorageException {
    SampleReader opened = series.samples(order[next], reader);
    reader = opened;
    return opened;
  }

  /** Goes on to the next series of the same name. */
  void advance() {
    next++;
    labels = null;
  }

  /** Goes on to the next name, when {@code name} is the one at hand and all of its series are. */
  void leave(String name) {
    if (family < names.length && next == ends[family] && names[family].equals(name)) {
      family++;
    }
  }

  int warnings() {
    return series.annotations().size();
  }

  @Override
  public void close() {
    series.close();
  }
}
