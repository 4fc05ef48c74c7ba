package io.narthex.ingest.remotewrite;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.wire.MalformedException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one request on their way into one transaction of the storage, and what became of
 * them. Belongs to a {@link Workspace}; one request after the other uses it.
 *
 * <p>What is refused and is the sender's fault ends a request of version 1: {@link
 * StorageException} of kind {@code BAD_REQUEST}, upon which the caller rolls back. Of a request of
 * version 2 it is noted, and the rest is taken. Either way the problems are met in the order of the
 * request, though samples are looked at in batches: those that wait go first when something else is
 * found wrong.
 */
final class Transaction {
  /** Samples that go to the storage at once. */
  private static final int BATCH = 4096;

  /** The most problems that are told one by one. */
  private static final int MAX_PROBLEMS = 100;

  /** About how many characters they take. */
  private static final int MAX_TEXT = 1 << 20;

  /**
   * Bytes that names and values of all series of a request have, at most: a symbol may be referred
   * to by each of them, so that a small request could stand for anything.
   */
  static final long MAX_LABEL_BYTES = 16 << 20;

  /** So many more for each byte of the request; usual ones need about ten. */
  static final int LABEL_BYTES_PER_BYTE = 64;

  private final AppendBatch batch = new AppendBatch(BATCH);

  /** For each sample of the batch, where its series stands in the request. */
  private final int[] origins = new int[BATCH];

  private final AppendErrors errors = new AppendErrors();
  private final SeriesKey scratch = new SeriesKey();

  private @Nullable Appender appender;
  private @Nullable KeyedAppender keyed;
  private @Nullable SeriesText text;
  private long maxTime;
  private boolean whole;
  private long labelBytesLeft;

  private int problems;
  private int told;
  private final StringBuilder problemText = new StringBuilder();

  /** What was appended. */
  int samples;

  int histograms;
  int exemplars;

  /** Samples whose metadata came along and could not be kept. */
  int withoutMetadata;

  /** As {@code prometheus_api_remote_write_invalid_labels_samples_total} counts. */
  int withInvalidLabels;

  /**
   * Starts anew.
   *
   * @param into the caller commits or rolls back, and closes
   * @param series finds the labels of a series that was told
   * @param latest milliseconds; what is later is refused
   * @param length of the request in bytes
   * @param wholeOrNothing whether the first problem ends the request; otherwise each is noted,
   *     together with its series
   */
  void begin(Appender into, SeriesText series, long latest, int length, boolean wholeOrNothing) {
    appender = into;
    keyed = into instanceof KeyedAppender k ? k : null;
    text = series;
    maxTime = latest;
    whole = wholeOrNothing;
    labelBytesLeft = MAX_LABEL_BYTES + (long) LABEL_BYTES_PER_BYTE * length;
    batch.clear();
    errors.clear();
    problems = 0;
    told = 0;
    problemText.setLength(0);
    samples = 0;
    histograms = 0;
    exemplars = 0;
    withoutMetadata = 0;
    withInvalidLabels = 0;
  }

  /** Lets go of the storage. */
  void end() {
    appender = null;
    keyed = null;
    text = null;
    batch.clear();
  }

