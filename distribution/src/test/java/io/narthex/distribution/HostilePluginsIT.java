package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Plugins that are loaded and then, asked for something, hang or throw. All of them at once in one
 * process from its start, and in another that runs already; the two wait for their deadlines at the
 * same time.
 */
class HostilePluginsIT {
  private static final long STOP_SECONDS = 60;

  /** Much less than the deadlines that those that hang would cost if they were asked again. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final String HANG =
      """
        private static void hang() {
          while (true) {
            try {
              Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
              System.getProperty("deaf to this");
            }
          }
        }

        private static int overflow(int depth) {
          return overflow(depth + 1) + 1;
        }
      """;

  private static final String ROUTES = "@Override public List<Route> routes() { %s }\n";
  private static final String SERVICE =
      """
        @Override public String name() { %s return "bad"; }
        @Override public int startOrder() { %s return 0; }
        @Override public void start() { %s }
        @Override public void stop() { %s }
        @Override public Optional<String> notReady() { %s }
      """;

  private static final String READY = "return Optional.empty();";

  /**
   * A plugin that cannot work.
   *
   * @param reason what is said of it
   */
  private record Bad(String id, String type, String interfaces, String body, List<String> reason) {}

  private static final List<Bad> BAD =
      List.of(
          routes("RoutesHang", "hang(); return List.of();", "did not return within 15.0 s"),
          routes("RoutesThrow", "throw new NoSuchMethodError(\"of later\");", "of later"),
          routes("RoutesNull", "return null;", "routes() gave null"),
          listener("ListenerHangs", "hang()", "did not return within 10 s"),
          listener("ListenerThrows", "overflow(0)", "StackOverflowError"),
          service("NameThrows", throwing("no name"), "", "", "", READY, "no name"),
          service("OrderThrows", "", throwing("no order"), "", "", READY, "no order"),
          service("StartHangs", "", "", "hang();", "", READY, "start did not return within 15.0 s"),
          service("StartThrows", "", "", "overflow(0);", "", READY, "StackOverflowError"),
          service("ReadyHangs", "", "", "", "", "hang(); " + READY, "did not return within 2.0 s"),
          service("ReadyThrows", "", "", "", "", "overflow(0); " + READY, "StackOverflowError"),
          service("ReadyNull", "", "", "", "", "return null;", "notReady gave null"));

  /** Works until it is to stop. */
  private static final Bad STOP_HANGS = service("StopHangs", "", "", "", "hang();", READY);

  private static final Bad ROLE =
      new Bad(
          "role-throws",
          "RoleThrows",
          "Role",
          """
            @Override public String name() { return "bad"; }
            @Override public String title() { return "Bad"; }
            @Override public String standsInFor() { return ""; }
            @Override public int order() { throw new NoSuchFieldError("no place"); }
            @Override public String defaultListenAddress() { return "0.0.0.0:1"; }
            @Override public String defaultConfigFile() { return ""; }
          """,
          List.of("no place"));

  @TempDir static Path temporary;
  private static final List<Child> children = new ArrayList<>();
  private static Installation installation;
  private static Work earlyWork;
  private static Work lateWork;
  private static Path earlyPlugins;
  private static Path latePlugins;
  private static Child early;
  private static Child late;

  private static String throwing(String message) {
    return "if (true) throw new IllegalStateException(\"" + message + "\");";
  }

  private static Bad routes(String type, String body, String reason) {
    return bad(type, "Routes", ROUTES.formatted(body), "routes of com.example.sample", reason);
  }

  private static Bad listener(String type, String call, String reason) {
    String body =
        "@Inject public %s(Extensions all) { all.onChange(() -> %s); }\n".formatted(type, call);
    return bad(type, "ExtensionPoint", body, "listener for plugin changes", reason);
  }

  private static Bad service(
      String type,
      String name,
      String order,
      String start,
      String stop,
      String notReady,
      String... reason) {
    return bad(type, "Service", SERVICE.formatted(name, order, start, stop, notReady), reason);
  }

