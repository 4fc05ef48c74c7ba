package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The HTTP API beside Prometheus's: the calls of {@code beside-peer/calls.txt} have the answers
 * that Debian's Prometheus 2.42 gave on the same data directory, which stand below each, or those
 * that stand there in their place, with the reason. Where that Prometheus is installed, the record
 * is held against it too; with {@code NARTHEX_RECORD_PEER=1} in the environment it is written anew.
 */
class ApiBesidePeerIT {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final Path CALLS = Path.of("src/test/resources/beside-peer/calls.txt");
  private static final Path README = Path.of("../plugins/web/api/README.md");

  /** Begins the reason of what changed in Prometheus itself after 2.42. */
  private static final String LATER = "3.x ";

  private static final boolean RECORDS = System.getenv("NARTHEX_RECORD_PEER") != null;

  private static final Map<String, List<String>> SERVERS =
      Map.of(
          "plain",
          List.of(),
          "admin",
          List.of("--web.enable-admin-api", "--web.cors.origin=https?://(good)\\.example"),
          "lookback",
          List.of("--query.lookback-delta=100y"),
          "prefixed",
          List.of(
              "--web.route-prefix=/met/rics", "--web.external-url=http://outside.example/pro/m"));

  private static final String CONFIG =
      """
      global:
        scrape_interval: 1y
        scrape_timeout: 10s
        external_labels: {zone: eu}
      scrape_configs:
        - job_name: never
          honor_labels: true
          metrics_path: /probe
          params: {module: [a b, c]}
          static_configs:
            - targets: ["one.example:9100", "two.example:9100"]
              labels: {rack: "7"}
            - targets: ["dropped.example:9100"]
          relabel_configs:
            - {source_labels: [__address__], regex: "dropped.*", action: drop}
        - job_name: secret
          scheme: https
          basic_auth: {username: u, password: hidden}
          static_configs:
            - targets: ["three.example"]
      """;

  /** Active ones of the configuration. */
  private static final int TARGETS = 3;

  @TempDir static Path temporary;
  private static Installation installation;
  private static Path seed;
  private static List<PeerCall> calls;

  @BeforeAll
  static void fill() throws IOException {
    installation = Installation.unpackInto(temporary);
    calls = PeerCall.parse(Files.readAllLines(CALLS));
    seed = Files.createDirectories(temporary.resolve("seed"));
    fillSeed();
  }

  /** Makes the directory that all servers get a copy of. */
  private static void fillSeed() throws IOException {
    Files.writeString(seed.resolve("block.txt"), PeerData.block());
    Ended blocks =
        installation
            .launch("promtool", "tsdb", "create-blocks-from", "openmetrics", "block.txt", "data")
            .in(seed)
            .run();
    assertThat(blocks.status()).as(blocks.output()).isZero();
    Files.writeString(seed.resolve("p.yml"), "{}");
    Api api = Api.onPort(Ports.free());
    try (Child child = narthex(seed, api, "--web.enable-remote-write-receiver").start()) {
      api.awaitReady(child);
      PlainHttp.Answer written =
          PlainHttp.send(
              api.port(),
              "POST",
              "/api/v1/write",
              List.of("Content-Type: application/x-protobuf", "Content-Encoding: snappy"),
              PeerData.head());
      assertThat(written.status()).as(written.text()).isEqualTo(204);
      assertThat(child.terminate().status()).isZero();
    }
  }

  private static Launch narthex(Path directory, Api api, String... more) {
    return installation.launch("prometheus", arguments(api)).and(more).in(directory);
  }

  private static Launch prometheus(Path directory, Api api, String... more) {
    return Launch.of(PROMETHEUS, arguments(api))
        .with("PATH", "/usr/bin:/bin")
        .and(more)
        .in(directory);
  }

  /** Without a flag that Debian's does not know; native histograms need one there. */
  private static String[] arguments(Api api) {
    return new String[] {
      "--config.file=p.yml",
      "--storage.tsdb.path=data",
      "--web.listen-address=" + api.address(),
      "--enable-feature=exemplar-storage,native-histograms",
      "--web.console.templates=/etc/prometheus/consoles",
      "--web.page-title=beside"
    };
  }

