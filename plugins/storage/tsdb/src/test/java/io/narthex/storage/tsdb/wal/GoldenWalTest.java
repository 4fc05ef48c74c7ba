package io.narthex.storage.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The logs and head chunks that Prometheus 2.42 wrote. */
class GoldenWalTest {
  private static Path golden(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      for (String shared : List.of("shared", "work/shared")) {
        Path candidate = at.resolve(shared).resolve("conformance/tsdb").resolve(name);
        if (Files.exists(candidate)) {
          return candidate;
        }
      }
    }
    System.out.println("SKIPPED: no shared/conformance/tsdb/" + name + " beside the project");
    assumeTrue(false, "no shared/conformance/tsdb/" + name);
    throw new AssertionError();
  }

  /** Labels in their order, by series reference. */
  private static final class Found implements WalReplay.Handler {
    final Map<Long, Map<String, String>> series = new HashMap<>();
    final Map<Long, Map<Long, Double>> samples = new HashMap<>();
    final Map<Long, Map<Long, NativeHistogram>> histograms = new HashMap<>();
    final List<long[]> deleted = new ArrayList<>();

    @Override
    public void series(SeriesRecord record) {
      for (int i = 0; i < record.size; i++) {
        Map<String, String> labels = new TreeMap<>();
        int p = record.starts[i];
        List<String> texts = new ArrayList<>();
        while (p < record.ends[i]) {
          int length = record.bytes[p++];
          texts.add(new String(record.bytes, p, length, StandardCharsets.UTF_8));
          p += length;
        }
        assertThat(texts).hasSize(2 * record.labelCounts[i]);
        for (int j = 0; j < texts.size(); j += 2) {
          labels.put(texts.get(j), texts.get(j + 1));
        }
        series.put(record.refs[i], labels);
      }
    }

    @Override
    public void samples(SampleRecord record) {
      for (int i = 0; i < record.size; i++) {
        samples
            .computeIfAbsent(record.refs[i], r -> new TreeMap<>())
            .put(record.times[i], record.values[i]);
      }
    }

    @Override
    public void histograms(HistogramRecord record) {
      for (int i = 0; i < record.size; i++) {
        histograms
            .computeIfAbsent(record.refs[i], r -> new TreeMap<>())
            .put(record.times[i], record.histograms[i]);
      }
    }

    @Override
    public void tombstones(TombstoneRecord record) {
      for (int i = 0; i < record.size; i++) {
        deleted.add(new long[] {record.refs[i], record.minTimes[i], record.maxTimes[i]});
      }
    }
  }

  private static Found read(Path wal, int threads) throws IOException {
    Found found = new Found();
    RealDisk disk = new RealDisk();
    WalReplay.run(disk, Segments.list(disk, wal), found, threads);
    return found;
  }

  private static Map<Map<String, String>, Map<Long, String>> dump(Path file) throws IOException {
    Map<Map<String, String>, Map<Long, String>> all = new HashMap<>();
    ObjectMapper mapper = new ObjectMapper();
    for (String line : Files.readAllLines(file)) {
      JsonNode node = mapper.readTree(line);
      Map<Long, String> samples = new TreeMap<>();
      for (JsonNode sample : node.get("samples")) {
        samples.put(sample.get(0).asLong(), sample.get(1).asString());
      }
      all.put(labels(node), samples);
    }
    return all;
  }

  private static Map<String, String> labels(JsonNode node) {
    Map<String, String> labels = new TreeMap<>();
    node.get("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
    return labels;
  }

  private static boolean same(String want, double got) {
    return switch (want) {
      case "stale" -> StaleMarker.is(got);
      case "NaN" -> Double.isNaN(got) && !StaleMarker.is(got);
      case "+Inf", "Inf" -> got == Double.POSITIVE_INFINITY;
      case "-Inf" -> got == Double.NEGATIVE_INFINITY;
      default ->
          Double.doubleToRawLongBits(Double.parseDouble(want)) == Double.doubleToRawLongBits(got);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void theLogHoldsTheSamplesOfTheDump(int threads) throws IOException {
    Path golden = golden("golden");
    Found found = read(golden.resolve("data/wal"), threads);
    var dump = dump(golden.resolve("dump.jsonl"));
    assertThat(found.series).hasSizeGreaterThan(30);
    int compared = 0;
    for (var series : found.samples.entrySet()) {
      Map<String, String> labels = found.series.get(series.getKey());
      assertThat(labels).as("series %s", series.getKey()).isNotNull();
      for (var sample : series.getValue().entrySet()) {
        String want = dump.getOrDefault(labels, Map.of()).get(sample.getKey());
        if (want == null) {
          // Deleted through the admin API; some of the tombstones are in blocks.
          assertThat(labels.get("__name__"))
              .isIn("golden_to_delete", "golden_to_delete_partly", "golden_temperature_celsius");
        } else {
          assertThat(same(want, sample.getValue())).as("%s %s %s", labels, sample, want).isTrue();
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(5000);
    assertThat(found.deleted).isNotEmpty();
  }

  @Test
  void theLogHoldsTheHistogramsOfTheTruth() throws IOException {
    Path golden = golden("golden_native_histograms");
    Found found = read(golden.resolve("data/wal"), 2);
    ObjectMapper mapper = new ObjectMapper();
    Map<Map<String, String>, Map<Long, JsonNode>> truth = new HashMap<>();
    for (String line : Files.readAllLines(golden.resolve("truth.jsonl"))) {
      JsonNode node = mapper.readTree(line);
      Map<Long, JsonNode> samples = new HashMap<>();
      node.get("histograms").forEach(h -> samples.put(h.get("t").asLong(), h));
      truth.put(labels(node), samples);
    }
    int compared = 0;
    for (var series : found.histograms.entrySet()) {
      Map<Long, JsonNode> its = truth.get(found.series.get(series.getKey()));
      if (its == null) {
        continue;
      }
      for (var sample : series.getValue().entrySet()) {
        JsonNode want = its.get(sample.getKey());
        assertThat(want).isNotNull();
        NativeHistogram got = sample.getValue();
        assertThat(got.count()).isEqualTo(want.get("count").asDouble());
        assertThat(got.sum()).isEqualTo(want.get("sum").asDouble());
        assertThat(got.schema()).isEqualTo(want.get("schema").asInt());
        assertThat(got.zeroCount()).isEqualTo(want.get("zero_count").asDouble());
        assertThat(buckets(got.positiveSpans(), got.positiveBuckets()))
            .isEqualTo(buckets(want.get("positive")));
        assertThat(buckets(got.negativeSpans(), got.negativeBuckets()))
            .isEqualTo(buckets(want.get("negative")));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(500);
  }

  private static Map<Integer, Double> buckets(JsonNode node) {
    Map<Integer, Double> buckets = new TreeMap<>();
    node.properties()
        .forEach(e -> {
          if (e.getValue().asDouble() != 0) {
            buckets.put(Integer.parseInt(e.getKey()), e.getValue().asDouble());
          }
        });
    return buckets;
  }

  private static Map<Integer, Double> buckets(List<NativeHistogram.Span> spans, double[] counts) {
    Map<Integer, Double> buckets = new TreeMap<>();
    int index = 0;
    int at = 0;
    for (NativeHistogram.Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        double count = counts[at++];
        if (count != 0) {
          buckets.put(index, count);
        }
        index++;
      }
    }
    return buckets;
  }

  @ParameterizedTest
  @ValueSource(strings = {"golden", "golden_native_histograms"})
  void headChunksBelongToSeriesOfTheLogAndCanBeDecoded(String name) throws IOException {
    Path data = golden(name).resolve("data");
    Found found = read(data.resolve("wal"), 1);
    int[] seen = {0};
    RealDisk disk = new RealDisk();
    try (HeadChunkFiles files =
        HeadChunkFiles.open(disk, data.resolve("chunks_head"), Runnable::run)) {
      HeadChunk chunk = new HeadChunk();
      ChunkDecoder decoder = new ChunkDecoder();
      files.visit((series, ref, min, max, encoding, late, samples) -> {
        assertThat(found.series).containsKey(series);
        files.read(ref, chunk);
        assertThat(chunk.seriesRef).isEqualTo(series);
        assertThat(late).isFalse();
        decoder.reset(chunk.encoding, chunk.bytes(), chunk.offset, chunk.length);
        assertThat(decoder.sampleCount()).isEqualTo(samples).isPositive();
        seen[0]++;
      });
    }
    assertThat(seen[0]).isPositive();
  }
}
