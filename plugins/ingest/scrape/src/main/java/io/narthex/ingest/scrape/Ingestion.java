package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes one exposition over into a transaction. A series whose text is known costs a look into the
 * cache and a place in a batch; only a new one is parsed closely, named, relabelled and looked up
 * in the storage.
 */
final class Ingestion {
  /** Samples this far ahead of the clock are refused. */
  private static final long MAX_AHEAD_MILLIS = 10 * 60 * 1000L;

  private final Job job;
  private final SeriesNaming naming;
  private final HistogramLimits limits;
  private final Labels targetLabels;
  private final SeriesCache cache;

  /** Where the storage is told of metadata: what is known of it. */
  private final @Nullable FamilyCache families;

  /** Whether start timestamps are made up where the target tells none. */
  private final boolean synthesis;

  private final ScrapeMetrics metrics;
  private final Workspace work;
  private final Appender appender;

  private static final Metadata NO_METADATA = new Metadata(MetricType.UNKNOWN, "", "");

  /** Samples that the target exposed. */
  int scraped;

  /** Those that relabelling left. */
  int kept;

  /** Series that were not there at the scrape before. */
  int seriesAdded;

  int outOfOrder;
  int duplicates;
  int outOfBounds;
  int exemplarsOutOfOrder;
  private long taken;
  private boolean tooManyBuckets;

  /** Of the family looked at last: its index, what is known of it, whether that is news. */
  private int family = -1;

  private Metadata metadata = NO_METADATA;
  private boolean metadataIsNew;

  Ingestion(
      Job job,
      SeriesNaming naming,
      Labels targetLabels,
      SeriesCache cache,
      @Nullable FamilyCache families,
      boolean synthesis,
      ScrapeMetrics metrics,
      Workspace work,
      Appender appender) {
    this.job = job;
    this.naming = naming;
    this.limits = naming.limits();
    this.families = families;
    this.synthesis = synthesis;
    this.targetLabels = targetLabels;
    this.cache = cache;
    this.metrics = metrics;
    this.work = work;
    this.appender = appender;
  }

