package io.narthex.kernel.web;

import io.narthex.api.model.Regex;
import io.narthex.api.web.EarlyHandler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of one server: finds the one for a request, and answers where there is none. */
final class Site {
  private static final Logger LOG = LoggerFactory.getLogger(Site.class);

  /** The default of {@code --web.cors.origin}. */
  static final String ANY_ORIGIN = ".*";

  private final List<String> prefix;
  private final String rawPrefix;
  private final String externalPrefix;
  private final @Nullable Regex origins;
  private final @Nullable HttpMetrics metrics;
  private final Supplier<Lifecycle.State> state;
  private final Gate gate;
  private final CrossSite crossSite;
  private volatile Router router = new Router(List.of());

  /**
   * Makes one without routes.
   *
   * @param routePrefix empty, or begins with a slash and does not end with one
   * @param externalPrefix as {@code routePrefix}, but as clients see it
   * @param origins which origins may read answers; null for none
   * @param metrics null for none
   * @param state until it is ready, the API answers 503
   * @param gate decides what requests may see
   * @param crossSite what browsers may not send
   */
  Site(
      String routePrefix,
      String externalPrefix,
      @Nullable Regex origins,
      @Nullable HttpMetrics metrics,
      Supplier<Lifecycle.State> state,
      Gate gate,
      CrossSite crossSite) {
    this.rawPrefix = routePrefix;
    this.prefix = routePrefix.isEmpty() ? List.of() : UrlText.split(routePrefix);
    this.externalPrefix = externalPrefix;
    this.origins = origins;
    this.metrics = metrics;
    this.state = state;
    this.gate = gate;
    this.crossSite = crossSite;
  }

  /** Replaces the routes, for requests that come from now on. */
  void routes(Router next) {
    router = next;
  }

  /** Decides what requests may see. */
  Gate gate() {
    return gate;
  }

  /** Answers a request; whatever happens ends up in the response or the log. */
  void serve(ServerRequest request, ServerResponse response) throws IOException {
    cors(request, response);
    List<String> raw = UrlText.split(request.rawPath());
    if (request.rawPath().equals("*") && request.method().equals("OPTIONS")) {
      // Asks after the server as a whole.
      response.status(204);
      return;
    }
    if (!request.rawPath().startsWith("/")) {
      response.error(400, "400 Bad Request: want an absolute path");
      return;
    }
    List<String> segments = new ArrayList<>(raw.size());
    for (String segment : raw) {
      String decoded;
      try {
        decoded = UrlText.decode(segment, false);
      } catch (HttpError e) {
        response.error(400, "400 Bad Request: " + e.getMessage());
        return;
      }
      if (decoded.indexOf('\0') >= 0) {
        response.error(400, "400 Bad Request: path with a NUL");
        return;
      }
      if (decoded.equals(".") || decoded.equals("..")) {
        notFound(response);
        return;
      }
      segments.add(decoded);
    }
    if (!prefix.isEmpty()) {
      if (segments.isEmpty()) {
        response.redirect(UrlText.location(rawPrefix) + "/");
        return;
      }
      if (segments.size() < prefix.size() || !segments.subList(0, prefix.size()).equals(prefix)) {
        notFound(response);
        return;
      }
      if (segments.size() == prefix.size()) {
        moved(request, response, rawPrefix + "/");
        return;
      }
      segments = segments.subList(prefix.size(), segments.size());
      raw = raw.subList(prefix.size(), raw.size());
      if (segments.size() == 1 && segments.get(0).isEmpty()) {
        segments = List.of();
        raw = List.of();
      }
    }
    route(request, response, segments, raw);
  }

