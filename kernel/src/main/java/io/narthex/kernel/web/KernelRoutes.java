package io.narthex.kernel.web;

import io.narthex.api.plugin.Program;
import io.narthex.api.web.Handler;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Health and life cycle, with Prometheus's texts. */
final class KernelRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Set<String> CHANGING = Set.of("POST", "PUT");

  private KernelRoutes() {}

  /**
   * The routes.
   *
   * @param program says what it calls itself
   * @param enabled whether reload and quit are allowed
   */
  static List<Route> of(Program program, boolean enabled, Lifecycle lifecycle) {
    Handler forbidden =
        (request, response) -> {
          response.status(403);
          response.send(TEXT, "Lifecycle API is not enabled.");
        };
    Handler onlyPost =
        (request, response) -> {
          response.status(405);
          response.header("Allow", "POST, PUT");
          response.send(TEXT, "Only POST or PUT requests allowed");
        };
    Handler reload =
        (request, response) -> {
          try {
            lifecycle.reload();
            response.status(200);
          } catch (InterruptedException e) {
            throw e;
          } catch (Exception e) {
            LOG.atDebug().addKeyValue("reason", e.getMessage()).log("Reload by request failed");
            response.status(500);
            response.send(TEXT, "failed to reload config: " + e.getMessage() + "\n");
          }
        };
    Handler quit =
        (request, response) -> {
          LOG.atWarn()
              .addKeyValue("client", request.remoteAddress())
              .log("Received termination request via web service, exiting gracefully");
          response.send(TEXT, "Requesting termination... Goodbye!");
          lifecycle.quit();
        };
    return List.of(
        Route.get(
                "/-/healthy",
                (request, response) -> response.send(TEXT, program.title() + " is Healthy.\n"))
            .audience(Route.Audience.ALL),
        Route.get(
                "/-/ready",
                (request, response) -> {
                  Lifecycle.State state = lifecycle.state();
                  if (state == Lifecycle.State.READY) {
                    response.send(TEXT, program.title() + " is Ready.\n");
                  } else {
                    unavailable(state, response);
                  }
                })
            .audience(Route.Audience.ALL),
        // What changes the process is for those who see all of it, as /metrics is.
        Route.get("/-/reload", onlyPost),
        Route.get("/-/quit", onlyPost),
        new Route(CHANGING, "/-/reload", enabled ? reload : forbidden, 1 << 20),
        new Route(CHANGING, "/-/quit", enabled ? quit : forbidden, 1 << 20));
  }

  /** Says that the process does not serve yet, or not any more. */
  static void unavailable(Lifecycle.State state, WebResponse response) throws IOException {
    response.status(503);
    response.header("X-Prometheus-Stopping", Boolean.toString(state == Lifecycle.State.STOPPING));
    response.send(TEXT, "Service Unavailable");
  }
}