  /**
   * Takes from what the labels and metadata of all series of the request may have together: a text
   * that stands in it once can be named by each of them.
   *
   * @param bytes of one series
   */
  void charge(int bytes) throws StorageException {
    labelBytesLeft -= bytes;
    if (labelBytesLeft < 0) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST,
          "labels of all series of the request have more than "
              + MAX_LABEL_BYTES
              + " bytes and "
              + LABEL_BYTES_PER_BYTE
              + " for each byte of it");
    }
  }

  /** The storage's reference of a series. */
  long series(SeriesKey key) throws StorageException {
    charge(key.length());
    return keyed != null ? keyed.series(key) : appender().series(key.toLabels());
  }

  /**
   * Appends a float.
   *
   * @param origin where its series stands in the request
   * @param start milliseconds, 0 when unknown
   */
  void sample(long ref, int origin, long time, double value, long start)
      throws StorageException, MalformedException {
    if (time > maxTime) {
      tooFarAhead(origin);
      return;
    }
    if (batch.size == BATCH) {
      flush();
    }
    origins[batch.size] = origin;
    batch.add(ref, time, value);
    if (start != 0) {
      batch.setStartTimestamp(start);
    }
  }

  /** Appends the histogram that was read last, if it is one that can be. */
  void histogram(long ref, int origin, HistogramReader reader, long start)
      throws StorageException, MalformedException {
    long time = reader.timestamp;
    if (time > maxTime) {
      tooFarAhead(origin);
      return;
    }
    NativeHistogram histogram;
    try {
      histogram = reader.make();
    } catch (MalformedException e) {
      flush();
      refuse(String.valueOf(e.getMessage()), origin);
      return;
    }
    if (batch.size == BATCH) {
      flush();
    }
    origins[batch.size] = origin;
    batch.add(ref, time, histogram);
    if (start != 0) {
      batch.setStartTimestamp(start);
    }
  }

  private void tooFarAhead(int origin) throws StorageException, MalformedException {
    flush();
    refuse(AppendError.OUT_OF_BOUNDS.text() + ": timestamp is too far in the future", origin);
  }

  /**
   * Appends an exemplar. One that cannot be kept is left out; only one that is late is told, of
   * version 2.
   */
  void exemplar(long ref, int origin, Exemplar exemplar)
      throws StorageException, MalformedException {
    if (exemplar.timestamp() > maxTime) {
      return;
    }
    AppendError error = appender().appendExemplar(ref, exemplar);
    if (error == AppendError.UNKNOWN_SERIES) {
      // The storage has forgotten the series since it was asked: ask once more.
      text().forgotten(origin);
      text().labels(origin, scratch);
      error = appender().appendExemplar(series(scratch), exemplar);
    }
    if (error == null || error == AppendError.EXEMPLARS_DISABLED) {
      // As upstream: who does not keep exemplars has nothing against them.
      exemplars++;
    } else if (error == AppendError.EXEMPLAR_OUT_OF_ORDER && !whole) {
      flush();
      refuse(error.text(), origin);
    }
  }

  /**
   * Notes the metadata of a series. It is no reason to refuse its samples when that fails.
   *
   * @param of how many samples it belongs to
   */
  void metadata(long ref, Metadata metadata, int of) {
    try {
      appender().updateMetadata(ref, metadata);
    } catch (StorageException e) {
      withoutMetadata += of;
    }
  }

  /** Hands over what waits. */
  void flush() throws StorageException, MalformedException {
    if (batch.size == 0) {
      return;
    }
    errors.clear();
    appender().append(batch, errors);
    count(batch, 1);
    if (!errors.isEmpty()) {
      sortOut();
    }
    batch.clear();
  }

  private void count(AppendBatch from, int sign) {
    if (from.histograms.length == 0) {
      samples += sign * from.size;
      return;
    }
    for (int i = 0; i < from.size; i++) {
      count(from, i, sign);
    }
  }

  private void count(AppendBatch from, int i, int sign) {
    if (from.histogram(i) == null) {
      samples += sign;
    } else {
      histograms += sign;
    }
  }

  private void sortOut() throws StorageException, MalformedException {
    AppendBatch again = null;
    int[] againOrigins = new int[0];
    for (int e = 0; e < errors.size(); e++) {
      int i = errors.index(e);
      count(batch, i, -1);
      if (errors.error(e) != AppendError.UNKNOWN_SERIES) {
        refuse(errors.text(e, batch), origins[i]);
        continue;
      }
      // The storage has forgotten the series since it was asked: ask once more.
      if (again == null) {
        again = new AppendBatch(errors.size());
        againOrigins = new int[errors.size()];
      }
      text().forgotten(origins[i]);
      text().labels(origins[i], scratch);
      againOrigins[again.size] = origins[i];
      NativeHistogram histogram = batch.histogram(i);
      if (histogram == null) {
        again.add(series(scratch), batch.timestamps[i], batch.values[i]);
      } else {
        again.add(series(scratch), batch.timestamps[i], histogram);
      }
      again.setStartTimestamp(batch.startTimestamp(i));
    }
    if (again == null) {
      return;
    }
    errors.clear();
    appender().append(again, errors);
    count(again, 1);
    for (int e = 0; e < errors.size(); e++) {
      int i = errors.index(e);
      count(again, i, -1);
      if (errors.error(e) == AppendError.UNKNOWN_SERIES) {
        throw new StorageException(
            StorageException.Kind.IO,
            AppendError.UNKNOWN_SERIES.text() + " just after it was made");
      }
      refuse(errors.text(e, again), againOrigins[i]);
    }
  }

  private void refuse(String what, int origin) throws MalformedException, StorageException {
    if (whole) {
      throw new StorageException(StorageException.Kind.BAD_REQUEST, what);
    }
    if (!hasRoom()) {
      problems++;
      return;
    }
    text().labels(origin, scratch);
    tell(what + " for series " + scratch.toLabels());
  }

  /** Whether the answer has room for a further problem. */
  private boolean hasRoom() {
    return told < MAX_PROBLEMS && problemText.length() < MAX_TEXT;
  }

  /** Notes something that is the sender's fault, of version 2. */
  void problem(Supplier<String> what) throws StorageException, MalformedException {
    if (!hasRoom()) {
      problems++;
      return;
    }
    // The text first: to tell of what waits, the series at hand is let go of.
    String text = what.get();
    flush();
    if (hasRoom()) {
      tell(text);
    } else {
      problems++;
    }
  }

  private void tell(String what) {
    problems++;
    if (told++ > 0) {
      problemText.append('\n');
    }
    problemText.append(what);
  }

  /** How many samples or series were refused and are the sender's fault. */
  int problems() {
    return problems;
  }

  /** What was the sender's fault, one line each. */
  String problemText() {
    int untold = problems - told;
    return untold > 0 ? problemText + "\nand " + untold + " more" : problemText.toString();
  }

  private Appender appender() {
    if (appender == null) {
      throw new IllegalStateException("cannot append: no request is being read");
    }
    return appender;
  }

  private SeriesText text() {
    if (text == null) {
      throw new IllegalStateException("cannot name a series: no request is being read");
    }
    return text;
  }
}
