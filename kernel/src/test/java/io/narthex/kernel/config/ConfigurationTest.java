package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narthex.api.Provider;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Secret;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.kernel.config.Samples.ConsulFinder;
import io.narthex.kernel.config.Samples.Gauges;
import io.narthex.kernel.config.Samples.Job;
import io.narthex.kernel.config.Samples.NodeGauge;
import io.narthex.kernel.config.Samples.Server;
import io.narthex.kernel.config.Samples.StaticFinder;
import io.narthex.kernel.config.Samples.Watched;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path directory;

  private final FakeExtensions extensions =
      new FakeExtensions(
          new ConsulFinder(),
          new StaticFinder(),
          new NodeGauge(),
          new FakeStorage("memory"),
          new FakeEngine());
  private final List<String> log = new ArrayList<>();
  private final Watched<List<Job>> jobs =
      new Watched<>("scrape_configs", ConfigShape.listOf(Job.class), 10, log);
  private final Watched<List<String>> rules =
      new Watched<>("rule_files", ConfigShape.listOf(String.class), 5, log);
  private final Watched<Gauges> exporters =
      new Watched<>("exporters", ConfigShape.of(Gauges.class), 0, log);
  private final Map<String, String> environment = new HashMap<>();
  private final Heard heard = new Heard();
  private RoleSettings role = role("");
  private Optional<Path> file = Optional.of(Path.of("prometheus.yml"));
  private Duration patience = Duration.ofSeconds(30);

  @BeforeEach
  void plugins() {
    extensions.all.add(jobs);
    extensions.all.add(rules);
    extensions.all.add(exporters);
  }

  private static RoleSettings role(String base) {
    return new RoleSettings(
        "prometheus",
        "prometheus.yml",
        base,
        Map.of("storage.tsdb.path", "data.path"),
        List.of("auto-gomaxprocs!", "auto-gomemlimit.ratio"),
        List.of("alerting", "storage.tsdb"),
        List.of("native-histograms"));
  }

  private Configuration configuration(String... arguments) {
    List<ConfigSection<?>> sections = new ArrayList<>(PlainSection.ofKernel());
    sections.add(new PlainSection<>("web", ConfigShape.of(Server.class)));
    return new Configuration(
        new Configuration.Setup(
            "prometheus",
            "A server.",
            role,
            file,
            directory,
            List.of(arguments),
            environment,
            sections,
            extensions,
            heard,
            Clock.fixed(NOW, ZoneOffset.UTC),
            patience));
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve("prometheus.yml"), text);
  }

  private Configuration loaded(String text, String... arguments) throws Exception {
    write(text);
    Configuration configuration = configuration(arguments);
    configuration.load();
    return configuration;
  }

  private List<String> problems(String text, String... arguments) throws IOException {
    write(text);
    ConfigProblems e =
        catchThrowableOfType(ConfigProblems.class, () -> configuration(arguments).load());
    assertThat(e).as("refused").isNotNull();
    return e.problems().stream().map(Problem::toString).toList();
  }

  private static <C> C section(Configuration configuration, String key, Class<C> type) {
    return configuration.snapshot().section(key, type).orElseThrow();
  }

  // ---- sections below others

  record Guard(Map<String, String> users, Secret token, @Default("3") int tries) {}

  private Watched<Guard> guard() {
    Watched<Guard> guard = new Watched<>("web.guard", ConfigShape.of(Guard.class), -1, log);
    extensions.all.add(guard);
    return guard;
  }

  @Test
  void handsAPartOfASectionToItsOwner() throws Exception {
    Watched<Guard> guard = guard();
    Configuration configuration =
        loaded(
            """
            web:
              max_connections: 7
              guard:
                users: {alice: a}
                token: hidden
            """);
    assertThat(guard.applied).isEqualTo(new Guard(Map.of("alice", "a"), Secret.of("hidden"), 3));
    assertThat(section(configuration, "web", Server.class).maxConnections()).isEqualTo(7);
    assertThat(section(configuration, "web.guard", Guard.class).tries()).isEqualTo(3);
    assertThat(configuration.snapshot().isGiven("web.guard")).isTrue();
    assertThat(configuration.yaml())
        .endsWith(
            """
            web:
              max_connections: 7
              guard:
                users:
                  alice: a
                token: <secret>
                tries: 3
            """);
  }

  @Test
  void bindsAPartOfASectionToDefaultsWhenItIsNotGivenAndShowsNothingOfIt() throws Exception {
    Watched<Guard> guard = guard();
    Configuration configuration = loaded("web: {max_connections: 7}");
    assertThat(guard.applied).isEqualTo(new Guard(Map.of(), Secret.of(""), 3));
    assertThat(configuration.snapshot().isGiven("web.guard")).isFalse();
    assertThat(configuration.snapshot().isGiven("web")).isTrue();
    assertThat(configuration.yaml()).doesNotContain("guard");
    for (String nothing : List.of("web: {guard: }", "web: {guard: {}}")) {
      write(nothing);
      configuration.reload();
      assertThat(configuration.snapshot().isGiven("web.guard")).as(nothing).isTrue();
    }
  }

  @Test
  void saysWhereAPartOfASectionIsWrong() throws Exception {
    Watched<Guard> guard = guard();
    assertThat(problems("web:\n  guard:\n    tires: 3\n"))
        .containsExactly(
            "prometheus.yml:3:5: web.guard.tires: field tires not found in type config.plain, did"
                + " you mean \"tries\"?");
    assertThat(problems("web:\n  guard: {}\n  guard: {tries: 1}\n"))
        .containsExactly("prometheus.yml:3:3: web.guard: field guard already set");
    assertThat(problems("web.guard: {tries: 1}\n").get(0))
        .startsWith("prometheus.yml:1:1: web.guard: field web.guard not found");
    guard.preparation =
        (config, snapshot) -> {
          throw new ConfigException("users.alice", "no such user", null);
        };
    assertThat(problems("web:\n  guard:\n    users:\n      alice: a\n"))
        .containsExactly("prometheus.yml:4:14: web.guard.users.alice: no such user");
  }

  @Test
  void refusesAPartOfASectionThatNobodyOwns() throws Exception {
    assertThat(problems("web: {guard: {}}"))
        .containsExactly(
            "prometheus.yml:1:7: web.guard: field guard not found in type config.plain");
  }

  @Test
  void takesSettingsOfAPartOfASectionFromTheEnvironment() throws Exception {
    Watched<Guard> guard = guard();
    environment.put("NARTHEX_WEB_GUARD_TRIES", "5");
    Configuration configuration = loaded("");
    assertThat(guard.applied).isNotNull().returns(5, Guard::tries);
    assertThat(configuration.snapshot().isGiven("web.guard")).isTrue();
  }

  @Test
  void knowsThatAPartOfASectionIsGivenWhenItsOwnerHasGone() throws Exception {
    Watched<Guard> guard = guard();
    Configuration configuration = loaded("web: {guard: {tries: 1}}");
    extensions.all.remove(guard);
    configuration.rebind();
    assertThat(configuration.snapshot().section("web.guard", Guard.class)).isEmpty();
    assertThat(configuration.snapshot().isGiven("web.guard")).isTrue();
    assertThat(heard.warnings).anyMatch(w -> w.contains("web.guard: field guard not found"));
    Watched<Guard> next = guard();
    next.preparation =
        (config, snapshot) -> {
          throw new ConfigException("refused");
        };
    configuration.rebind();
    assertThat(next.applied).isNull();
    assertThat(configuration.snapshot().isGiven("web.guard")).isTrue();
  }

  // ---- sections

  @Test
  void bindsPreparesAndAppliesInOrder() throws Exception {
    Configuration configuration =
        loaded(
            """
            global:
              scrape_interval: 15s
            scrape_configs:
              - job_name: a
                static_configs: [{targets: [x]}]
            """);
    assertThat(log)
        .containsExactly(
            "prepare exporters",
            "prepare rule_files",
            "prepare scrape_configs",
            "apply exporters",
            "apply rule_files",
            "apply scrape_configs");
    assertThat(jobs.applied).extracting(Job::jobName).containsExactly("a");
    assertThat(rules.applied).isEmpty();
    assertThat(configuration.snapshot().global().scrapeInterval())
        .isEqualTo(Duration.ofSeconds(15));
    assertThat(configuration.snapshot().baseDirectory()).isEqualTo(directory);
    assertThat(configuration.lastLoadSucceeded()).isTrue();
    assertThat(configuration.loadedAt()).isEqualTo(NOW);
    assertThat(heard.log).containsExactly("loaded " + NOW);
  }

  @Test
  void loadsWithoutAFile() throws Exception {
    file = Optional.empty();
    Configuration configuration = configuration();
    configuration.load();
    assertThat(jobs.applied).isEmpty();
    assertThat(configuration.fileChanged()).isFalse();
  }

  @Test
  void hasDefaultsBeforeItIsLoaded() {
    Configuration configuration = configuration();
    assertThat(configuration.snapshot().global().scrapeInterval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(configuration.lastLoadSucceeded()).isFalse();
    assertThat(configuration.yaml()).isEmpty();
  }

  @Test
  void reportsTheProblemsOfAllSectionsAtOnce() throws IOException {
    assertThat(
            problems(
                """
                global:
                  scrape_interval: x
                  nonexistent_field: test
                scrape_config:
                  - job_name: a
                rule_files: a
                """))
        .containsExactly(
            "prometheus.yml:2:20: global.scrape_interval: not a valid duration string: \"x\"",
            "prometheus.yml:3:3: global.nonexistent_field: field nonexistent_field not found in"
                + " type config.plain",
            "prometheus.yml:4:1: scrape_config: field scrape_config not found in type"
                + " config.plain, did you mean \"scrape_configs\"?",
            "prometheus.yml:6:13: rule_files: cannot unmarshal !!str into []string; want a list");
    assertThat(log).isEmpty();
    assertThat(heard.log).hasSize(1).allMatch(l -> l.startsWith("failed"));
  }

  @Test
  void refusesATopLevelKeyThatStandsTwice() throws IOException {
    assertThat(problems("rule_files: []\nscrape_configs: []\nrule_files: [a]\n"))
        .containsExactly(
            "prometheus.yml:3:1: rule_files: field rule_files already set in type config.plain");
  }

  @Test
  void refusesAFileThatIsNoMapping() throws IOException {
    assertThat(problems("- a\n"))
        .containsExactly("prometheus.yml:1:1: cannot unmarshal !!seq into config.plain; want keys");
    assertThat(problems("hunter2"))
        .containsExactly("prometheus.yml:1:1: cannot unmarshal !!str into config.plain; want keys");
  }

  @Test
  void saysInPrometheussWordsThatThereIsNoFile() {
    file = Optional.of(Path.of("none.yml"));
    assertThat(catchThrowableOfType(ConfigProblems.class, () -> configuration().load()))
        .hasMessage("none.yml: open none.yml: no such file or directory");
    file = Optional.of(Path.of("."));
    assertThat(catchThrowableOfType(ConfigProblems.class, () -> configuration().load()))
        .hasMessage(".: read .: is a directory");
  }

  @Test
  void warnsOnceOfKnownSectionsThatNobodyReads() throws Exception {
    Configuration configuration =
        loaded("alerting: {alertmanagers: []}\nstorage:\n  tsdb: {retention: {time: 1d}}\n");
    configuration.reload();
    assertThat(heard.warnings)
        .containsExactly(
            "prometheus.yml:3:3: storage.tsdb: has no effect: no loaded plugin reads it",
            "prometheus.yml:1:1: alerting: has no effect: no loaded plugin reads it");
  }

  @Test
  void leavesOutASectionWhoseKeyHasAnOwner() throws Exception {
    extensions.all.add(new Watched<>("global", ConfigShape.listOf(String.class), 0, log));
    loaded("global: {scrape_interval: 15s}\n");
    assertThat(heard.warnings)
        .containsExactly(
            Watched.class.getName() + ": is left out: the key global has another owner");
  }

  @Test
  void survivesAPluginWhoseShapeCannotBeBound() throws IOException {
    extensions.all.add(new Watched<>("broken", ConfigShape.of(Object[].class), 0, log));
    assertThat(problems("broken: {a: b}\n"))
        .containsExactly(
            "prometheus.yml:1:9: broken: cannot bind [Ljava.lang.Object;: unknown type");
  }

  // ---- preparing and applying

  @Test
  void discardsAllWhenOneRefuses() throws Exception {
    jobs.preparation =
        (config, snapshot) -> {
          throw new ConfigException("[0].relabel_configs[0].regex", "bad regex", null);
        };
    assertThat(
            problems(
                """
                scrape_configs:
                  - job_name: a
                    relabel_configs:
                      - regex: x
                        target_label: y
                """))
        .containsExactly(
            "prometheus.yml:4:16: scrape_configs[0].relabel_configs[0].regex: bad regex");
    assertThat(log)
        .containsExactly(
            "prepare exporters",
            "prepare rule_files",
            "prepare scrape_configs",
            "discard rule_files",
            "discard exporters");
  }

  @Test
  void refusesASectionThatPreparesNothing() throws IOException {
    extensions.all.add(new NullSection());
    assertThat(problems(""))
        .containsExactly(
            "prometheus.yml:1:1: nothing: cannot prepare: its plugin failed:"
                + " java.lang.NullPointerException: prepare gave null");
  }

  @Test
  void collectsWhatAllSectionsRefuse() throws Exception {
    rules.preparation =
        (config, snapshot) -> {
          throw new ConfigException("no such file");
        };
    jobs.preparation =
        (config, snapshot) -> {
          throw new IllegalStateException("boom");
        };
    assertThat(problems("rule_files: [a]\nscrape_configs: []\n"))
        .containsExactly(
            "prometheus.yml:1:13: rule_files: no such file",
            "prometheus.yml:2:17: scrape_configs: cannot prepare: its plugin failed:"
                + " java.lang.IllegalStateException: boom");
  }

  @Test
  void keepsWhatIsInForceWhenAReloadFails() throws Exception {
    Configuration configuration = loaded("scrape_configs: [{job_name: a}]\n");
    write("scrape_configs: [{job_name: b}, {}]\n");
    assertThat(catchThrowableOfType(ConfigProblems.class, configuration::reload))
        .hasMessage("prometheus.yml:1:33: scrape_configs[1]: job_name is empty");
    assertThat(configuration.lastLoadSucceeded()).isFalse();
    assertThat(configuration.loadedAt()).isEqualTo(NOW);
    assertThat(jobs.applied).extracting(Job::jobName).containsExactly("a");
    assertThat(configuration.yaml()).contains("job_name: a");
    write("scrape_configs: [{job_name: b}]\n");
    configuration.reload();
    assertThat(configuration.lastLoadSucceeded()).isTrue();
    assertThat(jobs.applied).extracting(Job::jobName).containsExactly("b");
  }

  @Test
  void doesNotWaitForASectionForEver() throws Exception {
    // Enough for binding on a busy machine, which has as long.
    patience = Duration.ofSeconds(2);
    CountDownLatch never = new CountDownLatch(1);
    rules.preparation = (config, snapshot) -> never.await();
    assertThat(problems("rule_files: []\n"))
        .containsExactly("prometheus.yml:1:13: rule_files: cannot prepare: no answer in time");
    assertThat(log).contains("prepare scrape_configs", "discard scrape_configs");
  }

  @Test
  void doesNotWaitForARecordForEver() throws Exception {
    patience = Duration.ofMillis(50);
    extensions.all.add(new Watched<>("slow", ConfigShape.of(Slow.class), 0, log));
    assertThat(problems("slow: {text: a}\n"))
        .containsExactly("prometheus.yml:1:1: cannot bind: no answer of a plugin's record in time");
    assertThat(log).isEmpty();
  }

  @Test
  void showsTheSnapshotOfTheRoundToSections() throws Exception {
    List<String> seen = new ArrayList<>();
    jobs.preparation =
        (config, snapshot) -> {
          seen.add(snapshot.global().scrapeInterval().toString());
          seen.add(snapshot.section("rule_files", List.class).orElseThrow().toString());
          seen.add(snapshot.resolve("x").toString());
          assertThat(snapshot.section("rule_files", Map.class)).isEmpty();
          assertThat(snapshot.section("none", List.class)).isEmpty();
        };
    loaded("global: {scrape_interval: 15s}\nrule_files: [r]\n");
    assertThat(seen).containsExactly("PT15S", "[r]", directory.resolve("x").toString());
  }

  @Test
  void serialisesReloads() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    rules.preparation =
        (config, snapshot) -> {
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          Thread.yield();
          inside.decrementAndGet();
        };
    Configuration configuration = loaded("rule_files: []\n");
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  configuration.reload();
                } catch (ConfigProblems e) {
                  throw new AssertionError(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(most).hasValue(1);
    assertThat(heard.log).hasSize(9);
  }

  // ---- layers

  @Test
  void laysFileOverBaseEnvironmentOverFileAndFlagsOverAll() throws Exception {
    role =
        role(
            """
            web: {listen_addresses: [':1'], route_prefix: /base, max_connections: 1, read_timeout: 1s}
            exporters: {node: {speed: 9}}
            """);
    environment.put("NARTHEX_WEB_MAX_CONNECTIONS", "3");
    environment.put("NARTHEX_WEB_READ_TIMEOUT", "3s");
    environment.put("NARTHEX_WEB_LISTEN_ADDRESS", ":5, :6");
    Configuration configuration =
        loaded(
            "web: {route_prefix: /file, max_connections: 2, read_timeout: 2s}\n",
            "--web.read-timeout=4s");
    Server web = section(configuration, "web", Server.class);
    assertThat(web.listenAddresses()).containsExactly(":5", ":6");
    assertThat(web.routePrefix()).isEqualTo("/file");
    assertThat(web.maxConnections()).isEqualTo(3);
    assertThat(web.readTimeout()).isEqualTo(Duration.ofSeconds(4));
    assertThat(exporters.applied.gauges()).hasSize(1);
    assertThat(heard.warnings).isEmpty();
  }

  @Test
  void takesAwayWhatTheBaseSaysByNull() throws Exception {
    role = role("exporters: {node: {speed: 9}}\n");
    loaded("exporters: ~\n");
    assertThat(exporters.applied.gauges()).isEmpty();
  }

  @Test
  void takesWholeNumbersOfFlagsThatAreWrittenAsFloats() throws Exception {
    for (String text : List.of("5e3", "5000.9", "+5E+3")) {
      Configuration configuration = loaded("web: {}\n", "--web.max-connections=" + text);
      assertThat(section(configuration, "web", Server.class).maxConnections()).isEqualTo(5000);
    }
    assertThat(problems("web: {}\n", "--web.max-connections=1e99"))
        .containsExactly("--web.max-connections: got \"1e99\", want a number");
  }

  @Test
  void namesTheFlagOrVariableThatIsWrong() throws Exception {
    environment.put("NARTHEX_WEB_READ_TIMEOUT", "soon");
    assertThat(problems("web: {}\n", "--web.max-connections=x", "--web.limit=big"))
        .containsExactlyInAnyOrder(
            "--web.max-connections: got \"x\", want a number",
            "NARTHEX_WEB_READ_TIMEOUT: not a valid duration string: \"soon\"",
            "--web.limit: cannot read byte size: got \"big\", want a number with a unit such as"
                + " 512MB");
  }

  @Test
  void warnsOfVariablesThatMeanNothing() throws Exception {
    environment.put("NARTHEX_WEB_ROUTE_PREFX", "/x");
    environment.put("NARTHEX_HOME", "/opt");
    environment.put("PATH", "/bin");
    loaded("");
    assertThat(heard.warnings)
        .containsExactly(
            "NARTHEX_WEB_ROUTE_PREFX: has no effect: no such key, did you mean"
                + " NARTHEX_WEB_ROUTE_PREFIX?");
  }

  @Test
  void saysOnceWhichFlagsHaveNoEffect() throws Exception {
    loaded("", "--auto-gomaxprocs", "--auto-gomemlimit.ratio=0.9");
    assertThat(heard.warnings)
        .containsExactly(
            "command line: no effect here: --auto-gomaxprocs, --auto-gomemlimit.ratio");
  }

  @Test
  void refusesUnknownFlagsAtTheStartOnly() throws Exception {
    write("");
    assertThat(catchThrowableOfType(FlagException.class, () -> configuration("--foo").load()))
        .hasMessage("unknown long flag '--foo'");
    Configuration configuration = loaded("exporters: {node: {}}\n", "--collector.speed=7");
    extensions.all.removeIf(NodeGauge.class::isInstance);
    write("");
    configuration.reload();
  }

  @Test
  void givesFlagsOfAProviderOnlyToOneInUse() throws Exception {
    Configuration configuration = loaded("exporters: {node: }\n", "--collector.speed=7");
    assertThat(configuration.flags()).containsEntry("collector.speed", "7");
    assertThat(heard.warnings).isEmpty();
    loaded("", "--collector.speed=7");
    assertThat(exporters.applied.gauges()).isEmpty();
    assertThat(heard.warnings)
        .containsExactly("--collector.speed: has no effect: exporters.node is not in use");
  }

  @Test
  void takesFeaturesSeparatedByCommas() throws Exception {
    Configuration configuration =
        loaded("", "--enable-feature=native-histograms,foo", "--enable-feature=bar");
    assertThat(configuration.snapshot().section("features", List.class))
        .contains(List.of("native-histograms", "foo", "bar"));
    assertThat(heard.warnings)
        .containsExactly(
            "--enable-feature: Unknown option for --enable-feature option=foo",
            "--enable-feature: Unknown option for --enable-feature option=bar");
  }

  @Test
  void saysWhatTheProgramSaysOfAFeature() throws Exception {
    role = remarking();
    loaded("", "--enable-feature=native-histograms");
    assertThat(heard.warnings)
        .containsExactly("--enable-feature: It is the rule now. option=native-histograms");
  }

  private static RoleSettings remarking() {
    RoleSettings plain = role("");
    return new RoleSettings(
        plain.name(),
        plain.defaultConfigFile(),
        plain.baseConfiguration(),
        plain.flagAliases(),
        plain.flagsWithoutEffect(),
        plain.knownSections(),
        plain.knownFeatures(),
        Map.of("native-histograms", "It is the rule now."),
        Map.of("agent", "that mode is not there", "web.token", "a setting wins"),
        List.of("ec2_sd_configs", "consul_sd_configs"));
  }

  @Test
  void refusesFlagsThatMeanSomethingElseThanIsThere() throws Exception {
    role = remarking();
    assertThatThrownBy(() -> loaded("", "--agent"))
        .isInstanceOf(FlagException.class)
        .hasMessage("flag '--agent' cannot be used: that mode is not there");
    loaded("", "--web.token=x");
  }

  @Test
  void tellsAMechanismWithoutAPluginFromATypo() throws Exception {
    role = remarking();
    assertThat(
            problems(
                """
                scrape_configs:
                  - job_name: a
                    ec2_sd_configs: [{region: x}]
                    ec3_sd_configs: []
                """))
        .containsExactly(
            "prometheus.yml:3:5: scrape_configs[0].ec2_sd_configs: field ec2_sd_configs not found"
                + " in type config.plain: Prometheus has it, but no plugin is installed that brings"
                + " it; loaded plugins bring consul_sd_configs, static_configs",
            "prometheus.yml:4:5: scrape_configs[0].ec3_sd_configs: field ec3_sd_configs not found"
                + " in type config.plain; loaded plugins bring consul_sd_configs, static_configs");
  }

  @Test
  void expandsExternalLabelsFromTheEnvironment() throws Exception {
    environment.put("REGION", "north");
    environment.put("N", "5");
    environment.put("EMPTY", "");
    Configuration configuration =
        loaded(
            """
            global:
              external_labels:
                a: ${REGION}-$REGION.x
                b: $$5 $ $. 5$
                c: "[${NONE}]"
                d: $EMPTY
                e: ${N}
                f: a${}b${open
                g: ${$}$_x
                h: 5
            """);
    assertThat(configuration.snapshot().global().externalLabels())
        .containsOnly(
            Map.entry("a", "north-north.x"),
            Map.entry("b", "$5 $ $. 5$"),
            Map.entry("c", "[]"),
            Map.entry("d", ""),
            Map.entry("e", "5"),
            Map.entry("f", "abopen"),
            Map.entry("g", "$"),
            Map.entry("h", "5"));
    assertThat(configuration.yaml()).contains("a: north-north.x").doesNotContain("REGION");
    assertThat(heard.warnings)
        .containsExactly(
            "prometheus.yml:5:8: global.external_labels.c: Empty environment variable name=NONE",
            "prometheus.yml:6:8: global.external_labels.d: Empty environment variable name=EMPTY",
            "prometheus.yml:9:8: global.external_labels.g: Empty environment variable name=_x");
  }

  // ---- storage and engine

  @Test
  void selectsTheOnlyStorageAndEngine() throws Exception {
    Configuration configuration = loaded("");
    StorageConfig storage = section(configuration, "storage", StorageConfig.class);
    assertThat(storage.backend()).isEqualTo("memory");
    assertThat(((Engine) storage.selected().orElseThrow().config()).limit()).isEqualTo(7);
    QueryConfig query = section(configuration, "query", QueryConfig.class);
    assertThat(query.selected().orElseThrow().provider().name()).isEqualTo("promql");
    assertThat(heard.warnings).isEmpty();
  }

  @Test
  void prefersTsdbAndGivesItItsFlags() throws Exception {
    extensions.all.add(new FakeStorage("tsdb"));
    Configuration configuration = loaded("", "--engine.limit=9");
    StorageConfig storage = section(configuration, "storage", StorageConfig.class);
    assertThat(storage.backend()).isEqualTo("tsdb");
  }

  @Test
  void takesTheStorageThatIsNamed() throws Exception {
    extensions.all.add(new FakeStorage("tsdb"));
    Configuration configuration =
        loaded("storage: {backend: tsdb, memory: {limit: 3}}\n", "--storage.backend=memory");
    StorageConfig storage = section(configuration, "storage", StorageConfig.class);
    assertThat(storage.selected().orElseThrow().config()).isEqualTo(new Engine(3));
    assertThat(configuration.flags()).containsEntry("storage.backend", "memory");
  }

  @Test
  void warnsWhenItHasToChooseAmongStrangers() throws Exception {
    extensions.all.add(new FakeStorage("cassandra"));
    loaded("");
    assertThat(heard.warnings)
        .containsExactly("storage.backend: is not set and there is no tsdb: using memory");
  }

  @Test
  void namesTheStoragesWhenAnUnknownOneIsWanted() throws Exception {
    extensions.all.add(new FakeStorage("tsdb"));
    assertThat(problems("storage:\n  backend: tsbd\n"))
        .containsExactly(
            "prometheus.yml:2:12: storage.backend: cannot select storage backend: unknown name;"
                + " got \"tsbd\", want one of memory, tsdb; did you mean \"tsdb\"?");
    assertThat(problems("", "--storage.backend=x"))
        .containsExactly(
            "--storage.backend: cannot select storage backend: unknown name; got \"x\", want one"
                + " of memory, tsdb");
  }

  @Test
  void needsNoStorage() throws Exception {
    extensions.all.removeIf(FakeStorage.class::isInstance);
    Configuration configuration = loaded("");
    assertThat(section(configuration, "storage", StorageConfig.class).selected()).isEmpty();
  }

  // ---- plugins that come and go

  @Test
  void appliesTheLastTextToAPluginThatComes() throws Exception {
    Configuration configuration = loaded("scrape_configs: [{job_name: a}]\n");
    write("scrape_configs: broken\n");
    Watched<List<String>> late = new Watched<>("late", ConfigShape.listOf(String.class), 0, log);
    extensions.all.add(late);
    assertThat(configuration.rebind()).isEmpty();
    assertThat(late.applied).isEmpty();
    assertThat(jobs.applied).extracting(Job::jobName).containsExactly("a");
    assertThat(heard.log).containsExactly("loaded " + NOW);
  }

  @Test
  void onlyWarnsOfTheKeysOfAPluginThatHasGone() throws Exception {
    Configuration configuration =
        loaded(
            "rule_files: [a]\nscrape_configs: [{job_name: a, consul_sd_configs: [{server: x}]}]\n");
    extensions.all.removeIf(e -> e == rules || e instanceof ConsulFinder);
    assertThat(configuration.rebind()).isEmpty();
    assertThat(jobs.applied.get(0).finders()).isEmpty();
    assertThat(heard.warnings).hasSize(2).allMatch(w -> w.contains("not found in type config"));
    assertThat(configuration.snapshot().section("rule_files", List.class)).isEmpty();
    assertThat(catchThrowableOfType(ConfigProblems.class, configuration::reload).problems())
        .hasSize(2);
  }

  @Test
  void leavesOutANewSectionThatRefuses() throws Exception {
    Configuration configuration = loaded("rule_files: [a]\n");
    Watched<List<String>> late = new Watched<>("late", ConfigShape.listOf(String.class), 0, log);
    late.preparation =
        (config, snapshot) -> {
          throw new ConfigException("no");
        };
    extensions.all.add(late);
    log.clear();
    assertThat(configuration.rebind()).extracting(Problem::path).containsExactly("late");
    assertThat(log).contains("apply rule_files").doesNotContain("apply late");
    assertThat(configuration.lastLoadSucceeded()).isTrue();
  }

  @Test
  void keepsEverythingWhenAnOldSectionRefusesToBeRebound() throws Exception {
    Configuration configuration = loaded("rule_files: [a]\n");
    rules.preparation =
        (config, snapshot) -> {
          throw new ConfigException("no");
        };
    log.clear();
    assertThat(catchThrowableOfType(ConfigProblems.class, configuration::rebind))
        .hasMessage("prometheus.yml:1:13: rule_files: no");
    assertThat(log).noneMatch(l -> l.startsWith("apply"));
  }

  @Test
  void holdsNothingOfAPluginThatHasGone() throws Exception {
    Configuration configuration =
        loaded("scrape_configs: [{job_name: a, consul_sd_configs: [{server: x}]}]\n");
    WeakReference<Object> gone = new WeakReference<>(takeOut(ConsulFinder.class));
    configuration.rebind();
    for (int i = 0; i < 50 && gone.get() != null; i++) {
      System.gc();
    }
    assertThat(gone.get()).isNull();
    assertThat(configuration.yaml()).contains("job_name: a").doesNotContain("consul");
  }

  private Object takeOut(Class<?> type) {
    Object found = extensions.all(type).get(0);
    extensions.all.remove(found);
    return found;
  }

  // ---- automatic reload

  @Test
  void reloadsWhenAFileThatBelongsToItComesGoesOrChanges() throws Exception {
    rules.namesFiles = true;
    Path more = Files.createDirectory(directory.resolve("more"));
    Path first = Files.writeString(more.resolve("a.yml"), "one");
    Configuration configuration = loaded("rule_files: ['more/*.yml', missing.yml]\n");
    assertThat(configuration.fileChanged()).isFalse();
    for (Path file : List.of(first, more.resolve("b.yml"))) {
      Files.writeString(file, "two");
      assertThat(configuration.fileChanged()).as("%s is another", file).isTrue();
      configuration.reload();
      assertThat(configuration.fileChanged()).isFalse();
    }
    Files.writeString(more.resolve("c.txt"), "not meant");
    assertThat(configuration.fileChanged()).isFalse();
    Files.delete(first);
    assertThat(configuration.fileChanged()).isTrue();
    write("rule_files: []\n");
    configuration.reload();
    Files.writeString(first, "three");
    assertThat(configuration.fileChanged()).as("named no more").isFalse();
  }

  @Test
  void reloadsOncePerContent() throws Exception {
    Configuration configuration = loaded("rule_files: [a]\n");
    AutoReload reload = new AutoReload(configuration, null);
    reload.look();
    assertThat(heard.log).hasSize(1);
    write("rule_files: [b]\n");
    assertThat(configuration.fileChanged()).isTrue();
    reload.look();
    assertThat(rules.applied).containsExactly("b");
    write("rule_files: {}\n");
    reload.look();
    reload.look();
    assertThat(heard.log).hasSize(3);
    Files.delete(directory.resolve("prometheus.yml"));
    reload.look();
    reload.look();
    assertThat(heard.log).hasSize(4);
    assertThat(rules.applied).containsExactly("b");
  }

  // ---- what is shown

  @Test
  void listsFlagsWithTheValuesInForce() throws Exception {
    role = role("web: {listen_addresses: [':1', ':2']}\n");
    Configuration configuration =
        loaded(
            "web: {token: hunter2, max_connections: 9}\n",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=d");
    assertThat(configuration.flags())
        .containsEntry("web.listen-address", ":1,:2")
        .containsEntry("web.max-connections", "9")
        .containsEntry("web.token", "<secret>")
        .containsEntry("web.read-timeout", "5m")
        .containsEntry("config.file", "prometheus.yml")
        .containsEntry("storage.tsdb.path", "d")
        .containsEntry("data.path", "d")
        .containsEntry("log.level", "info")
        .containsEntry("enable-feature", "")
        .doesNotContainKeys("help", "version", "web.other");
  }

  @Test
  void showsTheFileWithDefaultsAndWithoutSecrets() throws Exception {
    Configuration configuration =
        loaded(
            """
            scrape_configs:
              - job_name: a
                basic_auth: {username: u, password: hunter2}
                consul_sd_configs: [{server: x, token: hunter2}]
            """,
            "--web.token=hunter2");
    assertThat(configuration.yaml())
        .isEqualTo(
            """
            global:
              scrape_interval: 1m
              scrape_timeout: 10s
              evaluation_interval: 1m
              metric_name_validation_scheme: utf8
            scrape_configs:
            - job_name: a
              metrics_path: /metrics
              honor_timestamps: true
              basic_auth:
                username: u
                password: <secret>
              follow_redirects: true
              enable_http2: true
              consul_sd_configs:
              - server: x
                refresh: 30s
                token: <secret>
            """);
  }

  @Test
  void showsOnlyWhatTheProgramKnowsUnlessTheFileSaysMore() throws Exception {
    Configuration configuration =
        loaded("scrape_configs: [{job_name: a}]\n", "--collector.speed=7");
    assertThat(configuration.yaml())
        .startsWith("global:\n")
        .doesNotContain("exporters", "storage", "web");
    configuration = loaded("exporters: {node: }\nstorage: {memory: {}, backend: memory}\n");
    assertThat(configuration.yaml())
        .contains("exporters:\n  node:\n    speed: 3\n", "storage:\n  backend: memory\n")
        .doesNotContain("engine");
  }

  @Test
  void whatIsShownCanBeLoaded() throws Exception {
    Configuration configuration =
        loaded(
            """
            global: {external_labels: {a: b}}
            rule_files: [x]
            storage: {memory: {}}
            scrape_configs: [{job_name: a, static_configs: [{targets: [b]}]}]
            """);
    String shown = configuration.yaml();
    assertThat(loaded(shown).yaml()).isEqualTo(shown);
  }

  @Test
  void problemsOfTypeStandBelowPrometheussHeading() throws Exception {
    write(
        """
        scrape_configs:
          - job_name: [a]
            static_configs: []
          - job_name: b
            honor_timestamps: maybe
            unknown: 1
            scrape_interval: soon
        """);
    ConfigProblems e = catchThrowableOfType(ConfigProblems.class, () -> configuration().load());
    assertThat(e.report().get(0))
        .isEqualTo("parsing YAML file prometheus.yml: yaml: unmarshal errors:");
    assertThat(e.report().subList(1, e.report().size()))
        .anySatisfy(line ->
            assertThat(line)
                .startsWith("  prometheus.yml:2:15: scrape_configs[0].job_name: cannot"))
        .anySatisfy(line ->
            assertThat(line)
                .startsWith("  prometheus.yml:6:5: ")
                .contains("field unknown not found"));
    assertThat(e.getMessage()).doesNotContain("unmarshal errors");
  }

  @Test
  void showsWhatASectionComesToWhereItSays() throws Exception {
    rules.shown = List.of("all of them");
    Configuration configuration = loaded("rule_files: [some]");
    assertThat(configuration.yaml()).endsWith("rule_files:\n- all of them\n");
    Object bound = configuration.snapshot().section("rule_files", List.class).orElseThrow();
    assertThat(bound).isEqualTo(List.of("some"));
  }

  @Test
  void writesHelpForWhatIsLoaded() {
    assertThat(configuration().help())
        .startsWith("usage: prometheus [<flags>]\n\nA server.\n")
        .contains("--collector.speed=3", "--web.route-prefix=\"\"", "--storage.backend=\"\"")
        .doesNotContain("--web.limit", "--web.other");
    extensions.all.clear();
    assertThat(configuration().help()).doesNotContain("--collector.speed");
    role = role("web: {listen_addresses: [':1'], max_connections: 5}\n");
    assertThat(configuration().help())
        .contains("--web.listen-address=:1 ...", "--web.max-connections=5");
  }

  private static final class NullSection implements ConfigSection<List<String>> {
    @Override
    public String key() {
      return "nothing";
    }

    @Override
    public ConfigShape<List<String>> shape() {
      return ConfigShape.listOf(String.class);
    }

    @Override
    public Prepared prepare(List<String> config, ConfigSnapshot snapshot) {
      return null;
    }
  }

  record Slow(String text) {
    Slow {
      if (!text.isEmpty()) {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  record Engine(@Flag(value = "engine.limit", help = "Limit.") @Default("7") int limit) {}

  private record FakeStorage(String name) implements StorageProvider<Engine> {
    @Override
    public Class<Engine> configType() {
      return Engine.class;
    }

    @Override
    public Storage create(Engine config, StorageContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class FakeEngine implements QueryEngineProvider<Provider.NoConfig> {
    @Override
    public String name() {
      return "promql";
    }

    @Override
    public Class<Provider.NoConfig> configType() {
      return Provider.NoConfig.class;
    }

    @Override
    public QueryEngine create(Provider.NoConfig config, QueryEngineContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Heard implements ConfigListener {
    final List<String> log = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    @Override
    public void loaded(Instant at) {
      log.add("loaded " + at);
    }

    @Override
    public void failed(ConfigProblems problems) {
      log.add("failed " + problems.getMessage());
    }

    @Override
    public void warning(String message) {
      warnings.add(message);
    }
  }
}
