package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.alert.AlertmanagersView;
import io.narthex.api.alert.RulesView;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.FakeProgram;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Plugins;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.narthex.kernel.config.RecordFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All endpoints over fakes. The clock stands at 100.5 s. */
final class Api {
  final FakeEngine engine = new FakeEngine();
  final FakeStorage storage = new FakeStorage();
  Storage storageInUse = storage;
  final List<TargetsView> views = new ArrayList<>();
  final List<RulesView> rules = new ArrayList<>();
  final List<AlertmanagersView> alertmanagers = new ArrayList<>();
  final List<Plugins.Status> plugins = new ArrayList<>();
  final Map<String, String> flags = new LinkedHashMap<>();
  boolean storageIsThere = true;
  final Map<String, String> externalLabels = new LinkedHashMap<>();
  final QueryTurns turns = new QueryTurns();
  String yaml = "";

  @Nullable Instant failedAt;

  final Map<String, Object> sections = new LinkedHashMap<>();
  final List<Object> extensions = new ArrayList<>();
  final PrometheusRegistry own = new PrometheusRegistry();

  final Notifications notifications =
      new Notifications(
          new TestConfiguration(),
          new PrometheusRegistry(),
          Clock.fixed(Instant.ofEpochMilli(100_500), ZoneOffset.UTC));

  final List<Route> routes =
      new ApiRoutes(
              () -> Optional.of(engine),
              () -> storageIsThere ? Optional.of(storageInUse) : Optional.empty(),
              new TestExtensions(),
              new Features(Set.of("search-api")),
              () -> List.copyOf(plugins),
              FakeProgram.prometheus(),
              new TestConfiguration(),
              new RecordFiles(),
              notifications,
              new OwnMetrics(),
              new PrometheusRegistry(),
              new TestHost(),
              Clock.fixed(Instant.ofEpochMilli(100_500), ZoneOffset.UTC),
              turns)
          .routes();

  /** Sends parameters, name and value in turn, to the endpoint of a route's path. */
  FakeResponse call(String path, String... parameters) throws Exception {
    FakeRequest request = FakeRequest.get("/");
    for (int i = 0; i < parameters.length; i += 2) {
      request.with(parameters[i], parameters[i + 1]);
    }
    return call(path, request);
  }

  /** What is asked for and answered must be as the API describes itself. */
  FakeResponse call(String path, FakeRequest request) throws Exception {
    FakeResponse response = new FakeResponse();
    Route route = route(path);
    route.handler().handle(request, response);
    Contract.of(routes).check(route, request, response);
    return response;
  }

  Route route(String path) {
    return routes.stream()
        .filter(r -> r.path().equals(path.startsWith("/") ? path : "/api/v1/" + path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no route " + path));
  }

  /** The {@code data} of a success, and what comes behind it. */
  String data(String path, String... parameters) throws Exception {
    return data(call(path, parameters));
  }

  static String data(FakeResponse response) {
    String answer = response.text();
    String lead = "{\"status\":\"success\",\"data\":";
    if (response.status() != 200 || !answer.startsWith(lead)) {
      throw new AssertionError("no success: " + response.status() + " " + answer);
    }
    return answer.substring(lead.length(), answer.length() - 1);
  }

  /** An error as {@code status errorType: error}. */
  String error(String path, String... parameters) throws Exception {
    return error(call(path, parameters));
  }

  static String error(FakeResponse response) {
    String answer = response.text();
    String lead = "{\"status\":\"error\",\"errorType\":\"";
    if (!answer.startsWith(lead) || !answer.endsWith("\"}")) {
      throw new AssertionError("no error: " + response.status() + " " + answer);
    }
    return response.status()
        + " "
        + answer
            .substring(lead.length(), answer.length() - 2)
            .replaceFirst("\",\"error\":\"", ": ")
            .replace("\\\"", "\"");
  }

  private final class TestHost implements WebHost {
    @Override
    public URI externalUrl() {
      return URI.create("https://example.org/prefix");
    }

    @Override
    public List<InetSocketAddress> addresses() {
      return List.of();
    }

    @Override
    public List<Routes.MenuEntry> menu() {
      return List.of();
    }

    @Override
    public List<Route> routes() {
      return routes;
    }

    @Override
    public Server open(ServerConfig config, List<Route> own) {
      throw new UnsupportedOperationException("no server is opened here");
    }
  }

  private final class TestExtensions implements Extensions {
    @Override
    public <T> List<T> all(Class<T> type) {
      return Stream.of(views, rules, alertmanagers, extensions)
          .flatMap(List::stream)
          .filter(type::isInstance)
          .map(type::cast)
          .toList();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
      return () -> {};
    }
  }

  private final class OwnMetrics implements MetricsPage {
    @Override
    public MetricSnapshots own() {
      return own.scrape();
    }

    @Override
    public void send(WebRequest request, WebResponse response, MetricSnapshots snapshots) {
      throw new UnsupportedOperationException("nobody asks for that here");
    }
  }

  private final class TestConfiguration implements RunningConfiguration {
    @Override
    public String yaml() {
      return yaml;
    }

    @Override
    public Map<String, String> flags() {
      return flags;
    }

    @Override
    public ConfigSnapshot snapshot() {
      GlobalConfig global =
          Defaults.with(GlobalConfig.class, Map.of("externalLabels", externalLabels));
      return new FakeSnapshot(sections, global, Path.of(""));
    }

    @Override
    public Instant loadedAt() {
      return Instant.EPOCH;
    }

    @Override
    public boolean lastLoadSucceeded() {
      return true;
    }

    @Override
    public Optional<Instant> failedAt() {
      return Optional.ofNullable(failedAt);
    }
  }
}
