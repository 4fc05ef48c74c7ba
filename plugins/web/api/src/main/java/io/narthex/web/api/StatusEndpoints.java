package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Plugins;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageStatus;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code status/buildinfo}, {@code status/runtimeinfo}, {@code status/config}, {@code
 * status/flags}, {@code plugins} and {@code /version}.
 */
final class StatusEndpoints {
  private static final String ROUTE_PREFIX = "web.route-prefix";
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private final Program program;
  private final Plugins plugins;
  private final RunningConfiguration configuration;
  private final Current<Storage> storage;
  private final Clock clock;

  StatusEndpoints(
      Program program,
      Plugins plugins,
      RunningConfiguration configuration,
      Current<Storage> storage,
      Clock clock) {
    this.program = program;
    this.plugins = plugins;
    this.configuration = configuration;
    this.storage = storage;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/version", this::version),
        Route.get("/api/v1/status/buildinfo", new Endpoint(this::buildInfo)),
        Route.get("/api/v1/status/runtimeinfo", new Endpoint(this::runtimeInfo)),
        Route.get("/api/v1/status/config", new Endpoint(this::config)),
        Route.get("/api/v1/status/flags", new Endpoint(this::flags)),
        Route.get("/api/v1/plugins", new Endpoint(this::plugins)));
  }

  /**
   * The version is that of the Prometheus that Narthex stands in for: Grafana and others switch
   * features on by it. There is no key {@code features}, which Grafana would take for another
   * product.
   */
  private void buildInfo(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    build(json);
  }

  /** The same outside of the API, as plain text. */
  private void version(WebRequest request, WebResponse response) throws IOException {
    response.header("Content-Type", "text/plain; charset=utf-8");
    try (OutputStream out = response.body()) {
      JsonStream json = new JsonStream(out);
      build(json);
      json.flush();
      out.write('\n');
    }
  }

  private void build(JsonStream json) throws IOException {
    json.beginObject();
    json.key("version").value(program.standsInFor());
    json.key("revision").value(program.revision());
    json.key("branch").value("narthex-" + program.version());
    json.key("buildUser").value("");
    json.key("buildDate").value("");
    json.key("goVersion").value("java" + Runtime.version().feature());
    json.endObject();
  }

  /**
   * What belongs to Go has a counterpart of the JVM where there is one: threads of the platform for
   * goroutines, processors, the largest heap.
   */
  private void runtimeInfo(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    Optional<StorageStatus> status =
        storage.find().filter(StorageStatus.class::isInstance).map(StorageStatus.class::cast);
    json.beginObject();
    json.key("startTime").value(GoTime.text(program.startedAt()));
    json.key("CWD").value(Path.of("").toAbsolutePath().toString());
    json.key("hostname").value(hostname());
    json.key("serverTime").value(GoTime.text(clock.instant()));
    json.key("reloadConfigSuccess").value(configuration.lastLoadSucceeded());
    json.key("lastConfigTime")
        .value(GoTime.text(configuration.loadedAt().truncatedTo(ChronoUnit.SECONDS)));
    json.key("corruptionCount").value(status.map(StorageStatus::corruptions).orElse(0L));
    json.key("goroutineCount").value(ManagementFactory.getThreadMXBean().getThreadCount());
    json.key("GOMAXPROCS").value(Runtime.getRuntime().availableProcessors());
    json.key("GOMEMLIMIT").value(Runtime.getRuntime().maxMemory());
    json.key("GOGC").value("");
    json.key("GODEBUG").value("");
    json.key("storageRetention").value(status.map(StorageStatus::retention).orElse(""));
    json.endObject();
  }

  /**
   * The kernel's name of this machine, so that no name server is asked; empty where it has none.
   */
  private static String hostname() {
    try {
      return Files.readString(HOSTNAME).strip();
    } catch (IOException e) {
      return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "");
    }
  }

  private void config(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject().key("yaml").value(configuration.yaml()).endObject();
  }

  private void flags(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    TreeMap<String, String> flags = new TreeMap<>(configuration.flags());
    flags.computeIfPresent(
        ROUTE_PREFIX,
        (name, given) -> routePrefix(given, flags.getOrDefault("web.external-url", "")));
    json.strings(flags);
  }

  /** What holds, as Prometheus shows it: where none is given, the path of the external URL. */
  private static String routePrefix(String given, String externalUrl) {
    String path = given;
    if (given.isEmpty()) {
      int host = externalUrl.indexOf("://");
      int slash = externalUrl.indexOf('/', host < 0 ? 0 : host + 3);
      path = slash < 0 ? "" : externalUrl.substring(slash);
    }
    return "/" + path.replaceAll("^/+|/+$", "");
  }

  private void plugins(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject().key("plugins").beginArray();
    for (Plugins.Status plugin : plugins.all()) {
      json.beginObject();
      json.key("id").value(plugin.id());
      json.key("version").value(plugin.version());
      json.key("state").value(plugin.state().name());
      json.key("reason").value(plugin.reason());
      json.key("description").value(plugin.description());
      json.key("provider").value(plugin.provider());
      json.key("bundled").value(plugin.bundled());
      json.key("extensions").strings(plugin.extensions());
      json.endObject();
    }
    json.endArray().endObject();
  }
}
