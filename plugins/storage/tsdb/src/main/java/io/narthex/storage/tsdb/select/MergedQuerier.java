package io.narthex.storage.tsdb.select;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** Reads from the parts of the database as if they were one. */
public final class MergedQuerier implements Querier {
  static final List<Annotation> TRUNCATED =
      List.of(Annotation.warning("results truncated due to limit"));

  private final List<Part> parts;
  private final long minTime;
  private final long maxTime;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Makes a querier.
   *
   * @param parts in order of time, the head last; closed with this querier. Of samples of one time
   *     that several parts have, that of the first part is shown
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, inclusive
   */
  public MergedQuerier(List<Part> parts, long minTime, long maxTime) {
    this.parts = List.copyOf(parts);
    this.minTime = minTime;
    this.maxTime = maxTime;
  }

  @Override
  public SeriesSet select(SelectRequest request, List<Matcher> matchers) throws StorageException {
    long from = Math.max(minTime, request.minTime());
    long to = Math.min(maxTime, request.maxTime());
    return MergedSeriesSet.select(within(from, to), from, to, request, matchers);
  }

  private List<Part> within(long from, long to) throws StorageException {
    if (closed.get()) {
      throw new StorageException(
          StorageException.Kind.CLOSED, "cannot read: the querier has been closed");
    }
    List<Part> out = new ArrayList<>(parts.size());
    for (Part part : parts) {
      if (from <= to && part.minTime() <= to && from <= part.maxTime()) {
        out.add(part);
      }
    }
    return out;
  }

  @Override
  public LabelResult labelValues(String name, int limit, List<Matcher> matchers)
      throws StorageException {
    return labelValues(name, limit, matchers, value -> true);
  }

  @Override
  public LabelResult labelValues(
      String name, int limit, List<Matcher> matchers, Predicate<String> test)
      throws StorageException {
    List<String> out = List.of();
    for (Part part : within(minTime, maxTime)) {
      out = union(out, part.labelValues(name, matchers, limit, test), limit);
    }
    return cut(out, limit);
  }

  @Override
  public LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException {
    List<String> out = List.of();
    for (Part part : within(minTime, maxTime)) {
      out = union(out, part.labelNames(matchers, limit), limit);
    }
    return cut(out, limit);
  }

  /** What is in one of two ascending lists, ascending; no more than one above the limit. */
  private static List<String> union(List<String> a, List<String> b, int limit) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    List<String> out = new ArrayList<>(Math.max(a.size(), b.size()));
    int i = 0;
    int j = 0;
    while ((i < a.size() || j < b.size()) && (limit <= 0 || out.size() <= limit)) {
      int d = i == a.size() ? 1 : j == b.size() ? -1 : Labels.compareCodePoints(a.get(i), b.get(j));
      out.add(d <= 0 ? a.get(i) : b.get(j));
      i += d <= 0 ? 1 : 0;
      j += d >= 0 ? 1 : 0;
    }
    return out;
  }

  private static LabelResult cut(List<String> items, int limit) {
    return limit > 0 && items.size() > limit
        ? new LabelResult(items.subList(0, limit), TRUNCATED)
        : new LabelResult(items, List.of());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      for (Part part : parts) {
        part.close();
      }
    }
  }
}
