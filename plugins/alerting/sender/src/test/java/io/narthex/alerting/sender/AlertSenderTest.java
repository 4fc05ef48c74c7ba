package io.narthex.alerting.sender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import io.narthex.alerting.sender.aws.SigV4Config;
import io.narthex.api.alert.Alert;
import io.narthex.api.alert.AlertReceiver;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Secret;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.JdkCaller;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.relabel.Relabeller;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AlertSenderTest {
  private final FakeExtensions extensions = new FakeExtensions();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AlertSender sender = new AlertSender(extensions, registry);
  private final List<JdkCaller> callers = new ArrayList<>();
  private final AlertingSection section =
      new AlertingSection(
          sender,
          (config, name, directory) -> {
            if (!config.tlsConfig().caFile().isEmpty()) {
              throw new IOException("unable to read CA cert");
            }
            JdkCaller caller = new JdkCaller(config);
            callers.add(caller);
            return caller;
          });
  private final BlockingQueue<String> posted = new LinkedBlockingQueue<>();
  private HttpServer server;
  private String address;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posted.add(
              exchange.getRequestURI().getPath()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    address = "127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    sender.stop();
    server.stop(0);
    assertThat(callers).allMatch(JdkCaller::isClosed);
  }

  private AlertmanagerConfig alertmanager(String prefix, String... addresses) {
    return new AlertmanagerConfig(
        Defaults.of(HttpClientConfig.class),
        null,
        "http",
        prefix,
        Duration.ofSeconds(5),
        "v2",
        List.of(),
        List.of(),
        List.of(new Configured<>(new Fixed(), new Addresses(List.of(addresses)))));
  }

  private Prepared prepare(AlertmanagerConfig... alertmanagers) throws ConfigException {
    return section.prepare(
        new AlertingConfig(List.of(), List.of(alertmanagers)), FakeSnapshot.in(Path.of(".")));
  }

  private void awaitActive(int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (sender.active().size() != count) {
      assertThat(System.nanoTime()).as(sender.active().toString()).isLessThan(end);
      Thread.sleep(2);
    }
  }

  @Test
  void postsToThoseThatAreConfigured() throws Exception {
    prepare(alertmanager("", address), alertmanager("/two", address)).apply();
    sender.start();
    awaitActive(2);
    sender.send(Alerts.numbered(0, 1));

    assertThat(List.of(posted.take().split(" ")[0], posted.take().split(" ")[0]))
        .containsExactlyInAnyOrder("/api/v2/alerts", "/two/api/v2/alerts");
    assertThat(
            SendingMetricsReader.value(
                registry, "prometheus_notifications_alertmanagers_discovered"))
        .isEqualTo(2);
  }

  @Test
  void whatIsUnchangedGoesOnOverAReload() throws Exception {
    prepare(alertmanager("", address), alertmanager("/two", address)).apply();
    sender.start();
    awaitActive(2);
    AlertmanagerSet first = sender.sets().get(0);

    prepare(alertmanager("", address), alertmanager("/three", address)).apply();
    assertThat(sender.sets()).hasSize(2).contains(first);
    assertThat(callers).hasSize(3);
    awaitActive(2);
    sender.send(Alerts.numbered(0, 1));
    assertThat(List.of(posted.take().split(" ")[0], posted.take().split(" ")[0]))
        .containsExactlyInAnyOrder("/api/v2/alerts", "/three/api/v2/alerts");
  }

  @Test
  void whatMovesGoesOnEachOnce() throws Exception {
    AlertmanagerConfig twice = alertmanager("/twice", address);
    prepare(alertmanager("", address), twice, twice).apply();
    sender.start();
    awaitActive(3);
    List<AlertmanagerSet> before = sender.sets();

    prepare(twice, alertmanager("/new", address), twice, alertmanager("", address)).apply();
    assertThat(sender.sets().get(0)).isSameAs(before.get(1));
    assertThat(sender.sets().get(2)).isSameAs(before.get(2));
    assertThat(sender.sets().get(3)).isSameAs(before.get(0));
    // No alert is lost until discovery has found them again.
    assertThat(sender.active()).hasSizeGreaterThanOrEqualTo(3);
    awaitActive(4);
    assertThat(
            registry
                .scrape(name -> name.equals("prometheus_sd_discovered_targets"))
                .get(0)
                .getDataPoints())
        .extracting(point -> point.getLabels().get("config"))
        .containsExactlyInAnyOrder("config-0", "config-1", "config-2", "config-3");

    prepare(twice).apply();
    assertThat(sender.sets()).containsExactly(before.get(1));
    awaitActive(1);
  }

  @Test
  void aConfigurationThatIsNotAppliedLeavesNothing() throws Exception {
    prepare(alertmanager("", address)).discard();

    assertThat(callers).hasSize(1).allMatch(JdkCaller::isClosed);
    assertThat(sender.sets()).isEmpty();
  }

  @Test
  void oneThatHangsCostsTheOthersNothingAndCanBeTakenAway() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    HttpServer hanging =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hanging.createContext(
        "/",
        exchange -> {
          asked.countDown();
          try {
            hangs.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    hanging.start();
    try {
      String other = "127.0.0.1:" + hanging.getAddress().getPort();
      prepare(alertmanager("", address), alertmanager("/hangs", other)).apply();
      sender.start();
      awaitActive(2);
      sender.send(Alerts.numbered(0, 600));
      asked.await();
      // Three batches.
      posted.take();
      posted.take();
      posted.take();

      prepare(alertmanager("", address)).apply();
      assertThat(sender.active()).hasSize(1);
      sender.send(Alerts.numbered(600, 601));
      assertThat(posted.take()).contains("\"alertname\":\"600\"");
    } finally {
      hangs.countDown();
      hanging.stop(0);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(25);
    while (!callers.get(1).isClosed()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(2);
    }
    assertThat(SendingMetricsReader.labels(registry))
        .containsExactly("http://" + address + "/api/v2/alerts");
  }

  @Test
  void sendsWhatWaitsBeforeItStops() throws Exception {
    prepare(alertmanager("", address)).apply();
    sender.start();
    awaitActive(1);
    sender.send(Alerts.numbered(0, 600));
    sender.stop();

    assertThat(posted).hasSizeGreaterThanOrEqualTo(3);
    assertThat(String.join("", posted)).contains("\"alertname\":\"599\"");
  }

  @Test
  void addsExternalLabelsAndRelabels() {
    RelabelConfig drop =
        new RelabelConfig(
            List.of("alertname"), ";", "noise", 0, "", null, RelabelConfig.Action.DROP);
    List<Alert> treated =
        AlertSender.relabelled(
            List.of(
                Alerts.of("alertname", "a"),
                Alerts.of("alertname", "noise"),
                Alerts.of("alertname", "b", "replica", "own")),
            Labels.of("replica", "1"),
            Relabeller.of(List.of(drop)));

    assertThat(treated)
        .extracting(Alert::labels)
        .containsExactly(
            Labels.of("alertname", "a", "replica", "1"),
            Labels.of("alertname", "b", "replica", "own"));
  }

  @Test
  void alertmanagersOfThisProcessGetThemWithoutHttp() throws Exception {
    BlockingQueue<List<String>> received = new LinkedBlockingQueue<>();
    AlertReceiver receiver = receiver(received);
    sender.start();
    extensions.come(receiver);
    sender.send(Alerts.numbered(0, 2));
    assertThat(received.take()).containsExactly("0", "1");

    extensions.go(receiver);
    sender.send(Alerts.numbered(2, 3));
    extensions.come(receiver);
    sender.send(Alerts.numbered(3, 4));
    assertThat(received.take()).containsExactly("3");
  }

  private static AlertReceiver receiver(BlockingQueue<List<String>> received) {
    return new AlertReceiver() {
      @Override
      public String name() {
        return "in-process";
      }

      @Override
      public void receive(List<Alert> alerts) {
        received.add(Alerts.names(alerts));
      }
    };
  }

  @Test
  void signsWhereItIsToldTo() throws Exception {
    BlockingQueue<String> signatures = new LinkedBlockingQueue<>();
    server.createContext(
        "/signed",
        exchange -> {
          signatures.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    AlertmanagerConfig plain = alertmanager("/signed", address);
    SigV4Config sigv4 =
        Defaults.with(
            SigV4Config.class,
            Map.of("region", "r-1", "accessKey", "KEY", "secretKey", Secret.of("hidden")));
    AlertmanagerConfig signed =
        new AlertmanagerConfig(
            plain.http(),
            sigv4,
            plain.scheme(),
            plain.pathPrefix(),
            plain.timeout(),
            plain.apiVersion(),
            List.of(),
            List.of(),
            plain.discovery());
    assertThat(signed.toString()).doesNotContain("hidden");
    prepare(signed).apply();
    sender.start();
    awaitActive(1);
    sender.send(Alerts.numbered(0, 1));

    assertThat(signatures.take())
        .startsWith("AWS4-HMAC-SHA256 Credential=KEY/")
        .contains("/r-1/aps/aws4_request, SignedHeaders=content-type;host;x-amz-date, ");
    HttpClientConfig basic =
        Defaults.with(
            HttpClientConfig.class,
            Map.of("basicAuth", new HttpClientConfig.BasicAuth("u", "", Secret.of("p"), "")));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new AlertmanagerConfig(
                basic,
                sigv4,
                "http",
                "",
                Duration.ofSeconds(1),
                "v2",
                List.of(),
                List.of(),
                List.of()))
        .withMessage(
            "at most one of basic_auth, authorization, oauth2, & sigv4 must be configured");
  }

  @Test
  void refusesWhatCannotBeUsed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SendingConfig(0, 1, true))
        .withMessage("cannot use queue_capacity: got 0, want 1 or more");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new AlertmanagerConfig(
                Defaults.of(HttpClientConfig.class),
                null,
                "http",
                "",
                Duration.ofSeconds(1),
                "v1",
                List.of(),
                List.of(),
                List.of()))
        .withMessage("expected Alertmanager api version to be one of [v2] but got v1");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> prepare(alertmanager("", address), alertmanager("", "http://a:1/")))
        .withMessageContaining("\"http://a:1/\" is not a valid hostname")
        .matches(e -> e.path().equals("alertmanagers[1].static_configs"));
    assertThat(sender.sets()).isEmpty();
  }

  /** Targets of a test; named so that it is asked while configuring. */
  private static final class Fixed implements DiscoveryProvider<Addresses> {
    @Override
    public String name() {
      return "static";
    }

    @Override
    public Class<Addresses> configType() {
      return Addresses.class;
    }

    @Override
    public Discoverer create(Addresses config, DiscoveryContext context) {
      return sink ->
          sink.update(
              List.of(
                  new TargetGroup(
                      "0",
                      config.addresses().stream().map(a -> Labels.of("__address__", a)).toList(),
                      Labels.empty())));
    }
  }

  private record Addresses(List<String> addresses) {}
}
