package io.narthex.kernel.web;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * An address to listen on, as Go's {@code net.Listen} takes it: {@code host:port}, {@code :port}
 * for all addresses, {@code [::1]:port}.
 *
 * @param host without brackets; empty for all addresses
 * @param port 0..65535; 0 for any free one
 */
record ListenAddress(String host, int port) {

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException with what is wrong and what would be right
   */
  static ListenAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          "address " + text + ": missing port in address; want host:port or :port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "address " + text + ": too many colons in address; want [host]:port");
    }
    int port;
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      port = -1;
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("address " + text + ": invalid port; want 0 to 65535");
    }
    return new ListenAddress(host, port);
  }

  /** The address to bind; resolves a name. */
  InetSocketAddress resolve() throws UnknownHostException {
    return host.isEmpty()
        ? new InetSocketAddress(port)
        : new InetSocketAddress(InetAddress.getByName(host), port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
