package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.Handler;
import io.narthex.api.web.Route;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrossSiteTest {
  private static final Handler DONE = (request, response) -> response.send("text/plain", "done");
  private static final List<Route> ROUTES =
      List.of(
          Route.getOrPost("/api/v1/query", DONE),
          Route.post("/api/v1/write", DONE),
          new Route(Set.of("POST", "PUT", "DELETE"), "/things/:name", DONE, 1000),
          new Route(Set.of("POST", "PUT"), "/api/v1/admin/wipe", DONE, 1000));

  @TempDir Path directory;

  private Kit kit(Map<String, Object> config) throws Exception {
    Map<String, Object> all = new HashMap<>(config);
    all.put("enableLifecycle", true);
    return new Kit(all, directory, ROUTES);
  }

  private static String ask(Kit kit, String method, String path, String headers) throws Exception {
    try (Kit.Raw raw = kit.raw()) {
      raw.say(
          method
              + " "
              + path
              + " HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n"
              + headers.lines().map(line -> line + "\r\n").reduce("", String::concat)
              + "\r\n");
      return raw.rest();
    }
  }

  private static void takes(Kit kit, String method, String path, String headers) throws Exception {
    assertThat(ask(kit, method, path, headers)).as(headers).startsWith("HTTP/1.1 200");
  }

  private static void refuses(Kit kit, String method, String path, String headers)
      throws Exception {
    assertThat(ask(kit, method, path, headers))
        .as(headers)
        .startsWith("HTTP/1.1 403")
        .contains("request refused: ");
  }

  @Test
  void letsProgramsThatAreNoBrowsersChangeThings() throws Exception {
    try (Kit kit = kit(Map.of())) {
      takes(kit, "POST", "/-/reload", "Host: anything.example");
      takes(kit, "POST", "/api/v1/write", "Host: anything.example");
      takes(kit, "DELETE", "/things/a", "Host: anything.example");
      takes(kit, "PUT", "/api/v1/admin/wipe", "Host: anything.example");
    }
  }

  @Test
  void refusesWhatPagesOfOtherSitesSend() throws Exception {
    try (Kit kit = kit(Map.of())) {
      for (String browser :
          List.of(
              "Origin: http://evil.example",
              "Origin: null",
              "Origin: http://prometheus.example:80",
              "Origin: http://prometheus.example.evil.example",
              "Origin: evil",
              "Origin: http://",
              "Sec-Fetch-Site: cross-site",
              "Sec-Fetch-Site: same-site\nOrigin: http://grafana.example",
              "Sec-Fetch-Site: Cross-Site\nOrigin: http://prometheus.example")) {
        String headers = "Host: prometheus.example\n" + browser;
        refuses(kit, "POST", "/-/reload", headers);
        refuses(kit, "POST", "/api/v1/write", headers);
        refuses(kit, "PUT", "/things/a", headers);
        refuses(kit, "DELETE", "/things/a", headers);
        refuses(kit, "POST", "/api/v1/admin/wipe", headers);
      }
      assertThat(kit.lifecycle.reloads).hasValue(0);
      assertThat(kit.get("/metrics").body())
          .contains("prometheus_http_requests_total{code=\"403\",handler=\"/-/reload\"} 9.0");
    }
  }

  @Test
  void answersQuestionsOfOtherSitesWhateverTheirMethod() throws Exception {
    try (Kit kit = kit(Map.of())) {
      String grafana = "Host: prometheus.example\nOrigin: http://grafana.example";
      for (String method : List.of("GET", "POST")) {
        assertThat(ask(kit, method, "/api/v1/query", grafana + "\nSec-Fetch-Site: cross-site"))
            .startsWith("HTTP/1.1 200")
            .contains("Access-Control-Allow-Origin: *");
      }
      assertThat(ask(kit, "OPTIONS", "/api/v1/write", grafana)).startsWith("HTTP/1.1 204");
    }
  }

  @Test
  void letsItsOwnPagesChangeThings() throws Exception {
    try (Kit kit = kit(Map.of())) {
      for (String own :
          List.of(
              "Host: prometheus.example\nOrigin: http://prometheus.example",
              "Host: Prometheus.example:9090\nOrigin: https://prometheus.EXAMPLE:9090",
              "Host: 10.0.0.1\nSec-Fetch-Site: same-origin\nOrigin: https://prometheus.example",
              "Host: 10.0.0.1\nX-Forwarded-Host: p.example, b\nOrigin: https://p.example",
              "Host: prometheus.example\nSec-Fetch-Site: none")) {
        takes(kit, "POST", "/api/v1/write", own);
      }
    }
    try (Kit kit =
        kit(Map.of("externalUrl", "https://user@prom.example:8443/p", "routePrefix", "/"))) {
      takes(kit, "POST", "/api/v1/write", "Host: 10.0.0.1:9090\nOrigin: https://prom.example:8443");
      refuses(kit, "POST", "/api/v1/write", "Host: 10.0.0.1:9090\nOrigin: https://prom.example");
    }
  }

  @Test
  void letsItsOwnPagesChangeThingsBehindProxiesThatAddPortsOrNameItOtherwise() throws Exception {
    try (Kit kit = kit(Map.of("externalUrl", "https://prom.example:443/", "routePrefix", "/"))) {
      // As nginx says it: proxy_set_header Host $host:$server_port.
      takes(kit, "POST", "/things/a", "Host: p.example:80\nOrigin: http://p.example");
      takes(kit, "POST", "/things/a", "Host: p.example:443\nOrigin: https://p.example");
      refuses(kit, "POST", "/things/a", "Host: p.example:80\nOrigin: https://p.example");
      refuses(kit, "POST", "/things/a", "Host: p.example:8080\nOrigin: http://p.example");
      for (String path : List.of("/-/reload", "/api/v1/admin/wipe", "/things/a")) {
        String inside = "Host: narthex.monitoring.svc:9090\nOrigin: https://prom.example";
        takes(kit, "POST", path, inside);
        takes(kit, "POST", path, inside + "\nSec-Fetch-Site: same-origin");
        refuses(kit, "POST", path, inside + "\nSec-Fetch-Site: same-site");
      }
      String rebound = "Host: evil.example:9090\nSec-Fetch-Site: same-origin\nOrigin: ";
      for (String origin : List.of("http://evil.example:9090", "null", "http://")) {
        refuses(kit, "POST", "/-/reload", rebound + origin);
      }
    }
  }

  @Test
  void letsOriginsThatAreNamedChangeThings() throws Exception {
    try (Kit kit = kit(Map.of("corsOrigin", "https://(a|b)\\.example"))) {
      String cross = "Host: prometheus.example\nSec-Fetch-Site: cross-site\nOrigin: ";
      takes(kit, "POST", "/-/reload", cross + "https://a.example");
      refuses(kit, "POST", "/-/reload", cross + "https://c.example");
      refuses(kit, "POST", "/-/reload", cross + "http://a.example");
    }
  }

  @Test
  void letsNoPageWhoseNameWasMadeToPointHereCallWhatOperatorsCall() throws Exception {
    String machine = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    try (Kit kit = kit(Map.of("externalUrl", "http://prom.example:81", "routePrefix", "/"))) {
      String rebound = "Host: evil.example:9090\nSec-Fetch-Site: same-origin";
      for (String path : List.of("/-/reload", "/api/v1/admin/wipe")) {
        refuses(kit, "POST", path, rebound);
        refuses(kit, "POST", path, "Host: evil.example:9090\nOrigin: http://evil.example:9090");
        for (String own :
            List.of(
                "127.0.0.1:9090",
                "[::1]:9090",
                "[fe80::1]",
                "localhost:9090",
                "p.localhost",
                "prometheus:9090",
                machine,
                "PROM.example",
                "prom.example.:9090")) {
          takes(kit, "POST", path, "Host: " + own + "\nSec-Fetch-Site: same-origin");
        }
      }
      takes(kit, "POST", "/things/a", rebound);
    }
  }
}
