package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An alert's way from a target that goes down to Debian's Alertmanager and the notification that it
 * is over, also when one of both servers is restarted meanwhile.
 */
class AlertsAtAlertmanagerIT {
  private static final Path ALERTMANAGER = Path.of("/usr/bin/prometheus-alertmanager");
  private static final Path AMTOOL = Path.of("/usr/bin/amtool");

  /** Of the rule. */
  private static final Duration HOLD = Duration.ofSeconds(5);

  private static final String CONFIG =
      """
      global:
        scrape_interval: 1s
        scrape_timeout: 1s
        evaluation_interval: 1s
        external_labels: {zone: eu}
      rule_files: [rules.yml]
      alerting:
        alertmanagers:
          - static_configs: [{targets: ["%s"]}]
      scrape_configs:
        - job_name: app
          static_configs: [{targets: ["%s"]}]
      """;

  private static final String RULES =
      """
      groups:
        - name: availability
          rules:
            - alert: Down
              expr: up == 0
              for: 5s
              labels: {severity: page}
              annotations: {summary: "{{ $labels.job }} is down in {{ $externalLabels.zone }}"}
      """;

  private static final String ALERTMANAGER_CONFIG =
      """
      route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
      receivers:
        - name: hook
          webhook_configs: [{url: "http://%s/", send_resolved: true}]
      """;

  @TempDir private Path temporary;
  private final Api alertmanager = Api.onPort(Ports.free());
  private final int target = Ports.free();

  AlertsAtAlertmanagerIT() throws IOException {}

  /** A target without metrics of its own. */
  private HttpServer startTarget() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Child startAlertmanager(JsonInbox hook) throws IOException {
    Path directory = Files.createDirectories(temporary.resolve("alertmanager"));
    Files.writeString(directory.resolve("am.yml"), ALERTMANAGER_CONFIG.formatted(hook.address()));
    Child child =
        Launch.of(
                ALERTMANAGER,
                "--config.file=am.yml",
                "--storage.path=data",
                "--cluster.listen-address=",
                "--web.listen-address=" + alertmanager.address())
            .in(directory)
            .start();
    alertmanager.awaitReady(child);
    return child;
  }

  private static Child start(Installation installation, Work work) throws IOException {
    Child child =
        installation
            .launch(
                "prometheus",
                "--config.file=p.yml",
                "--storage.tsdb.path=data",
                "--rules.alert.resend-delay=3s",
                "--rules.alert.for-grace-period=1s",
                "--web.external-url=http://outside.example/",
                "--web.route-prefix=/",
                "--web.listen-address=" + work.api().address())
            .in(work.directory())
            .start();
    work.api().awaitReady(child);
    return child;
  }

  private static String state(Api api) throws IOException {
    return api.data("/api/v1/rules?type=alert")
        .at("/groups/0/rules/0/state")
        .asString("no such rule");
  }

  /** The states that {@code ALERTS} tells at present. */
  private static List<String> stored(Api api) throws IOException {
    List<String> states = new ArrayList<>();
    for (Api.Sample alert : api.query("ALERTS{alertname=\"Down\",severity=\"page\"}")) {
      states.add(alert.label("alertstate"));
    }
    return states;
  }

  /** The one alert of the server. */
  private static JsonNode alert(Api api) throws IOException {
    JsonNode alerts = api.data("/api/v1/alerts").path("alerts");
    assertThat(alerts).hasSize(1);
    return alerts.path(0);
  }

  private static Instant activeAt(Api api) throws IOException {
    return OffsetDateTime.parse(alert(api).path("activeAt").asString()).toInstant();
  }

  /** What the Alertmanager has that is not over. */
  private JsonNode received() throws IOException {
    return alertmanager.get("/api/v2/alerts").json();
  }

