package io.narthex.storage.tsdb.select;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.SeriesIds;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A part in memory whose series and chunks a test has made. */
final class FakePart implements Part {
  record Chunk(long minTime, long maxTime, byte encoding, byte[] data) {}

  record Series(Labels labels, List<Chunk> chunks, Intervals deleted) {}

  private static final int ID_STEP = 5;

  final List<Series> series;
  final boolean sorted;
  int closed;

  FakePart(List<Series> series, boolean sorted) {
    this.series = new ArrayList<>(series);
    this.sorted = sorted;
    if (sorted) {
      this.series.sort((a, b) -> a.labels.compareTo(b.labels));
    }
  }

  @Override
  public long minTime() {
    return Long.MIN_VALUE;
  }

  @Override
  public long maxTime() {
    return Long.MAX_VALUE;
  }

  @Override
  public SeriesIds select(List<Matcher> matchers) {
    Bitmap out = new Bitmap();
    for (int i = 0; i < series.size(); i++) {
      Labels l = series.get(i).labels;
      if (matchers.stream().allMatch(m -> m.matches(l))) {
        out.add(i * ID_STEP);
      }
    }
    return out;
  }

  @Override
  public boolean sortedIds() {
    return sorted;
  }

  @Override
  public Labels labels(int id) {
    return series.get(id / ID_STEP).labels;
  }

  @Override
  public void chunks(int id, long minTime, long maxTime, ChunkList into) {
    Series s = series.get(id / ID_STEP);
    for (Chunk c : s.chunks) {
      if (c.minTime <= maxTime && minTime <= c.maxTime) {
        MemorySegment data = MemorySegment.ofArray(c.data);
        if (c.data.length % 2 == 0) {
          into.add(c.minTime, c.maxTime, c.encoding, data, 0, c.data.length, s.deleted);
        } else {
          into.addCopy(c.minTime, c.maxTime, c.encoding, data, 0, c.data.length, s.deleted);
        }
      }
    }
  }

  @Override
  public boolean hasChunks(int id, long minTime, long maxTime) {
    Series s = series.get(id / ID_STEP);
    return s.chunks.stream()
        .anyMatch(c ->
            c.minTime <= maxTime
                && minTime <= c.maxTime
                && !s.deleted.covers(c.minTime, c.maxTime));
  }

  @Override
  public List<String> labelValues(
      String name, List<Matcher> matchers, int limit, Predicate<String> test) {
    TreeSet<String> out = new TreeSet<>(Labels::compareCodePoints);
    select(matchers)
        .forEach(id -> {
          if (labels(id).has(name)) {
            out.add(labels(id).get(name));
          }
        });
    return out.stream().filter(test).limit(limit == 0 ? Long.MAX_VALUE : limit + 1L).toList();
  }

  @Override
  public List<String> labelNames(List<Matcher> matchers, int limit) {
    TreeSet<String> out = new TreeSet<>(Labels::compareCodePoints);
    select(matchers).forEach(id -> labels(id).forEach((name, value) -> out.add(name)));
    return out.stream().limit(limit == 0 ? Long.MAX_VALUE : limit + 1L).toList();
  }

  @Override
  public void close() {
    closed++;
  }
}