  @FunctionalInterface
  private interface Program {
    Launch launch(Path directory, Api api, String... more);
  }

  /** A program that runs on a copy of the data. */
  private record Server(Child child, Api api, String prefix) implements AutoCloseable {
    void awaitTargets() {
      child.await("readiness", () -> api.get(prefix + "/-/ready").status(), s -> s == 200);
      child.await(
          "targets",
          () -> api.data(prefix + "/api/v1/targets").path("activeTargets").size(),
          targets -> targets == TARGETS);
    }

    @Override
    public void close() throws IOException {
      child.close();
    }
  }

  private static Server start(String who, String server, Program program) throws IOException {
    Path directory = temporary.resolve(who + "-" + server);
    copy(seed, directory);
    Files.writeString(directory.resolve("p.yml"), CONFIG);
    Api api = Api.onPort(Ports.free());
    List<String> more = Objects.requireNonNull(SERVERS.get(server));
    return new Server(
        program.launch(directory, api, more.toArray(String[]::new)).start(),
        api,
        server.equals("prefixed") ? "/met/rics" : "");
  }

  /** What a program answers to each call. */
  private static List<PeerAnswer> answers(String who, Program program) throws IOException {
    List<PeerAnswer> answers = new ArrayList<>();
    Map<String, Server> servers = new LinkedHashMap<>();
    try {
      // All at once: Prometheus takes five seconds to discover targets.
      for (String server : SERVERS.keySet()) {
        servers.put(server, start(who, server, program));
      }
      servers.values().forEach(Server::awaitTargets);
      for (PeerCall call : calls) {
        Api api = Objects.requireNonNull(servers.get(call.server()), call.server()).api();
        answers.add(PeerAnswer.of(call.send(api.port()), call));
      }
    } finally {
      for (Server server : servers.values()) {
        server.close();
      }
    }
    return answers;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        try {
          Files.copy(path, to.resolve(from.relativize(path)));
        } catch (FileAlreadyExistsException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  @Test
  void answersAsPrometheusDoes() throws IOException {
    List<PeerAnswer> answers = answers("narthex", ApiBesidePeerIT::narthex);
    List<String> wrong = new ArrayList<>();
    int differing = 0;
    for (int i = 0; i < calls.size(); i++) {
      PeerCall call = calls.get(i);
      if (!answers.get(i).equals(call.wanted())) {
        wrong.add(call.line() + "\nwant:\n" + call.wanted() + "\ngot:\n" + answers.get(i));
      }
      if (call.differs()) {
        differing++;
        if (call.wanted().equals(call.recorded())) {
          wrong.add(call.line() + "\nis said to differ, and does not: " + call.reason());
        }
      }
    }
    Figures.measured(
        "%d calls of the API answered as by Prometheus 2.42, %d otherwise for a reason",
        calls.size() - differing - wrong.size(), differing);
    assertThat(wrong).isEmpty();
  }

  @Test
  void prometheusStillAnswersAsRecorded() throws IOException {
    Figures.skipUnless(
        Files.isExecutable(PROMETHEUS)
            && Launch.of(PROMETHEUS, "--version").run().output().contains("version 2.42."),
        PROMETHEUS + " 2.42 is not on this machine: its recorded answers are taken for its own");
    List<PeerAnswer> answers = answers("prometheus", ApiBesidePeerIT::prometheus);
    if (RECORDS) {
      Files.write(CALLS, PeerCall.record(Files.readAllLines(CALLS), answers));
      return;
    }
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      PeerCall call = calls.get(i);
      if (!answers.get(i).equals(call.recorded())) {
        wrong.add(
            call.line() + "\nrecorded:\n" + call.recorded() + "\nanswered:\n" + answers.get(i));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyDifferenceOfOursIsWrittenDown() throws IOException {
    String readme = Files.readString(README).replaceAll("\\s+", " ");
    Set<String> reasons = new LinkedHashSet<>();
    for (PeerCall call : calls) {
      if (call.differs() && !call.reason().startsWith(LATER)) {
        reasons.add(call.reason());
      }
    }
    assertThat(reasons).isNotEmpty().allSatisfy(reason -> assertThat(readme).contains(reason));
  }
}
