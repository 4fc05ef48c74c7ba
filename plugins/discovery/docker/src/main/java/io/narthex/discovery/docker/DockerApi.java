package io.narthex.discovery.docker;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigFiles.Syntax;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.model.Quoting;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of Docker's HTTP API that discovery needs. Source: docs.docker.com, Docker Engine API.
 * For one thread.
 */
final class DockerApi {
  /**
   * The newest version of the API whose answers are known; the daemon's counts where it is older.
   */
  private static final int[] NEWEST = {1, 44};

  /** What a daemon speaks that does not tell. */
  private static final String OLDEST = "1.24";

  private static final Pattern VERSION = Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})");
  private static final int MOST_SHOWN = 300;

  /** A container. */
  record Container(
      String id,
      List<String> names,
      Map<String, String> labels,
      List<Port> ports,
      @JsonProperty("HostConfig") HostConfig hostConfig,
      @JsonProperty("NetworkSettings") NetworkSettings networkSettings) {}

  record Port(
      String ip,
      @JsonProperty("PrivatePort") int privatePort,
      @JsonProperty("PublicPort") int publicPort,
      String type) {}

  record HostConfig(@JsonProperty("NetworkMode") String networkMode) {}

  record NetworkSettings(Map<String, Endpoint> networks) {}

  /** A container in a network. */
  record Endpoint(
      @JsonProperty("NetworkID") String networkId,
      @JsonProperty("IPAddress") String ipAddress,
      @JsonProperty("GlobalIPv6Address") String globalIpv6Address) {
    String address() {
      return ipAddress.isEmpty() ? globalIpv6Address : ipAddress;
    }
  }

  /** A network. */
  record Network(
      String id,
      String name,
      String scope,
      boolean internal,
      boolean ingress,
      Map<String, String> labels) {}

  private record Message(String message) {}

  private final String base;
  private final String host;
  private final String containersQuery;
  private final Duration timeout;
  private final HttpCaller caller;
  private final ConfigFiles files;
  private final int mostBytes;

  /** What the daemon and we both speak; null until it was asked. */
  private @Nullable String version;

  /**
   * Asks nothing yet.
   *
   * @param timeout for an answer
   * @param caller stays the caller's to close
   * @param mostBytes of an answer
   */
  DockerApi(
      DockerConfig config, Duration timeout, HttpCaller caller, ConfigFiles files, int mostBytes) {
    this.base = config.base();
    this.host = config.host();
    this.containersQuery = filters(config.filters());
    this.timeout = timeout;
    this.caller = caller;
    this.files = files;
    this.mostBytes = mostBytes;
  }

  /** The running containers that the filters let through. */
  List<Container> containers() throws IOException, ConfigException, InterruptedException {
    return list("/containers/json" + containersQuery, Container.class);
  }

  /** All networks. */
  List<Network> networks() throws IOException, ConfigException, InterruptedException {
    return list("/networks", Network.class);
  }

  /** {@code ?filters={"name":{"value":true}}}, encoded; nothing where there are none. */
  private static String filters(List<DockerConfig.Filter> filters) {
    Map<String, Set<String>> byName = new LinkedHashMap<>();
    for (DockerConfig.Filter filter : filters) {
      if (!filter.values().isEmpty()) {
        byName.computeIfAbsent(filter.name(), n -> new LinkedHashSet<>()).addAll(filter.values());
      }
    }
    if (byName.isEmpty()) {
      return "";
    }
    StringBuilder json = new StringBuilder();
    byName.forEach((name, values) -> {
      json.append(json.isEmpty() ? '{' : ',');
      Quoting.json(name, json);
      json.append(":{");
      boolean first = true;
      for (String value : values) {
        json.append(first ? "" : ",");
        first = false;
        Quoting.json(value, json);
        json.append(":true");
      }
      json.append('}');
    });
    return "?filters=" + URLEncoder.encode(json.append('}').toString(), StandardCharsets.UTF_8);
  }

  private <R> List<R> list(String path, Class<R> element)
      throws IOException, ConfigException, InterruptedException {
    String spoken = version;
    if (spoken == null) {
      spoken = negotiated();
      version = spoken;
    }
    try {
      return ask("/v" + spoken + path, ConfigShape.listOf(element));
    } catch (IOException e) {
      // It may be another daemon that comes back.
      version = null;
      throw e;
    }
  }

  /** The newest version that both sides know. */
  private String negotiated() throws IOException, InterruptedException {
    try (HttpCaller.Response response = send("/_ping")) {
      Matcher m = VERSION.matcher(response.header("Api-Version").orElse("").strip());
      if (!m.matches()) {
        return OLDEST;
      }
      int major = Integer.parseInt(m.group(1));
      int minor = Integer.parseInt(m.group(2));
      boolean newer = major > NEWEST[0] || (major == NEWEST[0] && minor > NEWEST[1]);
      return newer ? NEWEST[0] + "." + NEWEST[1] : major + "." + minor;
    }
  }

  private <T> T ask(String path, ConfigShape<T> shape)
      throws IOException, ConfigException, InterruptedException {
    try (HttpCaller.Response response = send(path)) {
      byte[] body = response.body().readNBytes(mostBytes + 1);
      if (response.status() != 200) {
        throw new IOException("Error response from daemon: " + message(response, body));
      }
      if (body.length > mostBytes) {
        throw new IOException("the answer is too large; want " + mostBytes + " bytes at most");
      }
      return files.parse(path.replaceFirst("\\?.*", ""), body, shape, Syntax.LENIENT_JSON);
    }
  }

  private HttpCaller.Response send(String path) throws IOException, InterruptedException {
    try {
      return caller.send(HttpCaller.Request.get(URI.create(base + path), timeout));
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (reason.contains("connection refused") || reason.contains("dial unix")) {
        throw new IOException(
            "Cannot connect to the Docker daemon at "
                + host.replaceFirst("//.*@", "//")
                + ". Is the docker daemon running? ("
                + reason
                + ")",
            e);
      }
      throw e;
    }
  }

  /** What the daemon says about its refusal. */
  private String message(HttpCaller.Response response, byte[] body) {
    String text;
    try {
      text =
          files.parse("answer", body, ConfigShape.of(Message.class), Syntax.LENIENT_JSON).message();
    } catch (ConfigException e) {
      text = new String(body, StandardCharsets.UTF_8);
    }
    text = text.strip();
    if (text.isEmpty()) {
      return response.statusText();
    }
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN);
  }
}
