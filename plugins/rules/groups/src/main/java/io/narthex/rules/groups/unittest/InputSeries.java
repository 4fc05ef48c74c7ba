package io.narthex.rules.groups.unittest;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.SeriesNotation;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The series that a test is given. Their samples are stored as time passes: an evaluation sees
 * nothing of what comes after it. Used by one thread.
 */
final class InputSeries {
  /** Samples of a series that are made at once. */
  private static final int AHEAD = 32;

  private static final class Cursor {
    final Labels labels;
    final SampleReader reader;
    final SampleBatch batch = new SampleBatch(AHEAD);
    int next;

    /** In the storage; 0 before the first sample. */
    long ref;

    Cursor(Labels labels, SampleReader reader) {
      this.labels = labels;
      this.reader = reader;
    }

    /** Whether there is a sample, which is in the batch then. */
    boolean hasNext() throws StorageException {
      if (next == batch.size) {
        next = 0;
        return reader.read(batch) > 0;
      }
      return true;
    }
  }

  /** Those with samples that are not stored yet. */
  private final List<Cursor> cursors = new ArrayList<>();

  private final AppendBatch batch = new AppendBatch(0);
  private final List<Cursor> origins = new ArrayList<>();
  private final AppendErrors errors = new AppendErrors();

  /**
   * Reads all.
   *
   * @param start time of the first samples, milliseconds since the epoch
   * @param interval between samples, milliseconds
   */
  InputSeries(
      List<TestFile.InputSeries> written, SeriesNotation notation, long start, long interval)
      throws Refusal {
    Map<Labels, Cursor> found = LinkedHashMap.newLinkedHashMap(written.size());
    for (TestFile.InputSeries one : written) {
      try {
        String text = (one.series() + " " + one.values()).strip();
        SeriesNotation.Series series = notation.series(text);
        if (series.labels().isEmpty()) {
          throw new Refusal("empty labelset: invalid sample");
        }
        // Of two of the same labels the last counts.
        found.put(series.labels(), new Cursor(series.labels(), series.samples(start, interval)));
      } catch (QueryException e) {
        throw new Refusal(String.valueOf(e.getMessage()));
      }
    }
    cursors.addAll(found.values());
  }

  /**
   * Stores all samples up to a time that are not stored yet.
   *
   * @param until milliseconds since the epoch, inclusive
   * @return why samples were refused, the last reason; empty when none was
   */
  String store(Storage storage, long until) throws StorageException {
    if (cursors.isEmpty()) {
      return "";
    }
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      batch.clear();
      origins.clear();
      for (Iterator<Cursor> all = cursors.iterator(); all.hasNext(); ) {
        if (!collect(all.next(), appender, until)) {
          all.remove();
        }
      }
      String refusal = append(appender);
      appender.commit();
      return refusal;
    }
  }

  /** Collects the samples of a series; whether there are later ones. */
  private boolean collect(Cursor cursor, Appender appender, long until) throws StorageException {
    while (cursor.hasNext()) {
      long time = cursor.batch.timestamps[cursor.next];
      if (time > until) {
        return true;
      }
      if (cursor.ref == 0) {
        cursor.ref = appender.series(cursor.labels);
      }
      NativeHistogram histogram =
          cursor.batch.kind == SampleBatch.Kind.HISTOGRAM
              ? cursor.batch.histograms[cursor.next]
              : null;
      if (histogram == null) {
        batch.add(cursor.ref, time, cursor.batch.values[cursor.next]);
      } else {
        batch.add(cursor.ref, time, histogram);
      }
      origins.add(cursor);
      cursor.next++;
    }
    return false;
  }

  private String append(Appender appender) throws StorageException {
    errors.clear();
    appender.append(batch, errors);
    String refusal = "";
    AppendBatch again = new AppendBatch(0);
    for (int e = 0; e < errors.size(); e++) {
      int at = errors.index(e);
      if (errors.error(e) == AppendError.UNKNOWN_SERIES) {
        // The storage has forgotten it since it had its last sample.
        Cursor cursor = origins.get(at);
        cursor.ref = appender.series(cursor.labels);
        NativeHistogram histogram = batch.histogram(at);
        if (histogram == null) {
          again.add(cursor.ref, batch.timestamps[at], batch.values[at]);
        } else {
          again.add(cursor.ref, batch.timestamps[at], histogram);
        }
      } else {
        refusal = errors.text(e, batch);
      }
    }
    if (again.size > 0) {
      errors.clear();
      appender.append(again, errors);
      for (int e = 0; e < errors.size(); e++) {
        refusal = errors.text(e, again);
      }
    }
    return refusal;
  }
}
