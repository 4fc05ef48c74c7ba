package io.narthex.ingest.otlp;

import io.narthex.api.config.Defaults;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MemoryBudget;
import io.narthex.storage.memory.MemoryStorageProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A receiver, switched on, in front of a storage in memory. */
final class Server implements AutoCloseable {
  /** Milliseconds. */
  static final long NOW = 1_000_000_000L;

  static final String PROTOBUF = "application/x-protobuf";
  static final String JSON = "application/json";

  final Storage storage;
  final OtlpMetrics metrics = new OtlpMetrics(new PrometheusRegistry());
  final MemoryBudget budget = new MemoryBudget(200 << 20);
  final OtlpReceiver receiver;

  Server(String... features) throws Exception {
    this(Defaults.of(OtlpConfig.class), features);
  }

  Server(OtlpConfig config, String... features) throws Exception {
    Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC);
    storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    receiver = receiver(storage, config, clock, features);
    receiver.settings(new OtlpReceiverSettings(true));
  }

  OtlpReceiver receiver(Storage of, OtlpConfig config, Clock clock, String... features) {
    return new OtlpReceiver(
        Current.of(of),
        new Features(Set.of(features)),
        clock,
        metrics,
        new Workspaces(budget, new Random(), 2),
        () -> 300_000,
        config);
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 100, Set.of()));
  }

  /** Status and text of the answer to a request. */
  String send(Message request) throws Exception {
    return send(request.toBytes(), PROTOBUF);
  }

  /** Status and text of the answer to a request. */
  String sendJson(String request) throws Exception {
    return send(request.getBytes(StandardCharsets.UTF_8), JSON);
  }

  String send(byte[] body, String type) throws Exception {
    return send(new Exchange(body).with("Content-Type", type)).answer();
  }

  Exchange send(Exchange exchange) throws Exception {
    try {
      receiver.handle(exchange, exchange.response());
    } catch (HttpError e) {
      exchange.status = e.status();
      exchange
          .response()
          .body()
          .write(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
    }
    return exchange;
  }

  /** All that is stored, a line for each sample, sorted. */
  List<String> stored() throws Exception {
    List<String> lines = new ArrayList<>();
    SampleBatch batch = new SampleBatch(100);
    try (Querier querier = storage.querier(Long.MIN_VALUE, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE),
                List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+")))) {
      SampleReader reader = null;
      for (int i = 0; i < set.size(); i++) {
        Labels labels = set.labels(i);
        reader = set.samples(i, reader);
        while (reader.read(batch) > 0) {
          for (int j = 0; j < batch.size; j++) {
            String value =
                batch.kind == SampleBatch.Kind.FLOAT
                    ? value(batch.values[j])
                    : describe(batch.histograms[j]);
            lines.add(labels.toSeriesString() + " " + batch.timestamps[j] + " " + value);
          }
        }
      }
    }
    lines.sort(null);
    return lines;
  }

  private static String value(double v) {
    return io.narthex.api.model.StaleMarker.is(v) ? "stale" : Double.toString(v);
  }

  private static String describe(NativeHistogram h) {
    return h.count()
        + " "
        + value(h.sum())
        + " schema "
        + h.schema()
        + " zero "
        + h.zeroCount()
        + "<"
        + h.zeroThreshold()
        + " + "
        + spans(h.positiveSpans())
        + Arrays.toString(h.positiveBuckets())
        + " - "
        + spans(h.negativeSpans())
        + Arrays.toString(h.negativeBuckets())
        + " bounds "
        + Arrays.toString(h.customBounds())
        + " "
        + h.resetHint();
  }

  private static String spans(List<NativeHistogram.Span> spans) {
    StringBuilder out = new StringBuilder();
    spans.forEach(s -> out.append(s.offset()).append('x').append(s.length()).append(' '));
    return out.toString();
  }

  List<String> exemplars() throws Exception {
    List<String> lines = new ArrayList<>();
    for (ExemplarStorage.SeriesExemplars of :
        ((ExemplarStorage) storage)
            .exemplars(
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                List.of(List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+"))))) {
      of.exemplars()
          .forEach(e ->
              lines.add(
                  of.series().toSeriesString()
                      + " "
                      + e.labels()
                      + " "
                      + e.value()
                      + " "
                      + e.timestamp()));
    }
    lines.sort(null);
    return lines;
  }

  @Override
  public void close() throws Exception {
    storage.close();
  }
}
