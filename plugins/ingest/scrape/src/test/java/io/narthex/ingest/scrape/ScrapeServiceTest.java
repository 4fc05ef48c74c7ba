package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import io.narthex.api.http.JdkCaller;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Program;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.Storage;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.kernel.config.RecordText;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrapeServiceTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<JdkCaller> clients = new ArrayList<>();
  private Storage storage;
  private ScrapeService service;
  private ScrapeConfigsSection section;
  private HttpServer server;
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private volatile String exposition = "a 1\n";
  private String address;

  private final class Clients implements HttpClients {
    @Override
    public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory)
        throws IOException {
      if (!config.tlsConfig().caFile().isEmpty()) {
        throw new IOException("cannot read " + config.tlsConfig().caFile());
      }
      JdkCaller client = new JdkCaller(config);
      clients.add(client);
      return client;
    }
  }

  private record LateProgram(AtomicReference<String> known) implements Program {
    @Override
    public String name() {
      return "prometheus";
    }

    @Override
    public String role() {
      return "prometheus";
    }

    @Override
    public String title() {
      return "Prometheus Server";
    }

    @Override
    public String version() {
      return "0.1";
    }

    @Override
    public String standsInFor() {
      return known.get();
    }

    @Override
    public String revision() {
      return "";
    }

    @Override
    public Instant startedAt() {
      return Instant.EPOCH;
    }

    @Override
    public Path home() {
      return Path.of("");
    }
  }

  private record Snapshot(GlobalConfig global, Path baseDirectory, List<String> included)
      implements ConfigSnapshot {
    @Override
    public <C> Optional<C> section(String key, Class<C> type) {
      return key.equals("scrape_config_files")
          ? Optional.of(type.cast(included))
          : Optional.empty();
    }
  }

  @BeforeEach
  void open() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = Fakes.gzip(exposition.getBytes(java.nio.charset.StandardCharsets.UTF_8));
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
          requests.add(
              exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("User-Agent"));
        });
    server.start();
    address = "127.0.0.1:" + server.getAddress().getPort();
    storage = Fakes.storage();
    // As the kernel does it: plugins are made before the role is known.
    AtomicReference<String> standsInFor = new AtomicReference<>("");
    service =
        new ScrapeService(
            Current.of(storage),
            Fakes.extensions(),
            new LateProgram(standsInFor),
            new Features(Set.of()),
            Clock.systemUTC(),
            registry);
    standsInFor.set("3.14.0");
    section =
        new ScrapeConfigsSection(
            service, new Clients(), new RecordFiles(Fakes.extensions()), new Features(Set.of()));
  }

  @AfterEach
  void close() throws Exception {
    service.stop();
    service.stop();
    server.stop(0);
    storage.close();
  }

  private static ScrapeConfig config(String job, Map<String, Object> components) {
    Map<String, Object> all = new HashMap<>(components);
    all.put("jobName", job);
    all.putIfAbsent("scrapeInterval", Duration.ofMillis(500));
    return Defaults.with(ScrapeConfig.class, all);
  }

  private Prepared prepare(ScrapeConfig... configs) throws ConfigException {
    return section.prepare(
        List.of(configs), new Snapshot(Defaults.of(GlobalConfig.class), Path.of(""), List.of()));
  }

  private void apply(ScrapeConfig... configs) throws ConfigException {
    prepare(configs).apply();
  }

  private String request() throws InterruptedException {
    String request = requests.poll(30, TimeUnit.SECONDS);
    assertThat(request).as("a request within 30 s").isNotNull();
    return request;
  }

  private List<TargetsView.Pool> view() {
    return targets().pools();
  }

  private ScrapeTargets targets() {
    return new ScrapeTargets(service, new RecordText(), FakeHost.at("http://out.example"));
  }

  @Test
  void scrapesWhatIsConfiguredAndShowsIt() throws Exception {
    apply(
        config(
            "web",
            Map.of(
                "discovery", List.of(Fakes.statics(address)),
                "params", Map.of("x", List.of("y")))));
    service.start();
    assertThat(request()).isEqualTo("/metrics?x=y Prometheus/3.14.0");
    // The third request shows that what the first one brought has been stored.
    request();
    request();
    assertThat(Fakes.stored(storage))
        .containsKey(
            Labels.of("__name__", "a", "instance", address, "job", "web").toSeriesString());
    TargetsView.Pool pool = view().get(0);
    assertThat(pool.name()).isEqualTo("web");
    TargetsView.Target target = pool.active().get(0);
    assertThat(target.health()).isEqualTo("up");
    assertThat(target.lastError()).isEmpty();
    assertThat(target.lastScrape()).isPresent();
    assertThat(target.labels()).isEqualTo(Labels.of("instance", address, "job", "web"));
    assertThat(target.scrapeUrl()).isEqualTo("http://" + address + "/metrics?x=y");
    assertThat(target.globalUrl())
        .isEqualTo("http://out.example:" + server.getAddress().getPort() + "/metrics?x=y");
    assertThat(registry.scrape().stream().map(MetricSnapshot::getMetadata).map(m -> m.getName()))
        .contains(
            "prometheus_target_interval_length_seconds",
            "prometheus_target_interval_length_histogram_seconds",
            "prometheus_target_scrape_duration_seconds",
            "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit",
            "prometheus_target_scrape_pools",
            "prometheus_target_scrape_pool_symboltable_items",
            "prometheus_target_scrape_pool_targets",
            "prometheus_sd_discovered_targets",
            "prometheus_target_scrapes_sample_out_of_order",
            "prometheus_target_metadata_cache_entries");
  }

  @Test
  void showsTheConfigurationOfAPoolWithWhatComesFromGlobal() throws Exception {
    apply(
        config(
            "web",
            Map.of(
                "http",
                Defaults.with(
                    HttpClientConfig.class,
                    Map.of(
                        "basicAuth",
                        Defaults.with(
                            HttpClientConfig.BasicAuth.class,
                            Map.of("username", "u", "password", Secret.of("hunter2"))))),
                "relabelConfigs",
                List.of(
                    new RelabelConfig(
                        List.of("a"), ";", null, 0, "b", null, RelabelConfig.Action.REPLACE)),
                "discovery",
                List.of(Fakes.statics(address)))));
    assertThat(targets().configuration("web").orElseThrow())
        .startsWith(
            """
            job_name: web
            honor_timestamps: true
            track_timestamps_staleness: false
            scrape_interval: 500ms
            scrape_timeout: 500ms
            scrape_protocols:
            - OpenMetricsText1.0.0
            - OpenMetricsText0.0.1
            - PrometheusText1.0.0
            - PrometheusText0.0.4
            scrape_native_histograms: false
            always_scrape_classic_histograms: false
            convert_classic_histograms_to_nhcb: false
            metrics_path: /metrics
            scheme: http
            enable_compression: true
            metric_name_validation_scheme: utf8
            metric_name_escaping_scheme: allow-utf-8
            extra_scrape_metrics: false
            basic_auth:
              username: u
              password: <secret>
            follow_redirects: true
            enable_http2: true
            relabel_configs:
            - source_labels:
              - a
              separator: ;
              regex: (.*)
              target_label: b
              replacement: $1
              action: replace
            """);
    assertThat(targets().configuration("nobody")).isEmpty();
  }

  @Test
  void showsJobsWithWhatComesFromGlobal() throws Exception {
    Prepared prepared = prepare(config("web", Map.of("scrapeInterval", Duration.ZERO)));
    assertThat(prepared.shown().orElseThrow())
        .asInstanceOf(InstanceOfAssertFactories.list(ScrapeConfig.class))
        .singleElement()
        .satisfies(shown -> {
          assertThat(shown.scrapeInterval()).isEqualTo(Duration.ofMinutes(1));
          assertThat(shown.scrapeTimeout()).isEqualTo(Duration.ofSeconds(10));
        });
    prepared.discard();
  }

  @Test
  void startsWithoutConfigurationAndTakesOneLater() throws Exception {
    service.start();
    assertThat(view()).isEmpty();
    apply(config("web", Map.of("discovery", List.of(Fakes.statics(address)))));
    request();
    assertThat(view()).hasSize(1);
  }

  @Test
  void aReloadKeepsUnchangedJobsAndEndsOthers() throws Exception {
    ScrapeConfig kept = config("kept", Map.of("discovery", List.of(Fakes.statics(address))));
    apply(kept, config("gone", Map.of("discovery", List.of(Fakes.statics(address)))));
    service.start();
    request();
    request();
    apply(
        config("kept", Map.of("discovery", List.of(Fakes.statics(address)))),
        config("new", Map.of("discovery", List.of(Fakes.statics(address)))));
    assertThat(clients).hasSize(3);
    assertThat(clients.get(0).isClosed()).isFalse();
    assertThat(view().stream().map(TargetsView.Pool::name)).containsExactly("kept", "new");
    request();
  }

  @Test
  void aReloadOfAChangedJobKeepsTheStateOfItsTargets() throws Exception {
    // Long enough not to fail on a busy machine.
    Map<String, Object> slowly =
        Map.of(
            "discovery", List.of(Fakes.statics(address)), "scrapeInterval", Duration.ofSeconds(2));
    apply(config("web", slowly));
    service.start();
    request();
    request();
    Map<String, Object> changed = new HashMap<>(slowly);
    changed.put("sampleLimit", 100L);
    apply(config("web", changed));
    TargetsView.Target target = view().get(0).active().get(0);
    assertThat(target.lastScrape()).isPresent();
    assertThat(target.health()).isEqualTo("up");
    requests.clear();
    request();
    request();
    assertThat(Fakes.stored(storage).toString()).doesNotContain("stale");
  }

  @Test
  void tooManyTargetsFailAllOfThem() throws Exception {
    apply(
        config(
            "web", Map.of("discovery", List.of(Fakes.statics(address, "b:1")), "targetLimit", 1L)));
    service.start();
    List<TargetsView.Target> targets = view().get(0).active();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while ((targets.size() < 2 || !targets.get(1).health().equals("down"))
        && System.nanoTime() < end) {
      Thread.onSpinWait();
      targets = view().get(0).active();
    }
    assertThat(targets.get(1).lastError())
        .isEqualTo("target_limit exceeded (number of targets: 2, limit: 1)");
    assertThat(requests).isEmpty();
  }

  @Test
  void aDiscardedConfigurationLeavesNothingOpen() throws Exception {
    prepare(config("web", Map.of())).discard();
    assertThat(clients).allMatch(JdkCaller::isClosed);
  }

  @Test
  void refusesTheSameJobTwice() {
    assertThatThrownBy(() -> prepare(config("a", Map.of()), config("a", Map.of())))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.path()).isEqualTo("[1]"))
        .hasMessage("found multiple scrape configs with job name \"a\"");
  }

  @Test
  void refusesUrlsAsStaticTargetsUnlessRelabelled() throws Exception {
    Map<String, Object> url = Map.of("discovery", List.of(Fakes.statics("http://bad")));
    assertThatThrownBy(() -> prepare(config("a", url)))
        .isInstanceOfSatisfying(
            ConfigException.class, e -> assertThat(e.path()).isEqualTo("[0].static_configs"))
        .hasMessage("\"http://bad\" is not a valid hostname");
    Map<String, Object> relabelled = new HashMap<>(url);
    relabelled.put(
        "relabelConfigs", List.of(Defaults.with(RelabelConfig.class, Map.of("targetLabel", "x"))));
    prepare(config("a", relabelled)).discard();
  }

  @Test
  void reportsFilesThatCannotBeRead() {
    HttpClientConfig http =
        Defaults.with(
            HttpClientConfig.class,
            Map.of(
                "tlsConfig",
                Defaults.with(HttpClientConfig.TlsConfig.class, Map.of("caFile", "ca.pem"))));
    assertThatThrownBy(() -> prepare(config("ok", Map.of()), config("a", Map.of("http", http))))
        .isInstanceOf(ConfigException.class)
        .hasMessage("error creating HTTP client: cannot read ca.pem");
    assertThat(clients).allMatch(JdkCaller::isClosed);
  }

  @Test
  void writesFailedScrapesToTheirFile(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("failures.log");
    exposition = "oops\n";
    apply(
        config(
            "web",
            Map.of(
                "discovery",
                List.of(Fakes.statics(address)),
                "scrapeFailureLogFile",
                file.toString())));
    service.start();
    request();
    request();
    request();
    assertThat(Files.readAllLines(file).get(0))
        .contains("\"level\":\"ERROR\"", "\"job_name\":\"web\"", "expected value after metric");
  }

  @Test
  void settingsAreTakenFromTheirSection() {
    ScrapeSettings settings = Defaults.of(ScrapeSettings.class);
    assertThat(settings.adjustTimestamps()).isTrue();
    assertThat(settings.timestampTolerance()).isEqualTo(Duration.ofMillis(2));
    assertThat(settings.discoveryReloadInterval()).isEqualTo(Duration.ofSeconds(5));
    ScrapeSettingsSection own = new ScrapeSettingsSection(service);
    assertThat(own.key()).isEqualTo("scrape");
    assertThat(own.order()).isLessThan(section.order());
  }

  // Further files

  private Prepared prepareWith(Path directory, ScrapeConfig[] configs, String... files)
      throws ConfigException {
    return section.prepare(
        List.of(configs), new Snapshot(Defaults.of(GlobalConfig.class), directory, List.of(files)));
  }

  @Test
  void takesJobsOfFurtherFilesAlong(@TempDir Path directory) throws Exception {
    Path jobs = Files.createDirectory(directory.resolve("jobs"));
    Files.writeString(jobs.resolve("a.yml"), "scrape_configs: [{job_name: a}]");
    Files.writeString(
        jobs.resolve("b.yml"),
        "scrape_configs: [{job_name: b, static_configs: [{addresses: ['b:1']}]}]");
    Files.writeString(jobs.resolve("c.json"), "{\"scrape_configs\": [{\"job_name\": \"c\"}]}");
    prepareWith(directory, new ScrapeConfig[] {config("main", Map.of())}, "jobs/*.yml").apply();
    assertThat(service.jobs().keySet()).containsExactly("main", "a", "b");
    assertThat(service.jobs().get("b").directory()).isEqualTo(jobs);
    assertThat(service.jobs().get("b").job().config().discovery()).hasSize(1);
    int before = clients.size();
    prepareWith(directory, new ScrapeConfig[] {config("main", Map.of())}, "jobs/*.yml").apply();
    assertThat(clients).as("nothing has changed").hasSize(before);
    Files.writeString(
        jobs.resolve("a.yml"), "scrape_configs: [{job_name: a, sample_limit: 5}, {job_name: d}]");
    Files.delete(jobs.resolve("b.yml"));
    prepareWith(directory, new ScrapeConfig[] {config("main", Map.of())}, "jobs/*.yml").apply();
    assertThat(service.jobs().keySet()).containsExactlyInAnyOrder("main", "a", "d");
    assertThat(service.jobs().get("a").job().sampleLimit()).isEqualTo(5);
    assertThat(clients).hasSize(before + 2);
  }

  @Test
  void saysWhatIsWrongWithFurtherFiles(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("a.yml"), "scrape_configs: [{job_name: a}]");
    Files.writeString(
        directory.resolve("slow.yml"), "scrape_configs: [{job_name: s, scrape_timeout: 2m}]");
    Files.writeString(directory.resolve("odd.yml"), "scrape_configs: [{job: s}]");
    ScrapeConfig[] a = {config("a", Map.of())};
    ScrapeConfig[] none = {};
    String quoted = "\"" + directory.resolve("a.yml") + "\"";
    assertThatThrownBy(() -> prepareWith(directory, a, "a.yml"))
        .hasMessage(
            quoted
                + ": found multiple scrape configs with job name \"a\", first found in main config"
                + " file");
    assertThatThrownBy(() -> prepareWith(directory, none, "a.yml", "?.yml"))
        .hasMessage(
            quoted
                + ": found multiple scrape configs with job name \"a\", first found in "
                + quoted);
    assertThatThrownBy(() -> prepareWith(directory, none, "slow.yml"))
        .hasMessage(
            "\""
                + directory.resolve("slow.yml")
                + "\": scrape timeout greater than scrape interval for scrape config with job name"
                + " \"s\"");
    assertThatThrownBy(() -> prepareWith(directory, none, "odd.yml"))
        .hasMessageStartingWith("\"" + directory.resolve("odd.yml") + "\": ")
        .hasMessageContaining("odd.yml:1:")
        .hasMessageContaining("field job not found");
    prepareWith(directory, none, "missing.yml").discard();
    ScrapeConfigFilesSection names = new ScrapeConfigFilesSection();
    assertThatThrownBy(() ->
            names.prepare(
                List.of("a/*.yml", "b/*/*"),
                new Snapshot(Defaults.of(GlobalConfig.class), directory, List.of())))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.path()).isEqualTo("[1]"))
        .hasMessage("invalid scrape config file path \"b/*/*\"");
    assertThat(names.order()).isLessThan(section.order());
  }

  @Test
  void prometheussOwnFilesAreJudgedAsTheyShould() throws Exception {
    Path folder = conformance();
    assumeTrue(folder != null, "no shared/conformance/config");
    List<String> checked = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("bad_expectations.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (columns[1].equals("resolve")) {
        checked.add(columns[0]);
        assertThatThrownBy(() -> load(folder.resolve("testdata"), columns[0]))
            .as(columns[0])
            .hasMessageContaining(columns[2]);
      }
    }
    assertThat(checked).hasSize(3);
    for (String good :
        List.of("scrape_config_files_combined.good.yml", "scrape_config_files_only.good.yml")) {
      load(folder.resolve("testdata"), good).discard();
    }
  }

  /** What such a file may have. */
  record MainFile(List<String> scrapeConfigFiles, List<ScrapeConfig> scrapeConfigs) {}

  private Prepared load(Path directory, String name) throws Exception {
    MainFile file =
        new RecordFiles(Fakes.extensions()).read(directory.resolve(name), MainFile.class);
    return prepareWith(
        directory,
        file.scrapeConfigs().toArray(new ScrapeConfig[0]),
        file.scrapeConfigFiles().toArray(new String[0]));
  }

  private static Path conformance() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/conformance/config/prometheus");
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    System.out.println("SKIPPED: no shared/conformance/config above");
    return null;
  }
}
