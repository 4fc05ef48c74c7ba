package io.narthex.distribution;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A target that exposes a counter with an exemplar, a histogram and a gauge with a label that is
 * not classic, as OpenMetrics, and a server that scrapes it each second as the job {@code app} and
 * has two groups of rules, with an alert that fires.
 */
final class AppTarget implements AutoCloseable {
  private static final String CONFIG =
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
      rule_files: [rules.yml]
      storage: {exemplars: {max_exemplars: 100}}
      scrape_configs:
        - job_name: app
          static_configs: [{targets: ["%s"]}]
          relabel_configs: [{action: drop, source_labels: [__meta_unwanted], regex: "1"}]
      """;

  private static final String RULES =
      """
      groups:
        - name: app
          rules:
            - {record: "app:requests:sum", expr: "sum by(job) (app_requests_total)"}
            - alert: Warm
              expr: app_temperature > 20
              labels: {severity: page}
              annotations: {summary: warm}
        - name: other
          rules:
            - {record: "app:temperature:max", expr: max(app_temperature)}
      """;

  private static final String METRICS =
      """
      # HELP app_requests Requests.
      # TYPE app_requests counter
      app_requests_total{path="/a"} 17 # {trace_id="abc"} 5
      app_requests_total{path="/b"} 3
      # TYPE app_latency_seconds histogram
      # UNIT app_latency_seconds seconds
      app_latency_seconds_bucket{le="1"} 3
      app_latency_seconds_bucket{le="+Inf"} 4
      app_latency_seconds_count 4
      app_latency_seconds_sum 3.25
      # TYPE app_temperature gauge
      app_temperature{"room.name"="attic"} 21.5
      # EOF
      """;

  private final HttpServer server;

  AppTarget() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body = METRICS.getBytes(StandardCharsets.UTF_8);
          exchange
              .getResponseHeaders()
              .set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  /**
   * Starts a server, with further flags, and waits until it has scraped three times and the alert
   * fires.
   */
  Child scrapedBy(Installation installation, Work work, String... flags) throws IOException {
    work.config("prometheus.yml", CONFIG.formatted("127.0.0.1:" + server.getAddress().getPort()));
    work.config("rules.yml", RULES);
    Child prometheus =
        installation
            .launch("prometheus", "--web.listen-address=" + work.api().address())
            .and(flags)
            .in(work.directory())
            .start();
    try {
      work.api().awaitReady(prometheus);
      prometheus.await(
          "the third scrape",
          () -> work.api().number("count_over_time(app_temperature[1m])", 0),
          scrapes -> scrapes >= 3);
      prometheus.await(
          "the alert",
          () -> work.api().number("count(ALERTS{alertstate=\"firing\"})", 0),
          alerts -> alerts == 1);
      return prometheus;
    } catch (RuntimeException | Error e) {
      prometheus.close();
      throw e;
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
