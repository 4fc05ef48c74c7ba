package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.scrape.TargetsView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetEndpointsTest {
  private static final String UP =
      """
      {"discoveredLabels":{"__address__":"h:1"},"labels":{"instance":"h:1","job":"node"},\
      "scrapePool":"node","scrapeUrl":"http://h:1/metrics","globalUrl":"http://g:1/metrics",\
      "lastError":"","lastScrape":"2015-07-01T20:10:51.781Z","lastScrapeDuration":0.0125,\
      "health":"up","scrapeInterval":"1m","scrapeTimeout":"1m30s"}\
      """;
  private static final String NEW =
      """
      {"discoveredLabels":{},"labels":{},"scrapePool":"app","scrapeUrl":"http://h:2/",\
      "globalUrl":"http://h:2/","lastError":"x \\"y\\"","lastScrape":"0001-01-01T00:00:00Z",\
      "lastScrapeDuration":0,"health":"unknown","scrapeInterval":"500ms","scrapeTimeout":"0s"}\
      """;
  private static final String DROPPED =
      """
      {"discoveredLabels":{"__address__":"h:3"},"scrapePool":"node"}\
      """;
  private static final String COUNTS =
      """
      {"app":0,"node":5}\
      """;

  private final Api api = new Api();

  @BeforeEach
  void fill() {
    TargetsView.Target up =
        new TargetsView.Target(
            Labels.of("__address__", "h:1"),
            Labels.of("instance", "h:1", "job", "node"),
            "http://h:1/metrics",
            "http://g:1/metrics",
            "",
            Optional.of(Instant.ofEpochMilli(1435781451781L)),
            Duration.ofNanos(12_500_000),
            "up",
            Duration.ofSeconds(60),
            Duration.ofSeconds(90),
            List.of());
    TargetsView.Target fresh =
        new TargetsView.Target(
            Labels.empty(),
            Labels.empty(),
            "http://h:2/",
            "http://h:2/",
            "x \"y\"",
            Optional.empty(),
            Duration.ZERO,
            "unknown",
            Duration.ofMillis(500),
            Duration.ZERO,
            List.of());
    TargetsView.Pool node =
        new TargetsView.Pool(
            "node",
            List.of(up),
            List.of(new TargetsView.DroppedTarget(Labels.of("__address__", "h:3"))),
            5,
            List.of());
    TargetsView.Pool app = new TargetsView.Pool("app", List.of(fresh), List.of(), 0, List.of());
    api.views.add(() -> List.of(node));
    api.views.add(() -> List.of(app));
  }

  private static String targets(String active, String dropped, String counts) {
    return "{\"activeTargets\":["
        + active
        + "],\"droppedTargets\":["
        + dropped
        + "],\"droppedTargetCounts\":"
        + counts
        + "}";
  }

  @Test
  void listsAllPoolsInOrder() throws Exception {
    assertThat(api.data("targets")).isEqualTo(targets(NEW + "," + UP, DROPPED, COUNTS));
    assertThat(api.data("targets", "state", "Any"))
        .isEqualTo(targets(NEW + "," + UP, DROPPED, COUNTS));
    assertThat(api.data("scrape_pools")).isEqualTo("{\"scrapePools\":[\"app\",\"node\"]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"active", "ACTIVE"})
  void leavesOutTheDropped(String state) throws Exception {
    assertThat(api.data("targets", "state", state)).isEqualTo(targets(NEW + "," + UP, "", "null"));
  }

  @Test
  void leavesOutTheActive() throws Exception {
    assertThat(api.data("targets", "state", "dropped")).isEqualTo(targets("", DROPPED, COUNTS));
  }

  @Test
  void knowsNoOtherStates() throws Exception {
    assertThat(api.data("targets", "state", "foo")).isEqualTo(targets("", "", "null"));
  }

  @Test
  void listsOnePoolAndCountsAll() throws Exception {
    assertThat(api.data("targets", "scrapePool", "node")).isEqualTo(targets(UP, DROPPED, COUNTS));
    assertThat(api.data("targets", "scrapePool", "nobody")).isEqualTo(targets("", "", COUNTS));
  }

  @Test
  void tellsWhyTheDiscoveryOfAJobFails() throws Exception {
    api.views.add(() ->
        List.of(
            new TargetsView.Pool(
                "web", List.of(), List.of(), 0, List.of("file: a is broken", "dns: no answer"))));
    assertThat(api.data("targets", "state", "active"))
        .endsWith(",\"discoveryErrors\":{\"web\":[\"file: a is broken\",\"dns: no answer\"]}}");
    assertThat(api.data("targets", "scrapePool", "node")).doesNotContain("discoveryErrors");
  }

  @Test
  void isEmptyWithoutScraping() throws Exception {
    api.views.clear();

    assertThat(api.data("targets")).isEqualTo(targets("", "", "{}"));
    assertThat(api.data("scrape_pools")).isEqualTo("{\"scrapePools\":[]}");
  }

  @Test
  void showsTheConfigurationOfAPool() throws Exception {
    api.views.add(
        new TargetsView() {
          @Override
          public List<Pool> pools() {
            return List.of();
          }

          @Override
          public Optional<String> configuration(String pool) {
            return pool.equals("node") ? Optional.of("job_name: node\n") : Optional.empty();
          }
        });
    assertThat(api.data("scrape_pools/config", "scrapePool", "node"))
        .isEqualTo("{\"yaml\":\"job_name: node\\n\"}");
    assertThat(api.error("scrape_pools/config", "scrapePool", "app"))
        .isEqualTo("400 bad_data: error retrieving scrape config: scrape pool \"app\" not found");
    assertThat(api.error("scrape_pools/config"))
        .isEqualTo("400 bad_data: error retrieving scrape config: scrape pool \"\" not found");
  }

  private static TargetsView relabelling(String pool, RelabelConfig... steps) {
    return new TargetsView() {
      @Override
      public List<Pool> pools() {
        return List.of();
      }

      @Override
      public Optional<Relabelling> relabelling(String asked) {
        return asked.equals(pool)
            ? Optional.of(new Relabelling(List.of(steps), NameScheme.UTF8))
            : Optional.empty();
      }
    };
  }

  @Test
  void showsWhatEachStepOfRelabellingDoes() throws Exception {
    api.views.add(
        relabelling(
            "p",
            new RelabelConfig(
                List.of(), ";", null, 0, "__address__", "e:443", RelabelConfig.Action.REPLACE),
            new RelabelConfig(
                List.of("__address__"), ";", "e:.*", 0, "", null, RelabelConfig.Action.DROP),
            new RelabelConfig(
                List.of("job"), ";", null, 0, "z", null, RelabelConfig.Action.REPLACE)));

    assertThat(
            api.data(
                "targets/relabel_steps",
                "scrapePool",
                "p",
                "labels",
                "{\"__address__\":\"h:1\",\"job\":\"t\"}"))
        .isEqualTo(
            """
            {"steps":[{"rule":{"separator":";","regex":"(.*)","target_label":"__address__",\
            "replacement":"e:443","action":"replace"},\
            "output":{"__address__":"e:443","job":"t"},"keep":true},\
            {"rule":{"source_labels":["__address__"],"separator":";","regex":"e:.*",\
            "replacement":"$1","action":"drop"},"output":{},"keep":false},\
            {"rule":{"source_labels":["job"],"separator":";","regex":"(.*)","target_label":"z",\
            "replacement":"$1","action":"replace"},"output":{},"keep":false}]}\
            """);
  }

  @Test
  void tellsWhyStepsCannotBeShown() throws Exception {
    api.views.add(relabelling("p"));
    assertThat(api.data("targets/relabel_steps", "scrapePool", "p", "labels", "{}"))
        .isEqualTo("{\"steps\":[]}");
    assertThat(api.error("targets/relabel_steps", "scrapePool", "x", "labels", "{}"))
        .isEqualTo(
            "400 bad_data: error retrieving scrape config: scrape pool \\\"x\\\" not found"
                .replace("\\", ""));
    assertThat(api.error("targets/relabel_steps", "scrapePool", "p", "labels", "[1]"))
        .startsWith("400 bad_data: error parsing labels: ");
    assertThat(api.error("targets/relabel_steps", "scrapePool", "p", "labels", "{\"\":\"x\"}"))
        .isEqualTo("400 bad_data: error parsing labels: cannot set a label: its name is empty");
    assertThat(api.error("targets/relabel_steps", "scrapePool", "p", "labels", " "))
        .isEqualTo("400 bad_data: error parsing labels: unexpected end of JSON input");
    assertThat(api.error("targets/relabel_steps", "scrapePool", "p"))
        .isEqualTo("400 bad_data: no labels parameter provided");
    assertThat(api.error("targets/relabel_steps", "labels", "{}"))
        .isEqualTo("400 bad_data: no scrapePool parameter provided");
  }
}
