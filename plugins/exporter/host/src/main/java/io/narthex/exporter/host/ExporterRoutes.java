package io.narthex.exporter.host;

import io.narthex.api.plugin.Program;
import io.narthex.api.web.Handler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import jakarta.inject.Inject;
import java.util.List;
import org.pf4j.Extension;

/**
 * The endpoints of the exporters on the main server. Beside a Prometheus server they are {@code
 * /exporters/<name>/metrics}; where the program is itself an exporter, they are what that program
 * has: the telemetry path and a landing page.
 */
@Extension
public final class ExporterRoutes implements Routes {
  private final Exporters exporters;
  private final ExportersSection section;
  private final MetricsPage page;
  private final Program program;

  /** Takes what it works with. */
  @Inject
  public ExporterRoutes(
      Exporters exporters, ExportersSection section, MetricsPage page, Program program) {
    this.exporters = exporters;
    this.section = section;
    this.page = page;
    this.program = program;
  }

  @Override
  public List<Route> routes() {
    Handler one =
        new TelemetryHandler(
            page,
            request -> {
              String name = request.pathParameter("name");
              return List.of(
                  exporters
                      .find(name)
                      .orElseThrow(() ->
                          new ExporterNotFoundException(
                              "no exporter \"" + name + "\" is configured")));
            },
            () -> false,
            0);
    Route named = Route.get("/exporters/:name/metrics", notFoundAs404(one));
    if (program.role().equals("prometheus")) {
      return List.of(named);
    }
    return List.of(
        named,
        Route.get("/metrics", onConfiguredPath()),
        Route.get("/", (request, response) -> response.send(Landing.CONTENT_TYPE, landing())),
        Route.get("/*path", onConfiguredPath()));
  }

  /**
   * The telemetry path may be configured, and routes are given before the configuration is known.
   */
  private Handler onConfiguredPath() {
    Limited limited = new Limited();
    return (request, response) -> {
      ExportersConfig config =
          section.config().orElseThrow(() -> new HttpError(503, "Service Unavailable"));
      if (!request.path().equals(config.telemetryPath())) {
        throw new HttpError(404, "404 page not found");
      }
      limited.handlerFor(config).handle(request, response);
    };
  }

  private String landing() {
    String path = section.config().map(ExportersConfig::telemetryPath).orElse("/metrics");
    return Landing.page(program.title(), program.version(), path);
  }

  /** The routes of a server that exporters have for themselves. */
  static List<Route> of(
      ExportersConfig.Server server,
      MetricsPage page,
      Exporters exporters,
      Program program,
      String name) {
    Handler handler =
        new TelemetryHandler(
            page,
            request ->
                exporters.running().stream()
                    .filter(
                        e -> server.exporters().isEmpty() || server.exporters().contains(e.name()))
                    .toList(),
            () -> false,
            40);
    Route metrics = Route.get(server.telemetryPath(), handler);
    if (server.telemetryPath().equals("/")) {
      return List.of(metrics);
    }
    String title = "Narthex exporter: " + name;
    return List.of(
        metrics,
        Route.get(
            "/",
            (request, response) ->
                response.send(
                    Landing.CONTENT_TYPE,
                    Landing.page(title, program.version(), server.telemetryPath()))));
  }

  private static Handler notFoundAs404(Handler handler) {
    return (request, response) -> {
      try {
        handler.handle(request, response);
      } catch (ExporterNotFoundException e) {
        throw new HttpError(404, e.getMessage());
      }
    };
  }

  private static final class ExporterNotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExporterNotFoundException(String message) {
      super(message, null, false, false);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /**
   * Keeps the handler, and with it the count of running scrapes, for as long as its configuration
   * stands.
   */
  private final class Limited {
    private ExportersConfig made = new ExportersConfig("/", false, 0, List.of(), List.of());
    private Handler handler = (request, response) -> {};

    synchronized Handler handlerFor(ExportersConfig config) {
      if (!made.equals(config)) {
        made = config;
        handler =
            new TelemetryHandler(
                page,
                request -> exporters.running(),
                () -> !config.disableExporterMetrics(),
                config.maxRequests());
      }
      return handler;
    }
  }
}
