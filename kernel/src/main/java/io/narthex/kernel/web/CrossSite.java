package io.narthex.kernel.web;

import io.narthex.api.model.Regex;
import io.narthex.api.web.Route;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what pages of other sites make browsers send to endpoints that change something: a
 * browser adds the user's password, and stands inside of the network, without asking its user.
 * Programs that are no browsers say neither {@code Origin} nor {@code Sec-Fetch-Site} and are not
 * looked at.
 *
 * <p>An endpoint that also serves GET changes nothing: its POST is a long question.
 */
final class CrossSite {
  private static final Set<String> HARMLESS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
  private static final Pattern NUMBERS = Pattern.compile("\\[.*]|[0-9.]+");

  private final String externalAuthority;
  private final String externalHost;
  private final String machine;
  private final @Nullable Regex origins;
  private final boolean tls;

  /**
   * Makes one.
   *
   * @param externalUrl where clients reach the server; null when nobody said
   * @param machine this machine's name
   * @param origins whose pages may do everything; null for none
   * @param tls whether clients have checked that the server bears the name that they called it by
   */
  CrossSite(@Nullable URI externalUrl, String machine, @Nullable Regex origins, boolean tls) {
    String authority = externalUrl == null ? null : externalUrl.getRawAuthority();
    this.externalAuthority = authority == null ? "" : withoutUser(authority);
    this.externalHost = host(externalAuthority);
    this.machine = machine.toLowerCase(Locale.ROOT);
    this.origins = origins;
    this.tls = tls;
  }

  private static String withoutUser(String authority) {
    return authority.substring(authority.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
  }

  /** A {@code host:port} without its port. */
  private static String host(String authority) {
    int colon = authority.lastIndexOf(':');
    String host = colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  /** Why a request must not be served; empty when it may. */
  Optional<String> refusal(Route route, ServerRequest request) {
    if (HARMLESS.contains(request.method()) || route.methods().contains("GET")) {
      return Optional.empty();
    }
    String origin = request.header("Origin").orElse("");
    String site = request.header("Sec-Fetch-Site").orElse("").trim().toLowerCase(Locale.ROOT);
    if (origin.isEmpty() && site.isEmpty()) {
      return Optional.empty();
    }
    String called = request.header("Host").orElse("").toLowerCase(Locale.ROOT);
    if (!isOwnPage(origin, site, called, request)) {
      return Optional.of(
          "cross-origin request refused: a page of "
              + (origin.isEmpty() || origin.equals("null") ? "another site" : "another origin")
              + " must not change anything here; want a request from this server's own pages (its"
              + " name is what Host, X-Forwarded-Host or --web.external-url says), from an origin"
              + " that --web.cors.origin names, or from no browser");
    }
    // A proxy may have another name for this server; what the browser itself called it by stands in
    // the origin, which is that of a page of this server here.
    if (isOperators(route)
        && !tls
        && !isOwnName(host(called))
        && (authority(origin).isEmpty() || !isOwnName(host(authority(origin))))
        && !isAllowed(origin)) {
      return Optional.of(
          "request refused: the name that the browser calls this server by is not known to be its"
              + " own; want its address, its machine's name or the host of --web.external-url");
    }
    return Optional.empty();
  }

  private boolean isOwnPage(String origin, String site, String called, ServerRequest request) {
    if (isAllowed(origin)) {
      return true;
    }
    if (!site.isEmpty()) {
      // What a page cannot forge; behind a proxy it is right where names are not.
      return site.equals("same-origin") || site.equals("none");
    }
    String authority = authority(origin);
    // Pages cannot set this header either without asking first, and are told that they may not.
    String forwarded = request.header("X-Forwarded-Host").orElse("");
    int comma = forwarded.indexOf(',');
    forwarded = (comma < 0 ? forwarded : forwarded.substring(0, comma)).trim();
    String port = origin.startsWith("https:") ? ":443" : ":80";
    return !authority.isEmpty()
        && (authority.equals(withoutPort(called, port))
            || authority.equals(withoutPort(externalAuthority, port))
            || authority.equals(withoutPort(forwarded.toLowerCase(Locale.ROOT), port)));
  }

  /** The {@code host:port} of an origin; empty when it has none. */
  private static String authority(String origin) {
    int scheme = origin.indexOf("://");
    return scheme < 0 ? "" : origin.substring(scheme + 3).toLowerCase(Locale.ROOT);
  }

  /** Browsers leave the port of a scheme out where it is the usual one; proxies may add it. */
  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }

  private boolean isAllowed(String origin) {
    return origins != null && !origin.isEmpty() && origins.matches(origin);
  }

  /**
   * What only operators call. Pages under a name that its owner lets point here (DNS rebinding) are
   * this server's own to a browser; for these endpoints the name must be one that a stranger cannot
   * have. Not for others, which have pages of their own that are reached by names that nobody told
   * the server.
   */
  private static boolean isOperators(Route route) {
    return route.path().startsWith("/-/") || route.path().contains("/admin/");
  }

  private boolean isOwnName(String host) {
    return host.indexOf('.') < 0
        || NUMBERS.matcher(host).matches()
        || host.endsWith(".localhost")
        || host.equals(machine)
        || host.equals(externalHost);
  }
}