  /**
   * Takes all samples.
   *
   * @param exposition begins to read it; anew at each call
   * @param time of the scrape, milliseconds since the epoch
   * @throws ExpositionException when the exposition is malformed
   * @throws SeriesNaming.LimitException when a limit is exceeded
   */
  void takeAll(Supplier<ExpositionReader> exposition, long time)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    ExpositionBatch batch = work.exposition;
    work.pace.begin();
    ExpositionReader reader = exposition.get();
    boolean overLimit;
    try {
      int n = read(reader, exposition, time);
      while (n > 0) {
        take(reader, batch, time);
        flush(reader);
        work.pace.step();
        n = read(reader, exposition, time);
      }
    } finally {
      // Once a scrape; what has stopped it besides is what it fails with.
      overLimit = job.sampleLimit() > 0 && taken > job.sampleLimit();
      if (overLimit) {
        metrics.exceededSampleLimit.inc();
      }
      if (tooManyBuckets) {
        metrics.exceededBucketLimit.inc();
      }
    }
    if (overLimit) {
      throw new SeriesNaming.LimitException("sample limit exceeded");
    }
    if (tooManyBuckets) {
      throw new SeriesNaming.LimitException(HistogramLimits.EXCEEDED);
    }
  }

  private int read(ExpositionReader reader, Supplier<ExpositionReader> exposition, long time)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    try {
      return reader.read(work.exposition);
    } catch (ExpositionException e) {
      // How many samples of the batch are before the mistake only reading them one by one tells;
      // and one of them may be the mistake that comes first.
      ExpositionReader again = exposition.get();
      ExpositionBatch one = new ExpositionBatch(1);
      int known = scraped;
      for (int i = 0; again.read(one) > 0; i++) {
        if (i >= known) {
          take(again, one, time);
        }
        if (i % Workspace.BATCH == 0) {
          work.pace.step();
        }
      }
      throw e;
    }
  }

  private void take(ExpositionReader reader, ExpositionBatch batch, long scrapeTime)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    AppendBatch samples = work.samples;
    samples.clear();
    boolean honorTimestamps = job.config().honorTimestamps();
    boolean trackAll = job.config().trackTimestampsStaleness();
    long limit = job.sampleLimit() > 0 ? job.sampleLimit() : Long.MAX_VALUE;
    for (int i = 0; i < batch.size; i++) {
      scraped++;
      boolean stamped = honorTimestamps && batch.hasTimestamp[i];
      long hash = batch.keyHashes[i];
      int length = batch.keyLengths[i];
      int entry = cache.find(hash, length);
      boolean fresh = entry < 0;
      NativeHistogram histogram = batch.histograms[i];
      Labels labels = null;
      if (fresh) {
        labels = name(reader, batch, i);
        if (labels == null) {
          cache.see(cache.add(hash, length, SeriesCache.DROPPED), false);
          continue;
        }
        if (histogram != null && limits.apply(histogram) == null) {
          tooManyBuckets = true;
          kept++;
          continue;
        }
        if (taken >= limit) {
          // The scrape has failed already; count on, but do not make more series.
          kept++;
          taken++;
          continue;
        }
        entry = cache.add(hash, length, appender.series(labels));
      }
      if (cache.ref(entry) == SeriesCache.DROPPED) {
        cache.see(entry, false);
        continue;
      }
      boolean again = cache.see(entry, !stamped || trackAll);
      kept++;
      if (again && !stamped) {
        refuse(AppendError.DUPLICATE_TIMESTAMP);
        continue;
      }
      if (histogram != null && !limits.isNone()) {
        histogram = limits.apply(histogram);
        if (histogram == null) {
          tooManyBuckets = true;
          continue;
        }
      }
      if (++taken > limit) {
        continue;
      }
      long time = stamped ? batch.timestamps[i] : scrapeTime;
      if (stamped && time > scrapeTime + MAX_AHEAD_MILLIS) {
        refuse(AppendError.OUT_OF_BOUNDS);
        cache.untrack(entry);
        continue;
      }
      double value = batch.values[i];
      long start = batch.startTimestamps[i];
      if (synthesis && start == 0) {
        StartSynthesis counting = counting(reader, batch, i, entry, labels);
        if (counting != null) {
          cache.track(entry);
          if (histogram != null) {
            histogram = counting.next(histogram, time);
          } else {
            value = counting.next(value, time);
          }
          if (counting.isFirst()) {
            leaveOut(reader, batch, i, entry, fresh, labels);
            continue;
          }
          start = counting.start();
        }
      }
      work.positions[samples.size] = i;
      // The complement marks the first sample of a series.
      work.entries[samples.size] = fresh ? ~entry : entry;
      seriesAdded += fresh && !tooManyBuckets ? 1 : 0;
      if (families != null) {
        tellMetadata(reader, batch, i, cache.ref(entry), labels);
      }
      if (histogram != null) {
        samples.add(cache.ref(entry), time, histogram);
      } else {
        samples.add(cache.ref(entry), time, value);
      }
      if (start != 0) {
        samples.setStartTimestamp(start);
      }
    }
  }

  /**
   * What makes up a series' start timestamps; null when it is not known to be a counter's or a
   * histogram's.
   *
   * @param labels of a new series, null for another
   */
  private @Nullable StartSynthesis counting(
      ExpositionReader reader, ExpositionBatch batch, int i, int entry, @Nullable Labels labels)
      throws ExpositionException, SeriesNaming.LimitException {
    StartSynthesis known = cache.synthesis(entry);
    int index = batch.familyIndexes[i];
    if (known != null || index < 0) {
      return known;
    }
    ExpositionBatch.Family of = batch.families.get(index);
    if (of.type() != MetricType.COUNTER && of.type() != MetricType.HISTOGRAM) {
      return null;
    }
    Labels named = labels != null ? labels : name(reader, batch, i);
    if (named == null || !of.includes(named.metricName())) {
      return null;
    }
    StartSynthesis begun = new StartSynthesis();
    cache.synthesis(entry, begun);
    return begun;
  }

  /** The first sample of a series whose start timestamps are made up is not stored. */
  private void leaveOut(
      ExpositionReader reader,
      ExpositionBatch batch,
      int i,
      int entry,
      boolean fresh,
      @Nullable Labels labels)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    taken--;
    if (fresh) {
      // Nothing has been stored whose end were to be marked.
      cache.untrack(entry);
      seriesAdded += tooManyBuckets ? 0 : 1;
    }
    if (families != null) {
      tellMetadata(reader, batch, i, cache.ref(entry), labels);
    }
  }

  private @Nullable Labels name(ExpositionReader reader, ExpositionBatch batch, int i)
      throws ExpositionException, SeriesNaming.LimitException {
    Labels exposed;
    List<String> empty;
    try {
      exposed = reader.labels(batch, i);
      empty = job.config().honorLabels() ? reader.emptyLabels(batch, i) : List.of();
    } catch (ExpositionException e) {
      // Readers look closely at a series only here. What is no series at all is not one that was
      // scraped; one that only must not be stored is.
      String message = String.valueOf(e.getMessage());
      boolean series =
          message.endsWith(": invalid sample") || message.startsWith("invalid metric name");
      scraped -= series ? 0 : 1;
      throw e;
    }
    try {
      return naming.name(exposed, empty, targetLabels);
    } catch (SeriesNaming.LimitException e) {
      metrics.exceededLabelLimits.inc();
      throw e;
    }
  }

  /**
   * Tells the storage of a series' metadata, when the series is new or its metadata is.
   *
   * @param labels of a new series, null for another
   */
  private void tellMetadata(
      ExpositionReader reader, ExpositionBatch batch, int i, long ref, @Nullable Labels labels)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    int index = batch.familyIndexes[i];
    if (families == null || index < 0) {
      return;
    }
    ExpositionBatch.Family of = batch.families.get(index);
    if (index != family) {
      family = index;
      Metadata news = families.changed(of, index);
      metadataIsNew = news != null;
      metadata = news != null ? news : families.of(of);
    }
    if (labels == null && !metadataIsNew) {
      return;
    }
    Labels named = labels != null ? labels : name(reader, batch, i);
    ExpositionBatch.Family typed =
        of.type() != null ? of : new ExpositionBatch.Family(of.name(), metadata.type(), null, null);
    if (named != null && typed.includes(named.metricName())) {
      appender.updateMetadata(ref, metadata);
    }
  }

  /** Appends what {@link #take} has gathered. */
  private void flush(ExpositionReader reader)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    if (work.samples.size == 0) {
      return;
    }
    work.errors.clear();
    appender.append(work.samples, work.errors);
    if (!work.errors.isEmpty()) {
      handleErrors(reader);
    }
    for (int k = 0; k < work.samples.size; k++) {
      if (work.exposition.hasExemplars[work.positions[k]]) {
        appendExemplars(reader, k);
      }
    }
  }

  private void handleErrors(ExpositionReader reader)
      throws ExpositionException, SeriesNaming.LimitException, StorageException {
    AppendErrors errors = work.errors;
    AppendBatch again = null;
    for (int e = 0; e < errors.size(); e++) {
      int k = errors.index(e);
      boolean fresh = work.entries[k] < 0;
      int entry = fresh ? ~work.entries[k] : work.entries[k];
      if (errors.error(e) == AppendError.UNKNOWN_SERIES) {
        // The storage has forgotten the series since it was last exposed.
        Labels labels = name(reader, work.exposition, work.positions[k]);
        if (labels == null) {
          continue;
        }
        long ref = appender.series(labels);
        if (families != null) {
          tellMetadata(reader, work.exposition, work.positions[k], ref, labels);
        }
        if (cache.ref(entry, ref)) {
          refuse(AppendError.DUPLICATE_TIMESTAMP);
          continue;
        }
        again = again == null ? new AppendBatch(16) : again;
        addAgain(again, ref, k);
        continue;
      }
      if (errors.error(e) == AppendError.INVALID_HISTOGRAM) {
        NativeHistogram histogram = work.samples.histogram(k);
        String problem = histogram == null ? null : histogram.problem();
        throw new ExpositionException(
            problem != null ? problem : AppendError.INVALID_HISTOGRAM.text());
      }
      if (errors.error(e) == AppendError.TOO_OLD) {
        throw new ExpositionException(AppendError.TOO_OLD.text());
      }
      refuse(errors.error(e));
      cache.untrack(entry);
      cache.synthesis(entry, null);
      seriesAdded -= fresh ? 1 : 0;
    }
    if (again != null) {
      AppendErrors more = new AppendErrors();
      appender.append(again, more);
      for (int e = 0; e < more.size(); e++) {
        refuse(more.error(e));
      }
    }
  }

  private void addAgain(AppendBatch again, long ref, int k) {
    AppendBatch samples = work.samples;
    if (samples.histogram(k) instanceof NativeHistogram h) {
      again.add(ref, samples.timestamps[k], h);
    } else {
      again.add(ref, samples.timestamps[k], samples.values[k]);
    }
    if (samples.startTimestamp(k) != 0) {
      again.setStartTimestamp(samples.startTimestamp(k));
    }
  }

  private void appendExemplars(ExpositionReader reader, int k)
      throws ExpositionException, StorageException {
    int i = work.positions[k];
    boolean histogram = work.exposition.histograms[i] != null;
    List<Exemplar> exemplars = new ArrayList<>();
    for (Exemplar e : reader.exemplars(work.exposition, i)) {
      if (e.hasTimestamp()) {
        exemplars.add(e);
      } else if (!histogram) {
        exemplars.add(new Exemplar(e.labels(), e.value(), work.samples.timestamps[k], false));
      }
    }
    exemplars.sort(
        Comparator.comparingLong(Exemplar::timestamp).thenComparingDouble(Exemplar::value));
    int late = 0;
    int entry = work.entries[k] < 0 ? ~work.entries[k] : work.entries[k];
    for (Exemplar e : exemplars) {
      if (appender.appendExemplar(cache.ref(entry), e) == AppendError.EXEMPLAR_OUT_OF_ORDER) {
        late++;
      }
    }
    if (late > 0 && late == exemplars.size()) {
      exemplarsOutOfOrder += late;
      metrics.exemplarOutOfOrder.inc(late);
    }
  }

  private void refuse(AppendError error) {
    switch (error) {
      case OUT_OF_ORDER -> {
        outOfOrder++;
        metrics.outOfOrder.inc();
      }
      case DUPLICATE_TIMESTAMP -> {
        duplicates++;
        metrics.duplicateTimestamp.inc();
      }
      case OUT_OF_BOUNDS -> {
        outOfBounds++;
        metrics.outOfBounds.inc();
      }
      default -> {
        // Nothing of the sort comes from samples, but for a series forgotten twice in one scrape.
      }
    }
  }
}
