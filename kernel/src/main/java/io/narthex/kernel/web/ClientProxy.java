package io.narthex.kernel.web;

import io.narthex.api.config.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy a request goes through. The rules for hosts without one are those of Go's {@code
 * httpproxy}: {@code *}, names with their subdomains, {@code .name} for the subdomains alone,
 * addresses, networks, each with a port if wanted; the loopback never goes through a proxy where
 * such rules apply.
 */
final class ClientProxy {
  private static final ClientProxy NONE = new ClientProxy(null, null, List.of(), false, Map.of());

  private final @Nullable URI forHttp;
  private final @Nullable URI forHttps;
  private final List<String> without;
  private final boolean spareLoopback;
  private final Map<String, List<Secret>> connectHeaders;

  private ClientProxy(
      @Nullable URI forHttp,
      @Nullable URI forHttps,
      List<String> without,
      boolean spareLoopback,
      Map<String, List<Secret>> connectHeaders) {
    this.forHttp = forHttp;
    this.forHttps = forHttps;
    this.without = without;
    this.spareLoopback = spareLoopback;
    this.connectHeaders = connectHeaders;
  }

  /**
   * Reads the configuration.
   *
   * @throws IOException when a proxy's URL cannot be understood
   */
  static ClientProxy of(
      String url,
      String noProxy,
      boolean fromEnvironment,
      Map<String, List<Secret>> connectHeaders,
      UnaryOperator<@Nullable String> environment)
      throws IOException {
    if (fromEnvironment) {
      String none = variable(environment, "NO_PROXY");
      return new ClientProxy(
          uri(variable(environment, "HTTP_PROXY")),
          uri(variable(environment, "HTTPS_PROXY")),
          rules(none),
          true,
          connectHeaders);
    }
    URI proxy = uri(url);
    return proxy == null
        ? NONE
        : new ClientProxy(proxy, proxy, rules(noProxy), !noProxy.isEmpty(), connectHeaders);
  }

  private static String variable(UnaryOperator<@Nullable String> environment, String name) {
    String value = environment.apply(name);
    if (value == null || value.isEmpty()) {
      value = environment.apply(name.toLowerCase(Locale.ROOT));
    }
    return value == null ? "" : value;
  }

  private static @Nullable URI uri(String text) throws IOException {
    if (text.isEmpty()) {
      return null;
    }
    try {
      URI uri = URI.create(text.contains("://") ? text : "http://" + text);
      if (uri.getHost() != null
          && List.of("http", "https", "socks5", "socks5h").contains(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below, without the text: it may hold a password.
    }
    throw new IOException(
        "cannot use proxy: its URL is not understood; want http, https or socks5, host and port");
  }

  private static List<String> rules(String text) {
    List<String> out = new ArrayList<>();
    for (String rule : text.split(",")) {
      if (!rule.isBlank()) {
        out.add(rule.trim().toLowerCase(Locale.ROOT));
      }
    }
    return out;
  }

  /** Headers for {@code CONNECT}. */
  Map<String, List<Secret>> connectHeaders() {
    return connectHeaders;
  }

  /** The proxy for a request, if it goes through one. */
  Optional<URI> of(boolean https, String host, int port) {
    URI proxy = https ? forHttps : forHttp;
    return proxy == null || isSpared(host.toLowerCase(Locale.ROOT), port)
        ? Optional.empty()
        : Optional.of(proxy);
  }

  private boolean isSpared(String host, int port) {
    InetAddress address = literal(host);
    if (spareLoopback
        && (host.equals("localhost") || (address != null && address.isLoopbackAddress()))) {
      return true;
    }
    for (String rule : without) {
      if (matches(rule, host, address, port)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(
      String rule, String host, @Nullable InetAddress address, int port) {
    if (rule.equals("*")) {
      return true;
    }
    int slash = rule.indexOf('/');
    if (slash > 0) {
      InetAddress network = literal(rule.substring(0, slash));
      try {
        return network != null
            && address != null
            && inside(network, Integer.parseInt(rule.substring(slash + 1)), address);
      } catch (NumberFormatException e) {
        return false;
      }
    }
    String name = rule;
    int colon = rule.lastIndexOf(':');
    boolean bracketed = rule.startsWith("[");
    if (colon > 0 && (bracketed ? rule.charAt(colon - 1) == ']' : rule.indexOf(':') == colon)) {
      if (!rule.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      name = rule.substring(0, colon);
    }
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    InetAddress single = literal(name);
    if (single != null) {
      return single.equals(address);
    }
    if (name.startsWith("*.")) {
      name = name.substring(1);
    }
    return name.startsWith(".")
        ? host.endsWith(name)
        : host.equals(name) || host.endsWith("." + name);
  }

  private static boolean inside(InetAddress network, int bits, InetAddress address) {
    byte[] a = network.getAddress();
    byte[] b = address.getAddress();
    if (a.length != b.length || bits < 0 || bits > a.length * 8) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i % 8);
      if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** An address when the text is one; names are not looked up. */
  private static @Nullable InetAddress literal(String text) {
    boolean numeric = text.indexOf(':') >= 0 || text.matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
    try {
      return numeric ? InetAddress.getByName(text) : null;
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
