package io.narthex.exporter.host;

import io.narthex.api.plugin.Program;
import io.narthex.api.web.Handler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebRequest;
import jakarta.inject.Inject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/**
 * The endpoints of the exporters on the main server. Beside a Prometheus server they are {@code
 * /exporters/<name>/metrics}; where the program is itself an exporter, they are what that program
 * has: the telemetry path and a landing page.
 */
@Extension
public final class ExporterRoutes implements Routes {
  /** As many scrapes of a further server may run at once as node_exporter allows by default. */
  private static final int SERVER_MAX_REQUESTS = 40;

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
    Route named =
        Route.get(
            "/exporters/:name/metrics",
            new TelemetryHandler(exporters, page, this::named, false, 0));
    if (program.role().equals("prometheus")) {
      return List.of(named);
    }
    Handler metrics = onConfiguredPath();
    return List.of(
        named,
        Route.get("/metrics", metrics),
        Route.get(
            "/",
            (request, response) -> {
              if (telemetry().path().equals("/")) {
                metrics.handle(request, response);
              } else {
                response.send(
                    Landing.CONTENT_TYPE,
                    Landing.page(program.title(), program.version(), telemetry().path()));
              }
            }),
        Route.get("/*path", metrics));
  }

  private List<RunningExporter> named(WebRequest request) throws HttpError {
    String name = request.pathParameter("name");
    return List.of(
        exporters
            .find(name)
            .orElseThrow(() -> new HttpError(404, "no exporter \"" + name + "\" is configured")));
  }

  /**
   * The telemetry path may be configured, and routes are given before the configuration is known.
   */
  private Handler onConfiguredPath() {
    Limited limited = new Limited();
    return (request, response) -> {
      Telemetry telemetry = telemetry();
      if (!request.path().equals(telemetry.path())) {
        throw new HttpError(404, "404 page not found");
      }
      limited.handlerFor(telemetry).handle(request, response);
    };
  }

  private Telemetry telemetry() throws HttpError {
    return section.telemetry().orElseThrow(() -> new HttpError(503, "Service Unavailable"));
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
            exporters,
            page,
            request ->
                exporters.running().stream()
                    .filter(
                        e -> server.exporters().isEmpty() || server.exporters().contains(e.name()))
                    .toList(),
            false,
            SERVER_MAX_REQUESTS);
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

  /**
   * Keeps the handler, and with it the count of running scrapes, for as long as its configuration
   * stands.
   */
  private final class Limited {
    private @Nullable Telemetry made;
    private Handler handler = (request, response) -> {};

    synchronized Handler handlerFor(Telemetry telemetry) {
      if (!telemetry.equals(made)) {
        made = telemetry;
        handler =
            new TelemetryHandler(
                exporters,
                page,
                request -> exporters.running(),
                !telemetry.withoutOwnMetrics(),
                telemetry.maxRequests());
      }
      return handler;
    }
  }
}
