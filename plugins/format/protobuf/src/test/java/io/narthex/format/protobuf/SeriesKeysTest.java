package io.narthex.format.protobuf;

import static io.narthex.format.protobuf.Message.bucket;
import static io.narthex.format.protobuf.Message.exposition;
import static io.narthex.format.protobuf.Message.family;
import static io.narthex.format.protobuf.Message.metric;
import static io.narthex.format.protobuf.Message.quantile;
import static io.narthex.format.protobuf.Message.span;
import static io.narthex.format.protobuf.Message.value;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SeriesKeysTest {
  /** A classic one of twelve buckets, of which fifteen series are made. */
  static Message histogram(double seed) {
    Message m = new Message().number(1, (long) seed).real(2, seed);
    for (int i = 0; i < 12; i++) {
      m.message(3, bucket((long) (seed * i), i * 0.25));
    }
    return m;
  }

  /** The same series each time, with other values and timestamps. */
  private static byte[] scrape(double seed) {
    return exposition(
        family("a", "Help.", Message.GAUGE)
            .message(4, metric().message(2, value(seed)))
            .message(4, metric("x", "1").message(2, value(seed + 1)).number(6, 7 + (long) seed))
            .message(4, metric("x", "2").message(2, value(seed + 2))),
        family("aa", "", Message.GAUGE).message(4, metric().message(2, value(seed))),
        family("a", "Again.", Message.COUNTER).message(4, metric("y", "1").message(3, value(seed))),
        family("h", "", Message.HISTOGRAM)
            .message(4, metric("x", "1").message(7, histogram(seed)))
            .message(4, metric("x", "2").message(7, histogram(seed + 1)))
            .message(
                4, metric("x", "3").message(7, new Message().real(6, seed).message(9, span(0, 0)))),
        family("s", "", Message.SUMMARY)
            .message(
                4,
                metric("x", "1")
                    .message(
                        4,
                        new Message()
                            .real(2, seed)
                            .message(3, quantile(0.5, seed))
                            .message(3, quantile(0.9, seed)))));
  }

  private record Key(String bytes, long hash) {}

  private static List<Key> keys(byte[] data, int capacity) throws Exception {
    ExpositionReader reader = open(data);
    ExpositionBatch batch = new ExpositionBatch(capacity);
    List<Key> keys = new ArrayList<>();
    while (reader.read(batch) > 0) {
      for (int i = 0; i < batch.size; i++) {
        int from = batch.keyOffsets[i];
        String bytes = HexFormat.of().formatHex(batch.keys, from, from + batch.keyLengths[i]);
        keys.add(new Key(bytes, batch.keyHashes[i]));
      }
    }
    return keys;
  }

  private static ExpositionReader open(byte[] data) {
    PrometheusProtobufFormat format = new PrometheusProtobufFormat();
    return format.open(format.protocols().getFirst(), data, data.length, ExpositionOptions.DEFAULT);
  }

  @Test
  void areTheSameAtEachScrape() throws Exception {
    assertThat(keys(scrape(2), 512)).isEqualTo(keys(scrape(3), 512)).isEqualTo(keys(scrape(4), 3));
  }

  @Test
  void tellAllSeriesApart() throws Exception {
    List<Key> keys = keys(scrape(2), 512);

    assertThat(keys).hasSize(5 + 2 * 15 + 1 + 4);
    assertThat(keys).doesNotHaveDuplicates();
    assertThat(keys).extracting(Key::hash).doesNotHaveDuplicates();
  }

  @Test
  void haveFewCollisions() throws Exception {
    Message all = family("name", "", Message.HISTOGRAM);
    for (int i = 0; i < 20_000; i++) {
      all.message(4, metric("x", "" + i).message(7, histogram(1)));
    }
    List<Key> keys = keys(exposition(all), 512);
    Map<Long, String> byHash = new HashMap<>();
    for (Key key : keys) {
      assertThat(byHash.put(key.hash(), key.bytes())).isNull();
    }
    assertThat(byHash).hasSize(20_000 * 15);
  }

  @Test
  void allocateLittleForANativeHistogram() throws Exception {
    Message all = family("name", "Help.", Message.HISTOGRAM);
    for (int i = 0; i < 1000; i++) {
      all.message(
          4,
          metric("some_label", "value " + i)
              .message(
                  7,
                  new Message()
                      .number(1, 30)
                      .message(12, span(-3, 4))
                      .message(12, span(2, 6))
                      .packedDeltas(13, 1, 1, 1, 1, 1, 1, 1, -7, 3, 0)));
    }
    byte[] data = exposition(all);
    ExpositionBatch batch = new ExpositionBatch(512);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      batch.families.clear();
      long before = threads.getCurrentThreadAllocatedBytes();
      ExpositionReader reader = open(data);
      int samples = 0;
      while (reader.read(batch) > 0) {
        samples += batch.size;
      }
      assertThat(samples).isEqualTo(1000);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    // The record, its list of three spans, and nine buckets.
    assertThat(least / 1000).as("bytes for each histogram").isLessThan(420);
  }
}