  private static Instant time(JsonNode alert, String key) {
    return OffsetDateTime.parse(alert.path(key).asString()).toInstant();
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void anAlertArrivesAndEndsThoughServersAreRestarted() throws IOException {
    Figures.skipUnless(
        Files.isExecutable(ALERTMANAGER) && Files.isExecutable(AMTOOL),
        ALERTMANAGER + " is not on this machine: nothing is sent to it");
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    work.config("p.yml", CONFIG.formatted(alertmanager.address(), "127.0.0.1:" + target));
    work.config("rules.yml", RULES);
    try (JsonInbox hook = new JsonInbox()) {
      Instant activeAt;
      try (Child am = startAlertmanager(hook);
          Child narthex = start(installation, work)) {
        activeAt = becomesFiring(work.api(), narthex, hook);
        am.terminate();
        narthex.terminate();
      }
      try (Child narthex = start(installation, work)) {
        surviveRestart(work.api(), narthex, activeAt);
        try (Child am = startAlertmanager(hook)) {
          am.await("the alert at the new one", this::received, alerts -> alerts.size() == 1);
          ends(work.api(), narthex, hook);
          am.terminate();
        }
        narthex.terminate();
      }
    }
  }

  private Instant becomesFiring(Api api, Child narthex, JsonInbox hook) throws IOException {
    HttpServer up = startTarget();
    try {
      narthex.await("a scrape", () -> api.number("up", 0), value -> value == 1);
      narthex.await("an evaluation", () -> state(api), "inactive"::equals);
      assertThat(stored(api)).isEmpty();
    } finally {
      up.stop(0);
    }
    narthex.await("a pending alert", () -> state(api), "pending"::equals);
    Instant activeAt = activeAt(api);
    narthex.await("a firing alert", () -> state(api), "firing"::equals);
    assertThat(api.query("last_over_time(ALERTS{alertstate=\"pending\"}[5m])")).hasSize(1);
    narthex.await("its series", () -> stored(api), List.of("firing")::equals);
    assertThat(activeAt(api)).isEqualTo(activeAt);
    narthex.await("the alert there", this::received, alerts -> alerts.size() == 1);

    JsonNode there = received().path(0);
    assertThat(Api.labels(there.path("labels")))
        .isEqualTo(
            Map.of(
                "alertname", "Down",
                "instance", "127.0.0.1:" + target,
                "job", "app",
                "severity", "page",
                "zone", "eu"));
    assertThat(Api.labels(there.path("annotations")))
        .isEqualTo(Map.of("summary", "app is down in eu"));
    assertThat(there.path("generatorURL").asString())
        .isEqualTo("http://outside.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
    assertThat(time(there, "startsAt"))
        .isEqualTo(activeAt.plus(HOLD).truncatedTo(ChronoUnit.MILLIS));
    assertThat(there.at("/status/state").asString()).isEqualTo("active");
    assertThat(queried()).isEqualTo(there.path("fingerprint").asString());
    narthex.await("a notification", hook::bodies, bodies -> bodies.size() == 1);
    assertThat(hook.bodies().getFirst().path("status").asString()).isEqualTo("firing");
    return activeAt;
  }

  /** The fingerprint of the alert that amtool shows. */
  private String queried() throws IOException {
    Ended shown =
        Launch.of(
                AMTOOL,
                "--alertmanager.url=http://" + alertmanager.address(),
                "--output=json",
                "alert",
                "query",
                "severity=page")
            .run();
    assertThat(shown.status()).as(shown.output()).isZero();
    return JsonMapper.shared().readTree(shown.out()).at("/0/fingerprint").asString("none");
  }

  /** It fires again, since the same time as before, and cannot be sent. */
  private static void surviveRestart(Api api, Child narthex, Instant activeAt) throws IOException {
    narthex.await("a firing alert", () -> state(api), "firing"::equals);
    // Seconds are stored.
    assertThat(activeAt(api)).isEqualTo(activeAt.truncatedTo(ChronoUnit.SECONDS));
    narthex.await("its series", () -> stored(api), List.of("firing")::equals);
    narthex.await(
        "a failure to send it",
        () ->
            api.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("prometheus_notifications_errors_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum(),
        errors -> errors > 0);
  }

  private void ends(Api api, Child narthex, JsonInbox hook) throws IOException {
    HttpServer up = startTarget();
    try {
      narthex.await("the end of the alert", () -> state(api), "inactive"::equals);
      narthex.await("the end of its series", () -> stored(api), List.of()::equals);
      assertThat(api.data("/api/v1/alerts").path("alerts")).isEmpty();
      narthex.await("its end there", this::received, JsonNode::isEmpty);
      JsonNode last =
          narthex.await(
              "a notification that it is over",
              () -> hook.bodies().getLast(),
              body -> body.path("status").asString().equals("resolved"));
      JsonNode alert = last.path("alerts").path(0);
      assertThat(alert.at("/labels/alertname").asString()).isEqualTo("Down");
      assertThat(time(alert, "endsAt")).isAfter(time(alert, "startsAt"));
    } finally {
      up.stop(0);
    }
  }
}
