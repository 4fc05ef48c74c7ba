package io.narthex.alerting.sender.aws;

import io.narthex.api.http.HttpCaller;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs requests: a hash over method, path, query, headers and body, keyed with the secret, the
 * day, the region and the service. Source: AWS, "Signature Version 4 signing process".
 */
record Signer(String region, String service) {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();
  private static final int DATE = 8;

  /** The same request with a signature, and with a path that is clean. */
  @SuppressWarnings("NullAway") // The body may be null, but NullAway does not see that in the jar.
  HttpCaller.Request sign(HttpCaller.Request request, Credentials credentials, Instant now) {
    URI uri = clean(request.uri());
    String time = TIME.format(now);
    String scope = time.substring(0, DATE) + "/" + region + "/" + service + "/aws4_request";
    Map<String, String> headers = new LinkedHashMap<>(request.headers());
    headers.put("X-Amz-Date", time);
    if (!credentials.sessionToken().isEmpty()) {
      headers.put("X-Amz-Security-Token", credentials.sessionToken().reveal());
    }
    TreeMap<String, String> signed = new TreeMap<>();
    headers.forEach((name, value) ->
        signed.put(name.toLowerCase(Locale.ROOT), value.strip().replaceAll(" +", " ")));
    signed.put("host", host(uri));
    String names = String.join(";", signed.keySet());
    byte[] body = request.body();
    StringBuilder canonical =
        new StringBuilder(request.method())
            .append('\n')
            // Once more: what the URL has in percent is a character of the path here.
            .append(escape(path(uri), true))
            .append('\n')
            .append(query(uri))
            .append('\n');
    signed.forEach((name, value) -> canonical.append(name).append(':').append(value).append('\n'));
    canonical
        .append('\n')
        .append(names)
        .append('\n')
        .append(hash(body == null ? new byte[0] : body));
    String toSign =
        ALGORITHM + "\n" + time + "\n" + scope + "\n" + hash(bytes(canonical.toString()));
    byte[] key = bytes("AWS4" + credentials.secretKey().reveal());
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    headers.put(
        "Authorization",
        ALGORITHM
            + " Credential="
            + credentials.accessKey()
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + HEX.formatHex(hmac(key, toSign)));
    return new HttpCaller.Request(request.method(), uri, headers, body, request.timeout());
  }

  private static String path(URI uri) {
    String path = uri.getRawPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  /** Without empty parts, {@code .} and {@code ..}, as Go's {@code path.Clean} leaves it. */
  private static URI clean(URI uri) {
    List<String> parts = new ArrayList<>();
    for (String part : path(uri).split("/")) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    String query = uri.getRawQuery();
    return URI.create(
        uri.getScheme()
            + "://"
            + uri.getRawAuthority()
            + "/"
            + String.join("/", parts)
            + (query == null ? "" : "?" + query));
  }

  /** As clients send it: without the port that the scheme has anyway. */
  private static String host(URI uri) {
    int usual = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    int port = uri.getPort();
    return port < 0 || port == usual ? uri.getHost() : uri.getHost() + ":" + port;
  }

  private static String query(URI uri) {
    String raw = uri.getRawQuery();
    if (raw == null || raw.isEmpty()) {
      return "";
    }
    List<String[]> parameters = new ArrayList<>();
    for (String parameter : raw.split("&")) {
      int equals = parameter.indexOf('=');
      parameters.add(
          new String[] {
            again(equals < 0 ? parameter : parameter.substring(0, equals)),
            equals < 0 ? "" : again(parameter.substring(equals + 1))
          });
    }
    // By name, then by value; both are ASCII by now.
    parameters.sort(Arrays::compare);
    List<String> all = new ArrayList<>();
    for (String[] parameter : parameters) {
      all.add(parameter[0] + "=" + parameter[1]);
    }
    return String.join("&", all);
  }

  /** Escaped as a signature wants it, whatever way it was escaped before. */
  private static String again(String escaped) {
    // A plus is a blank in neither of both.
    return escape(URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8), false);
  }

  static String escape(String text, boolean slashes) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte b : bytes(text)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0
              || (slashes && c == '/');
      if (plain) {
        out.append(c);
      } else {
        out.append('%').append(HEX.withUpperCase().toHexDigits(b));
      }
    }
    return out.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hash(byte[] content) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }
}
