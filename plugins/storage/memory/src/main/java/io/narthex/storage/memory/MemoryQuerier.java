package io.narthex.storage.memory;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Reads the state that was committed when it was made. */
final class MemoryQuerier implements Querier {
  private static final List<Annotation> TRUNCATED =
      List.of(Annotation.warning("results truncated due to limit"));

  private final MemoryStorage storage;
  private final long snapshot;
  private final long minTime;
  private final long maxTime;
  private final AtomicBoolean closed = new AtomicBoolean();

  MemoryQuerier(MemoryStorage storage, long snapshot, long minTime, long maxTime) {
    this.storage = storage;
    this.snapshot = snapshot;
    this.minTime = minTime;
    this.maxTime = maxTime;
  }

  @Override
  public SeriesSet select(SelectRequest request, List<Matcher> matchers) throws StorageException {
    storage.checkOpen();
    long from = Math.max(minTime, request.minTime());
    long to = Math.min(maxTime, request.maxTime());
    List<MemorySeries> series = new ArrayList<>();
    List<Samples> samples = new ArrayList<>();
    List<MemorySeries> found = storage.index().select(matchers);
    if (request.sorted()) {
      found.sort(Comparator.comparing(s -> s.labels));
    }
    boolean cut = false;
    for (MemorySeries s : found) {
      if (request.shardCount() > 0
          && Math.floorMod(s.labels.hashCode(), request.shardCount()) != request.shardIndex()) {
        continue;
      }
      Samples visible = s.at(snapshot, from, to);
      if (visible == null) {
        continue;
      }
      if (request.limit() > 0 && series.size() == request.limit()) {
        cut = true;
        break;
      }
      series.add(s);
      samples.add(visible);
    }
    return new Selection(series, samples, from, to, request, cut ? TRUNCATED : List.of());
  }

  @Override
  public LabelResult labelValues(String name, int limit, List<Matcher> matchers)
      throws StorageException {
    TreeSet<String> values = new TreeSet<>(Labels::compareCodePoints);
    for (MemorySeries series : visible(matchers)) {
      String value = series.labels.get(name);
      if (!value.isEmpty()) {
        values.add(value);
      }
    }
    return cut(values, limit);
  }

  @Override
  public LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException {
    TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
    for (MemorySeries series : visible(matchers)) {
      for (int i = 0; i < series.labels.size(); i++) {
        names.add(series.labels.name(i));
      }
    }
    return cut(names, limit);
  }

  private Collection<MemorySeries> visible(List<Matcher> matchers) throws StorageException {
    storage.checkOpen();
    Collection<MemorySeries> found =
        matchers.isEmpty() ? storage.index().all() : storage.index().select(matchers);
    List<MemorySeries> visible = new ArrayList<>();
    for (MemorySeries series : found) {
      if (series.at(snapshot, minTime, maxTime) != null) {
        visible.add(series);
      }
    }
    return visible;
  }

  private static LabelResult cut(TreeSet<String> items, int limit) {
    return limit > 0 && items.size() > limit
        ? new LabelResult(items.stream().limit(limit).toList(), TRUNCATED)
        : new LabelResult(List.copyOf(items), List.of());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      storage.release(snapshot);
    }
  }

  private record Selection(
      List<MemorySeries> series,
      List<Samples> columns,
      long from,
      long to,
      SelectRequest request,
      List<Annotation> annotations)
      implements SeriesSet {
    @Override
    public int size() {
      return series.size();
    }

    @Override
    public Labels labels(int i) {
      return series.get(i).labels;
    }

    @Override
    public SampleReader samples(int i, @Nullable SampleReader reuse) {
      Reader reader = reuse instanceof Reader r ? r : new Reader();
      Samples s = columns.get(i);
      reader.samples = s;
      reader.position = s.ceiling(from);
      reader.end = to == Long.MAX_VALUE ? s.from + s.size : s.ceiling(to + 1);
      reader.starts = request.startTimestamps();
      return reader;
    }

    @Override
    public boolean sharded() {
      return request.shardCount() > 0;
    }

    @Override
    public void close() {
      // Versions are kept by whoever refers to them.
    }
  }

  private static final class Reader implements SampleReader {
    private @Nullable Samples samples;
    private int position;
    private int end;
    private boolean starts;

    @Override
    public int read(SampleBatch batch) {
      Samples s = samples;
      if (s == null || position >= end) {
        batch.clear(batch.kind);
        return 0;
      }
      int n = s.read(position, end, batch, starts);
      position += n;
      return n;
    }
  }
}