  private static Bad bad(String type, String interfaces, String body, String... reason) {
    String id = type.replaceAll("(?<=[a-z])([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return new Bad(id, type, interfaces, HANG + body, List.of(reason));
  }

  @BeforeAll
  static void start() throws IOException {
    installation = Installation.unpackInto(temporary);
    earlyPlugins = Files.createDirectories(temporary.resolve("early plugins"));
    latePlugins = Files.createDirectories(temporary.resolve("late plugins"));
    List<Bad> all = new ArrayList<>(BAD);
    all.add(STOP_HANGS);
    for (Bad bad : all) {
      make(bad, earlyPlugins);
    }
    make(ROLE, earlyPlugins);
    earlyWork = Work.in(temporary.resolve("early"));
    lateWork = Work.in(temporary.resolve("late"));
    early = launch(earlyWork, earlyPlugins);
    late = launch(lateWork, latePlugins);
    lateWork.api().awaitReady(late);
    for (Bad bad : all) {
      Files.copy(earlyPlugins.resolve(bad.id + ".jar"), latePlugins.resolve(bad.id + ".jar"));
    }
  }

  private static void make(Bad bad, Path directory) throws IOException {
    SamplePlugin.extension(
        installation,
        directory.resolve(bad.id + ".jar"),
        bad.id,
        bad.type,
        bad.interfaces,
        bad.body);
  }

  private static Child launch(Work work, Path plugins) throws IOException {
    Child child =
        work.narthex(installation, work.shippedConfig(installation))
            .and("--plugins.directory=" + plugins)
            .start();
    children.add(child);
    return child;
  }

  @AfterAll
  static void stop() throws IOException {
    for (Child child : children) {
      child.close();
    }
  }

  @Test
  void thoseThatAreThereAtTheStartFailAloneAndTheProcessStartsServesAndEnds() throws IOException {
    earlyWork.api().awaitReady(early);

    failAlone(early, earlyWork, earlyPlugins);
    // The role is not asked again, and what its plugin brings besides may work.
    assertThat(early.output().lines().filter(l -> l.contains("A role is left out")))
        .hasSize(1)
        .allMatch(l -> l.contains("level=WARN") && l.contains("no place"));
    end(early);
  }

  @Test
  void thoseThatAreDroppedInFailAloneAndTheProcessServesAndEnds() throws IOException {
    failAlone(late, lateWork, latePlugins);
    end(late);
  }

  /** Each of them is told of with its reason, all else works, and the next plugin is loaded. */
  private static void failAlone(Child narthex, Work work, Path plugins) throws IOException {
    Api api = work.api();
    for (Bad bad : BAD) {
      JsonNode plugin =
          narthex.await(
              bad.id + " to be shown as failed",
              () -> {
                answers(api);
                return api.plugin(bad.id);
              },
              shown -> shown.path("state").asString().equals("FAILED"));
      assertThat(plugin.path("reason").asString()).as(bad.id).contains(bad.reason);
      assertThat(narthex.output().lines())
          .as("the log about " + bad.id)
          .anyMatch(l -> l.contains("level=WARN") && l.contains("id=" + bad.id + " "));
    }
    narthex.await(
        STOP_HANGS.id + " to be started",
        () -> api.plugin(STOP_HANGS.id).path("state").asString(),
        "STARTED"::equals);
    api.awaitReady(narthex);
    narthex.await("two targets", () -> api.query("up == 1"), samples -> samples.size() == 2);
    loadsAnother(narthex, api, plugins, "afterwards");
    // Those that hang are not waited for at each change.
    Duration taken = loadsAnother(narthex, api, plugins, "later");
    assertThat(taken).isLessThan(SOON);
    Files.delete(plugins.resolve("later.jar"));
    narthex.await("it to be gone", () -> api.plugin("later").isMissingNode(), gone -> gone);
    answers(api);
  }

  private static void answers(Api api) throws IOException {
    assertThat(api.get("/-/healthy").status()).isEqualTo(200);
    assertThat(api.data("/api/v1/query?query=1%2B1").path("result").path(1).asString())
        .isEqualTo("2");
  }

  /** Drops a plugin that works and waits until it runs. */
  private static Duration loadsAnother(Child narthex, Api api, Path plugins, String id)
      throws IOException {
    Path made =
        SamplePlugin.exporter(installation, temporary.resolve(id + ".jar"), id, Map.of(), "");
    long begin = System.nanoTime();
    Files.copy(made, plugins.resolve(id + ".jar"), StandardCopyOption.REPLACE_EXISTING);
    narthex.await(
        id + " to be started",
        () -> {
          answers(api);
          return api.plugin(id).path("state").asString();
        },
        "STARTED"::equals);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static void end(Child narthex) {
    Ended ended = narthex.terminate(STOP_SECONDS, TimeUnit.SECONDS);

    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("See you next time!");
    assertThat(ended.output().lines())
        .noneMatch(line -> line.startsWith("\tat ") || line.contains("\\tat "))
        .noneMatch(line -> line.startsWith("Exception in thread"));
  }

  @Test
  void anExporterThatComputesForEverCostsOnlyItsOwnScrapes() throws IOException {
    Work work = Work.in(temporary.resolve("spinning"));
    Path plugins = Files.createDirectories(temporary.resolve("spinning plugins"));
    makeSpinning("spins", plugins);
    Path config = work.shippedConfig(installation);
    configure(config, "spins");
    try (Child narthex =
        work.narthex(installation, config).and("--plugins.directory=" + plugins).start()) {
      Api api = work.api();
      api.awaitReady(narthex);
      scrapesFail(api, "spins");
      answers(api);

      makeSpinning("turns", plugins);
      narthex.await(
          "turns to be started",
          () -> api.plugin("turns").path("state").asString(),
          "STARTED"::equals);
      configure(config, "turns");
      assertThat(api.post("/-/reload").status()).isEqualTo(200);
      scrapesFail(api, "turns");
      answers(api);

      loadsAnother(narthex, api, plugins, "afterwards");
      narthex.await("two targets", () -> api.query("up == 1"), samples -> samples.size() == 2);
      assertThat(narthex.output().lines())
          .anyMatch(l -> l.contains("level=WARN") && l.contains("exporter=spins"));
      end(narthex);
    }
  }

  private static void makeSpinning(String id, Path plugins) throws IOException {
    String body =
        """
          private long count;

          @Override public String name() { return "%s"; }
          @Override public Class<Provider.NoConfig> configType() { return Provider.NoConfig.class; }
          @Override public MultiCollector create(Provider.NoConfig config, ExporterContext context) {
            return () -> {
              while (true) {
                count++;
              }
            };
          }
        """
            .formatted(id);
    make(
        new Bad(
            id,
            Character.toUpperCase(id.charAt(0)) + id.substring(1),
            "ExporterProvider<Provider.NoConfig>",
            body,
            List.of()),
        plugins);
  }

  private static void configure(Path config, String exporter) throws IOException {
    Files.writeString(
        config,
        Files.readString(config).replace("exporters:\n", "exporters:\n  " + exporter + ": {}\n"));
  }

  /** As many scrapes at once as there are processors, and one more. */
  private static void scrapesFail(Api api, String exporter) {
    List<CompletableFuture<Integer>> scrapes = new ArrayList<>();
    for (int i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
      scrapes.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return api.scrape("/exporters/" + exporter + "/metrics", 1).status();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> Thread.ofPlatform().daemon().start(task)));
    }
    assertThat(scrapes).allSatisfy(scrape -> assertThat(scrape.join()).isGreaterThanOrEqualTo(500));
  }
}
