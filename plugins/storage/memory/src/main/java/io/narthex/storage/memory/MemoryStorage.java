package io.narthex.storage.memory;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.CardinalitySource;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageAdmin;
import io.narthex.api.storage.StorageException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A storage in memory: simple enough to be obviously right, which is why it is also the oracle of
 * other storages' tests.
 *
 * <p>Commits are numbered and applied one after the other. A commit makes a new version of each
 * series it touches and is published by one write of {@link #published}; a querier reads the
 * versions that were newest when it was made. Checking samples and applying them exclude each other
 * by {@link #state}, so what {@code append} accepts is judged against committed samples that hold
 * still.
 */
final class MemoryStorage implements Storage, ExemplarStorage, StorageAdmin, CardinalitySource {
  /** Samples may be this far ahead of the clock before they stop moving the retention's end. */
  private static final long MAX_AHEAD_MILLIS = 10 * 60 * 1000L;

  /**
   * A series that has got nothing for this long may be forgotten to make room for new ones; one
   * that a stale marker has ended may at once.
   */
  private static final long ENDED_MILLIS = 5 * 60 * 1000L;

  /** Series that have ended are not looked for more often than this. */
  private static final long LOOK_AGAIN_MILLIS = 10 * 1000L;

  private enum Phase {
    NEW,
    OPEN,
    CLOSED
  }

  private final long retention;
  private final long maxBytes;
  private final long outOfOrderWindow;
  private final Clock clock;
  private final SeriesIndex index;
  private final ExemplarRing exemplars;

  /** Read: checking samples. Write: applying them, deleting, forgetting. */
  private final ReentrantReadWriteLock state = new ReentrantReadWriteLock();

  /** Snapshots of open queriers and how many have each. Guarded by itself. */
  private final TreeMap<Long, Integer> snapshots = new TreeMap<>();

  private volatile Phase phase = Phase.NEW;
  private volatile long published;
  private volatile long minTime = Long.MAX_VALUE;
  private volatile long maxTime = Long.MIN_VALUE;

  /** Samples before this time are not taken any more. */
  private volatile long horizon = Long.MIN_VALUE;

  /** Series and samples, without what the index counts. */
  private final AtomicLong bytes = new AtomicLong();

  /** The part of it that only forgetting series sets free. */
  private final AtomicLong seriesBytes = new AtomicLong();

  final LongAdder seriesRemoved = new LongAdder();
  final LongAdder floatsAppended = new LongAdder();
  final LongAdder histogramsAppended = new LongAdder();

  /** Samples that were refused, by reason; floats first, then histograms. */
  private final Map<AppendError, List<LongAdder>> refused = new EnumMap<>(AppendError.class);

  /** When series that have ended were looked for last, as the newest sample was then. */
  private long lookedForEnded = Long.MIN_VALUE;

  MemoryStorage(MemoryConfig config, long maxExemplars, Clock clock, long maxHeap) {
    retention = config.retention().toMillis();
    maxBytes = config.maxBytes(maxHeap);
    outOfOrderWindow = config.outOfOrderTimeWindow().toMillis();
    this.clock = clock;
    index =
        new SeriesIndex(series -> {
          bytes.addAndGet(series.bytes());
          seriesBytes.addAndGet(series.bytes());
        });
    exemplars = new ExemplarRing(maxExemplars);
    for (AppendError error : AppendError.values()) {
      refused.put(error, List.of(new LongAdder(), new LongAdder()));
    }
  }

  @Override
  public void start() {
    if (phase == Phase.NEW) {
      phase = Phase.OPEN;
    }
  }

  @Override
  public Appender appender(AppendOptions options) throws StorageException {
    checkOpen();
    return new MemoryAppender(this, options.rejectOutOfOrder() ? 0 : outOfOrderWindow);
  }

  @Override
  public Querier querier(long minTime, long maxTime) throws StorageException {
    checkOpen();
    synchronized (snapshots) {
      long snapshot = published;
      snapshots.merge(snapshot, 1, Integer::sum);
      return new MemoryQuerier(this, snapshot, minTime, maxTime);
    }
  }

  /** A querier has been closed. */
  void release(long snapshot) {
    synchronized (snapshots) {
      snapshots.computeIfPresent(snapshot, (s, n) -> n == 1 ? null : n - 1);
    }
  }

  @Override
  public long minTime() {
    return minTime;
  }

  @Override
  public long maxTime() {
    return maxTime;
  }

  @Override
  public void close() {
    state.writeLock().lock();
    try {
      phase = Phase.CLOSED;
      index.remove(List.copyOf(index.all()));
      exemplars.clear();
      bytes.set(0);
      seriesBytes.set(0);
      minTime = Long.MAX_VALUE;
      maxTime = Long.MIN_VALUE;
    } finally {
      state.writeLock().unlock();
    }
  }

  void checkOpen() throws StorageException {
    switch (phase) {
      case NEW ->
          throw new StorageException(
              StorageException.Kind.NOT_READY,
              "cannot use the memory storage: it has not been started");
      case CLOSED ->
          throw new StorageException(
              StorageException.Kind.CLOSED, "cannot use the memory storage: it is closed");
      case OPEN -> {}
    }
  }

  SeriesIndex index() {
    return index;
  }

  ExemplarRing exemplarRing() {
    return exemplars;
  }

  long bytes() {
    return bytes.get() + index.valueBytes();
  }

  /** What series take without most of their samples. */
  private long seriesBytes() {
    return seriesBytes.get() + index.valueBytes();
  }

  /** Half of the memory is for samples: otherwise series that nobody can query would fill it. */
  private boolean isFullOfSeries() {
    return maxBytes > 0 && seriesBytes() > maxBytes / 2;
  }

  MemorySeries series(Labels labels) throws StorageException {
    MemorySeries known = index.byLabels(labels);
    if (known != null) {
      return known;
    }
    if (labels.isEmpty()) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST, "empty labelset: invalid sample");
    }
    if (isFullOfSeries()) {
      forgetEnded();
    }
    if (isFullOfSeries()) {
      throw new StorageException(
          StorageException.Kind.LIMIT,
          "cannot add series "
              + labels.toSeriesString()
              + ": the memory storage is full; got "
              + seriesBytes()
              + " bytes of series, want at most "
              + maxBytes / 2
              + " (half of storage.memory.max_bytes)");
    }
    state.readLock().lock();
    try {
      checkOpen();
      MemorySeries series = index.create(labels);
      if (series == null) {
        throw new StorageException(
            StorageException.Kind.LIMIT,
            "cannot add a series: this process has used up its 2147483646 series references");
      }
      return series;
    } finally {
      state.readLock().unlock();
    }
  }

  /** Held while samples are checked: what is committed does not change meanwhile. */
  ReentrantReadWriteLock.ReadLock checking() {
    return state.readLock();
  }

  /**
   * Whether a sample can be appended to a series.
   *
   * @param lastTime time of the newest sample of the series that the caller has appended itself,
   *     {@link Long#MIN_VALUE} for none
   * @param window how far behind the newest sample of all a late sample may be
   * @return null when it can; it may be a duplicate then
   */
  @Nullable AppendError check(
      MemorySeries series,
      long time,
      double value,
      @Nullable NativeHistogram histogram,
      long lastTime,
      long window) {
    Samples samples = series.samples;
    if (samples != null && samples.isEmpty()) {
      samples = null;
    }
    long newest = Math.max(lastTime, samples == null ? Long.MIN_VALUE : samples.lastTime());
    if (time >= horizon && (time > newest || newest == Long.MIN_VALUE)) {
      return null;
    }
    if (samples != null) {
      int at = samples.find(time);
      if (at >= 0) {
        return samples.same(at, value, histogram) ? null : AppendError.DUPLICATE_TIMESTAMP;
      }
    }
    if (window > 0) {
      long newestOfAll = maxTime;
      return newestOfAll == Long.MIN_VALUE || time >= newestOfAll - window
          ? null
          : AppendError.TOO_OLD;
    }
    return time < horizon ? AppendError.OUT_OF_BOUNDS : AppendError.OUT_OF_ORDER;
  }

  void count(AppendError error, boolean histogram) {
    Objects.requireNonNull(refused.get(error)).get(histogram ? 1 : 0).increment();
  }

  /** How many samples of a kind were refused for a reason. */
  long refused(AppendError error, boolean histogram) {
    return Objects.requireNonNull(refused.get(error)).get(histogram ? 1 : 0).sum();
  }

  /** Applies a transaction. */
  void commit(MemoryAppender appender) throws StorageException {
    state.writeLock().lock();
    try {
      checkOpen();
      long id = published + 1;
      long oldest = oldestSnapshot();
      long low = minTime;
      long high = maxTime;
      for (int i = 0; i < appender.size; i++) {
        MemorySeries series = appender.series[i];
        long time = appender.times[i];
        NativeHistogram histogram = appender.histogram(i);
        // Others may have committed since the sample was checked.
        AppendError error =
            check(series, time, appender.values[i], histogram, Long.MIN_VALUE, appender.window);
        if (error != null) {
          count(error, histogram != null);
          continue;
        }
        if (apply(series, id, oldest, time, appender.values[i], histogram, appender.start(i))) {
          low = Math.min(low, time);
          high = Math.max(high, time);
          (histogram == null ? floatsAppended : histogramsAppended).increment();
        }
      }
      appender.pendingExemplars.forEach(p -> exemplars.add(p.series(), p.exemplar()));
      minTime = low;
      maxTime = high;
      published = id;
      if (high != Long.MIN_VALUE) {
        retire();
      }
    } finally {
      state.writeLock().unlock();
    }
  }

  private long oldestSnapshot() {
    synchronized (snapshots) {
      return snapshots.isEmpty() ? Long.MAX_VALUE : snapshots.firstKey();
    }
  }

  /** Returns false for a duplicate. */
  private boolean apply(
      MemorySeries series,
      long id,
      long oldest,
      long time,
      double value,
      @Nullable NativeHistogram histogram,
      long start) {
    Samples before = series.samples;
    if (before == null) {
      Samples first = new Samples(id);
      first.append(time, value, histogram, start);
      bytes.addAndGet(first.bytes() - Samples.FIRST_BYTES);
      series.samples = first;
      return true;
    }
    int at = before.isEmpty() ? -1 : before.find(time);
    if (at >= 0) {
      return false;
    }
    Samples now = version(before, id, oldest);
    long was = now.bytes();
    if (now.isEmpty() || time > now.lastTime()) {
      now.append(time, value, histogram, start);
    } else {
      now.insert(-at - 1, time, value, histogram, start);
    }
    bytes.addAndGet(now.bytes() - was);
    series.samples = now;
    return true;
  }

  /** The version of a series that commit {@code id} may change. */
  private static Samples version(Samples before, long id, long oldest) {
    if (before.commit == id) {
      return before;
    }
    if (before.commit <= oldest) {
      // Every open querier sees this one or a newer one.
      before.previous = null;
    }
    return new Samples(id, before, before);
  }

  /** Drops what has become too old or too much; at most about every tenth of the retention. */
  private void retire() {
    long newest = Math.min(maxTime, clock.millis() + MAX_AHEAD_MILLIS);
    if (retention > 0) {
      long end = newest - retention;
      if (end > horizon + retention / 10 || horizon == Long.MIN_VALUE) {
        horizon = Math.max(horizon, end);
        if (minTime < horizon) {
          truncate(horizon);
        }
      }
    }
    // Each round gives up the oldest eighth of the time that is covered.
    for (int i = 0; maxBytes > 0 && bytes() > maxBytes && i < 16; i++) {
      long step = Math.max(1, (newest - minTime) / 8);
      if (minTime >= newest) {
        break;
      }
      horizon = Math.max(horizon, minTime + step);
      truncate(horizon);
    }
  }

  /** Forgets samples before {@code end}, and series without samples that nobody writes to. */
  private void truncate(long end) {
    List<MemorySeries> dead = new ArrayList<>();
    long earliest = Long.MAX_VALUE;
    long oldest = oldestSnapshot();
    for (MemorySeries series : index.all()) {
      Samples samples = series.samples;
      if (samples == null || samples.isEmpty() || samples.lastTime() < end) {
        if (series.pending.get() == 0) {
          dead.add(series);
          continue;
        }
      }
      if (samples == null || samples.isEmpty()) {
        continue;
      }
      if (samples.firstTime() < end) {
        // The version before has the whole arrays: it goes unless somebody reads it.
        Samples rest =
            new Samples(
                samples.commit, samples, samples.commit <= oldest ? null : samples.previous);
        rest.remove(rest.from, rest.ceiling(end));
        bytes.addAndGet(rest.bytes() - samples.bytes());
        series.samples = rest;
        samples = rest;
      }
      if (!samples.isEmpty()) {
        earliest = Math.min(earliest, samples.firstTime());
      }
    }
    forget(dead);
    minTime = earliest;
  }

  private void forget(List<MemorySeries> dead) {
    for (MemorySeries series : dead) {
      Samples samples = series.samples;
      long own = series.bytes();
      seriesBytes.addAndGet(-own);
      bytes.addAndGet(-own - (samples == null ? 0 : samples.bytes() - Samples.FIRST_BYTES));
    }
    index.remove(dead);
    seriesRemoved.add(dead.size());
  }

  /** Makes room for new series: those go that have had no sample for the longest time. */
  private void forgetEnded() {
    state.writeLock().lock();
    try {
      long newest = Math.min(maxTime, clock.millis() + MAX_AHEAD_MILLIS);
      boolean lookedJustNow =
          lookedForEnded != Long.MIN_VALUE && newest - lookedForEnded < LOOK_AGAIN_MILLIS;
      if (newest == Long.MIN_VALUE || lookedJustNow) {
        return;
      }
      lookedForEnded = newest;
      List<MemorySeries> ended = new ArrayList<>();
      for (MemorySeries series : index.all()) {
        if (series.pending.get() == 0
            && (lastTime(series) < newest - ENDED_MILLIS || isMarkedAsEnded(series))) {
          ended.add(series);
        }
      }
      ended.sort(Comparator.comparingLong(MemoryStorage::lastTime));
      // Room for a while: looking through all series is dear.
      long surplus = seriesBytes() - maxBytes / 4;
      int n = 0;
      while (n < ended.size() && surplus > 0) {
        surplus -= ended.get(n++).bytes();
      }
      forget(ended.subList(0, n));
      measure();
    } finally {
      state.writeLock().unlock();
    }
  }

  private static boolean isMarkedAsEnded(MemorySeries series) {
    Samples samples = series.samples;
    return samples != null
        && !samples.isEmpty()
        && StaleMarker.is(samples.values[samples.from + samples.size - 1]);
  }

  private static long lastTime(MemorySeries series) {
    Samples samples = series.samples;
    return samples == null || samples.isEmpty() ? Long.MIN_VALUE : samples.lastTime();
  }

  @Override
  public void delete(long minTime, long maxTime, List<Matcher> matchers) throws StorageException {
    state.writeLock().lock();
    try {
      checkOpen();
      long id = published + 1;
      long oldest = oldestSnapshot();
      for (MemorySeries series : index.select(matchers)) {
        Samples samples = series.samples;
        if (samples == null
            || samples.isEmpty()
            || samples.firstTime() > maxTime
            || samples.lastTime() < minTime) {
          continue;
        }
        int low = samples.ceiling(minTime);
        int high =
            maxTime == Long.MAX_VALUE ? samples.from + samples.size : samples.ceiling(maxTime + 1);
        if (low < high) {
          Samples now = version(samples, id, oldest);
          long was = now.bytes();
          now.remove(low, high);
          bytes.addAndGet(now.bytes() - was);
          series.samples = now;
        }
      }
      published = id;
      measure();
    } finally {
      state.writeLock().unlock();
    }
  }

  /** Finds the time range anew. */
  private void measure() {
    long low = Long.MAX_VALUE;
    long high = Long.MIN_VALUE;
    for (MemorySeries series : index.all()) {
      Samples samples = series.samples;
      if (samples != null && !samples.isEmpty()) {
        low = Math.min(low, samples.firstTime());
        high = Math.max(high, samples.lastTime());
      }
    }
    minTime = low;
    maxTime = high;
  }

  /** Deleted samples take no space, so there is nothing to do. */
  @Override
  public void cleanTombstones() throws StorageException {
    checkOpen();
  }

  @Override
  public String snapshot(boolean skipHead) throws StorageException {
    throw new StorageException(
        StorageException.Kind.BAD_REQUEST,
        "cannot write a snapshot: the memory storage keeps nothing on disk");
  }

  @Override
  public List<SeriesExemplars> exemplars(long minTime, long maxTime, List<List<Matcher>> selectors)
      throws StorageException {
    checkOpen();
    Map<Labels, List<Exemplar>> found = new TreeMap<>();
    exemplars.forEach((series, exemplar) -> {
      if (exemplar.timestamp() >= minTime
          && exemplar.timestamp() <= maxTime
          && selectors.stream()
              .anyMatch(all -> all.stream().allMatch(m -> m.matches(series.labels)))) {
        found.computeIfAbsent(series.labels, l -> new ArrayList<>()).add(exemplar);
      }
    });
    List<SeriesExemplars> result = new ArrayList<>();
    found.forEach((labels, list) -> result.add(new SeriesExemplars(labels, list)));
    return result;
  }

  @Override
  public Cardinality cardinality(int limit) throws StorageException {
    checkOpen();
    long snapshot = published;
    Map<String, Long> byMetric = new HashMap<>();
    Map<String, Long> byPair = new HashMap<>();
    Map<String, Map<String, Long>> values = new HashMap<>();
    long series = 0;
    for (MemorySeries s : index.all()) {
      if (s.at(snapshot) == null) {
        continue;
      }
      series++;
      byMetric.merge(s.labels.metricName(), 1L, Long::sum);
      s.labels.forEach((name, value) -> {
        byPair.merge(name + "=" + value, 1L, Long::sum);
        values.computeIfAbsent(name, n -> new HashMap<>()).merge(value, 1L, Long::sum);
      });
    }
    Map<String, Long> valueCounts = new HashMap<>();
    Map<String, Long> memory = new HashMap<>();
    values.forEach((name, counts) -> {
      valueCounts.put(name, (long) counts.size());
      long sum = 0;
      for (Map.Entry<String, Long> e : counts.entrySet()) {
        sum += (name.length() + e.getKey().length()) * e.getValue();
      }
      memory.put(name, sum);
    });
    return new Cardinality(
        series,
        series,
        byPair.size(),
        minTime,
        maxTime,
        top(byMetric, limit),
        top(valueCounts, limit),
        top(memory, limit),
        top(byPair, limit));
  }

  private static List<Count> top(Map<String, Long> counts, int limit) {
    return counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .map(e -> new Count(e.getKey(), e.getValue()))
        .toList();
  }
}
