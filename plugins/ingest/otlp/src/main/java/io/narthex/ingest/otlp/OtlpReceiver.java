package io.narthex.ingest.otlp;

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
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code POST /api/v1/otlp/v1/metrics}: a body is read into a {@link Workspace}, JSON is
 * rewritten as protobuf, and a {@link Translator} brings it into one transaction of the storage,
 * which takes all of it or nothing. Safe for any number of threads.
 */
final class OtlpReceiver {
  /** The largest request, unpacked, in bytes. */
  static final int MAX_BODY = 32 << 20;

  static final String CONVERTS_DELTA = "otlp-deltatocumulative";
  static final String TAKES_DELTA = "otlp-native-delta-ingestion";

  private static final Logger LOG = LoggerFactory.getLogger(OtlpReceiver.class);
  static final String PROTOBUF = "application/x-protobuf";
  static final String JSON = "application/json";

  /** How far in the future a sample may be, in milliseconds. */
  private static final long MAX_AHEAD_MILLIS = 10 * 60_000L;

  /** How a configuration is put to use. */
  private record Translation(OtlpConfig config, Names names) {}

  private final Current<Storage> storage;
  private final Clock clock;
  private final OtlpMetrics metrics;
  private final Workspaces workspaces;
  private final RefusalLog log;
  private final LongSupplier lookbackMillis;
  private final boolean typeAndUnitLabels;
  private final boolean keepsMetadata;
  private final boolean convertsDelta;
  private final boolean takesDelta;
  private final DeltaStreams deltas = new DeltaStreams();

  private volatile OtlpReceiverSettings settings = new OtlpReceiverSettings(false);
  private volatile Translation translation;

  /**
   * Makes one that is switched off.
   *
   * @param lookbackMillis how old a sample may be that a query finds
   */
  OtlpReceiver(
      Current<Storage> storage,
      Features features,
      Clock clock,
      OtlpMetrics metrics,
      Workspaces workspaces,
      LongSupplier lookbackMillis,
      OtlpConfig config) {
    this.storage = storage;
    this.clock = clock;
    this.metrics = metrics;
    this.workspaces = workspaces;
    this.lookbackMillis = lookbackMillis;
    log = new RefusalLog(clock, "OTLP request refused");
    typeAndUnitLabels = features.enabled("type-and-unit-labels");
    keepsMetadata = features.enabled("metadata-wal-records");
    convertsDelta = features.enabled(CONVERTS_DELTA);
    takesDelta = features.enabled(TAKES_DELTA);
    translation = new Translation(config, new Names(config));
  }

  /** The series whose differences are summed up. */
  DeltaStreams deltas() {
    return deltas;
  }

  void settings(OtlpReceiverSettings now) {
    settings = now;
  }

  void translation(OtlpConfig now) {
    if (!now.equals(translation.config)) {
      translation = new Translation(now, new Names(now));
    }
  }

  void handle(WebRequest request, WebResponse response) throws IOException {
    if (!settings.enabled()) {
      throw new HttpError(
          404, "otlp write receiver needs to be enabled with --web.enable-otlp-receiver");
    }
    boolean isJson = isJson(request);
    long now = clock.millis();
    Translation by = translation;
    TranslatorSettings with =
        new TranslatorSettings(
            by.config,
            by.names,
            typeAndUnitLabels,
            convertsDelta,
            takesDelta,
            deltas,
            lookbackMillis.getAsLong(),
            now);
    Workspace workspace = workspaces.take(with);
    try {
      workspace.read(request.body(), contentLength(request));
      Buffer message = workspace.message(isJson);
      receive(request, message, workspace, with);
      response.status(200).body().close();
    } catch (MalformedException e) {
      throw refusal(request, 400, String.valueOf(e.getMessage()));
    } catch (Workspace.NoRoomException e) {
      throw new HttpError(503, String.valueOf(e.getMessage()));
    } catch (StorageException e) {
      HttpError error =
          refusal(
              request,
              switch (e.kind()) {
                case NOT_READY, CLOSED -> 503;
                case BAD_REQUEST -> 400;
                case LIMIT, CORRUPTION, IO -> 500;
              },
              String.valueOf(e.getMessage()));
      error.initCause(e);
      throw error;
    } finally {
      workspace.transaction.end();
      workspaces.giveBack(workspace);
    }
  }

  private static boolean isJson(WebRequest request) throws HttpError {
    String given = request.header("Content-Type").orElse("");
    int semicolon = given.indexOf(';');
    String type =
        (semicolon < 0 ? given : given.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    if (!type.equals(JSON) && !type.equals(PROTOBUF)) {
      throw new HttpError(
          400,
          "unsupported content type: " + given + ", supported: [" + JSON + ", " + PROTOBUF + "]");
    }
    // The web host has unpacked gzip, and hides that it was packed.
    String encoding = request.header("Content-Encoding").orElse("");
    if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
      throw new HttpError(
          400,
          "unsupported compression: " + encoding + ". Only \"gzip\" or no compression supported");
    }
    return type.equals(JSON);
  }

  private static int contentLength(WebRequest request) {
    String length = request.header("Content-Length").orElse("");
    try {
      return length.isEmpty() ? 0 : (int) Math.min(Long.parseLong(length), Integer.MAX_VALUE);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void receive(
      WebRequest request, Buffer message, Workspace workspace, TranslatorSettings with)
      throws MalformedException, StorageException, HttpError {
    Storage current =
        storage
            .find()
            .orElseThrow(() ->
                new StorageException(
                    StorageException.Kind.NOT_READY, "no storage is in use (yet)"));
    Transaction transaction = workspace.transaction;
    Translator translator = workspace.translator;
    try (Appender appender = current.appender(AppendOptions.DEFAULT)) {
      transaction.begin(appender, with.now() + MAX_AHEAD_MILLIS, message.length, keepsMetadata);
      try {
        translator.read(message.bytes, message.length, with, transaction);
      } finally {
        tell(request, translator, transaction);
      }
      if (transaction.hasProblems()) {
        throw refusal(request, transaction.isRefused() ? 400 : 500, transaction.problemText());
      }
      appender.commit();
    }
  }

  private void tell(WebRequest request, Translator translator, Transaction transaction) {
    if (transaction.withoutMetadata > 0) {
      metrics.withoutMetadata.inc(transaction.withoutMetadata);
    }
    if (transaction.lateExemplars > 0) {
      metrics.lateExemplars.inc(transaction.lateExemplars);
    }
    if (translator.warnings().isEmpty()) {
      return;
    }
    for (Warning warning : Warning.values()) {
      int n = translator.warningCounts()[warning.ordinal()];
      if (n > 0) {
        metrics.warnings.labelValues(warning.category).inc(n);
      }
    }
    if (LOG.isDebugEnabled()) {
      LOG.atDebug()
          .addKeyValue("client", request.remoteAddress())
          .addKeyValue("warnings", translator.warnings())
          .log("Warnings translating OTLP metrics");
    }
  }

  private HttpError refusal(WebRequest request, int status, String problem) {
    log.refused(request, problem);
    return new HttpError(status, problem);
  }

  /** The workspaces of a process: a few are kept, and all together take a quarter of the heap. */
  static Workspaces workspaces(RandomGenerator random) {
    long budget = Math.max(Runtime.getRuntime().maxMemory() / 4, 4L * MAX_BODY);
    return new Workspaces(
        new MemoryBudget(budget), random, 2 * Runtime.getRuntime().availableProcessors());
  }
}
