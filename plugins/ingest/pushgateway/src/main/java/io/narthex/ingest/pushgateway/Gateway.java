package io.narthex.ingest.pushgateway;

import io.narthex.api.model.NameScheme;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.Handler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Pushgateway: its endpoints and what they work on. Statuses and texts are those of Pushgateway
 * 1.11.
 */
@Extension
public final class Gateway implements Routes {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROTOBUF =
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
          + " encoding=delimited";

  /** So old may be what is known of the process's own metrics when a push is checked. */
  private static final long OWN_NANOS = 10_000_000_000L;

  private final MetricsPage page;
  private final Program program;
  private final RunningConfiguration configuration;
  private final PushMetrics metrics;
  private final GroupStore store;
  private final Keeper keeper;
  private final Pages pages;

  private volatile PushgatewayConfig config = PushgatewayConfig.DEFAULT;
  private volatile boolean ready;
  private volatile Own own = new Own(Map.of(), Long.MIN_VALUE);

  private record Own(Map<String, FamilyIndex.Own> names, long at) {}

  /** Made by the kernel. */
  @Inject
  public Gateway(
      MetricsPage page,
      Program program,
      RunningConfiguration configuration,
      PrometheusRegistry registry,
      Clock clock) {
    this.page = page;
    this.program = program;
    this.configuration = configuration;
    this.metrics = new PushMetrics(registry);
    Keeper[] made = new Keeper[1];
    this.store = new GroupStore(clock, () -> made[0].changed());
    this.keeper = new Keeper(store);
    made[0] = keeper;
    this.pages = new Pages(program, configuration);
  }

  /** Takes the configuration. */
  void configure(PushgatewayConfig next) {
    config = next;
    store.ttl(next.groupTtl());
    keeper.configure(next.persistenceFile(), next.persistenceInterval());
  }

  void start() {
    keeper.start();
    ready = true;
  }

  void stop() {
    ready = false;
    keeper.stop();
  }

  /** Only where the program is a Pushgateway; else it has a server of its own, if any. */
  @Override
  public List<Route> routes() {
    return program.role().equals(PushgatewayRole.NAME) ? all() : List.of();
  }

  /** All endpoints. */
  List<Route> all() {
    List<Route> routes = new ArrayList<>();
    for (boolean base64 : new boolean[] {false, true}) {
      for (String rest : List.of("", "/*labels")) {
        String path = "/metrics/job" + (base64 ? "@base64" : "") + "/:job" + rest;
        boolean labels = !rest.isEmpty();
        routes.add(
            new Route(
                Set.of("PUT", "POST"),
                path,
                (request, response) -> push(request, response, base64, labels),
                PushBody.MAX_BYTES));
        routes.add(
            new Route(
                Set.of("DELETE"),
                path,
                counted("delete", (request, response) -> delete(request, response, base64, labels)),
                1 << 20));
      }
    }
    routes.add(Route.get("/-/healthy", counted("healthy", this::healthy)));
    routes.add(Route.get("/-/ready", counted("ready", this::healthy)));
    routes.add(
        Route.get(
            "/-/quit",
            (request, response) -> {
              response.status(405).header("Allow", "POST, PUT");
              response.send(TEXT, "Only POST or PUT requests allowed.");
            }));
    routes.add(Route.get("/api/v1/status", counted("api/v1/status", this::status)));
    routes.add(Route.get("/api/v1/metrics", counted("api/v1/metrics", this::groups)));
    routes.add(
        new Route(
            Set.of("OPTIONS"),
            "/api/v1/*path",
            counted(
                "api/v1/options", (request, response) -> api(response).status(200).body().close()),
            1 << 20));
    routes.add(new Route(Set.of("PUT"), "/api/v1/admin/wipe", this::wipe, 1 << 20));
    routes.add(Route.get("/metrics", this::get));
    routes.add(Route.get("/", this::get));
    routes.add(Route.get("/status", counted("status", pages::status)));
    routes.add(Route.get("/static/:name", pages::asset));
    routes.add(Route.get("/*path", this::get));
    routes.add(
        new Route(
            Set.of("PUT", "POST", "DELETE", "PATCH"),
            "/*path",
            (request, response) -> refuse(request.path(), response),
            PushBody.MAX_BYTES));
    return routes;
  }

