package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Chunks that Prometheus wrote. */
class GoldenChunksTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Chunk(byte encoding, byte[] file, int offset, int length) {}

  private static Path conformance(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/tsdb").resolve(name);
      if (Files.isDirectory(found)) {
        return found;
      }
    }
    assumeTrue(false, "no shared/conformance/tsdb/" + name + " above the working directory");
    throw new AssertionError();
  }

  /** Blocks of a data directory. */
  private static List<Path> blocks(Path data) throws IOException {
    try (var list = Files.list(data)) {
      return list.filter(p -> Files.exists(p.resolve("meta.json"))).sorted().toList();
    }
  }

  private static List<Chunk> chunks(Path block) throws IOException {
    byte[] file = Files.readAllBytes(block.resolve("chunks/000001"));
    ByteBuffer in = ByteBuffer.wrap(file);
    assertThat(in.getInt()).isEqualTo(0x85BD40DD);
    assertThat(in.getInt()).isEqualTo(0x01000000);
    List<Chunk> out = new ArrayList<>();
    while (in.hasRemaining()) {
      int length = 0;
      int shift = 0;
      byte b;
      do {
        b = in.get();
        length |= (b & 0x7f) << shift;
        shift += 7;
      } while (b < 0);
      int at = in.position();
      CRC32C crc = new CRC32C();
      crc.update(file, at, length + 1);
      in.position(at + 1 + length);
      assertThat(in.getInt()).isEqualTo((int) crc.getValue());
      out.add(new Chunk(file[at], file, at + 1, length));
    }
    return out;
  }

  @Test
  void readsFloatsAsPrometheusDoesAndWritesNoMoreBytes() throws Exception {
    Path golden = conformance("golden");
    Set<String> decoded = new HashSet<>();
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(50);
    FloatChunkBuilder builder = new FloatChunkBuilder();
    long maxTime = 0;
    int theirs = 0;
    int ours = 0;
    for (Path block : blocks(golden.resolve("data"))) {
      JsonNode stats = JSON.readTree(block.resolve("meta.json").toFile()).get("stats");
      List<Chunk> chunks = chunks(block);
      assertThat(chunks).hasSize(stats.get("numChunks").asInt());
      int samples = 0;
      for (Chunk c : chunks) {
        assertThat(c.encoding).isEqualTo(Encoding.XOR.code());
        decoder.reset(c.encoding, c.file, c.offset, c.length);
        builder.reset();
        while (decoder.read(batch) > 0) {
          for (int i = 0; i < batch.size; i++) {
            decoded.add(batch.timestamps[i] + " " + text(batch.values[i]));
            maxTime = Math.max(maxTime, batch.timestamps[i]);
            builder.append(batch.timestamps[i], batch.values[i]);
            samples++;
          }
        }
        assertThat(builder.length()).isLessThanOrEqualTo(c.length);
        theirs += c.length;
        ours += builder.length();
      }
      assertThat(samples).isEqualTo(stats.get("numSamples").asInt());
    }
    assertThat(ours).as("bytes, of theirs %d", theirs).isLessThan(theirs * 95 / 100);
    for (String line : Files.readAllLines(golden.resolve("dump.jsonl"))) {
      JsonNode series = JSON.readTree(line);
      for (JsonNode sample : series.get("samples")) {
        if (sample.get(0).asLong() <= maxTime) {
          String want = sample.get(0).asLong() + " " + text(parse(sample.get(1).asString()));
          assertThat(decoded.contains(want)).as(want).isTrue();
        }
      }
    }
  }

  private static double parse(String s) {
    return switch (s) {
      case "stale" -> StaleMarker.value();
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(s);
    };
  }

  /** Without the sign of zero: the two blocks made from text lost it, the dump shows it. */
  private static String text(double v) {
    return StaleMarker.is(v) ? "stale" : Double.toString(v + 0.0);
  }

  @Test
  void readsHistogramsAsTheyWereObserved() throws Exception {
    Path golden = conformance("golden_native_histograms");
    Map<Long, List<String>> truth = new HashMap<>();
    for (String line : Files.readAllLines(golden.resolve("truth.jsonl"))) {
      for (JsonNode h : JSON.readTree(line).get("histograms")) {
        truth
            .computeIfAbsent(h.get("t").asLong(), t -> new ArrayList<>())
            .add(
                text(
                    h.get("count").asDouble(),
                    h.get("sum").asDouble(),
                    h.get("schema").asInt(),
                    h.get("zero_threshold").asDouble(),
                    h.get("zero_count").asDouble(),
                    buckets(h.get("positive")),
                    buckets(h.get("negative"))));
      }
    }
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(50);
    HistogramChunkBuilder builder = new HistogramChunkBuilder();
    int samples = 0;
    int chunks = 0;
    int expected = 0;
    for (Path block : blocks(golden.resolve("data"))) {
      expected +=
          JSON.readTree(block.resolve("meta.json").toFile()).at("/stats/numSamples").asInt();
      for (Chunk c : chunks(block)) {
        chunks++;
        assertThat(c.encoding).isEqualTo(Encoding.HISTOGRAM.code());
        decoder.reset(c.encoding, c.file, c.offset, c.length);
        while (decoder.read(batch) > 0) {
          for (int i = 0; i < batch.size; i++) {
            NativeHistogram h = batch.histograms[i];
            assertThat(h).isNotNull();
            assertThat(truth.get(batch.timestamps[i]))
                .contains(
                    text(
                        h.count(),
                        h.sum(),
                        h.schema(),
                        h.zeroThreshold(),
                        h.zeroCount(),
                        buckets(h.positiveSpans(), h.positiveBuckets()),
                        buckets(h.negativeSpans(), h.negativeBuckets())));
            samples++;
          }
        }
        builder.load(c.encoding, c.file, c.offset, c.length);
        assertThat(ByteBuffer.wrap(builder.bytes(), 0, builder.length()))
            .as("our bytes for the same histograms")
            .isEqualTo(ByteBuffer.wrap(c.file, c.offset, c.length));
      }
    }
    assertThat(samples).isEqualTo(expected);
    assertThat(chunks).isPositive();
  }

  private static String text(
      double count,
      double sum,
      int schema,
      double threshold,
      double zero,
      Map<Integer, Double> positive,
      Map<Integer, Double> negative) {
    return count + " " + sum + " " + schema + " " + threshold + " " + zero + positive + negative;
  }

  private static Map<Integer, Double> buckets(List<Span> spans, double[] counts) {
    return HistogramChunkTest.full(spans, counts);
  }

  private static Map<Integer, Double> buckets(JsonNode node) {
    Map<Integer, Double> out = new TreeMap<>();
    for (var e : node.properties()) {
      if (e.getValue().asDouble() != 0) {
        out.put(Integer.parseInt(e.getKey()), e.getValue().asDouble());
      }
    }
    return out;
  }
}
