package io.narthex.ingest.scrape;

import io.narthex.api.config.ConfigKey;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import io.narthex.storage.memory.MemoryStorageProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;

/** Stand-ins for what surrounds scraping. */
final class Fakes {
  /** When the tests happen, in milliseconds: a whole minute. */
  static final long T0 = 1_700_000_040_000L;

  private Fakes() {}

  /** Time that passes only by waiting. */
  static final class FakeTime implements Ticks {
    long nanos;
    long wall = T0 * 1_000_000;

    void pass(long n) {
      nanos += n;
      wall += n;
    }

    @Override
    public long wallNanos() {
      return wall;
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public void waitUntil(long until, BooleanSupplier wake) {
      if (!wake.getAsBoolean() && until > nanos) {
        pass(until - nanos);
      }
    }
  }

  /** An answer that was prepared. */
  record Answer(int code, Map<String, String> fields, byte[] content)
      implements HttpCaller.Response {
    static Answer text(String body) {
      return new Answer(
          200,
          Map.of("content-type", "text/plain; version=0.0.4; charset=utf-8"),
          body.getBytes(StandardCharsets.UTF_8));
    }

    Answer gzipped() {
      Map<String, String> more = new HashMap<>(fields);
      more.put("content-encoding", "gzip");
      return new Answer(code, more, gzip(content));
    }

    Answer withHeader(String name, String value) {
      Map<String, String> more = new HashMap<>(fields);
      more.put(name, value);
      return new Answer(code, more, content);
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.ofNullable(fields.get(name));
    }

    @Override
    public Map<String, List<String>> headers() {
      Map<String, List<String>> all = new HashMap<>();
      fields.forEach((name, value) -> all.put(name, List.of(value)));
      return all;
    }

    @Override
    public InputStream body() {
      return new ByteArrayInputStream(content);
    }

    @Override
    public void close() {}

    @Override
    public int status() {
      return code;
    }

    @Override
    public String statusText() {
      return code == 503 ? "503 Service Unavailable" : String.valueOf(code);
    }
  }

  static byte[] gzip(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Gives prepared answers, one after the other; whatever can be thrown is. */
  static final class FakeCaller implements HttpCaller {
    final Deque<Object> answers = new ArrayDeque<>();
    final List<Request> requests = new ArrayList<>();
    Runnable onSend = () -> {};
    boolean closed;

    FakeCaller answer(Object... next) {
      answers.addAll(List.of(next));
      return this;
    }

    @Override
    public Response send(Request request) throws IOException {
      requests.add(request);
      onSend.run();
      Object answer = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
      if (answer instanceof IOException e) {
        throw e;
      }
      if (answer instanceof RuntimeException e) {
        throw e;
      }
      if (answer instanceof Error e) {
        throw e;
      }
      return (Response) answer;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  static Storage storage() throws Exception {
    return storage(Clock.fixed(Instant.ofEpochMilli(T0 + 86_400_000L * 30), ZoneOffset.UTC));
  }

  static Storage storage(Clock clock) throws Exception {
    Storage storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    return storage;
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 10, Set.of()));
  }

  /** The text format and a discovery. */
  static Extensions extensions() {
    return new FakeExtensions(new Statics(), new PrometheusTextFormat());
  }

  record Addresses(List<String> addresses, List<String> targets) {}

  /** Finds what its configuration says, as the static discovery does. */
  @ConfigKey("static_configs")
  static final class Statics implements DiscoveryProvider<Addresses> {
    @Override
    public String name() {
      return "static";
    }

    @Override
    public Class<Addresses> configType() {
      return Addresses.class;
    }

    @Override
    public Discoverer create(Addresses config, DiscoveryContext context) {
      return sink -> sink.update(List.of(group(config.addresses().toArray(new String[0]))));
    }
  }

  static Configured<DiscoveryProvider<?>> statics(String... addresses) {
    return new Configured<>(new Statics(), new Addresses(List.of(addresses), List.of()));
  }

  static TargetGroup group(String... addresses) {
    List<Labels> targets = new ArrayList<>();
    for (String address : addresses) {
      targets.add(Labels.of("__address__", address));
    }
    return new TargetGroup("0", targets, Labels.empty());
  }

  static Job job(Map<String, Object> components) {
    return job(components, Map.of());
  }

  static Job job(Map<String, Object> components, Map<String, Object> global) {
    Map<String, Object> all = new HashMap<>(components);
    all.putIfAbsent("jobName", "test");
    try {
      return Job.of(
          Defaults.with(ScrapeConfig.class, all),
          Defaults.with(GlobalConfig.class, global),
          false,
          false);
    } catch (io.narthex.api.config.ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  static Target target(Job job, String address) {
    return TargetSet.of(List.of(group(address)), job).active().values().iterator().next();
  }

  /** Everything stored, as {@code series -> time=value, ...}; times relative to {@link #T0}. */
  static Map<String, String> stored(Storage storage) throws Exception {
    return stored(storage, T0);
  }

  static Map<String, String> stored(Storage storage, long zero) throws Exception {
    Map<String, String> result = new TreeMap<>();
    long end = Long.MAX_VALUE;
    try (Querier querier = storage.querier(0, end);
        SeriesSet set =
            querier.select(
                SelectRequest.range(0, end),
                List.of(Matcher.of(Matcher.Type.NOT_EQUAL, "__name__", "")))) {
      SampleBatch batch = new SampleBatch(100);
      for (int s = 0; s < set.size(); s++) {
        List<String> samples = new ArrayList<>();
        SampleReader reader = set.samples(s, null);
        while (reader.read(batch) > 0) {
          for (int i = 0; i < batch.size; i++) {
            double v = batch.values[i];
            samples.add(
                (batch.timestamps[i] - zero)
                    + "="
                    + (io.narthex.api.model.StaleMarker.is(v) ? "stale" : v));
          }
        }
        result.put(set.labels(s).toSeriesString(), String.join(" ", samples));
      }
    }
    return result;
  }
}
