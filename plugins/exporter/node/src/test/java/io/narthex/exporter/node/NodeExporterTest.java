package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.exporter.node.NodeExporterConfig.Collectors;
import io.narthex.exporter.node.NodeExporterConfig.Paths;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeExporterTest {
  private static final NodeExporterConfig DEFAULTS = NodeExporterConfig.defaults();

  @TempDir Path directory;

  private NodeExporter exporter(Collectors collectors) {
    NodeExporterConfig config =
        new NodeExporterConfig(
            new Paths(
                directory.resolve("proc").toString(),
                directory.resolve("sys").toString(),
                "/",
                "/nowhere"),
            collectors,
            DEFAULTS.cpu(),
            DEFAULTS.diskstats(),
            DEFAULTS.filesystem(),
            DEFAULTS.netdev(),
            DEFAULTS.stat());
    return new NodeExporter(
        config, "test", new FakeSystemCalls(), InstantSource.system(), System::nanoTime);
  }

  private static PrometheusScrapeRequest request(Map<String, List<String>> parameters) {
    return new PrometheusScrapeRequest() {
      @Override
      public String getRequestPath() {
        return "/metrics";
      }

      @Override
      public String[] getParameterValues(String name) {
        List<String> values = parameters.get(name);
        return values == null ? null : values.toArray(String[]::new);
      }
    };
  }

  private static Set<String> reported(Page page) {
    return page.samples("node_scrape_collector_success").keySet();
  }

  private static String success(String collector) {
    return "node_scrape_collector_success{collector=\"" + collector + "\"}";
  }

  @Test
  void reportsEachCollectorThatFailsAndGoesOnWithTheOthers() {
    new Machine(directory).proc("loadavg", "1 2 3 1/1 1\n");
    try (NodeExporter exporter = exporter(DEFAULTS.collector())) {
      Page page = Page.of(exporter.collect());

      assertThat(page.succeeded("loadavg")).isTrue();
      assertThat(page.succeeded("uname")).isTrue();
      assertThat(page.value("node_load5", "")).isEqualTo(2);
      for (String missing : new String[] {"cpu", "diskstats", "filesystem", "meminfo", "stat"}) {
        assertThat(page.succeeded(missing)).as(missing).isFalse();
      }
      assertThat(page.samples("node_scrape_collector_duration_seconds")).hasSize(9);
    }
  }

  @Test
  void asksAFailedCollectorAgain() {
    try (NodeExporter exporter = exporter(Machine.only(Set.of("loadavg")))) {
      assertThat(Page.of(exporter.collect()).succeeded("loadavg")).isFalse();

      new Machine(directory).proc("loadavg", "1 2 3 1/1 1\n");

      assertThat(Page.of(exporter.collect()).succeeded("loadavg")).isTrue();
    }
  }

  @Test
  void collectsOnlyWhatTheRequestAsksFor() {
    try (NodeExporter exporter = exporter(DEFAULTS.collector())) {
      Page page = Page.of(exporter.collect(request(Map.of("collect[]", List.of("uname", "time")))));

      assertThat(reported(page)).containsExactlyInAnyOrder(success("uname"), success("time"));
      assertThat(page.families).containsKey("node_exporter_build_info");
    }
  }

  @Test
  void leavesOutWhatTheRequestExcludes() {
    try (NodeExporter exporter = exporter(DEFAULTS.collector())) {
      Page page = Page.of(exporter.collect(request(Map.of("exclude[]", List.of("cpu", "nosuch")))));

      assertThat(reported(page)).hasSize(8).doesNotContain(success("cpu"));
    }
  }

  @Test
  void collectsAllWithoutParameters() {
    try (NodeExporter exporter = exporter(DEFAULTS.collector())) {
      assertThat(reported(Page.of(exporter.collect(request(Map.of()))))).hasSize(9);
    }
  }

  @Test
  void refusesRequestsInUpstreamsWords() {
    try (NodeExporter exporter =
        exporter(
            new Collectors(false, false, null, null, null, null, null, null, null, null, null))) {
      assertThatThrownBy(() ->
              exporter.collect(
                  request(Map.of("collect[]", List.of("time"), "exclude[]", List.of("stat")))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Combined collect and exclude queries are not allowed.");
      assertThatThrownBy(() -> exporter.collect(request(Map.of("collect[]", List.of("nosuch")))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Couldn't create filtered metrics handler: couldn't create collector: missing"
                  + " collector: nosuch");
      assertThatThrownBy(() -> exporter.collect(request(Map.of("collect[]", List.of("cpu")))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Couldn't create filtered metrics handler: couldn't create collector: disabled"
                  + " collector: cpu");
    }
  }

  @Test
  void startsOnlyWhatIsEnabled() {
    try (NodeExporter exporter = exporter(Machine.only(Set.of("time", "stat")))) {
      assertThat(exporter.collectors()).containsExactly("stat", "time");
    }
    try (NodeExporter exporter = exporter(DEFAULTS.collector())) {
      assertThat(exporter.collectors())
          .containsExactly(
              "cpu",
              "diskstats",
              "filesystem",
              "loadavg",
              "meminfo",
              "netdev",
              "stat",
              "time",
              "uname");
    }
  }

  @Test
  void answersScrapesThatComeAtOnce() throws Exception {
    new Machine(directory).proc("loadavg", "1 2 3 1/1 1\n").proc("meminfo", "MemTotal: 1 kB\n");
    try (NodeExporter exporter = exporter(Machine.only(Set.of("loadavg", "meminfo", "time")));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Page>> scrapes = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        scrapes.add(() -> Page.of(exporter.collect()));
      }
      for (Future<Page> scrape : threads.invokeAll(scrapes)) {
        assertThat(scrape.get().samples("node_scrape_collector_success"))
            .hasSize(3)
            .doesNotContainValue(0.0);
      }
    }
  }

  @Test
  void survivesAnInterruptThatClosesAFileUnderIt() {
    FakeSystemCalls calls = new FakeSystemCalls();
    Runnable[] during = {() -> {}};
    SystemCalls interrupting =
        new SystemCalls() {
          @Override
          public FileSystemStatus statfs(String path) throws KernelException {
            return calls.statfs(path);
          }

          @Override
          public Uname uname() {
            return calls.uname();
          }

          @Override
          public LocalZone localZone(long epochSecond) {
            return calls.localZone(epochSecond);
          }

          @Override
          public void links(BiConsumer<String, long[]> devices) {
            during[0].run();
          }
        };
    // netdev is asked before stat, which reads a file.
    new Machine(directory).proc("stat", "ctxt 1\n");
    NodeExporterConfig config =
        new NodeExporterConfig(
            new Paths(
                directory.resolve("proc").toString(),
                directory.resolve("sys").toString(),
                "/",
                "/nowhere"),
            Machine.only(Set.of("netdev", "stat")),
            DEFAULTS.cpu(),
            DEFAULTS.diskstats(),
            DEFAULTS.filesystem(),
            DEFAULTS.netdev(),
            DEFAULTS.stat());
    try (NodeExporter exporter =
        new NodeExporter(config, "test", interrupting, InstantSource.system(), System::nanoTime)) {
      assertThat(Page.of(exporter.collect()).succeeded("stat")).isTrue();

      during[0] = () -> Thread.currentThread().interrupt();
      assertThat(Page.of(exporter.collect()).succeeded("stat")).isFalse();
      assertThat(Thread.interrupted()).isTrue();

      during[0] = () -> {};
      assertThat(Page.of(exporter.collect()).succeeded("stat")).isTrue();
    }
  }

  @Test
  void givesUpWhenInterruptedBeforeItsTurn() {
    try (NodeExporter exporter = exporter(Machine.only(Set.of("time")))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(exporter::collect).isInstanceOf(IllegalStateException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void mayBeClosedTwiceAndAnswersNoMore() {
    NodeExporter exporter = exporter(DEFAULTS.collector());
    exporter.close();
    exporter.close();

    assertThatThrownBy(exporter::collect).isInstanceOf(IllegalStateException.class);
  }
}
