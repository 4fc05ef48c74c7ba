package io.narthex.api.access;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The series of a selection that an access shows. Holds four bytes for each. */
final class VisibleSeries implements SeriesSet {
  private final SeriesSet all;

  /** Positions in {@link #all}, ascending. */
  private final int[] seen;

  private final boolean cut;

  private VisibleSeries(SeriesSet all, int[] seen, boolean cut) {
    this.all = all;
    this.seen = seen;
    this.cut = cut;
  }

  /** Selects what is asked for, and leaves out what is hidden. */
  static SeriesSet of(Querier querier, SelectRequest request, List<Matcher> matchers, Access access)
      throws StorageException {
    SeriesSet all = querier.select(whole(request), matchers);
    boolean done = false;
    try {
      int[] seen = seen(all, access);
      boolean cut = request.limit() > 0 && seen.length > request.limit();
      SeriesSet visible =
          new VisibleSeries(all, cut ? Arrays.copyOf(seen, request.limit()) : seen, cut);
      done = true;
      return visible;
    } finally {
      if (!done) {
        all.close();
      }
    }
  }

  /**
   * The same request of all series with all their labels: hidden ones must not take the places of
   * others, and what a hint would let the storage leave out may be what hides a series.
   */
  private static SelectRequest whole(SelectRequest request) {
    return new SelectRequest(
        request.minTime(),
        request.maxTime(),
        request.sorted(),
        0,
        request.step(),
        request.range(),
        request.function(),
        List.of(),
        false,
        request.shardIndex(),
        request.shardCount(),
        request.startTimestamps(),
        request.latest());
  }

  private static int[] seen(SeriesSet all, Access access) {
    Set<String> names = new HashSet<>();
    for (List<Matcher> selector : access.selectors()) {
      for (Matcher matcher : selector) {
        names.add(matcher.name());
      }
    }
    // By groups: few, where the labels of series are many.
    SeriesGroups groups = all.groups(names, true);
    boolean[] shown = new boolean[groups.labels().size()];
    for (int i = 0; i < shown.length; i++) {
      shown[i] = access.shows(groups.labels().get(i));
    }
    int[] group = groups.group();
    int[] seen = new int[all.size()];
    int n = 0;
    for (int i = 0; i < seen.length; i++) {
      if (shown[group[i]]) {
        seen[n++] = i;
      }
    }
    return n == seen.length ? seen : Arrays.copyOf(seen, n);
  }

  @Override
  public int size() {
    return seen.length;
  }

  @Override
  public Labels labels(int series) {
    return all.labels(seen[series]);
  }

  @Override
  public SampleReader samples(int series, @Nullable SampleReader reuse) throws StorageException {
    return all.samples(seen[series], reuse);
  }

  @Override
  public SeriesGroups groups(Set<String> names, boolean by) {
    SeriesGroups groups = all.groups(names, by);
    int[] number = new int[groups.labels().size()];
    List<Labels> labels = new ArrayList<>();
    int[] group = new int[seen.length];
    for (int i = 0; i < seen.length; i++) {
      int old = groups.group()[seen[i]];
      if (number[old] == 0) {
        labels.add(groups.labels().get(old));
        number[old] = labels.size();
      }
      group[i] = number[old] - 1;
    }
    return new SeriesGroups(group, labels);
  }

  @Override
  public boolean sharded() {
    return all.sharded();
  }

  @Override
  public List<Annotation> annotations() {
    if (!cut) {
      return all.annotations();
    }
    List<Annotation> annotations = new ArrayList<>(all.annotations());
    annotations.add(LabelUnion.TRUNCATED);
    return annotations;
  }

  @Override
  public void close() {
    all.close();
  }
}
