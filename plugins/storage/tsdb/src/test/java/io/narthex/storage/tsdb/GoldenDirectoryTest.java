package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Whole data directories that Prometheus wrote: every sample is there, and stays through restarts,
 * compactions and snapshots; and Prometheus reads what becomes of them.
 */
class GoldenDirectoryTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path root;

  // The golden data

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

  private Path copy(Path from, String name) throws IOException {
    Path to = root.resolve(name);
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(p -> {
        try {
          Path target = to.resolve(from.relativize(p).toString());
          if (Files.isDirectory(p)) {
            Files.createDirectories(target);
          } else {
            Files.write(target, Files.readAllBytes(p));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    return to;
  }

  private static Labels labels(JsonNode node) {
    Map<String, String> labels = new TreeMap<>();
    node.properties().forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
    return Labels.of(labels);
  }

  private static double value(String text) {
    return switch (text) {
      case "stale" -> StaleMarker.value();
      case "NaN" -> Double.NaN;
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /** Times to text by which samples can be compared. */
  private static Map<Labels, SortedMap<Long, String>> floats(Path dump) throws IOException {
    Map<Labels, SortedMap<Long, String>> all = new TreeMap<>();
    for (String line : Files.readAllLines(dump)) {
      JsonNode node = JSON.readTree(line);
      SortedMap<Long, String> samples = new TreeMap<>();
      for (JsonNode sample : node.get("samples")) {
        samples.put(sample.get(0).asLong(), text(value(sample.get(1).asString())));
      }
      if (!samples.isEmpty()) {
        all.put(labels(node.get("labels")), samples);
      }
    }
    return all;
  }

  private static Map<Labels, SortedMap<Long, String>> histograms(Path truth) throws IOException {
    Map<Labels, SortedMap<Long, String>> all = new TreeMap<>();
    for (String line : Files.readAllLines(truth)) {
      JsonNode node = JSON.readTree(line);
      SortedMap<Long, String> samples = new TreeMap<>();
      for (JsonNode h : node.get("histograms")) {
        samples.put(
            h.get("t").asLong(),
            h.get("schema").asInt()
                + " count "
                + h.get("count").asDouble()
                + " sum "
                + h.get("sum").asDouble()
                + " zero "
                + h.get("zero_threshold").asDouble()
                + " "
                + h.get("zero_count").asDouble()
                + " "
                + buckets(h.get("positive"))
                + buckets(h.get("negative")));
      }
      all.put(labels(node.get("labels")), samples);
    }
    return all;
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
      for (int i = 0; i < span.length(); i++, at++, index++) {
        if (counts[at] != 0) {
          buckets.put(index, counts[at]);
        }
      }
    }
    return buckets;
  }

  private static String text(Object sample) {
    if (sample instanceof NativeHistogram h) {
      return h.schema()
          + " count "
          + h.count()
          + " sum "
          + h.sum()
          + " zero "
          + h.zeroThreshold()
          + " "
          + h.zeroCount()
          + " "
          + buckets(h.positiveSpans(), h.positiveBuckets())
          + buckets(h.negativeSpans(), h.negativeBuckets());
    }
    double value = (Double) sample;
    // Prometheus has stored the -0 of the golden text as 0 in its blocks; the dump tells of the
    // text.
    return StaleMarker.is(value) ? "stale" : Double.toString(value == 0 ? 0 : value);
  }

  // What is read

  private static Tsdb open(Path directory) throws Exception {
    Tsdb db =
        new Tsdb(directory, TsdbFixture.settings(Duration.ZERO), new RealDisk(), Clock.systemUTC());
    db.start();
    return db;
  }

  private static void check(Tsdb db, Map<Labels, SortedMap<Long, String>> want, String when)
      throws Exception {
    assertThat(db.blockSet().setAside()).as(when).isEmpty();
    assertThat(db.head().counters().logCorruptions.sum()).as(when).isZero();
    Map<Labels, SortedMap<Long, String>> got = new TreeMap<>();
    Everything.of(db)
        .forEach((labels, samples) -> {
          SortedMap<Long, String> texts = new TreeMap<>();
          samples.forEach((time, sample) -> texts.put(time, text(sample)));
          got.put(labels, texts);
        });
    assertSame(got, want, when);
  }

  private static void assertSame(
      Map<Labels, SortedMap<Long, String>> got,
      Map<Labels, SortedMap<Long, String>> want,
      String when) {
    assertThat(got.keySet()).as("%s: series", when).isEqualTo(want.keySet());
    want.forEach((labels, samples) -> {
      SortedMap<Long, String> its = got.get(labels);
      if (!samples.equals(its)) {
        SortedMap<Long, String> lost = new TreeMap<>(samples);
        lost.entrySet().removeAll(its.entrySet());
        SortedMap<Long, String> more = new TreeMap<>(its);
        more.entrySet().removeAll(samples.entrySet());
        throw new AssertionError(
            when + ": " + labels + " got " + more + " beyond, and lacks " + lost);
      }
    });
  }

  private void staysThroughEverything(Path data, Map<Labels, SortedMap<Long, String>> want)
      throws Exception {
    Path directory = copy(data, "data");
    try (Tsdb db = open(directory)) {
      check(db, want, "opened");
    }
    Path snapshot;
    try (Tsdb db = open(directory)) {
      check(db, want, "opened again");
      snapshot = directory.resolve("snapshots").resolve(db.snapshot(false));
      check(db, want, "after a snapshot");
      db.compactions().compact();
      check(db, want, "compacted");
      db.cleanTombstones();
      check(db, want, "without tombstones");
      // A sample ten hours later moves all that was in the head to blocks.
      TsdbFixture.commit(db, "later", db.maxTime() + Duration.ofHours(10).toMillis(), 1);
      db.compactions().compact();
      assertThat(db.head().minTime()).isEqualTo(db.maxTime());
      Map<Labels, SortedMap<Long, String>> more = new TreeMap<>(want);
      more.put(Labels.of("__name__", "later"), new TreeMap<>(Map.of(db.maxTime(), "1.0")));
      check(db, more, "all of it in blocks");
    }
    try (Tsdb db = open(snapshot)) {
      check(db, want, "the snapshot");
    }
    Prometheus.assumed();
    Map<Labels, SortedMap<Long, String>> more = new TreeMap<>(want);
    long last = want.values().stream().mapToLong(SortedMap::lastKey).max().orElseThrow();
    more.put(
        Labels.of("__name__", "later"),
        new TreeMap<>(Map.of(last + Duration.ofHours(10).toMillis(), "1.0")));
    try (Prometheus prometheus = new Prometheus(root, directory)) {
      assertSame(prometheus.everything(), asShown(more), "Prometheus reads the directory");
    }
    try (Prometheus prometheus = new Prometheus(root, snapshot)) {
      assertSame(prometheus.everything(), asShown(want), "Prometheus reads the snapshot");
    }
    // And what it left behind.
    try (Tsdb db = open(directory)) {
      check(db, more, "opened after Prometheus");
    }
  }

  /** As Prometheus shows samples: no stale markers, and of histograms count and sum. */
  private static Map<Labels, SortedMap<Long, String>> asShown(
      Map<Labels, SortedMap<Long, String>> all) {
    Map<Labels, SortedMap<Long, String>> out = new TreeMap<>();
    all.forEach((labels, samples) -> {
      SortedMap<Long, String> rest = new TreeMap<>(samples);
      rest.values().removeIf("stale"::equals);
      rest.replaceAll((time, sample) -> {
        String[] words = sample.split(" ");
        return words.length == 1
            ? sample
            : "count " + Double.parseDouble(words[2]) + " sum " + Double.parseDouble(words[4]);
      });
      if (!rest.isEmpty()) {
        out.put(labels, rest);
      }
    });
    return out;
  }

  @Test
  void aDirectoryOfFloatsIsReadToTheLastSampleAndStays() throws Exception {
    Path golden = golden("golden");
    staysThroughEverything(golden.resolve("data"), floats(golden.resolve("dump.jsonl")));
  }

  @Test
  void aDirectoryOfNativeHistogramsIsReadToTheLastSampleAndStays() throws Exception {
    Path golden = golden("golden_native_histograms");
    Path directory = copy(golden.resolve("data"), "first");
    Map<Labels, SortedMap<Long, String>> want = histograms(golden.resolve("truth.jsonl"));
    // The truth is silent about other series, if there are any.
    try (Tsdb db = open(directory)) {
      Everything.of(db)
          .forEach((labels, samples) -> {
            if (!want.containsKey(labels)) {
              assertThat(samples.values()).as("%s", labels).allMatch(s -> s instanceof Double);
              SortedMap<Long, String> texts = new TreeMap<>();
              samples.forEach((time, sample) -> texts.put(time, text(sample)));
              want.put(labels, texts);
            }
          });
    }
    staysThroughEverything(golden.resolve("data"), want);
  }

  @Test
  void aBlockWithTheOldIndexIsReadAndBecomesANewOne() throws Exception {
    Path golden = golden("upstream");
    Map<Labels, SortedMap<Long, String>> want = new TreeMap<>();
    for (String line : Files.readAllLines(golden.resolve("index_format_v1.dump.txt"))) {
      String[] words = line.split(" ");
      Map<String, String> labels = new TreeMap<>();
      for (String pair : words[0].substring(1, words[0].length() - 1).split(",")) {
        labels.put(
            pair.substring(0, pair.indexOf('=')),
            pair.substring(pair.indexOf('"') + 1, pair.length() - 1));
      }
      want.computeIfAbsent(Labels.of(labels), l -> new TreeMap<>())
          .put(Long.parseLong(words[2]), text(Double.parseDouble(words[1])));
    }
    assertThat(want).hasSize(102);
    Path directory = root.resolve("data");
    Path block = golden.resolve("index_format_v1");
    String ulid = JSON.readTree(block.resolve("meta.json").toFile()).get("ulid").asString();
    copy(block, "data/" + ulid);
    try (Tsdb db = open(directory)) {
      check(db, want, "opened");
      db.delete(0, 0, List.of(io.narthex.api.model.Matcher.equal("bar", "7")));
      db.cleanTombstones();
      want.remove(Labels.of("bar", "7"));
      check(db, want, "written anew");
      assertThat(db.blockSet().current()).noneMatch(b -> b.toString().equals(ulid));
    }
  }

  /** A running Prometheus, over a copy of a directory. */
  private static final class Prometheus implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final int port;
    private final Path data;

    static void assumed() {
      if (!Files.isExecutable(PROMETHEUS)) {
        System.out.println("SKIPPED: no " + PROMETHEUS);
      }
      assumeTrue(Files.isExecutable(PROMETHEUS), "no " + PROMETHEUS);
    }

    Prometheus(Path root, Path data) throws Exception {
      this.data = data;
      log = Files.createTempFile(root, "prometheus", ".log");
      Path configuration = root.resolve("prometheus.yml");
      Files.writeString(configuration, "global: {}\n");
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      process =
          new ProcessBuilder(
                  PROMETHEUS.toString(),
                  "--config.file=" + configuration,
                  "--web.listen-address=127.0.0.1:" + port,
                  "--storage.tsdb.path=" + data,
                  "--storage.tsdb.retention.time=100y",
                  "--storage.tsdb.min-block-duration=2h",
                  "--storage.tsdb.max-block-duration=2h",
                  "--enable-feature=native-histograms")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (!Files.readString(log).contains("Server is ready")) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          process.destroyForcibly();
          throw new AssertionError("Prometheus does not start: " + Files.readString(log));
        }
        process.waitFor(50, TimeUnit.MILLISECONDS);
      }
    }

    /** All that it answers with, without stale markers, which it does not show. */
    Map<Labels, SortedMap<Long, String>> everything() throws Exception {
      Map<Labels, SortedMap<Long, String>> all = new TreeMap<>();
      // Times of the golden data are within a few days.
      String query = "{__name__=~\".+\"}[30d]";
      try (HttpClient client = HttpClient.newHttpClient()) {
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:"
                                + port
                                + "/api/v1/query?time=1701000000&query="
                                + URLEncoder.encode(query, StandardCharsets.UTF_8)))
                    .timeout(Duration.ofSeconds(30))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode body = JSON.readTree(answer.body());
        assertThat(body.has("warnings")).isFalse();
        for (JsonNode series : body.get("data").get("result")) {
          SortedMap<Long, String> samples = new TreeMap<>();
          for (JsonNode sample : series.path("values")) {
            samples.put(time(sample), text(value(sample.get(1).asString())));
          }
          for (JsonNode sample : series.path("histograms")) {
            samples.put(time(sample), shown(sample.get(1)));
          }
          all.put(labels(series.get("metric")), samples);
        }
      }
      return all;
    }

    private static long time(JsonNode sample) {
      return Math.round(sample.get(0).asDouble() * 1000);
    }

    private static String shown(JsonNode histogram) {
      return "count "
          + value(histogram.get("count").asString())
          + " sum "
          + value(histogram.get("sum").asString());
    }

    @Override
    public void close() throws Exception {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("Prometheus does not end over " + data);
      }
      assertThat(Files.readAllLines(log))
          .as("the log of Prometheus")
          .noneMatch(line ->
              (line.contains("level=warn") && !line.contains("Received SIGTERM"))
                  || line.contains("level=error"));
    }
  }
}
