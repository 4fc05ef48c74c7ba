package io.narthex.ingest.pushgateway;

import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.plugin.FakeProgram;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Pushgateway as the kernel would put it together, over fakes. */
final class Bench implements AutoCloseable {
  static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

  private static final FakeProgram PROGRAM =
      new FakeProgram(
          PushgatewayRole.NAME,
          PushgatewayRole.NAME,
          "Pushgateway",
          "0.1.0",
          "1.11.3",
          "",
          START,
          Path.of("/"));

  final TestClock clock = new TestClock();
  final Map<String, String> flags = new HashMap<>();
  final PrometheusRegistry registry = new PrometheusRegistry();
  final Gateway gateway;
  private final List<Route> routes;

  Bench() {
    this(Map.of());
  }

  Bench(Map<String, ?> config) {
    gateway = new Gateway(new TestPage(), PROGRAM, new TestConfiguration(), registry, clock);
    gateway.configure(Defaults.with(PushgatewayConfig.class, config));
    gateway.start();
    routes = gateway.routes();
  }

  @Override
  public void close() {
    gateway.stop();
  }

  /** Status and text of the answer. */
  String send(String method, String path, String body) {
    return send(method, path, body.getBytes(StandardCharsets.UTF_8), Map.of()).answer();
  }

  String put(String path, String body) {
    return send("PUT", "/metrics/job/" + path, body);
  }

  String get(String path) {
    return send("GET", path, new byte[0], Map.of()).text();
  }

  /** The lines of the exposition that begin so. */
  List<String> lines(String begin) {
    return get("/metrics").lines().filter(line -> line.startsWith(begin)).toList();
  }

  FakeResponse send(String method, String path, byte[] body, Map<String, String> headers) {
    FakeRequest request = FakeRequest.of(method, path).withBody(body);
    headers.forEach(request::withHeader);
    try {
      return request.send(routes);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(method + " " + path + ": " + e, e);
    }
  }

  /** A clock that stands until it is moved. */
  static final class TestClock extends Clock {
    private volatile Instant now = START;

    void forward(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final class TestPage implements MetricsPage {
    @Override
    public MetricSnapshots own() {
      return registry.scrape();
    }

    @Override
    public void send(WebRequest request, WebResponse response, MetricSnapshots snapshots) {
      throw new UnsupportedOperationException();
    }
  }

  private final class TestConfiguration implements RunningConfiguration {
    @Override
    public String yaml() {
      return "";
    }

    @Override
    public Map<String, String> flags() {
      return flags;
    }

    @Override
    public ConfigSnapshot snapshot() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Instant loadedAt() {
      return START;
    }

    @Override
    public boolean lastLoadSucceeded() {
      return true;
    }
  }
}
