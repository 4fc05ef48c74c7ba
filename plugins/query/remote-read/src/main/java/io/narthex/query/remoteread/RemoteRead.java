package io.narthex.query.remoteread;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.access.RestrictedStorage;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Interruption;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code POST /api/v1/read}. Safe for any number of threads. Source: Prometheus 3.14,
 * {@code storage/remote/read_handler.go}.
 */
final class RemoteRead {
  private static final Logger log = LoggerFactory.getLogger(RemoteRead.class);

  /** Media type of an answer that holds samples. */
  static final String SAMPLES = "application/x-protobuf";

  /** Media type of an answer that holds chunks. */
  static final String CHUNKS = "application/x-streamed-protobuf";

  /** Samples that are read at a time. */
  private static final int BATCH = 1024;

  /** Warnings of a query that are logged. */
  private static final int WARNINGS = 10;

  private final Current<Storage> storage;
  private final Supplier<Map<String, String>> externalLabels;
  private final ReadMetrics metrics;
  private final MemoryBudget budget;
  private final QueryTurns turns;
  private final ReadGate gate = new ReadGate();
  private volatile ReadSettings settings;

  RemoteRead(
      Current<Storage> storage,
      Supplier<Map<String, String>> externalLabels,
      ReadMetrics metrics,
      MemoryBudget budget,
      QueryTurns turns,
      ReadSettings settings) {
    this.storage = storage;
    this.externalLabels = externalLabels;
    this.metrics = metrics;
    this.budget = budget;
    this.turns = turns;
    this.settings = settings;
    gate.limit(settings.concurrentLimit());
  }

  void settings(ReadSettings now) {
    settings = now;
    gate.limit(now.concurrentLimit());
  }

  void handle(WebRequest request, WebResponse response) throws IOException, InterruptedException {
    metrics.queries.inc();
    try (Share share = new Share(budget)) {
      // Before the gate: whoever sends slowly must not keep others out.
      byte[] message = RequestBody.read(request.body(), share);
      // Those who wait count too: else one user's could keep all others waiting.
      try (Interruption interruption = Interruption.of(request);
          QueryTurns.Turn turn = turns.begin(request.access())) {
        long start = System.nanoTime();
        gate.enter();
        try {
          metrics.waits.observe((System.nanoTime() - start) * 1e-9);
          answer(ReadRequest.read(message), seen(request), turn, response, share);
        } finally {
          gate.leave();
        }
      }
    } catch (QueryTurns.TooManyQueriesException e) {
      response
          .status(429)
          .header("Retry-After", "1")
          .send("text/plain; charset=utf-8", e.getMessage() + "\n");
    } catch (QueryTurns.TooMuchReadException e) {
      throw new HttpError(422, String.valueOf(e.getMessage()));
    } catch (MalformedException | LimitException e) {
      throw new HttpError(400, String.valueOf(e.getMessage()));
    } catch (Share.NoRoomException e) {
      throw new HttpError(503, String.valueOf(e.getMessage()));
    } catch (ReadRequest.BadQueryException | SnappyPieces.TooLongException e) {
      throw new HttpError(500, String.valueOf(e.getMessage()));
    } catch (StorageException e) {
      log.warn("remote read failed err={}", e.getMessage());
      throw new HttpError(status(e), String.valueOf(e.getMessage()));
    } finally {
      metrics.queries.dec();
    }
  }

  private static int status(StorageException e) {
    return switch (e.kind()) {
      case NOT_READY, CLOSED -> 503;
      case BAD_REQUEST, LIMIT, CORRUPTION, IO -> 500;
    };
  }

  /** More samples than a query may answer with. */
  private static final class LimitException extends Exception {
    private static final long serialVersionUID = 1L;

    LimitException(long limit) {
      super("exceeded sample limit (" + limit + ")");
    }
  }

  /** What the sender of a request sees of what is stored. */
  private Storage seen(WebRequest request) throws StorageException {
    Storage current =
        storage
            .find()
            .orElseThrow(() ->
                new StorageException(
                    StorageException.Kind.NOT_READY, "no storage is in use (yet)"));
    return RestrictedStorage.of(current, request.access());
  }

