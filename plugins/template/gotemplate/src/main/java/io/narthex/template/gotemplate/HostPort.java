package io.narthex.template.gotemplate;

import org.jspecify.annotations.Nullable;

/** Addresses of the form {@code host:port}. */
final class HostPort {
  private HostPort() {}

  private record Parts(String host, String port) {}

  /** The parts; null when the address has no port, or is malformed. */
  private static @Nullable Parts split(String address) {
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      return null;
    }
    String host;
    int opening = 0;
    int closing = 0;
    if (address.charAt(0) == '[') {
      int end = address.indexOf(']');
      if (end < 0 || end + 1 != colon) {
        return null;
      }
      host = address.substring(1, end);
      opening = 1;
      closing = end + 1;
    } else {
      host = address.substring(0, colon);
      if (host.indexOf(':') >= 0) {
        return null;
      }
    }
    if (address.indexOf('[', opening) >= 0 || address.indexOf(']', closing) >= 0) {
      return null;
    }
    return new Parts(host, address.substring(colon + 1));
  }

  static String stripPort(String address) {
    Parts parts = split(address);
    return parts == null ? address : parts.host();
  }

  static String stripDomain(String address) {
    Parts parts = split(address);
    String host = parts == null ? address : parts.host();
    if (isIp(host)) {
      return address;
    }
    int dot = host.indexOf('.');
    String name = dot < 0 ? host : host.substring(0, dot);
    if (parts == null || parts.port().isEmpty()) {
      return name;
    }
    return (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + parts.port();
  }

  private static boolean isIp(String host) {
    return host.indexOf(':') >= 0 ? isIpV6(host) : isIpV4(host);
  }

  private static boolean isIpV4(String host) {
    String[] parts = host.split("\\.", -1);
    if (parts.length != 4) {
      return false;
    }
    for (String part : parts) {
      boolean digits =
          !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(c -> c >= '0' && c <= '9');
      if (!digits || (part.length() > 1 && part.charAt(0) == '0') || Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIpV6(String host) {
    int gap = host.indexOf("::");
    if (gap >= 0 && host.indexOf("::", gap + 1) >= 0) {
      return false;
    }
    String head = gap < 0 ? host : host.substring(0, gap);
    String tail = gap < 0 ? "" : host.substring(gap + 2);
    int groups = groups(head, gap < 0);
    int more = groups(tail, true);
    if (groups < 0 || more < 0) {
      return false;
    }
    return gap < 0 ? groups == 8 : groups + more < 8;
  }

  /** How many groups of 16 bits there are; -1 when malformed. */
  private static int groups(String text, boolean last) {
    if (text.isEmpty()) {
      return 0;
    }
    String[] parts = text.split(":", -1);
    int count = 0;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (last && i == parts.length - 1 && part.indexOf('.') >= 0) {
        if (!isIpV4(part)) {
          return -1;
        }
        count += 2;
        continue;
      }
      if (part.isEmpty()
          || part.length() > 4
          || !part.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
        return -1;
      }
      count++;
    }
    return count;
  }
}
