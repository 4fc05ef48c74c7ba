package io.narthex.web.ui;

import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.pf4j.Extension;

/** Serves the pages. They draw in the browser; what they show comes from the HTTP API. */
@Extension
public final class UiRoutes implements Routes {
  /**
   * Scripts, styles, pictures and requests from this server alone, nothing inline, no form, no
   * frame around it from elsewhere.
   */
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self';"
          + " object-src 'none'";

  private static final String ASK_AGAIN = "no-cache";
  private static final String FOREVER = "public, max-age=31536000, immutable";

  private final WebHost host;
  private final Assets assets = new Assets();

  /** Made by the kernel. */
  @Inject
  public UiRoutes(WebHost host) {
    this.host = host;
  }

  @Override
  public List<Route> routes() {
    // Pages bring nothing but themselves: what they show they ask the API for.
    return Stream.of(
            page("/", "/query", "query"),
            page("/query", "/query", "query"),
            page("/targets", "/targets", "targets"),
            page("/plugins", "/plugins", "plugins"),
            Route.get("/graph", UiRoutes::redirectToQuery),
            Route.get("/assets/:version/:name", this::asset),
            Route.get("/favicon.ico", this::favicon),
            Route.get("/favicon.svg", this::favicon))
        .map(route -> route.audience(Route.Audience.ALL))
        .toList();
  }

  @Override
  public List<MenuEntry> menu() {
    return List.of(
        new MenuEntry("Query", "/query", 100),
        new MenuEntry("Targets", "/targets", 300),
        new MenuEntry("Plugins", "/plugins", 900));
  }

  private Route page(String path, String menuPath, String name) {
    Page page = new Page(menuPath, Assets.page(name), assets.version());
    // The menu is asked for each time: plugins with pages come and go.
    return Route.get(
        path,
        (request, response) ->
            send(request, response, page.with(host.menu(), host.pageTitle()), ASK_AGAIN));
  }

  private void asset(WebRequest request, WebResponse response) throws IOException {
    Asset asset =
        assets
            .find(request.pathParameter("name"))
            .orElseThrow(() -> new HttpError(404, "404 page not found"));
    // A page that was loaded before an upgrade asks by its old version: it gets what there is, and
    // no cache between may keep that under the old name.
    boolean current = assets.version().equals(request.pathParameter("version"));
    send(request, response, asset, current ? FOREVER : ASK_AGAIN);
  }

  private void favicon(WebRequest request, WebResponse response) throws IOException {
    send(request, response, assets.find("logo.svg").orElseThrow(), ASK_AGAIN);
  }

  /** Where Prometheus 2 had this page: bookmarks and dashboards link to it. */
  private static void redirectToQuery(WebRequest request, WebResponse response) throws IOException {
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    for (Map.Entry<String, List<String>> parameter : request.queryParameters().entrySet()) {
      for (String value : parameter.getValue()) {
        query.add(encode(parameter.getKey()) + "=" + encode(value));
      }
    }
    secure(response).redirect(request.externalPathPrefix() + "/query" + query);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static void send(
      WebRequest request, WebResponse response, Asset asset, String cacheControl)
      throws IOException {
    secure(response).header("Cache-Control", cacheControl).header("ETag", asset.etag());
    if (matches(request.header("If-None-Match").orElse(""), asset.etag())) {
      response.status(304).body().close();
      return;
    }
    response.send(asset.contentType(), asset.content());
  }

  /**
   * Whether the client has it already. A tag may have become weak on the way, where the body was
   * compressed.
   */
  private static boolean matches(String ifNoneMatch, String etag) {
    for (String tag : ifNoneMatch.split(",")) {
      String trimmed = tag.strip();
      String strong = trimmed.startsWith("W/") ? trimmed.substring(2) : trimmed;
      if (strong.equals("*") || strong.equals(etag)) {
        return true;
      }
    }
    return false;
  }

  private static WebResponse secure(WebResponse response) {
    return response
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "same-origin");
  }
}
