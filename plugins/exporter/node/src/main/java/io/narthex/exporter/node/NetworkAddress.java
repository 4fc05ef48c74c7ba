package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;

/**
 * One address of a network device.
 *
 * @param device the device's name
 * @param address as text, IPv6 in its canonical short form (RFC 5952)
 * @param prefix how many bits are of the network
 * @param scope {@code link-local}, {@code interface-local}, {@code global} or empty
 */
record NetworkAddress(String device, String address, int prefix, String scope) {
  /** The addresses of all devices that are there. */
  static List<NetworkAddress> all() throws IOException {
    List<NetworkAddress> all = new ArrayList<>();
    for (NetworkInterface device :
        (Iterable<NetworkInterface>) NetworkInterface.networkInterfaces()::iterator) {
      for (InterfaceAddress address : device.getInterfaceAddresses()) {
        InetAddress ip = address.getAddress();
        all.add(
            new NetworkAddress(
                device.getName(), text(ip), address.getNetworkPrefixLength(), scope(ip)));
      }
    }
    return all;
  }

  Labels labels() {
    return Labels.of(
        "device", device, "address", address, "netmask", Integer.toString(prefix), "scope", scope);
  }

  static String scope(InetAddress ip) {
    if (ip.isLoopbackAddress() || ip.isLinkLocalAddress() || ip.isMCLinkLocal()) {
      return "link-local";
    }
    if (ip.isMCNodeLocal()) {
      return "interface-local";
    }
    return ip.isAnyLocalAddress() || ip.isMulticastAddress() ? "" : "global";
  }

  static String text(InetAddress ip) {
    if (!(ip instanceof Inet6Address)) {
      return ip.getHostAddress();
    }
    byte[] bytes = ip.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    // The longest run of zeros, of at least two groups, becomes "::".
    int best = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        best = i;
        length = end - i;
      }
      i = Math.max(i, end);
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        out.append("::");
        i += length - 1;
        continue;
      }
      if (!out.isEmpty() && out.charAt(out.length() - 1) != ':') {
        out.append(':');
      }
      out.append(Integer.toHexString(groups[i]));
    }
    return out.toString();
  }
}
