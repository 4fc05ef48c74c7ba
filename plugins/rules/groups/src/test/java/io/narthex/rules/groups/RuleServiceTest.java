package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.alert.AlertSink;
import io.narthex.api.alert.RulesView;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.service.Ticks;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.FakeEngine;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.rules.groups.history.AlertHistory;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service with its sections, in real time: intervals are short, nothing is timed. */
class RuleServiceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Fixture fixture;
  private RuleService service;
  private RuleFilesSection section;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
    service = service(Set.of());
    section = section(service);
  }

  @AfterEach
  void close() throws Exception {
    service.stop();
    fixture.close();
  }

  private RuleService service(Set<String> features) {
    return service(features, fixture.engine, new PrometheusRegistry());
  }

  private RuleService service(
      Set<String> features, QueryEngine engine, PrometheusRegistry metrics) {
    return new RuleService(
        Current.of(fixture.watched),
        Current.of(engine),
        fixture.extensions,
        new FakeWebHost(),
        new Features(features),
        new AlertHistory(directory.resolve("data"), 100, new RecordFiles()),
        Ticks.of(Clock.systemUTC()),
        metrics);
  }

  private RuleFilesSection section(RuleService of) {
    return new RuleFilesSection(of, new RecordFiles(), fixture.extensions, new Features(Set.of()));
  }

  private FakeSnapshot snapshot(Map<String, Object> global) {
    return new FakeSnapshot(Map.of(), Defaults.with(GlobalConfig.class, global), directory);
  }

  private void write(String name, String... lines) throws Exception {
    Files.writeString(directory.resolve(name), String.join("\n", lines) + "\n");
  }

  private void load(String... names) throws ConfigException {
    prepare(names).apply();
  }

  private Prepared prepare(String... names) throws ConfigException {
    return section.prepare(List.of(names), snapshot(Map.of()));
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as("deadline").isBefore(end);
      Thread.sleep(10);
    }
  }

  private List<String> names() {
    return service.view().stream().map(RulesView.Group::name).toList();
  }

  @Test
  void readsFilesByTheirPatternsAndSortsGroups() throws Exception {
    write("b.yml", "groups: [{name: z, rules: []}, {name: a, interval: 5s, rules: []}]");
    write("a.yml", "groups:", "- {name: y, rules: [{record: r, expr: 'sum( up )'}]}");
    write("c.txt", "nonsense");
    load("*.yml", "b.yml", "missing.yml");

    assertThat(names()).containsExactly("y", "a", "z");
    RulesView.Group first = service.view().getFirst();
    assertThat(first.file()).isEqualTo(directory.resolve("a.yml").toString());
    assertThat(first.interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(service.view().get(1).interval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(first.rules().getFirst().query()).isEqualTo("sum(up)");
    assertThat(first.rules().getFirst().health()).isEqualTo("unknown");
    assertThat(new RuleGroups(service).groups()).isEqualTo(service.view());
  }

  @Test
  void oneBadFileKeepsTheRulesThatThereAre() throws Exception {
    write("a.yml", "groups: [{name: a, rules: [{record: r, expr: up}]}]");
    load("a.yml");
    write("b.yml", "groups: [{name: b, rules: [{record: r, expr: up ==}]}]");
    write("c.yml", "groups: [{name: c, rules: [{record: r}]}]");

    assertThatThrownBy(() -> prepare("*.yml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "b.yml: 1:46: group \"b\", rule 1, \"r\": could not parse expression: 1:6: parse"
                + " error:")
        .hasMessageContaining("c.yml: 0:0: group \"c\", rule 1, \"r\": field 'expr' must be set");
    assertThat(names()).containsExactly("a");
  }

  @Test
  void refusesPatternsThatPrometheusRefuses() {
    assertThatThrownBy(() -> prepare("a/*/b.yml"))
        .isInstanceOf(ConfigException.class)
        .hasMessage("invalid rule file path \"a/*/b.yml\"");
    assertThatThrownBy(() -> prepare("a[.yml"))
        .hasMessageContaining("error retrieving rule files for a[.yml: syntax error in pattern");
  }

  @Test
  void looksAtFilesWhenAConfigurationIsChecked() throws Exception {
    List<String> said = new ArrayList<>();
    ConfigCheck check =
        new ConfigCheck() {
          @Override
          public boolean syntaxOnly() {
            return false;
          }

          @Override
          public void warn(String message) {
            said.add(message);
          }

          @Override
          public void lint(String kind, String message) {
            said.add(kind + ": " + message);
          }
        };
    assertThatThrownBy(() -> section.check(List.of("a.yml"), snapshot(Map.of()), check))
        .hasMessage("\"" + directory + "/a.yml\" does not point to an existing file");
    write("a.yml", "groups:", "- name: a", "  rules: [{record: r, expr: a}, {record: r, expr: b}]");
    section.check(List.of("a.yml", "none*.yml"), snapshot(Map.of()), check);
    assertThat(said).singleElement().asString().startsWith("duplicate-rules: 1 duplicate rule(s)");
    assertThat(names()).isEmpty();
  }

  @Test
  void evaluatesSendsAndStops() throws Exception {
    List<String> taken = new CopyOnWriteArrayList<>();
    AlertSink broken =
        alerts -> {
          throw new IllegalStateException("broken");
        };
    AlertSink sink = alerts -> alerts.forEach(alert -> taken.add(alert.generatorUrl()));
    fixture.extensions.come(broken);
    fixture.extensions.come(sink);
    write(
        "a.yml",
        "groups:",
        "- name: a",
        "  interval: 50ms",
        "  rules: [{record: r, expr: '1'}, {alert: A, expr: r == 1}]");
    load("a.yml");
    assertThat(fixture.stored("r")).isEmpty();
    service.start();
    await(() -> !fixture.stored("ALERTS").isEmpty() && !taken.isEmpty());

    assertThat(taken.getFirst()).isEqualTo("http://here:9090/x/graph?g0.expr=r+%3D%3D+1&g0.tab=1");
    RulesView.Group group = service.view().getFirst();
    assertThat(group.lastEvaluation()).isPresent();
    assertThat(group.rules().get(1).alerts()).hasSize(1);
    service.stop();
    service.stop();
    assertThat(service.view()).isEmpty();
    assertThat(fixture.stored("r").get("r")).doesNotContain("stale");
  }

  @Test
  void aReloadLeavesEqualGroupsAloneAndCarriesStatesOver() throws Exception {
    String same = "- {name: same, interval: 50ms, rules: [{alert: S, expr: '1'}]}";
    String changed = "- {name: changed, interval: 50ms, rules: [{alert: C, expr: '1', for: 1h}]}";
    write("a.yml", "groups:", same, changed, "- {name: gone, rules: []}");
    load("a.yml");
    service.start();
    await(() ->
        service.view().stream()
            .filter(g -> !g.rules().isEmpty())
            .allMatch(g -> !g.rules().getFirst().alerts().isEmpty()));
    Instant since = activeAt("changed");
    Instant sameSince = activeAt("same");

    write("a.yml", "groups:", same, changed.replace("50ms", "60ms"), "- {name: new, rules: []}");
    load("a.yml");
    // At once, though the loop has not taken over yet.
    assertThat(activeAt("changed")).isEqualTo(since);
    assertThat(names()).containsExactly("changed", "new", "same");
    await(() -> service.view().getFirst().interval().toMillis() == 60);
    assertThat(activeAt("changed")).isEqualTo(since);
    assertThat(activeAt("same")).isEqualTo(sameSince);
  }

  @Test
  void seriesOfAGroupThatAReloadTakesAwayEnd() throws Exception {
    // Several, at different times: one that ends in the very millisecond of a sample has no marker.
    List<String> groups = new ArrayList<>(List.of("groups:"));
    for (int i = 0; i < 2; i++) {
      groups.add("- {name: g" + i + ", interval: 50ms, rules: [{record: r" + i + ", expr: '1'}]}");
    }
    write("a.yml", groups.toArray(String[]::new));
    load("a.yml");
    service.start();
    await(() -> !fixture.stored("r0").isEmpty() && !fixture.stored("r1").isEmpty());
    write("a.yml", "groups: []");
    load("a.yml");

    await(() ->
        fixture.stored("r0").get("r0").endsWith("stale")
            || fixture.stored("r1").get("r1").endsWith("stale"));
    assertThat(service.view()).isEmpty();
  }

  private Instant activeAt(String group) {
    for (RulesView.Group one : service.view()) {
      if (one.name().equals(group)) {
        return one.rules().getFirst().alerts().getFirst().activeAt();
      }
    }
    throw new IllegalStateException(group);
  }

  @Test
  void metricsOfGroupsThatAreGoneAreGone() throws Exception {
    RuleService own = service(Set.of(), fixture.engine, registry);
    RuleFilesSection ofOwn = section(own);
    write("a.yml", "groups: [{name: a, rules: []}, {name: b, rules: []}]");
    ofOwn.prepare(List.of("a.yml"), snapshot(Map.of())).apply();
    assertThat(series("prometheus_rule_group_rules")).isEqualTo(2);
    assertThat(series("prometheus_rule_group_iterations_missed")).isEqualTo(2);

    write("a.yml", "groups: [{name: b, rules: [{record: x, expr: y}]}]");
    ofOwn.prepare(List.of("a.yml"), snapshot(Map.of())).apply();
    for (MetricSnapshot snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().startsWith("prometheus_rule_group_last")) {
        assertThat(snapshot.getDataPoints()).hasSizeLessThan(2);
      }
    }
    assertThat(series("prometheus_rule_group_rules")).isEqualTo(1);
    own.stop();
  }

  private int series(String metric) {
    for (MetricSnapshot snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(metric)) {
        return snapshot.getDataPoints().size();
      }
    }
    return 0;
  }

  /** A metric that is not found until the test says so. */
  private static final class Hanging implements Consumer<List<Matcher>> {
    final Semaphore asked = new Semaphore(0);
    final CountDownLatch released = new CountDownLatch(1);

    @Override
    public void accept(List<Matcher> matchers) {
      if (matchers.stream().anyMatch(m -> m.value().equals("hanging"))) {
        asked.release();
        try {
          released.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private RunningGroup running(String name) {
    return new RunningGroup(name);
  }

  /** A group as pages see it. */
  private final class RunningGroup {
    private final String name;

    RunningGroup(String name) {
      this.name = name;
    }

    RulesView.Group view() {
      return service.view().stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow();
    }

    /** Waits for an evaluation that begins from now on. */
    void awaitNext() throws Exception {
      Optional<Instant> last = view().lastEvaluation();
      await(() -> !view().lastEvaluation().equals(last));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "concurrent-rule-eval"})
  @Timeout(60)
  void queriesThatHangAreCancelledWhenTheServerStops(String feature) throws Exception {
    Hanging hanging = new Hanging();
    fixture.onSelect = hanging;
    List<String> failures = new CopyOnWriteArrayList<>();
    QueryEngine engine =
        new FakeEngine(fixture.engine) {
          @Override
          protected void before(String query, QueryOrigin source) {}

          @Override
          protected void failed(QueryException e) {
            failures.add(e.kind() + " " + e.getMessage());
          }
        };
    service = service(Set.of(feature), engine, registry);
    section = section(service);
    String rules = "{record: x, expr: hanging}, {record: y, expr: hanging}, {record: z, expr: x}";
    write(
        "a.yml",
        "groups:",
        "- {name: hangs, interval: 50ms, rules: [" + rules + "]}",
        "- {name: goeson, interval: 50ms, rules: [{record: r, expr: '1'}]}");
    load("a.yml");
    service.start();
    int atOnce = feature.isEmpty() ? 1 : 2;
    try {
      hanging.asked.acquire(atOnce);
      running("goeson").awaitNext();
      running("goeson").awaitNext();

      service.stop();

      assertThat(failures)
          .hasSize(atOnce)
          .containsOnly("CANCELED query was canceled in expression evaluation");
      // What depends on it is not begun any more.
      assertThat(fixture.stored("z")).isEmpty();
    } finally {
      hanging.released.countDown();
    }
  }

  @Test
  @Timeout(60)
  void aReloadWhileAQueryHangsIsDoneAtOnceAndThatGroupFollows() throws Exception {
    Hanging hanging = new Hanging();
    fixture.onSelect = hanging;
    service = service(Set.of(), fixture.engine, registry);
    section = section(service);
    String hangs =
        "- {name: hangs, interval: 50ms, rules: [{alert: H, expr: hanging or vector(1)}]}";
    String gone =
        "- {name: gone, interval: 50ms, rules: [{record: g, expr: hanging or vector(1)}]}";
    String goesOn = "- {name: goeson, interval: 50ms, rules: [{record: r, expr: '1'}]}";
    write("a.yml", "groups:", hangs, gone, goesOn);
    load("a.yml");
    service.start();
    try {
      hanging.asked.acquire(2);
      write("a.yml", "groups:", hangs.replace("or vector(1)", "or vector(2)"), goesOn);
      load("a.yml");
      String last = hangs.replace("hanging or vector(1)", "vector(3)");
      write("a.yml", "groups:", last, goesOn, "- {name: new, rules: [], interval: 50ms}");
      load("a.yml");

      assertThat(names()).containsExactly("goeson", "hangs", "new");
      running("goeson").awaitNext();
      running("new").awaitNext();
      // As it was before, since that is what it does still.
      assertThat(running("hangs").view().rules().getFirst().query())
          .isEqualTo("hanging or vector(1)");
    } finally {
      hanging.released.countDown();
    }
    RunningGroup group = running("hangs");
    await(() -> group.view().rules().getFirst().query().equals("vector(3)"));
    group.awaitNext();
    assertThat(group.view().rules().getFirst().alerts())
        .extracting(RulesView.ActiveAlert::value)
        .containsExactly(3.0);
    await(() -> !fixture.stored("ALERTS").isEmpty());
    // The second group has never run.
    assertThat(fixture.stored("ALERTS").values())
        .singleElement()
        .asString()
        .doesNotContain("stale");
    await(() -> fixture.stored("g").values().stream().anyMatch(s -> s.endsWith("stale")));
    // The evaluation of the group that is gone has left no metrics behind.
    for (MetricSnapshot snapshot : registry.scrape()) {
      for (DataPointSnapshot point : snapshot.getDataPoints()) {
        assertThat(String.valueOf(point.getLabels().get("rule_group")))
            .as(snapshot.getMetadata().getName())
            .doesNotEndWith(";gone");
      }
    }
  }

  @Test
  void takesPrometheussFlags() {
    RuleSettings settings = Defaults.of(RuleSettings.class);
    assertThat(settings.forOutageTolerance()).isEqualTo(Duration.ofHours(1));
    assertThat(settings.forGracePeriod()).isEqualTo(Duration.ofMinutes(10));
    assertThat(settings.resendDelay()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.maxConcurrentEvals()).isEqualTo(4);
    assertThatThrownBy(() -> Defaults.with(RuleSettings.class, Map.of("maxConcurrentEvals", 0L)))
        .hasMessageContaining("want 1 or more");
    assertThat(section.namesFiles()).isTrue();
  }
}
