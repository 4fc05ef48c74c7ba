package io.narthex.ingest.remotewrite;

import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.RefusalLog;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * Answers {@code POST /api/v1/write}: a body in Snappy's block format is read into a {@link
 * Workspace}, unpacked there, and read series by series into one transaction of the storage. Safe
 * for any number of threads.
 */
final class Receiver {
  /** How far in the future a sample may be, in milliseconds. */
  private static final long MAX_AHEAD_MILLIS = 10 * 60_000L;

  private static final String WRITTEN_SAMPLES = "X-Prometheus-Remote-Write-Samples-Written";
  private static final String WRITTEN_HISTOGRAMS = "X-Prometheus-Remote-Write-Histograms-Written";
  private static final String WRITTEN_EXEMPLARS = "X-Prometheus-Remote-Write-Exemplars-Written";

  private final Current<Storage> storage;
  private final Clock clock;
  private final ReceiverMetrics metrics;
  private final RandomGenerator random;
  private volatile KnownSeries known;
  private final Workspaces workspaces;
  private final RefusalLog log;
  private final boolean typeAndUnitLabels;
  private final boolean keepsMetadata;

  private volatile ReceiverSettings settings;

  Receiver(
      Current<Storage> storage,
      Features features,
      Clock clock,
      ReceiverMetrics metrics,
      RandomGenerator random,
      MemoryBudget budget,
      int keptWorkspaces,
      ReceiverSettings settings) {
    this.storage = storage;
    this.clock = clock;
    this.metrics = metrics;
    this.random = random;
    known = new KnownSeries(this, random, KnownSeries.MOST_BUCKETS);
    workspaces = new Workspaces(budget, keptWorkspaces);
    this.settings = settings;
    log = new RefusalLog(clock, "Remote write request refused, in whole or in part");
    typeAndUnitLabels = features.enabled("type-and-unit-labels");
    keepsMetadata = features.enabled("metadata-wal-records");
  }

  void settings(ReceiverSettings now) {
    settings = now;
  }

  void handle(WebRequest request, WebResponse response) throws IOException {
    ReceiverSettings now = settings;
    if (!now.enabled()) {
      throw new HttpError(
          404, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver");
    }
    MessageVersion version = version(request, now);
    Workspace workspace = workspaces.take();
    try {
      answer(request, response, version, workspace);
    } finally {
      workspace.transaction.end();
      workspaces.giveBack(workspace);
    }
  }

  /** From here on each answer says how much was written, also where that is nothing. */
  private void answer(
      WebRequest request, WebResponse response, MessageVersion version, Workspace workspace)
      throws IOException {
    Transaction transaction = workspace.transaction;
    int status = 400;
    String problem;
    boolean committed = false;
    try {
      receive(request, version, workspace);
      committed = true;
      problem = transaction.problemText();
    } catch (MalformedException e) {
      problem = String.valueOf(e.getMessage());
    } catch (Workspace.NoRoomException e) {
      status = 503;
      problem = String.valueOf(e.getMessage());
    } catch (StorageException e) {
      status = status(e);
      problem = String.valueOf(e.getMessage());
    }
    response
        .header(WRITTEN_SAMPLES, Integer.toString(committed ? transaction.samples : 0))
        .header(WRITTEN_HISTOGRAMS, Integer.toString(committed ? transaction.histograms : 0))
        .header(WRITTEN_EXEMPLARS, Integer.toString(committed ? transaction.exemplars : 0));
    if (committed && problem.isEmpty()) {
      response.status(204).body().close();
      return;
    }
    log.refused(request, problem);
    // Not by an exception: it would take the headers with it.
    response
        .status(status)
        .header("X-Content-Type-Options", "nosniff")
        .send("text/plain; charset=utf-8", problem + "\n");
  }

  private static MessageVersion version(WebRequest request, ReceiverSettings now) throws HttpError {
    String encoding = request.contentEncoding();
    if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("snappy")) {
      throw new HttpError(
          415,
          encoding
              + " encoding (compression) is not accepted by this server; only snappy is"
              + " acceptable");
    }
    MessageVersion version;
    try {
      version = MessageVersion.of(request.header("Content-Type").orElse(""));
    } catch (IllegalArgumentException e) {
      throw new HttpError(415, String.valueOf(e.getMessage()));
    }
    if (!now.acceptedProtobufMessages().contains(version.messageName())) {
      throw new HttpError(
          415,
          version.messageName()
              + " protobuf message is not accepted by this server; only accepts "
              + String.join(", ", now.acceptedProtobufMessages()));
    }
    return version;
  }

  /**
   * Takes what a request brings, and commits it; what of it was refused, the transaction knows.
   *
   * @throws StorageException when nothing of it is stored
   */
  private void receive(WebRequest request, MessageVersion version, Workspace workspace)
      throws IOException, MalformedException, StorageException {
    Transaction transaction = workspace.transaction;
    int packed = workspace.read(request.body(), contentLength(request));
    int length = workspace.unpack(packed);
    Storage current =
        storage
            .find()
            .orElseThrow(() ->
                new StorageException(
                    StorageException.Kind.NOT_READY, "no storage is in use (yet)"));
    long latest = clock.millis() + MAX_AHEAD_MILLIS;
    try (Appender appender = current.appender(AppendOptions.DEFAULT)) {
      switch (version) {
        case V1 -> {
          transaction.begin(appender, workspace.versionOne, latest, length, true);
          workspace.versionOne.read(workspace.unpacked(), length, transaction, known(current));
        }
        case V2 -> {
          transaction.begin(appender, workspace.versionTwo, latest, length, false);
          workspace.versionTwo.read(
              workspace.unpacked(), length, transaction, typeAndUnitLabels, keepsMetadata);
        }
      }
      if (transaction.withInvalidLabels > 0) {
        metrics.withInvalidLabels.inc(transaction.withInvalidLabels);
      }
      commit(appender, version, transaction);
    }
    if (transaction.withoutMetadata > 0) {
      metrics.withoutMetadata.inc(transaction.withoutMetadata);
    }
  }

  private void commit(Appender appender, MessageVersion version, Transaction transaction)
      throws StorageException {
    try {
      appender.commit();
    } catch (StorageException e) {
      if (version == MessageVersion.V1) {
        // What upstream counts, though the name of the counter says otherwise.
        metrics.withoutMetadata.inc(transaction.samples + transaction.histograms);
      }
      throw e;
    }
  }

  private KnownSeries known(Storage of) {
    KnownSeries found = known;
    if (!found.isOf(of)) {
      // Two threads may make one each; what the one knows that is lost will be known again.
      found = new KnownSeries(of, random, KnownSeries.MOST_BUCKETS);
      known = found;
    }
    return found;
  }

  private static int contentLength(WebRequest request) {
    String length = request.header("Content-Length").orElse("");
    try {
      return length.isEmpty() ? 0 : (int) Math.min(Long.parseLong(length), Integer.MAX_VALUE);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static int status(StorageException e) {
    return switch (e.kind()) {
      case NOT_READY, CLOSED -> 503;
      case BAD_REQUEST -> 400;
      case LIMIT, CORRUPTION, IO -> 500;
    };
  }
}