  private void push(WebRequest request, WebResponse response, boolean base64, boolean rest)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    long bytes = 0;
    int code = 500;
    try {
      requireReady();
      PushgatewayConfig now = config;
      SortedMap<String, String> labels = key(request, base64, rest);
      byte[] body = PushBody.read(request);
      bytes = body.length;
      NameScheme scheme = scheme(now);
      var families = PushBody.families(body, request.header("Content-Type").orElse(""), scheme);
      boolean check = !now.disableConsistencyCheck();
      Optional<String> wrong =
          store.push(
              labels,
              families,
              request.method().equals("PUT"),
              check,
              scheme,
              check ? own() : Map.of());
      if (wrong.isPresent()) {
        log.debug(
            "pushed metrics are invalid or inconsistent with existing metrics method={} source={}"
                + " err=\"{}\"",
            request.method(),
            request.remoteAddress(),
            wrong.get());
      }
      if (wrong.isPresent() && check) {
        throw new HttpError(
            400,
            "pushed metrics are invalid or inconsistent with existing metrics: " + wrong.get());
      }
      code = check ? 200 : 202;
      response.status(code).body().close();
    } catch (HttpError e) {
      code = e.status();
      throw line(e);
    } finally {
      metrics.request("push", code, request.method());
      metrics.push(request.method(), bytes, (System.nanoTime() - began) / 1e9);
    }
  }

  private void delete(WebRequest request, WebResponse response, boolean base64, boolean rest)
      throws IOException {
    requireReady();
    store.delete(key(request, base64, rest));
    response.status(202).body().close();
  }

  private SortedMap<String, String> key(WebRequest request, boolean base64, boolean rest)
      throws HttpError {
    try {
      return GroupingKey.read(
          request.pathParameter("job"),
          base64,
          rest ? request.pathParameter("labels") : "",
          scheme(config));
    } catch (IllegalArgumentException e) {
      throw new HttpError(400, String.valueOf(e.getMessage()));
    }
  }

  private static NameScheme scheme(PushgatewayConfig config) {
    return config.enableUtf8Names() ? NameScheme.UTF8 : NameScheme.LEGACY;
  }

  /**
   * While the file is being read: a scrape would find the groups gone, and groups that are still to
   * come would come behind what is pushed now.
   */
  private void requireReady() throws HttpError {
    if (!ready) {
      throw new HttpError(503, "Service Unavailable");
    }
  }

  /** Ends the text with a line feed, as Go's errors do. */
  private static HttpError line(HttpError e) {
    String text = String.valueOf(e.getMessage());
    HttpError error = new HttpError(e.status(), text.endsWith("\n") ? text : text + "\n");
    error.addSuppressed(e);
    return error;
  }

  /** What the process exposes itself, as it was some seconds ago at most. */
  private Map<String, FamilyIndex.Own> own() throws InterruptedException {
    Own known = own;
    if (known.at != Long.MIN_VALUE && System.nanoTime() - known.at < OWN_NANOS) {
      return known.names;
    }
    Map<String, FamilyIndex.Own> names = new HashMap<>();
    for (Family family : OwnFamilies.of(page.own()).values()) {
      names.put(family.name(), new FamilyIndex.Own(family.type(), family.help()));
    }
    own = new Own(names, System.nanoTime());
    return names;
  }

  /** The telemetry path is configured, and routes are given before the configuration is known. */
  private void get(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    if (request.path().equals(config.telemetryPath())) {
      requireReady();
      metrics(request, response);
    } else if (request.path().equals("/")) {
      requireReady();
      counted("status", (q, a) -> pages.groups(q, a, store.groups(), config.groupTtl()))
          .handle(request, response);
    } else if (request.path().endsWith("/")
        && methods(request.path().substring(0, request.path().length() - 1)).startsWith("GET")) {
      String path = request.path().substring(0, request.path().length() - 1);
      response.status(301).header("Location", request.externalPathPrefix() + path).body().close();
    } else {
      refuse(request.path(), response);
    }
  }

  /** Tells a path that there is from one that there is not, whatever the method. */
  private void refuse(String path, WebResponse response) throws IOException {
    String methods = methods(path);
    if (methods.isEmpty()) {
      throw new HttpError(404, "404 page not found\n");
    }
    response.status(405).header("Allow", methods).send(TEXT, "Method Not Allowed\n");
  }

  /** What a path can be asked by, as upstream says it; empty for a path that there is not. */
  private String methods(String path) {
    if (path.equals(config.telemetryPath())) {
      return "GET, OPTIONS";
    }
    return switch (path) {
      case "/", "/status", "/-/healthy", "/-/ready", "/api/v1/status", "/api/v1/metrics" ->
          "GET, OPTIONS";
      case "/-/quit" -> "GET, OPTIONS, POST, PUT";
      case "/api/v1/admin/wipe" -> Pages.isAdmin(configuration) ? "OPTIONS, PUT" : "";
      default -> isGroup(path) ? "DELETE, OPTIONS, POST, PUT" : "";
    };
  }

  private static boolean isGroup(String path) {
    for (String begin : new String[] {"/metrics/job/", "/metrics/job@base64/"}) {
      if (path.startsWith(begin)
          && path.length() > begin.length()
          && path.charAt(begin.length()) != '/') {
        return true;
      }
    }
    return false;
  }

  private void metrics(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    SortedMap<String, Family> ours = OwnFamilies.of(page.own());
    String accept = request.header("Accept").orElse("");
    Exposition.Form form = Exposition.Form.TEXT;
    String type = "text/plain; version=0.0.4; charset=utf-8";
    if (wantsProtobuf(accept)) {
      form = Exposition.Form.PROTOBUF;
      type = PROTOBUF;
    } else if (config.enableUtf8Names() && accept.contains("escaping=allow-utf-8")) {
      form = Exposition.Form.QUOTED;
      type = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
    }
    response.header("Content-Type", type);
    try (OutputStream out = response.body()) {
      Exposition.write(store.families(), ours, form, out);
    }
  }

  /** Of the formats that are served, the first that the client names. */
  private static boolean wantsProtobuf(String accept) {
    for (String part : accept.split(",", 64)) {
      String wish = part.strip().toLowerCase(Locale.ROOT);
      if (wish.startsWith("application/vnd.google.protobuf")) {
        return wish.contains("encoding=delimited");
      }
      if (wish.startsWith("text/plain")) {
        return false;
      }
    }
    return false;
  }

  private void healthy(WebRequest request, WebResponse response) throws IOException {
    requireReady();
    response.send(TEXT, "OK");
  }

  private void status(WebRequest request, WebResponse response) throws IOException {
    api(response).send("application/json", Api.status(configuration.flags(), program));
  }

  private void groups(WebRequest request, WebResponse response) throws IOException {
    requireReady();
    api(response).send("application/json", Api.metrics(store.groups()));
  }

  private void wipe(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    if (!Pages.isAdmin(configuration)) {
      throw new HttpError(404, "404 page not found\n");
    }
    counted(
            "wipe",
            (q, a) -> {
              requireReady();
              store.wipe();
              a.status(202).body().close();
            })
        .handle(request, response);
  }

  private static WebResponse api(WebResponse response) {
    return response
        .header("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin")
        .header("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Expose-Headers", "Date")
        .header("Cache-Control", "no-cache, no-store, must-revalidate");
  }

  private Handler counted(String name, Handler handler) {
    return (request, response) -> {
      int code = 500;
      try {
        handler.handle(request, response);
        code = name.equals("delete") || name.equals("wipe") ? 202 : 200;
      } catch (HttpError e) {
        code = e.status();
        throw line(e);
      } finally {
        metrics.request(name, code, request.method());
      }
    };
  }
}
