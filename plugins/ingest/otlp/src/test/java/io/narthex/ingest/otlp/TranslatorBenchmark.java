package io.narthex.ingest.otlp;

import io.narthex.api.config.Defaults;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.web.MemoryBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request costs without network and storage, by hand: {@code main} prints nanoseconds for
 * each sample of a request with 50 resources of 40 sums with seven attributes, and of one with 50
 * resources of 4 histograms of 13 buckets, as protobuf and as JSON, up to a storage that only looks
 * the series up. One thread.
 */
final class TranslatorBenchmark {
  private static final int RESOURCES = 50;

  private TranslatorBenchmark() {}

  /** Finds series by their bytes, and forgets samples. */
  private static final class Table implements KeyedAppender {
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private final byte[][] keys = new byte[1 << 15][];
    private long samples;

    @Override
    public long series(SeriesKey key) {
      byte[] bytes = key.bytes();
      int n = key.length();
      long h = n;
      int p = 0;
      for (; p <= n - 8; p += 8) {
        h = (h ^ (long) LONG.get(bytes, p)) * 0x9E3779B97F4A7C15L;
        h ^= h >>> 32;
      }
      for (; p < n; p++) {
        h = (h ^ bytes[p]) * 0x9E3779B97F4A7C15L;
      }
      int slot = (int) (h ^ h >>> 32) & (keys.length - 1);
      while (true) {
        byte[] there = keys[slot];
        if (there == null) {
          keys[slot] = Arrays.copyOf(bytes, n);
          return slot + 1L;
        }
        if (Arrays.equals(there, 0, there.length, bytes, 0, n)) {
          return slot + 1L;
        }
        slot = (slot + 1) & (keys.length - 1);
      }
    }

    @Override
    public long series(Labels labels) {
      throw new AssertionError();
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {
      samples += batch.size;
    }

    @Override
    public @Nullable AppendError appendExemplar(long series, Exemplar exemplar) {
      return null;
    }

    @Override
    public void updateMetadata(long series, Metadata metadata) {}

    @Override
    public void commit() {}

    @Override
    public void rollback() {}
  }

  private static Message request(boolean histograms) {
    Message request = new Message();
    for (int r = 0; r < RESOURCES; r++) {
      Message metrics = new Message().message(1, "scope", new Message().text(1, "name", "io.lib"));
      for (int m = 0; m < (histograms ? 4 : 1); m++) {
        Message[] points = new Message[histograms ? 1 : 40];
        for (int i = 0; i < points.length; i++) {
          Message point = Message.point(1_700_000_000_000L, 1_700_000_060_000L);
          if (histograms) {
            point
                .fixed64(4, "count", 91)
                .float64(5, "sum", 12.5)
                .packedFixed(6, "bucketCounts", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
                .packedDoubles(
                    7, "explicitBounds", .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 7.5, 10);
          } else {
            point.fixed64(6, "asInt", i * 17L);
          }
          points[i] =
              Message.attributes(
                  point,
                  histograms ? 9 : 7,
                  "http.request.method",
                  "GET",
                  "http.response.status_code",
                  "200",
                  "http.route",
                  "/api/v1/resource/" + i,
                  "network.protocol.name",
                  "http",
                  "server.address",
                  "10.0." + r + ".7",
                  "server.port",
                  "8080",
                  "url.scheme",
                  "https");
        }
        metrics.add(
            2,
            "metrics",
            histograms
                ? Message.histogram("http.server.duration." + m, "s", 2, points)
                : Message.sum("http.server.requests", "{request}", true, points));
      }
      Message resource =
          Message.attributes(
              new Message(),
              1,
              "service.name",
              "svc-" + r,
              "service.instance.id",
              "i-" + r,
              "host.name",
              "host-" + r,
              "k8s.pod.name",
              "pod-" + r);
      request.add(
          1,
          "resourceMetrics",
          new Message().message(1, "resource", resource).add(2, "scopeMetrics", metrics));
    }
    return request;
  }

  public static void main(String[] args) throws Exception {
    OtlpConfig config = Defaults.of(OtlpConfig.class);
    TranslatorSettings settings =
        new TranslatorSettings(
            config, new Names(config), false, false, false, new DeltaStreams(), 300_000, 0);
    Translator translator = new Translator(1, settings);
    Transaction transaction = new Transaction();
    JsonRequest json = new JsonRequest();
    Buffer rewritten = new Buffer(new MemoryBudget(Long.MAX_VALUE));
    Table table = new Table();
    for (int run = 0; run < 4; run++) {
      for (boolean histograms : new boolean[] {false, true}) {
        Message request = request(histograms);
        byte[] bytes = request.toBytes();
        byte[] text = request.toJson().getBytes(StandardCharsets.UTF_8);
        int rounds = 500;
        table.samples = 0;
        long start = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
          transaction.begin(table, Long.MAX_VALUE, 1 << 30, false);
          translator.read(bytes, bytes.length, settings, transaction);
        }
        long middle = System.nanoTime();
        double samples = table.samples;
        for (int i = 0; i < rounds; i++) {
          json.rewrite(text, text.length, rewritten);
        }
        long end = System.nanoTime();
        System.out.printf(
            Locale.ROOT,
            "%s: protobuf %.0f ns, and to rewrite JSON %.0f ns for each of %.0f samples (%d and %d"
                + " bytes)%n",
            histograms ? "histograms" : "sums",
            (middle - start) / samples,
            (end - middle) / samples,
            samples / rounds,
            (int) (bytes.length * rounds / samples),
            (int) (text.length * (long) rounds / samples));
      }
    }
  }
}
