package io.narthex.ingest.otlp;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one request on their way into one transaction of the storage, and what was wrong
 * with them: of each metric the first problem is told, and with any problem nothing is stored.
 * Belongs to a {@link Workspace}; one request after the other uses it.
 */
final class Transaction {
  /** Samples that go to the storage at once. */
  private static final int BATCH = 4096;

  /** The most problems that are told one by one. */
  private static final int MAX_PROBLEMS = 100;

  /**
   * Bytes that names and values of all series of a request have, at most: those of a resource come
   * with each of its data points, so that a small request could stand for anything.
   */
  static final long MAX_LABEL_BYTES = 16 << 20;

  /** The largest labels of one series, in bytes. */
  static final int MAX_SERIES_BYTES = 1 << 20;

  /** So many more for each byte of the request; histograms need some thirty. */
  static final int LABEL_BYTES_PER_BYTE = 128;

  private final AppendBatch batch = new AppendBatch(BATCH);

  /** For each sample of the batch, the number of its metric within the request. */
  private final int[] metrics = new int[BATCH];

  private final AppendErrors errors = new AppendErrors();

  private @Nullable Appender appender;
  private long maxTime;
  private long labelBytesLeft;
  private boolean keepsMetadata;
  private Metadata metadata = new Metadata(MetricType.UNKNOWN, "", "");
  private int metric;
  private boolean isWithoutMetadata;

  private int problems;
  private int metricOfLastProblem;
  private boolean refused;
  private final StringBuilder problemText = new StringBuilder();

  /** Samples of which no metadata came along. */
  int withoutMetadata;

  /** Exemplars that were older than the series' latest one. */
  int lateExemplars;

  /** Samples that were handed over, whatever became of them. */
  int samples;

  /**
   * Starts anew.
   *
   * @param into the caller commits or rolls back, and closes
   * @param latest milliseconds; what is later is refused
   * @param length of the request in bytes
   * @param withMetadata whether the storage is told what is known about a series
   */
  void begin(Appender into, long latest, int length, boolean withMetadata) {
    appender = into;
    maxTime = latest;
    labelBytesLeft = MAX_LABEL_BYTES + (long) LABEL_BYTES_PER_BYTE * length;
    keepsMetadata = withMetadata;
    batch.clear();
    errors.clear();
    metric = 0;
    problems = 0;
    metricOfLastProblem = 0;
    refused = false;
    problemText.setLength(0);
    withoutMetadata = 0;
    lateExemplars = 0;
    samples = 0;
  }

  /** Lets go of the storage. */
  void end() {
    appender = null;
    batch.clear();
  }

  /** What follows belongs to another metric. */
  void metric(Metadata now) {
    metric++;
    metadata = now;
    isWithoutMetadata =
        now.type() == MetricType.UNKNOWN && now.help().isEmpty() && now.unit().isEmpty();
  }

  /**
   * Appends a float and gives its series' reference.
   *
   * @param start milliseconds, 0 when unknown
   */
  long sample(SeriesKey key, long time, double value, long start) throws StorageException {
    long ref = series(key);
    sample(ref, time, value, start);
    return ref;
  }

  /** Appends a float to a series that was asked for before. */
  void sample(long ref, long time, double value, long start) throws StorageException {
    if (isInTime(time)) {
      batch.add(ref, time, value);
      added(start);
    }
  }

  /** Appends a histogram and gives its series' reference. */
  long histogram(SeriesKey key, long time, NativeHistogram histogram, long start)
      throws StorageException {
    long ref = series(key);
    String problem = histogram.problem();
    if (problem != null) {
      problem(problem);
    } else if (isInTime(time)) {
      batch.add(ref, time, histogram);
      added(start);
    }
    return ref;
  }

  /**
   * The storage's reference of a series of the metric at hand.
   *
   * @throws StorageException also when the request's series have too many labels
   */
  long series(SeriesKey key) throws StorageException {
    if (key.length() > MAX_SERIES_BYTES) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST,
          "labels of a series have more than " + MAX_SERIES_BYTES + " bytes");
    }
    labelBytesLeft -= key.length();
    if (labelBytesLeft < 0) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST,
          "labels of all series of the request have more than "
              + MAX_LABEL_BYTES
              + " bytes and "
              + LABEL_BYTES_PER_BYTE
              + " for each byte of it");
    }
    Appender into = appender();
    long ref = KeyedAppender.series(into, key);
    if (keepsMetadata) {
      into.updateMetadata(ref, metadata);
    }
    return ref;
  }

  private boolean isInTime(long time) throws StorageException {
    if (time > maxTime) {
      refuse(AppendError.OUT_OF_BOUNDS.text() + ": timestamp is too far in the future", metric);
      return false;
    }
    if (batch.size == BATCH) {
      flush();
    }
    return true;
  }

  private void added(long start) {
    metrics[batch.size - 1] = metric;
    if (start != 0) {
      batch.setStartTimestamp(start);
    }
    samples++;
    if (isWithoutMetadata) {
      withoutMetadata++;
    }
  }

  /** Appends exemplars. One that is refused is no reason to refuse anything else. */
  void exemplars(long ref, List<Exemplar> exemplars, int from, int to) throws StorageException {
    for (int i = from; i < to; i++) {
      Exemplar exemplar = exemplars.get(i);
      if (exemplar.timestamp() > maxTime) {
        continue;
      }
      if (appender().appendExemplar(ref, exemplar) == AppendError.EXEMPLAR_OUT_OF_ORDER) {
        lateExemplars++;
      }
    }
  }

  /** Hands over what waits. */
  void flush() throws StorageException {
    if (batch.size == 0) {
      return;
    }
    errors.clear();
    appender().append(batch, errors);
    for (int e = 0; e < errors.size(); e++) {
      AppendError error = errors.error(e);
      if (error == AppendError.UNKNOWN_SERIES) {
        throw new StorageException(
            StorageException.Kind.IO, error.text() + " just after it was asked for");
      }
      refuse(error.text(), metrics[errors.index(e)]);
    }
    batch.clear();
  }

  /** A sample that the storage does not take. */
  private void refuse(String what, int of) {
    refused = true;
    tell(what, of);
  }

  /** Something about the metric at hand that cannot be translated. */
  void problem(String what) {
    tell(what, metric);
  }

  /** Something about a resource or scope that cannot be translated. */
  void problemOfAll(String what) {
    metric++;
    tell(what, metric);
  }

  private void tell(String what, int of) {
    if (problems > 0 && metricOfLastProblem == of) {
      return;
    }
    metricOfLastProblem = of;
    if (problems++ < MAX_PROBLEMS) {
      if (!problemText.isEmpty()) {
        problemText.append('\n');
      }
      problemText.append(what);
    }
  }

  /** Whether something was wrong, so that nothing may be stored. */
  boolean hasProblems() {
    return problems > 0;
  }

  /** Whether the storage refused a sample, rather than that it could not be translated. */
  boolean isRefused() {
    return refused;
  }

  /** What was wrong, a line for each metric. */
  String problemText() {
    return problems > MAX_PROBLEMS
        ? problemText + "\nand " + (problems - MAX_PROBLEMS) + " more"
        : problemText.toString();
  }

  private Appender appender() {
    if (appender == null) {
      throw new IllegalStateException("cannot append: no request is being read");
    }
    return appender;
  }
}
