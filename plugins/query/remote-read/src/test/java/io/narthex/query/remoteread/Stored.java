package io.narthex.query.remoteread;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.narthex.api.access.Access;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.Defaults;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.plugin.Current;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
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
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Remote read of a storage in memory. */
final class Stored implements AutoCloseable {
  static final long NOW = 1_000_000_000L;
  static final int SAMPLES = 0;
  static final int CHUNKS = 1;

  final Storage storage;
  final MemoryBudget budget = new MemoryBudget(80 << 20);
  final ReadMetrics metrics = new ReadMetrics(new PrometheusRegistry());
  final QueryTurns turns = new QueryTurns();
  final RemoteRead read;

  /** What the sender of requests may see. */
  Access access = Access.FULL;

  Stored(Map<String, String> external) throws Exception {
    Clock clock = Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC);
    storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    read = new RemoteRead(Current.of(storage), () -> external, metrics, budget, turns, settings());
  }

  static ReadSettings settings() {
    return Defaults.of(ReadSettings.class);
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 10, Set.of()));
  }

  /** Stores samples of a series: floats and histograms by turns of time and value. */
  void store(Labels labels, Object... timesAndValues) throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(16);
      long series = appender.series(labels);
      for (int i = 0; i < timesAndValues.length; i += 2) {
        long time = ((Number) timesAndValues[i]).longValue();
        if (timesAndValues[i + 1] instanceof NativeHistogram h) {
          batch.add(series, time, h);
        } else {
          batch.add(series, time, ((Number) timesAndValues[i + 1]).doubleValue());
        }
      }
      AppendErrors errors = new AppendErrors();
      appender.append(batch, errors);
      assertThat(errors.isEmpty()).as(() -> errors.text(0, batch)).isTrue();
      appender.commit();
    }
  }

  static Message matcher(int type, String name, String value) {
    return new Message().varint(1, type).text(2, name).text(3, value);
  }

  static Message query(long from, long to, Message... matchers) {
    Message query = new Message().varint(1, from).varint(2, to);
    for (Message matcher : matchers) {
      query.message(3, matcher);
    }
    return query;
  }

  /** A request of queries for a response type. */
  static Message request(int type, Message... queries) {
    Message request = new Message();
    for (Message query : queries) {
      request.message(1, query);
    }
    return request.packed(2, type);
  }

  static byte[] snappy(byte[] content) {
    SnappyJavaCompressor compressor = new SnappyJavaCompressor();
    byte[] into = new byte[compressor.maxCompressedLength(content.length)];
    return Arrays.copyOf(
        into, compressor.compress(content, 0, content.length, into, 0, into.length));
  }

  FakeResponse send(byte[] body) throws Exception {
    return FakeRequest.post("/api/v1/read", body).withAccess(access).send(read::handle);
  }

  /** Status and text of a refusal. */
  String refusal(Message request) throws Exception {
    return send(snappy(request.toBytes())).answer();
  }

  Answer samples(Message... queries) throws Exception {
    FakeResponse response = send(snappy(request(SAMPLES, queries).toBytes()));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("Content-Type", "application/x-protobuf")
        .containsEntry("Content-Encoding", "snappy");
    return Answer.samples(response.bytes());
  }

  Answer chunks(Message... queries) throws Exception {
    FakeResponse response = send(snappy(request(CHUNKS, queries).toBytes()));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry(
            "Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
        .doesNotContainKey("Content-Encoding");
    return Answer.chunks(response.bytes());
  }

  @Override
  public void close() throws Exception {
    storage.close();
  }
}