  private void route(
      ServerRequest request, ServerResponse response, List<String> segments, List<String> raw)
      throws IOException {
    Router current = router;
    Router.Outcome outcome = current.find(request.method(), segments);
    Gate.Refusal refusal = request.refusal();
    boolean asksFirst = outcome instanceof Router.WrongMethod && request.method().equals("OPTIONS");
    if (refusal != null && !(outcome instanceof Router.Found) && !asksFirst) {
      // What there is, is nothing to those who may not come in. Browsers that ask whether they may
      // send a token from another site's page have to do so without it.
      Gate.refuse(refusal, "/" + String.join("/", segments), response);
      return;
    }
    switch (outcome) {
      case Router.Found found -> {
        Route route = found.entry().route();
        request.routed(
            "/" + String.join("/", segments),
            found.parameters(),
            externalPrefix,
            route.maxBodyBytes());
        answer(found.entry(), request, response);
      }
      case Router.WrongMethod wrong -> {
        Set<String> allowed = wrong.allowed();
        allowed.add("OPTIONS");
        response.header("Allow", String.join(", ", allowed));
        if (request.method().equals("OPTIONS")) {
          response.status(204);
        } else {
          response.reset();
          response.error(405, "Method Not Allowed");
        }
      }
      case Router.NotFound none -> {
        List<String> cleanRaw = raw.stream().filter(s -> !s.isEmpty()).toList();
        List<String> clean = segments.stream().filter(s -> !s.isEmpty()).toList();
        if (clean.size() != segments.size()
            && !(current.find(request.method(), clean) instanceof Router.NotFound)) {
          moved(request, response, rawPrefix + "/" + String.join("/", cleanRaw));
        } else {
          notFound(response);
        }
      }
    }
  }

  private void answer(Router.Entry entry, ServerRequest request, ServerResponse response)
      throws IOException {
    long start = System.nanoTime();
    String handler = entry.route().path();
    try {
      Gate.Refusal refusal = Gate.refusal(request, entry);
      Optional<String> foreign = crossSite.refusal(entry.route(), request);
      if (refusal != null) {
        Gate.refuse(refusal, request.path(), response);
      } else if (foreign.isPresent()) {
        response.error(403, foreign.get());
      } else if (!entry.kernel()
          && handler.startsWith("/api/")
          && !(entry.route().handler() instanceof EarlyHandler)
          && state.get() != Lifecycle.State.READY) {
        KernelRoutes.unavailable(state.get(), response);
      } else {
        entry.route().handler().handle(request, response);
      }
      response.finish();
    } catch (HttpError e) {
      failed(response, e.status(), String.valueOf(e.getMessage()), entry, e);
    } catch (InterruptedException e) {
      failed(response, 503, "Service Unavailable", entry, e);
    } catch (Exception | LinkageError | StackOverflowError e) {
      if (!response.isBroken() && !request.isBroken()) {
        LOG.atError()
            .addKeyValue("method", request.method())
            .addKeyValue("handler", handler)
            .addKeyValue("plugin", entry.owner())
            .addKeyValue("client", request.remoteAddress())
            .setCause(e)
            .log("Request failed");
      }
      failed(response, 500, "Internal Server Error", entry, e);
    } finally {
      if (metrics != null) {
        metrics.observe(handler, response.status(), System.nanoTime() - start, response.written());
      }
    }
  }

  /** Answers with an error, or, when a part of the answer has gone out, ends the connection. */
  private static void failed(
      ServerResponse response, int status, String text, Router.Entry entry, Throwable cause)
      throws IOException {
    if (response.isCommitted()) {
      LOG.atDebug()
          .addKeyValue("handler", entry.route().path())
          .addKeyValue("reason", cause.toString())
          .log("Answer was not completed");
      response.abandon();
      throw new IOException("the answer was not completed", cause);
    }
    response.error(status, text);
    response.finish();
  }

  private static void notFound(ServerResponse response) throws IOException {
    response.error(404, "404 page not found");
  }

  private static void moved(ServerRequest request, ServerResponse response, String path)
      throws IOException {
    String query = request.rawQuery();
    boolean plain = request.method().equals("GET") || request.method().equals("HEAD");
    response
        .status(plain ? 301 : 308)
        .header("Location", UrlText.location(query.isEmpty() ? path : path + "?" + query));
  }

  private void cors(ServerRequest request, ServerResponse response) {
    String origin = request.header("Origin").orElse("");
    // As in Prometheus, the API alone is for scripts of other sites.
    if (origins == null || origin.isEmpty() || !request.rawPath().startsWith(rawPrefix + "/api/")) {
      return;
    }
    response.addHeader("Vary", "Origin");
    boolean any = origins.text().equals(ANY_ORIGIN);
    if (any || origins.matches(origin)) {
      response
          .header("Access-Control-Allow-Origin", any ? "*" : origin)
          .header("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin")
          .header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
          .header("Access-Control-Expose-Headers", "Date");
    }
  }
}
