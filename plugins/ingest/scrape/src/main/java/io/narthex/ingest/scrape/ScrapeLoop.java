package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Scrapes one target at its interval, on a virtual thread of its own, until it is stopped. When it
 * starts depends on the target alone, so that targets are spread over the interval and a restart
 * changes nothing. Source: Prometheus 3.14, {@code scrape/scrape.go}.
 */
final class ScrapeLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapeLoop.class);
  private static final AppendOptions REJECT_OUT_OF_ORDER = new AppendOptions(true);

  private record Reported(String name, Metadata metadata) {
    static Reported of(String name, String unit, String help) {
      return new Reported(name, new Metadata(MetricType.GAUGE, help, unit));
    }
  }

  private static final List<Reported> REPORTED =
      List.of(
          Reported.of(
              "up",
              "targets",
              "Health of the scrape target. 1 means the target is healthy, 0 if the scrape"
                  + " failed."),
          Reported.of(
              "scrape_duration_seconds", "seconds", "Duration of the last scrape in seconds."),
          Reported.of("scrape_samples_scraped", "samples", "Number of samples last scraped."),
          Reported.of(
              "scrape_samples_post_metric_relabeling",
              "samples",
              "Number of samples remaining after metric relabeling was applied."),
          Reported.of("scrape_series_added", "series", "Number of series in the last scrape."),
          Reported.of(
              "scrape_timeout_seconds", "seconds", "The configured scrape timeout for a target."),
          Reported.of(
              "scrape_sample_limit",
              "samples",
              "The configured sample limit for a target. Returns zero if there is no limit"
                  + " configured."),
          Reported.of(
              "scrape_body_size_bytes",
              "bytes",
              "The uncompressed size of the last scrape response, if successful. Scrapes failing"
                  + " because body_size_limit is exceeded report -1, other scrape failures report"
                  + " 0."));

  /** How much of an answer is read only to keep its connection, in bytes. */
  private static final long LONGEST_REST = 64 << 10;

  /** How many of {@link #REPORTED} there are without the extra ones. */
  private static final int REPORTED_ALWAYS = 5;

  /** What a scrape came to. */
  private static final class Outcome {
    Instant startedAt = Instant.EPOCH;
    @Nullable String error;

    /** Whether there is something of the exposition in the transaction. */
    boolean success;

    /** Whether the cache has notes of this scrape. */
    boolean cacheOpen;

    /** False after an error that only a mistake in a program explains. */
    boolean expected = true;

    int scraped;
    int kept;
    int seriesAdded;
    long bodyBytes;
  }

  /** When the next scrape would have been, and the interval; both in nanoseconds. */
  private record End(long tick, long interval) {}

  private final Surroundings around;
  private final Job job;
  private final SeriesNaming naming;
  private final HttpCaller caller;
  private final FailureLog failureLog;
  private final Target target;
  private final SeriesCache cache;
  private final FamilyCache families;

  /** Where classic histograms are converted: what is known of their series. */
  private @Nullable ClassicSeries classicSeries;

  private final Troubles troubles = new Troubles(LOG);

  /** Null once it has ended. */
  private volatile @Nullable ScrapeLoop before;

  /** Whether the cache is that of {@link #before}, with whose end this loop has to do. */
  private final boolean takesOver;

  /** Set before it has stopped: where markers begin; null when it has nothing to mark. */
  private volatile @Nullable End end;

  private final long[] reportRefs = new long[REPORTED.size()];
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile boolean shuttingDown;
  private volatile boolean withoutEndMarkers;

  /** Whether another loop goes on with what is known of families. */
  private volatile boolean handedOver;

  private volatile @Nullable String forcedError;
  private volatile @Nullable Thread thread;
  private HttpCaller.@Nullable Request request;
  private int requestVersion = -1;

  /** Written by the loop's thread alone. */
  private volatile long scrapes;

  private volatile long missed;

  /**
   * Makes a loop that does not run yet.
   *
   * @param before the loop that this one replaces: it is waited for, and when both jobs name series
   *     alike, what it knows of the target's series is taken over; null for none
   */
  ScrapeLoop(
      Surroundings around,
      Job job,
      SeriesNaming naming,
      HttpCaller caller,
      FailureLog failureLog,
      Target target,
      @Nullable ScrapeLoop before) {
    this.around = around;
    this.job = job;
    this.naming = naming;
    this.caller = caller;
    this.failureLog = failureLog;
    this.target = target;
    this.before = before;
    boolean reuse =
        before != null
            && before.job.relabelsAs(job)
            && before.target.histograms().equals(target.histograms());
    takesOver = reuse;
    cache = reuse && before != null ? before.cache : new SeriesCache();
    families = before != null ? before.families : new FamilyCache(around.families());
    if (before != null) {
      before.withoutEndMarkers = reuse;
      before.handedOver = true;
      target.report(before.target.report());
    }
  }

  Target target() {
    return target;
  }

  FamilyCache families() {
    return families;
  }

  /** Makes all scrapes fail with a message; null ends that. */
  void force(@Nullable String error) {
    forcedError = error;
  }

  void start() {
    thread = Thread.ofVirtual().name("scrape-" + job.name()).start(this::run);
  }

  /** Ends the loop after the scrape that may be going on; stale markers follow later. */
  void stop() {
    stopping = true;
    Thread t = thread;
    if (t != null) {
      LockSupport.unpark(t);
    }
  }

  /** Ends the loop at once and without stale markers: the process ends, and will be back. */
  void shutDown() {
    shuttingDown = true;
    stopping = true;
    Thread t = thread;
    if (t != null) {
      t.interrupt();
    }
  }

  /** Waits for the loop's last scrape, after {@link #stop}. */
  void awaitEnd() throws InterruptedException {
    stopped.await();
  }

  /** How often it has scraped. */
  long scrapes() {
    return scrapes;
  }

  /** How many ticks it has left out, because a scrape took until after them. */
  long missed() {
    return missed;
  }

  /** Whether its last scrape is over, after {@link #stop}. */
  boolean hasStopped() {
    return stopped.getCount() == 0;
  }

  /** Whether nothing more comes of it, stale markers neither. */
  boolean isOver() {
    Thread t = thread;
    return stopped.getCount() == 0 && (t == null || !t.isAlive());
  }

  /** Waits until nothing more comes of it, after {@link #shutDown}. */
  void join(Duration atMost) throws InterruptedException {
    Thread t = thread;
    if (t != null) {
      t.join(atMost);
    }
  }

  /** Scrapes until stopped. */
  void run() {
    boolean scraped = false;
    End inherited = null;
    long interval = target.interval().toNanos();
    Ticks time = around.time();
    long next = time.nanos();
    try {
      ScrapeLoop predecessor = before;
      if (predecessor != null) {
        predecessor.awaitEnd();
        troubles.takeOver(predecessor.troubles);
        inherited = takesOver ? predecessor.end : null;
        before = null;
      }
      next = time.nanos() + offset(time.wallNanos(), interval, target.hash(), around.offsetSeed());
      time.waitUntil(next, () -> stopping);
      long aligned = time.wallNanos();
      long last = 0;
      next = time.nanos();
      String label = GoText.duration(target.interval());
      DistributionDataPoint intervalLength = around.metrics().intervalLength.labelValues(label);
      DistributionDataPoint intervalHistogram =
          around.metrics().intervalHistogram.labelValues(label);
      while (!stopping) {
        long now = time.wallNanos();
        aligned = grid(aligned, now, interval);
        long scrapeTime = align(now, aligned, interval, around.settings().get());
        long start = time.nanos();
        if (scraped) {
          intervalLength.observe((start - last) / 1e9);
          intervalHistogram.observe((start - last) / 1e9);
        }
        last = start;
        scraped = true;
        scrape(scrapeTime / 1_000_000);
        scrapes = scrapes + 1;
        long tick = following(next, interval, time.nanos());
        missed = missed + (tick - next) / interval - 1;
        next = tick;
        time.waitUntil(next, () -> stopping);
      }
    } catch (InterruptedException e) {
      // Shut down.
    } catch (RuntimeException | Error e) {
      LOG.atError()
          .setMessage("Scrape loop failed")
          .addKeyValue("scrape_pool", job.name())
          .addKeyValue("target", target)
          .setCause(e)
          .log();
      target.report(new Target.Report(Instant.now(), Duration.ZERO, "scrape loop failed: " + e));
    } finally {
      // One that has not scraped yet ends what its predecessor has left to it.
      end = scraped ? new End(next, interval) : inherited;
      if (!handedOver && !shuttingDown) {
        families.clear();
      }
      stopped.countDown();
    }
    End last = end;
    if (last != null && !shuttingDown && !withoutEndMarkers) {
      markEnd(last);
    }
  }

  /**
   * The last time of the grid that is not after now. A clock that was set back begins another grid:
   * waiting until it has caught up with the old one would give all scrapes the same time.
   */
  static long grid(long aligned, long now, long interval) {
    return now < aligned ? now : aligned + (now - aligned) / interval * interval;
  }

  /** The time to wait before the first scrape, in nanoseconds. */
  static long offset(long wallNanos, long interval, long hash, long seed) {
    long base = interval - Math.floorMod(wallNanos, interval);
    long next = base + Long.remainderUnsigned(hash ^ seed, interval);
    return next > interval ? next - interval : next;
  }

  /** The scrape's time on the grid, if it is near enough; nanoseconds. */
  static long align(long now, long aligned, long interval, ScrapeSettings settings) {
    long tolerance = Math.min(interval / 100, settings.timestampTolerance().toNanos());
    return settings.adjustTimestamps() && now - aligned <= tolerance ? aligned : now;
  }

  /** The next tick after one; ticks that have passed are left out. */
  private static long following(long tick, long interval, long now) {
    long next = tick + interval;
    return next >= now ? next : next + (now - next) / interval * interval + interval;
  }

  /**
   * Scrapes once and stores the outcome under a time in milliseconds. Whatever goes wrong is a
   * failed scrape and no more, except that the heap is full or the thread was interrupted.
   */
  void scrape(long time) throws InterruptedException {
    Ticks clock = around.time();
    long start = clock.nanos();
    Outcome outcome = new Outcome();
    outcome.startedAt = Instant.ofEpochMilli(clock.wallNanos() / 1_000_000);
    try {
      Storage storage = around.storage().get();
      store(storage, attempt(storage, time, outcome), time, start, outcome);
      over(Troubles.Kind.STORING);
    } catch (StorageException | IllegalStateException e) {
      failed(outcome, String.valueOf(e.getMessage()), start);
      log(troubles.present(Troubles.Kind.STORING)).addKeyValue("err", e.getMessage()).log();
    } catch (RuntimeException | Error e) {
      unexpected(e, outcome, "cannot store the scrape: ");
      failed(outcome, outcome.error, start);
      storeFailure(time, Duration.ofNanos(clock.nanos() - start), outcome);
    }
    if (outcome.expected) {
      over(Troubles.Kind.UNEXPECTED);
    }
  }

  private void failed(Outcome outcome, @Nullable String error, long start) {
    if (outcome.error == null) {
      outcome.error = error;
    }
    if (outcome.cacheOpen) {
      // What was seen was thrown away with its transaction.
      outcome.cacheOpen = false;
      cache.finish(false);
    }
    target.report(
        new Target.Report(
            outcome.startedAt, Duration.ofNanos(around.time().nanos() - start), outcome.error));
  }

  /** Fetches and takes what the target exposes into a transaction, which is empty on failure. */
  private Appender attempt(Storage storage, long time, Outcome outcome)
      throws StorageException, InterruptedException {
    outcome.error = forcedError;
    if (outcome.error != null) {
      return storage.appender(AppendOptions.DEFAULT);
    }
    HttpCaller.Response response = ask(outcome);
    if (response == null) {
      return storage.appender(AppendOptions.DEFAULT);
    }
    if (response.status() != 200) {
      outcome.error = "server returned HTTP status " + response.statusText();
      drop(response);
      return storage.appender(AppendOptions.DEFAULT);
    }
    // Targets that keep one waiting for an answer have taken no buffers so far.
    Workspace work = around.workspaces().take();
    try {
      String contentType = read(response, work, outcome);
      // A late sample would be counted from a start that was made up for later ones.
      Appender appender =
          storage.appender(
              around.features().startSynthesis() ? REJECT_OUT_OF_ORDER : AppendOptions.DEFAULT);
      if (outcome.error != null || work.bodyLength == 0) {
        return appender;
      }
      outcome.cacheOpen = true;
      try {
        outcome.success = ingest(work, contentType, appender, time, outcome);
      } catch (Error e) {
        rollback(appender);
        throw e;
      }
      if (outcome.success) {
        return appender;
      }
      rollback(appender);
      return storage.appender(AppendOptions.DEFAULT);
    } finally {
      around.workspaces().giveBack(work);
    }
  }

  private void store(Storage storage, Appender appender, long time, long start, Outcome outcome)
      throws StorageException {
    try {
      AppendBatch stale = staleMarkers(!outcome.success, time);
      outcome.cacheOpen = false;
      if (cache.finish(outcome.success)) {
        around.metrics().cacheFlushForced.inc();
      }
      Duration duration = Duration.ofNanos(around.time().nanos() - start);
      around.metrics().scrapeDuration.observe(duration.toNanos() / 1e9);
      target.report(new Target.Report(outcome.startedAt, duration, outcome.error));
      if (outcome.error != null) {
        log(LOG.atDebug().setMessage("Scrape failed")).addKeyValue("err", outcome.error).log();
        failureLog.write(job.name(), target.toString(), outcome.error, outcome.startedAt);
      }
      report(appender, time, values(outcome, duration));
      appender.commit();
      appendMarkers(storage, stale);
    } finally {
      rollback(appender);
    }
  }

  /** Tells at least that the scrape failed, after a storage had thrown what it must not. */
  private void storeFailure(long time, Duration duration, Outcome outcome) {
    Appender appender = null;
    try {
      appender = around.storage().get().appender(AppendOptions.DEFAULT);
      report(appender, time, values(outcome, duration));
      appender.commit();
    } catch (StorageException | RuntimeException e) {
      log(LOG.atDebug().setMessage("A failed scrape could not be stored")).setCause(e).log();
    } finally {
      if (appender != null) {
        rollback(appender);
      }
    }
  }

  /** Ends a transaction that may have been committed, whatever its storage makes of that. */
  private void rollback(Appender appender) {
    try {
      appender.rollback();
    } catch (RuntimeException e) {
      log(LOG.atDebug().setMessage("A transaction could not be rolled back")).setCause(e).log();
    }
  }

  /** A mistake in this program or one of its plugins: it is not to end the loop. */
  private void unexpected(Throwable e, Outcome outcome, String what) {
    if (e instanceof OutOfMemoryError full) {
      throw full;
    }
    outcome.expected = false;
    if (outcome.error == null) {
      outcome.error = what + e;
    }
    log(troubles.present(Troubles.Kind.UNEXPECTED))
        .addKeyValue("err", outcome.error)
        .setCause(e)
        .log();
  }

  private void over(Troubles.Kind kind) {
    log(troubles.over(kind)).log();
  }

  private LoggingEventBuilder log(LoggingEventBuilder event) {
    return event.addKeyValue("scrape_pool", job.name()).addKeyValue("target", target);
  }

  /** Asks the target; null when it does not answer, and then the outcome says why. */
  private HttpCaller.@Nullable Response ask(Outcome outcome) throws InterruptedException {
    try {
      return send();
    } catch (IOException e) {
      failed(e, outcome);
    } catch (RuntimeException | Error e) {
      unexpected(e, outcome, "cannot fetch the exposition: ");
    }
    return null;
  }

  private static void failed(IOException e, Outcome outcome) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    outcome.error = e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /**
   * Closes an answer that is of no use. Reading a short rest keeps the connection; the scrape does
   * not wait for a rest that comes late or never, which the request's timeout ends.
   */
  private void drop(HttpCaller.Response response) {
    Thread.ofVirtual()
        .name("skip-" + job.name())
        .start(() -> {
          try (response) {
            long skipped = response.body().skip(LONGEST_REST);
            LOG.trace("skipped {} bytes", skipped);
          } catch (IOException | RuntimeException e) {
            LOG.trace("the rest of an answer did not come", e);
          }
        });
  }

  /** Reads an answer to its end, closes it and returns its content type. */
  private String read(HttpCaller.Response response, Workspace work, Outcome outcome)
      throws InterruptedException {
    try (response) {
      boolean gzip = response.header("content-encoding").map("gzip"::equals).orElse(false);
      work.read(response.body(), gzip, job.bodySizeLimit());
      outcome.bodyBytes = work.bodyLength;
      return response.header("content-type").orElse("");
    } catch (Workspace.BodyTooLargeException e) {
      around.metrics().exceededBodySizeLimit.inc();
      outcome.bodyBytes = -1;
      outcome.error = e.getMessage();
    } catch (IOException e) {
      failed(e, outcome);
    } catch (RuntimeException | Error e) {
      unexpected(e, outcome, "cannot fetch the exposition: ");
    }
    work.bodyLength = 0;
    return "";
  }

  @SuppressWarnings("NullAway") // The body may be null, but NullAway does not see that in the jar.
  private HttpCaller.Response send() throws IOException, InterruptedException {
    Negotiation negotiation = around.negotiation().get();
    HttpCaller.Request r = request;
    if (r == null || requestVersion != negotiation.version()) {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Accept", negotiation.accept(job.protocols(), job.escaping()));
      headers.put("Accept-Encoding", job.config().enableCompression() ? "gzip" : "identity");
      headers.put("User-Agent", around.userAgent());
      headers.put(
          "X-Prometheus-Scrape-Timeout-Seconds", GoText.seconds(target.timeout().toMillis()));
      r = new HttpCaller.Request("GET", target.url(), headers, null, target.timeout());
      request = r;
      requestVersion = negotiation.version();
    }
    try {
      return caller.send(r);
    } catch (IOException e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new IOException(located(message, target.url()), e);
    }
  }

  /**
   * A message as Go's client begins it, with the target's whole URL, except for credentials.
   * Callers leave out the query, which may have secrets elsewhere; of a target everybody sees it.
   */
  static String located(String message, URI url) {
    String authority = url.getRawAuthority() == null ? "" : url.getRawAuthority();
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    String place =
        url.getScheme() + "://" + authority.substring(authority.lastIndexOf('@') + 1) + path;
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String whole = "Get " + Quoting.quote(place + query) + ": ";
    String usual = "Get \"" + place + "\": ";
    if (message.startsWith(usual)) {
      return whole + message.substring(usual.length());
    }
    // After a redirect it is another URL.
    return message.startsWith("Get \"") ? message : whole + message;
  }

  /** Returns false, and says why, when the exposition cannot be used. */
  private boolean ingest(
      Workspace work, String contentType, Appender appender, long time, Outcome outcome) {
    ScrapeFeatures features = around.features();
    Ingestion ingestion =
        new Ingestion(
            job,
            naming,
            target.labels(),
            cache,
            features.metadata() ? families : null,
            features.startSynthesis(),
            around.metrics(),
            work,
            appender);
    try {
      Negotiation.Choice choice =
          around.negotiation().get().choose(contentType, job.config().fallbackScrapeProtocol());
      HistogramHandling histograms = target.histograms();
      ExpositionOptions options =
          new ExpositionOptions(
              histograms.classicToo(),
              !histograms.natives(),
              features.typeAndUnitLabels(),
              features.startTimestamps());
      ingestion.takeAll(() -> open(choice, work, options), time);
      return true;
    } catch (ExpositionException
        | SeriesNaming.LimitException
        | Negotiation.UnsupportedContentException
        | StorageException e) {
      outcome.error = e.getMessage();
      return false;
    } catch (RuntimeException | Error e) {
      unexpected(e, outcome, "cannot read the exposition: ");
      return false;
    } finally {
      if (outcome.error == null) {
        families.update(work.exposition.families);
      } else {
        // Whoever sends too much must not fill the memory with what is not even stored.
        families.discard();
        classicSeries = null;
      }
      outcome.scraped = ingestion.scraped;
      outcome.kept = ingestion.kept;
      outcome.seriesAdded = ingestion.seriesAdded;
      boolean whole = outcome.error == null;
      tell(Troubles.Kind.OUT_OF_ORDER, ingestion.outOfOrder, whole);
      tell(Troubles.Kind.DUPLICATES, ingestion.duplicates, whole);
      tell(Troubles.Kind.OUT_OF_BOUNDS, ingestion.outOfBounds, whole);
      tell(Troubles.Kind.EXEMPLARS, ingestion.exemplarsOutOfOrder, whole);
    }
  }

  private ExpositionReader open(
      Negotiation.Choice choice, Workspace work, ExpositionOptions options) {
    ExpositionReader reader =
        choice.format().open(choice.protocol(), work.body, work.bodyLength, options);
    HistogramHandling histograms = target.histograms();
    if (!histograms.convertClassic()) {
      return reader;
    }
    ClassicSeries known = classicSeries;
    if (known == null) {
      known = new ClassicSeries();
      classicSeries = known;
    }
    return new ConvertingReader(reader, work::unconverted, known, histograms.classicToo());
  }

  private void tell(Troubles.Kind kind, int dropped, boolean whole) {
    if (dropped > 0) {
      log(troubles.present(kind)).addKeyValue("num_dropped", dropped).log();
    } else if (whole) {
      over(kind);
    }
  }

  private @Nullable AppendBatch staleMarkers(boolean failed, long time) {
    long[] refs = cache.stale(failed);
    if (refs.length == 0) {
      return null;
    }
    AppendBatch markers = new AppendBatch(refs.length);
    for (long ref : refs) {
      markers.add(ref, time, StaleMarker.value());
    }
    return markers;
  }

  /** In a transaction of their own, which refuses late samples even where others take them. */
  private static void appendMarkers(Storage storage, @Nullable AppendBatch markers)
      throws StorageException {
    if (markers == null) {
      return;
    }
    try (Appender appender = storage.appender(REJECT_OUT_OF_ORDER)) {
      // Errors are expected where a target has gone and come back with another loop.
      appender.append(markers, new AppendErrors());
      appender.commit();
    }
  }

  private double[] values(Outcome outcome, Duration duration) {
    return new double[] {
      outcome.error == null ? 1 : 0,
      duration.toNanos() / 1e9,
      outcome.scraped,
      outcome.kept,
      outcome.seriesAdded,
      target.timeout().toNanos() / 1e9,
      job.sampleLimit(),
      outcome.bodyBytes
    };
  }

  /** Appends the series that tell of the scrape. */
  private void report(Appender appender, long time, double[] values) throws StorageException {
    int n = job.extraMetrics() ? REPORTED.size() : REPORTED_ALWAYS;
    AppendBatch batch = new AppendBatch(n);
    AppendErrors errors = new AppendErrors();
    for (int i = 0; i < n; i++) {
      if (reportRefs[i] == 0) {
        reportRefs[i] = reportedSeries(appender, i);
      }
      batch.add(reportRefs[i], time, values[i]);
    }
    appender.append(batch, errors);
    AppendBatch again = new AppendBatch(0);
    for (int e = 0; e < errors.size(); e++) {
      if (errors.error(e) == AppendError.UNKNOWN_SERIES) {
        int i = errors.index(e);
        reportRefs[i] = reportedSeries(appender, i);
        again.add(reportRefs[i], time, values[i]);
      }
    }
    if (again.size > 0) {
      appender.append(again, errors);
    }
  }

  /** One of the series that tell of scrapes. */
  private long reportedSeries(Appender appender, int i) throws StorageException {
    Reported reported = REPORTED.get(i);
    Labels labels = target.labels().toBuilder().set(LabelNames.METRIC_NAME, reported.name).build();
    long ref = appender.series(labels);
    if (around.features().metadata()) {
      appender.updateMetadata(ref, reported.metadata);
    }
    return ref;
  }

  /**
   * Marks all series of a target that is gone as ended, unless it comes back within two intervals:
   * its new loop has newer samples then, and the markers are refused.
   */
  private void markEnd(End last) {
    Ticks clock = around.time();
    // The tick of a predecessor may have passed.
    long tick = Math.max(last.tick, clock.nanos());
    clock.waitUntil(tick, () -> shuttingDown);
    long staleTime = clock.wallNanos() / 1_000_000;
    clock.waitUntil(tick + last.interval + last.interval / 10, () -> shuttingDown);
    Optional<Storage> storage = around.storage().find();
    if (shuttingDown || withoutEndMarkers || storage.isEmpty()) {
      return;
    }
    try (Appender appender = storage.get().appender(REJECT_OUT_OF_ORDER)) {
      AppendBatch stale = staleMarkers(true, staleTime);
      if (stale != null) {
        appender.append(stale, new AppendErrors());
      }
      double[] ends = new double[REPORTED.size()];
      Arrays.fill(ends, StaleMarker.value());
      report(appender, staleTime, ends);
      appender.commit();
    } catch (StorageException e) {
      LOG.atWarn()
          .setMessage("Stale markers could not be stored")
          .addKeyValue("scrape_pool", job.name())
          .addKeyValue("target", target)
          .addKeyValue("err", e.getMessage())
          .log();
    }
  }
}
