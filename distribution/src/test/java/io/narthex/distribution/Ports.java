package io.narthex.distribution;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** TCP ports of this machine. */
final class Ports {
  private Ports() {}

  /** One that nobody listens on now. */
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Takes one, on all addresses, until it is closed. */
  static ServerSocket occupied() throws IOException {
    return new ServerSocket(0, 50, InetAddress.ofLiteral("0.0.0.0"));
  }
}
