package io.narthex.distribution;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A load of mixed queries for a server that speaks Prometheus's HTTP API, and what becomes of it.
 * Needs nothing but Java, and takes the names that it asks for from the server:
 *
 * <pre>{@code
 * java Load.java --url=http://127.0.0.1:9090 --pid=1234 --clients=64 --duration=60s
 * }</pre>
 *
 * <p>Each client sends its next request when it has read the answer to the one before. The same
 * {@code --seed} makes the same requests. {@code --end}, in Unix seconds, is where ranges end (now
 * without it), {@code --range} how far they reach back.
 */
final class Load {
  private static final Pattern NAME = Pattern.compile("\"__name__\":\"(\\w+)\"");
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final URI base;
  private final long seed;
  private final long end;
  private final long range;
  private final List<String> names;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  private enum Kind {
    INSTANT(30),
    RANGE(25),
    SERIES(10),
    LABELS(15),
    METADATA(5),
    STATUS(5),
    BAD(10);

    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }

    static Kind any(Random random) {
      int at = random.nextInt(Arrays.stream(values()).mapToInt(kind -> kind.weight).sum());
      for (Kind kind : values()) {
        at -= kind.weight;
        if (at < 0) {
          return kind;
        }
      }
      throw new AssertionError();
    }
  }

  /** What one client has seen. */
  private static final class Seen {
    final Map<Kind, List<Long>> nanos = new TreeMap<>();
    final Map<String, Integer> outcomes = new TreeMap<>();
    long bytes;

    void add(Kind kind, String outcome, long took) {
      nanos.computeIfAbsent(kind, k -> new ArrayList<>()).add(took);
      outcomes.merge(outcome, 1, Integer::sum);
    }

    void add(Seen other) {
      other.nanos.forEach(
          (kind, all) -> nanos.computeIfAbsent(kind, k -> new ArrayList<>()).addAll(all));
      other.outcomes.forEach((outcome, n) -> outcomes.merge(outcome, n, Integer::sum));
      bytes += other.bytes;
    }
  }

  private Load(Map<String, String> options) throws IOException, InterruptedException {
    base = URI.create(options.getOrDefault("url", "http://127.0.0.1:9090"));
    seed = Long.parseLong(options.getOrDefault("seed", "1"));
    end = Long.parseLong(options.getOrDefault("end", "" + Instant.now().getEpochSecond()));
    range = seconds(options.getOrDefault("range", "1h"));
    // Those that have samples at the end: what lists of names tell beyond that differs by program.
    String answer =
        http.send(
                HttpRequest.newBuilder(
                        base.resolve(
                            "/api/v1/query?time="
                                + end
                                + "&query="
                                + encoded("count by (__name__) ({__name__=~\".+\"})")))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    TreeSet<String> found = new TreeSet<>();
    Matcher matcher = NAME.matcher(answer);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    if (found.isEmpty()) {
      throw new IOException("the server has no metrics at that time: " + answer);
    }
    names = List.copyOf(found);
  }

  private static long seconds(String text) {
    Matcher matcher = Pattern.compile("(\\d+)([smhd])").matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("got " + text + ", want a duration such as 60s or 1h");
    }
    long unit =
        switch (matcher.group(2)) {
          case "m" -> 60;
          case "h" -> 3600;
          case "d" -> 86400;
          default -> 1;
        };
    return Long.parseLong(matcher.group(1)) * unit;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private String name(Random random) {
    return names.get(random.nextInt(names.size()));
  }

  private String expression(Random random) {
    String name = name(random);
    return switch (random.nextInt(8)) {
      case 0 -> name;
      case 1 -> "rate(" + name + "[5m])";
      case 2 -> "sum by (job) (rate(" + name + "[5m]))";
      case 3 -> "topk(5, " + name + ")";
      case 4 -> "avg_over_time(" + name + "[10m])";
      case 5 -> name + " / on (instance, job) group_left () up";
      case 6 -> "quantile(0.9, " + name + ")";
      default -> "count by (instance) (" + name + " > 0)";
    };
  }

  private String target(Kind kind, Random random) {
    return switch (kind) {
      case INSTANT ->
          "/api/v1/query?time="
              + (end - random.nextLong(range))
              + "&query="
              + encoded(expression(random));
      case RANGE ->
          "/api/v1/query_range?step=15&end="
              + end
              + "&start="
              + (end - range / (1 + random.nextInt(6)))
              + "&query="
              + encoded(expression(random));
      case SERIES ->
          "/api/v1/series?start="
              + (end - range)
              + "&end="
              + end
              + "&match[]="
              + encoded("{__name__=~\"" + name(random).replaceAll("_.*", "") + ".*\"}");
      case LABELS ->
          random.nextBoolean()
              ? "/api/v1/labels?match[]=" + encoded(name(random))
              : "/api/v1/label/" + (random.nextBoolean() ? "__name__" : "job") + "/values";
      case METADATA -> "/api/v1/metadata" + (random.nextBoolean() ? "" : "?limit=10");
      case STATUS ->
          List.of("/api/v1/status/buildinfo", "/api/v1/targets", "/-/healthy", "/metrics")
              .get(random.nextInt(4));
      case BAD ->
          List.of(
                  "/api/v1/query?query=" + encoded("sum(("),
                  "/api/v1/query_range?query=up&start=1&end=0&step=1",
                  "/api/v1/query_range?query=up&start=0&end=100000000&step=1",
                  "/api/v1/series",
                  "/api/v1/label/" + encoded("a b") + "/nothing",
                  "/api/v1/query?query=" + encoded("up + on (job) up * on (nothing) up[5m]"))
              .get(random.nextInt(6));
    };
  }

  private Seen client(int number, long deadline) {
    Random random = new Random(seed * 1000 + number);
    Seen seen = new Seen();
    byte[] buffer = new byte[64 << 10];
    while (System.nanoTime() < deadline) {
      Kind kind = Kind.any(random);
      URI uri = base.resolve(target(kind, random).replace("[]", "%5B%5D"));
      long start = System.nanoTime();
      String outcome;
      try {
        HttpResponse<InputStream> answer =
            http.send(
                HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
          for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            seen.bytes += n;
          }
        }
        outcome = (kind == Kind.BAD ? "bad " : "good ") + answer.statusCode();
      } catch (IOException e) {
        outcome = e.getClass().getSimpleName() + ": " + e.getMessage();
      } catch (InterruptedException e) {
        return seen;
      }
      seen.add(kind, outcome, System.nanoTime() - start);
    }
    return seen;
  }

  private Seen run(int clients, Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    Seen all = new Seen();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int number = i;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                Seen seen = client(number, deadline);
                synchronized (all) {
                  all.add(seen);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return all;
  }

  private static void print(String name, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%-10s %8d %10.1f %10.1f %10.1f%n",
        name,
        sorted.length,
        sorted[sorted.length / 2] / 1e6,
        sorted[(int) (sorted.length * 0.99)] / 1e6,
        sorted[sorted.length - 1] / 1e6);
  }

  private static String memory(String pid) throws IOException {
    List<String> said = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc", pid, "status"))) {
      if (line.startsWith("VmRSS") || line.startsWith("VmHWM") || line.startsWith("Threads")) {
        said.add(line.replaceAll("\\s+", " "));
      }
    }
    return String.join(", ", said);
  }

  /** Runs a load and prints what became of it. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.replaceFirst("^--", "").split("=", 2);
      if (!argument.startsWith("--") || parts.length != 2) {
        throw new IllegalArgumentException("got " + argument + ", want --option=value");
      }
      options.put(parts[0], parts[1]);
    }
    Load load = new Load(options);
    String pid = options.getOrDefault("pid", "");
    Duration time = Duration.ofSeconds(seconds(options.getOrDefault("duration", "60s")));
    int clients = Integer.parseInt(options.getOrDefault("clients", "64"));
    if (!pid.isEmpty()) {
      System.out.println("before: " + memory(pid));
    }
    Seen seen = load.run(clients, time);
    System.out.printf(
        Locale.ROOT,
        "%d clients, %d s, %d metrics, %.1f MB%n",
        clients,
        time.toSeconds(),
        load.names.size(),
        seen.bytes / 1e6);
    seen.outcomes.forEach((outcome, n) -> System.out.printf("%8d  %s%n", n, outcome));
    System.out.printf("%-10s %8s %10s %10s %10s%n", "ms", "requests", "p50", "p99", "max");
    List<Long> all = new ArrayList<>();
    seen.nanos.forEach((kind, nanos) -> {
      print(kind.name().toLowerCase(Locale.ROOT), nanos);
      all.addAll(nanos);
    });
    print("all", all);
    if (!pid.isEmpty()) {
      System.out.println("after: " + memory(pid));
    }
  }
}
