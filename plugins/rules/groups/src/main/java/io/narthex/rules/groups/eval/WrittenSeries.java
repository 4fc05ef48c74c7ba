package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The series that a rule wrote when it was last evaluated, so that those which it writes no more
 * get a stale marker. Used by one thread at a time.
 */
final class WrittenSeries {
  private static final Logger LOG = LoggerFactory.getLogger(WrittenSeries.class);

  /** Late samples of rules are refused, whatever window the storage has for others. */
  private static final AppendOptions OPTIONS = new AppendOptions(true);

  private static final class Series {
    final Labels labels;

    /** In the storage; 0 before the first sample. */
    long ref;

    /** The round in which it was written last. */
    long round;

    /** Whether it was written by the last evaluation that succeeded. */
    boolean live;

    Series(Labels labels) {
      this.labels = labels;
    }
  }

  private final Map<Labels, Series> known = new HashMap<>();

  /** The storage that the references are of. */
  private @Nullable Storage storage;

  private long round;

  /** Takes over the series of one that writes no more. */
  void takeOver(WrittenSeries before) {
    known.putAll(before.known);
    storage = before.storage;
    round = Math.max(round, before.round);
  }

  /** The series that are there. */
  List<Labels> live() {
    List<Labels> all = new ArrayList<>();
    for (Series series : known.values()) {
      if (series.live) {
        all.add(series.labels);
      }
    }
    return all;
  }

  /**
   * Stores samples in one transaction, with stale markers for series that have none now.
   *
   * @param vector no two of one series
   * @return why samples were refused, the last reason; empty when none was
   * @throws StorageException when nothing was stored
   */
  String write(Storage target, Vector vector) throws StorageException {
    if (!target.equals(storage)) {
      storage = target;
      known.values().forEach(series -> series.ref = 0);
    }
    if (vector.size() == 0 && known.isEmpty()) {
      return "";
    }
    round++;
    String refusal;
    try (Appender appender = target.appender(OPTIONS)) {
      refusal = append(appender, vector);
      markStale(appender, vector.time);
      appender.commit();
    } catch (StorageException | RuntimeException e) {
      known.values().removeIf(series -> !series.live);
      throw e;
    }
    for (Series series : known.values()) {
      series.live = series.round == round;
    }
    known.values().removeIf(series -> !series.live);
    return refusal;
  }

  private String append(Appender appender, Vector vector) throws StorageException {
    AppendBatch batch = new AppendBatch(vector.size());
    List<Series> written = new ArrayList<>(vector.size());
    List<Integer> origins = new ArrayList<>();
    String refusal = "";
    for (int i = 0; i < vector.size(); i++) {
      Series series = known.computeIfAbsent(vector.labels(i), Series::new);
      try {
        add(batch, reference(series, appender), vector, i);
        written.add(series);
        origins.add(i);
        series.round = round;
      } catch (StorageException e) {
        refusal = perSeries(e);
      }
    }
    AppendErrors errors = new AppendErrors();
    appender.append(batch, errors);
    AppendBatch again = new AppendBatch(0);
    List<Series> retried = new ArrayList<>();
    Refusals refusals = new Refusals();
    for (int e = 0; e < errors.size(); e++) {
      int at = errors.index(e);
      Series series = written.get(at);
      if (errors.error(e) == AppendError.UNKNOWN_SERIES) {
        // The storage has forgotten it since.
        series.ref = 0;
        add(again, reference(series, appender), vector, origins.get(at));
        retried.add(series);
      } else {
        series.round = 0;
        refusal = errors.text(e, batch);
        refusals.count(errors.error(e));
      }
    }
    if (again.size > 0) {
      errors.clear();
      appender.append(again, errors);
      for (int e = 0; e < errors.size(); e++) {
        retried.get(errors.index(e)).round = 0;
        refusal = errors.text(e, again);
        refusals.count(errors.error(e));
      }
    }
    refusals.log();
    return refusal;
  }

  private static long reference(Series series, Appender appender) throws StorageException {
    if (series.ref == 0) {
      series.ref = appender.series(series.labels);
    }
    return series.ref;
  }

  private static void add(AppendBatch batch, long ref, Vector vector, int i) {
    NativeHistogram histogram = vector.histogram(i);
    if (histogram == null) {
      batch.add(ref, vector.time, vector.value(i));
    } else {
      batch.add(ref, vector.time, histogram);
    }
  }

  /** The message of a refusal that concerns one series alone. */
  private static String perSeries(StorageException e) throws StorageException {
    return switch (e.kind()) {
      case LIMIT, BAD_REQUEST -> String.valueOf(e.getMessage());
      case NOT_READY, CLOSED, CORRUPTION, IO -> throw e;
    };
  }

  private void markStale(Appender appender, long time) throws StorageException {
    List<Labels> gone = new ArrayList<>();
    for (Series series : known.values()) {
      if (series.live && series.round != round) {
        gone.add(series.labels);
      }
    }
    markStale(appender, gone, time);
  }

  private static void markStale(Appender appender, Collection<Labels> gone, long time)
      throws StorageException {
    if (gone.isEmpty()) {
      return;
    }
    AppendBatch batch = new AppendBatch(gone.size());
    for (Labels labels : gone) {
      try {
        batch.add(appender.series(labels), time, StaleMarker.value());
      } catch (StorageException e) {
        perSeries(e);
      }
    }
    // Refused where another rule goes on with the series, which is as it should be.
    appender.append(batch, new AppendErrors());
  }

  /** Marks series as ended, in a transaction of its own. */
  static void markStale(Storage storage, Collection<Labels> gone, long time)
      throws StorageException {
    try (Appender appender = storage.appender(OPTIONS)) {
      markStale(appender, gone, time);
      appender.commit();
    }
  }

  /** How many samples were refused, by reason, for the log. */
  private static final class Refusals {
    private int outOfOrder;
    private int tooOld;
    private int duplicates;
    private int others;

    void count(AppendError error) {
      switch (error) {
        case OUT_OF_ORDER -> outOfOrder++;
        case TOO_OLD -> tooOld++;
        case DUPLICATE_TIMESTAMP -> duplicates++;
        default -> others++;
      }
    }

    void log() {
      if (outOfOrder + tooOld + duplicates + others > 0) {
        LOG.debug(
            "Error on ingesting results from rule evaluation out_of_order={} too_old={}"
                + " duplicates={} others={}",
            outOfOrder,
            tooOld,
            duplicates,
            others);
      }
    }
  }
}
