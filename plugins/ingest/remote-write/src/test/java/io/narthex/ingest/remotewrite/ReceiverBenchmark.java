package io.narthex.ingest.remotewrite;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.wire.Message;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What a request costs without network and storage, by hand: {@code main} prints nanoseconds for
 * each sample of requests with 2,000 series of ten labels and one sample each, for unpacking alone
 * and for everything up to a storage that only looks the series up. One thread.
 */
final class ReceiverBenchmark {
  private static final int SERIES = 2_000;
  private static final int REQUESTS = 5;
  private static final int ROUNDS = 2_000;

  private ReceiverBenchmark() {}

  /** Finds series by their bytes, and forgets samples. */
  private static final class Table implements KeyedAppender {
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private final byte[][] keys = new byte[1 << 15][];
    private long found;
    private double sum;

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
      int slot = (int) (h ^ h >>> 32) & keys.length - 1;
      while (true) {
        byte[] there = keys[slot];
        if (there == null) {
          keys[slot] = Arrays.copyOf(bytes, n);
          return slot + 1L;
        }
        if (Arrays.equals(there, 0, there.length, bytes, 0, n)) {
          found++;
          return slot + 1L;
        }
        slot = slot + 1 & keys.length - 1;
      }
    }

    @Override
    public long series(Labels labels) {
      throw new AssertionError();
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {
      for (int i = 0; i < batch.size; i++) {
        sum += batch.values[i];
      }
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

    @Override
    public String toString() {
      return found + " found, sum " + sum;
    }
  }

  public static void main(String[] args) throws Exception {
    List<byte[]> requests = new ArrayList<>();
    int largest = 0;
    for (int r = 0; r < REQUESTS; r++) {
      Message request = new Message();
      for (int i = 0; i < SERIES; i++) {
        int pod = (r * SERIES + i) / 40;
        request.message(
            1,
            Messages.labels(
                    new Message(),
                    "__name__",
                    "http_server_requests_total",
                    "code",
                    "200",
                    "group",
                    "0",
                    "handler",
                    "/api/v1/resource/" + i % 40,
                    "instance",
                    "10.0." + pod + ".7:8080",
                    "job",
                    "svc-" + pod % 97,
                    "method",
                    "GET",
                    "namespace",
                    "team-" + pod % 23,
                    "pod",
                    "svc-" + pod % 97 + "-" + Integer.toHexString(pod * 0x9E3779B9),
                    "shard",
                    "" + r)
                .message(2, Messages.sample(i * 17.0, 1_700_000_000_000L + i)));
      }
      requests.add(Server.snappy(request.toBytes()));
      largest = Math.max(largest, request.toBytes().length);
    }
    SnappyBlock snappy = new SnappyBlock();
    byte[] unpacked = new byte[largest];
    Transaction transaction = new Transaction();
    Table table = new Table();
    KnownSeries known = new KnownSeries(table, new Random(), KnownSeries.MOST_BUCKETS);
    VersionOne reader = new VersionOne();
    for (int run = 0; run < 5; run++) {
      long start = System.nanoTime();
      for (int i = 0; i < ROUNDS; i++) {
        byte[] packed = requests.get(i % REQUESTS);
        snappy.unpack(
            packed, packed.length, unpacked, snappy.unpackedLength(packed, packed.length));
      }
      long middle = System.nanoTime();
      for (int i = 0; i < ROUNDS; i++) {
        byte[] packed = requests.get(i % REQUESTS);
        int n = snappy.unpackedLength(packed, packed.length);
        snappy.unpack(packed, packed.length, unpacked, n);
        transaction.begin(table, reader, Long.MAX_VALUE, 0, true);
        reader.read(unpacked, n, transaction, known);
      }
      long end = System.nanoTime();
      double samples = (double) ROUNDS * SERIES;
      System.out.printf(
          Locale.ROOT,
          "unpack %.0f ns, all %.0f ns for each sample (%d bytes packed, %d not)%n",
          (middle - start) / samples,
          (end - middle) / samples,
          requests.get(0).length / SERIES,
          largest / SERIES);
    }
    System.out.println(table);
  }
}