  private void answer(
      ReadRequest request, Storage current, QueryTurns.Turn turn, WebResponse response, Share share)
      throws IOException,
          StorageException,
          LimitException,
          QueryTurns.TooMuchReadException,
          Share.NoRoomException,
          SnappyPieces.TooLongException,
          InterruptedException {
    Map<String, String> external = new TreeMap<>(Labels::compareCodePoints);
    external.putAll(externalLabels.get());
    List<String> added = new ArrayList<>();
    external.forEach((name, value) -> {
      added.add(name);
      added.add(value);
    });
    if (request.wantsChunks()) {
      response.header("Content-Type", CHUNKS + "; proto=prometheus.ChunkedReadResponse");
      // Closed at the end alone: what ends early must not look complete.
      OutputStream out = response.body();
      chunks(
          request.queries,
          current,
          external,
          turn,
          new ChunksAnswer(out, added, settings.maxBytesInFrame()));
      out.close();
      return;
    }
    SamplesAnswer answer = new SamplesAnswer(added, share);
    samples(request.queries, current, external, turn, answer);
    response.header("Content-Type", SAMPLES).header("Content-Encoding", "snappy");
    OutputStream out = response.body();
    answer.sendTo(out);
    out.close();
  }

  private void samples(
      List<ReadQuery> queries,
      Storage from,
      Map<String, String> external,
      QueryTurns.Turn turn,
      SamplesAnswer answer)
      throws StorageException,
          LimitException,
          QueryTurns.TooMuchReadException,
          Share.NoRoomException,
          SnappyPieces.TooLongException,
          InterruptedException {
    long limit = settings.sampleLimit();
    SampleBatch batch = new SampleBatch(BATCH);
    for (ReadQuery query : queries) {
      answer.beginResult();
      if (!query.isVoid()) {
        try (Querier querier = from.querier(query.from(), query.to());
            SeriesSet set = querier.select(query.forSamples(), own(query.matchers(), external))) {
          samples(set, query.labelsOnly(), limit, batch, turn, answer);
          warn(set);
        }
      }
      answer.endResult();
    }
    answer.end();
  }

  private static void samples(
      SeriesSet set,
      boolean labelsOnly,
      long limit,
      SampleBatch batch,
      QueryTurns.Turn turn,
      SamplesAnswer answer)
      throws StorageException,
          LimitException,
          QueryTurns.TooMuchReadException,
          Share.NoRoomException,
          SnappyPieces.TooLongException,
          InterruptedException {
    SampleReader reader = null;
    long total = 0;
    for (int i = 0; i < set.size(); i++) {
      checkInterrupted();
      turn.read(0);
      if (labelsOnly) {
        answer.beginSeries(set.labels(i));
        answer.endSeries();
        continue;
      }
      reader = set.samples(i, reader);
      boolean any = false;
      for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
        total += n;
        if (limit > 0 && total > limit) {
          throw new LimitException(limit);
        }
        turn.read(n);
        if (!any) {
          answer.beginSeries(set.labels(i));
          any = true;
        }
        answer.add(batch);
      }
      if (any) {
        answer.endSeries();
      }
    }
  }

  private static void chunks(
      List<ReadQuery> queries,
      Storage from,
      Map<String, String> external,
      QueryTurns.Turn turn,
      ChunksAnswer answer)
      throws IOException, StorageException, QueryTurns.TooMuchReadException, InterruptedException {
    SampleBatch batch = new SampleBatch(BATCH);
    for (int q = 0; q < queries.size(); q++) {
      ReadQuery query = queries.get(q);
      if (query.isVoid()) {
        continue;
      }
      SelectRequest request = query.forChunks();
      try (Querier querier = from.querier(query.from(), query.to());
          SeriesSet set = querier.select(request, own(query.matchers(), external))) {
        SampleReader reader = null;
        for (int i = 0; i < set.size(); i++) {
          checkInterrupted();
          turn.read(0);
          reader = set.samples(i, reader);
          answer.beginSeries(q, set.labels(i));
          for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
            turn.read(n);
            answer.add(batch);
          }
          answer.endSeries();
        }
        warn(set);
      }
    }
  }

  /**
   * Matchers for what is stored, which has no external labels: one that asks for the value of such
   * a label asks for a series without it. What the sender may see is not asked here: it is the
   * storage's to leave out the rest, whatever is asked.
   */
  private static List<Matcher> own(List<Matcher> matchers, Map<String, String> external) {
    List<Matcher> own = new ArrayList<>(matchers.size());
    for (Matcher m : matchers) {
      boolean given = m.type() == Matcher.Type.EQUAL && m.value().equals(external.get(m.name()));
      own.add(given ? Matcher.equal(m.name(), "") : m);
    }
    return own;
  }

  private static void warn(SeriesSet set) {
    int told = 0;
    for (Annotation annotation : set.annotations()) {
      if (told++ == WARNINGS) {
        return;
      }
      log.warn("Warnings on remote read query err={}", annotation.message());
    }
  }

  private static void checkInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the client has left");
    }
  }
}
