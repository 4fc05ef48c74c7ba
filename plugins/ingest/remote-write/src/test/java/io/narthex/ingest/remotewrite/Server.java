package io.narthex.ingest.remotewrite;

import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
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
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.wire.Message;
import io.narthex.storage.memory.MemoryStorageProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A receiver in front of a storage in memory. */
final class Server implements AutoCloseable {
  static final long NOW = 1_000_000_000L;
  static final String V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

  final Storage storage;
  final ReceiverMetrics metrics = new ReceiverMetrics(new PrometheusRegistry());
  final MemoryBudget budget = new MemoryBudget(100 << 20);
  Receiver receiver;

  Server(String... features) throws Exception {
    this(new ReceiverSettings(true, List.of()), features);
  }

  Server(ReceiverSettings settings, String... features) throws Exception {
    Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC);
    storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    receiver = receiver(storage, settings, features);
  }

  private Receiver receiver(Storage into, ReceiverSettings settings, String... features) {
    return new Receiver(
        Current.of(into),
        new Features(Set.of(features)),
        Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC),
        metrics,
        new Random(),
        budget,
        2,
        settings);
  }

  /** Has what comes from now on go to another storage. */
  void receive(Storage into) {
    receiver = receiver(into, new ReceiverSettings(true, List.of()));
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 10, Set.of()));
  }

  static byte[] snappy(byte[] content) {
    SnappyJavaCompressor compressor = new SnappyJavaCompressor();
    byte[] into = new byte[compressor.maxCompressedLength(content.length)];
    int n = compressor.compress(content, 0, content.length, into, 0, into.length);
    return java.util.Arrays.copyOf(into, n);
  }

  /** Status and text of the answer to a request of version 1. */
  String send(Message request) throws Exception {
    return send(post(snappy(request.toBytes()))).answer();
  }

  /** The answer to a request of version 2. */
  FakeResponse sendTwo(Message request) throws Exception {
    return send(post(snappy(request.toBytes())).withHeader("Content-Type", V2));
  }

  FakeResponse send(FakeRequest request) throws Exception {
    return request.send(receiver::handle);
  }

  static FakeRequest post(byte[] compressed) {
    return FakeRequest.post("/api/v1/write", compressed);
  }

  /** All that is stored, a line for each sample. */
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
                    ? Double.toString(batch.values[j])
                    : describe(batch.histograms[j]);
            lines.add(labels.toSeriesString() + " " + batch.timestamps[j] + " " + value);
          }
        }
      }
    }
    return lines;
  }

  private static String describe(NativeHistogram h) {
    return (h.integer() ? "int " : "float ")
        + h.count()
        + " "
        + h.sum()
        + " schema "
        + h.schema()
        + " zero "
        + h.zeroCount()
        + " + "
        + java.util.Arrays.toString(h.positiveBuckets())
        + " - "
        + java.util.Arrays.toString(h.negativeBuckets())
        + " bounds "
        + java.util.Arrays.toString(h.customBounds())
        + " "
        + h.resetHint();
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
          .forEach(e -> lines.add(of.series().metricName() + " " + e.labels() + " " + e.value()));
    }
    return lines;
  }

  @Override
  public void close() throws Exception {
    storage.close();
  }
}
