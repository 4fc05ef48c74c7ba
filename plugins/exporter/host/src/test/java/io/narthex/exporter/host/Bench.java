package io.narthex.exporter.host;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.plugin.FakeProgram;
import io.narthex.api.plugin.Program;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The plugin as the kernel would put it together, over fakes. */
final class Bench {
  static final Path BASE = Path.of("/etc/narthex");

  final FakeExtensions extensions = new FakeExtensions();
  final FakeHost host = new FakeHost();
  final FakePage page = new FakePage();
  final PrometheusRegistry registry = new PrometheusRegistry();
  final Exporters exporters = new Exporters(extensions, registry);
  final FakeRepeater repeater = new FakeRepeater();
  final ExportersSection section;
  final ExporterRoutes routes;

  Bench(String role) {
    this(role, Duration.ofSeconds(10));
  }

  Bench(String role, Duration making) {
    Program program = FakeProgram.of(role, role, "Node Exporter", "1.12.1");
    section =
        new ExportersSection(exporters, page, host, program, new ExporterMaker(making), repeater);
    routes = new ExporterRoutes(exporters, section, page, program);
  }

  FakeExporter plugin(String name) {
    FakeExporter exporter = new FakeExporter(name);
    extensions.come(exporter);
    return exporter;
  }

  Prepared prepare(ExportersConfig config) throws ConfigException {
    return section.prepare(config, FakeSnapshot.in(BASE));
  }

  void apply(ExportersConfig config) throws ConfigException {
    prepare(config).apply();
  }

  @SafeVarargs
  final void run(Configured<ExporterProvider<?>>... wanted) throws ConfigException {
    apply(config(Map.of(), wanted));
  }

  @SafeVarargs
  static ExportersConfig config(
      Map<String, ?> components, Configured<ExporterProvider<?>>... wanted) {
    Map<String, Object> all = new HashMap<>(components);
    List<Configured<ExporterProvider<?>>> list = new ArrayList<>();
    for (Configured<ExporterProvider<?>> one : wanted) {
      list.add(one);
    }
    all.put("exporters", list);
    return Defaults.with(ExportersConfig.class, all);
  }

  static ExportersConfig.Server server(String address, String... exporters) {
    return Defaults.with(
        ExportersConfig.Server.class,
        Map.of("listenAddresses", List.of(address), "exporters", List.of(exporters)));
  }

  Route route(String path) {
    return routes.routes().stream()
        .filter(r -> r.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no route " + path));
  }

  /** Asks one exporter of the main server. */
  String scrape(String name) throws Exception {
    return scrape(FakeRequest.get("/exporters/" + name + "/metrics").withPath("name", name));
  }

  String scrape(FakeRequest request) throws Exception {
    return get("/exporters/:name/metrics", request);
  }

  String get(String route, FakeRequest request) throws Exception {
    FakeResponse response = new FakeResponse();
    route(route).handler().handle(request, response);
    return response.text();
  }

  /** Repeats when a test says so. */
  static final class FakeRepeater implements Repeater {
    private Runnable action = () -> {};
    boolean running;

    @Override
    public Ending every(Duration pause, Runnable what) {
      action = what;
      running = true;
      return () -> running = false;
    }

    void tick() {
      action.run();
    }
  }
}
