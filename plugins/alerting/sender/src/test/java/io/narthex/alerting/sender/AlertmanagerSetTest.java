package io.narthex.alerting.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.relabel.RelabelConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class AlertmanagerSetTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final RecordingCaller caller = new RecordingCaller();
  private AlertmanagerSet set;

  @AfterEach
  void stop() {
    if (set != null) {
      AlertQueue.await(set.stop(), System.nanoTime() + 5_000_000_000L);
      set.close();
      assertThat(caller.closed).isTrue();
    }
  }

  private void start(
      String scheme, String prefix, List<RelabelConfig> targets, List<RelabelConfig> alerts) {
    AlertmanagerConfig config =
        new AlertmanagerConfig(
            Defaults.of(HttpClientConfig.class),
            null,
            scheme,
            prefix,
            Duration.ofSeconds(3),
            "v2",
            targets,
            alerts,
            List.of());
    set =
        new AlertmanagerSet(
            "config-0", new AlertmanagerSet.Key(config, Path.of("."), NameScheme.UTF8), caller);
    set.ready(Defaults.of(SendingConfig.class), new SendingMetrics(registry));
  }

  private static RelabelConfig step(String source, String regex, RelabelConfig.Action action) {
    return new RelabelConfig(List.of(source), ";", regex, 0, "", null, action);
  }

  private static TargetGroup group(Labels labels, String... addresses) {
    return new TargetGroup(
        "g", List.of(addresses).stream().map(a -> Labels.of("__address__", a)).toList(), labels);
  }

  @Test
  void makesUrlsOfWhatIsFound() {
    start("https", "/am/", List.of(), List.of());
    set.sync(
        List.of(group(Labels.empty(), "a:9093", "[::1]:9093"), group(Labels.empty(), "a:9093")));

    assertThat(set.active())
        .containsExactly("https://a:9093/am/api/v2/alerts", "https://[::1]:9093/am/api/v2/alerts");
  }

  @Test
  void aGroupMaySayAnotherSchemeAndPathAndATargetMayNot() {
    start("http", "", List.of(), List.of());
    set.sync(
        List.of(
            group(Labels.of("__scheme__", "https", "__alerts_path__", "/x"), "a:1"),
            new TargetGroup(
                "own",
                List.of(Labels.of("__address__", "b:1", "__scheme__", "https")),
                Labels.empty())));

    assertThat(set.active()).containsExactly("https://a:1/x", "http://b:1/api/v2/alerts");
  }

  @Test
  void relabelsWhatIsFoundAndTellsWhatWasDropped() {
    start("http", "", List.of(step("__address__", "b.*", RelabelConfig.Action.DROP)), List.of());
    set.sync(List.of(group(Labels.empty(), "a:1", "b:1")));

    assertThat(set.active()).containsExactly("http://a:1/api/v2/alerts");
    assertThat(set.dropped()).containsExactly("http://b:1/api/v2/alerts");
  }

  @Test
  void passwordsOfAddressesAreSentAndNotShown() throws Exception {
    start("http", "", List.of(step("__address__", "b.*", RelabelConfig.Action.DROP)), List.of());
    set.sync(List.of(group(Labels.empty(), "me:s3cret@a:1", "bob:s3cret@b:1")));

    assertThat(set.active()).containsExactly("http://me:xxxxx@a:1/api/v2/alerts");
    assertThat(set.dropped()).containsExactly("http://bob:xxxxx@b:1/api/v2/alerts");
    assertThat(SendingMetricsReader.labels(registry))
        .containsExactly("http://me:xxxxx@a:1/api/v2/alerts");
    set.send(Alerts.numbered(0, 1));
    assertThat(caller.requests.take().uri()).hasUserInfo("me:s3cret");
  }

  @Test
  void whatIsDroppedNeedNotHaveAUrl() {
    start("http", "", List.of(step("__address__", "a.*", RelabelConfig.Action.KEEP)), List.of());
    set.sync(List.of(group(Labels.empty(), "a:1", "[x")));

    assertThat(set.active()).containsExactly("http://a:1/api/v2/alerts");
    assertThat(set.dropped()).containsExactly("http://[x/api/v2/alerts");
  }

  @Test
  void aPathBeginsWithASlash() {
    start("http", "", List.of(), List.of());
    set.sync(List.of(group(Labels.of("__alerts_path__", "x/y"), "a:1")));

    assertThat(set.active()).containsExactly("http://a:1/x/y");
  }

  @Test
  void aGroupWithAUrlIsLeftOutAndTheOthersAreNot() {
    start("http", "", List.of(), List.of());
    set.sync(List.of(group(Labels.empty(), "c:1", "http://a:1/"), group(Labels.empty(), "b:1")));

    assertThat(set.active()).containsExactly("http://b:1/api/v2/alerts");
  }

  @Test
  void sendsToAllAndForgetsThoseThatAreGone() throws Exception {
    start("http", "", List.of(), List.of());
    set.sync(List.of(group(Labels.empty(), "a:1", "b:1")));
    set.send(List.of(Alerts.of("alertname", "x")));

    HttpCaller.Request one = caller.requests.take();
    HttpCaller.Request two = caller.requests.take();
    assertThat(List.of(one.uri().toString(), two.uri().toString()))
        .containsExactlyInAnyOrder("http://a:1/api/v2/alerts", "http://b:1/api/v2/alerts");
    assertThat(one.method()).isEqualTo("POST");
    assertThat(one.headers()).containsEntry("Content-Type", "application/json");
    assertThat(one.timeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(new String(one.body(), StandardCharsets.UTF_8)).contains("\"alertname\":\"x\"");

    set.sync(List.of(group(Labels.empty(), "b:1")));
    set.send(List.of(Alerts.of("alertname", "y")));
    assertThat(caller.requests.take().uri().getHost()).isEqualTo("b");
    assertThat(set.active()).containsExactly("http://b:1/api/v2/alerts");
    assertThat(caller.requests).isEmpty();
  }

  @Test
  void relabelsAlertsForItsAlertmanagersAlone() throws Exception {
    start("http", "", List.of(), List.of(step("severity", "page", RelabelConfig.Action.KEEP)));
    set.sync(List.of(group(Labels.empty(), "a:1")));
    set.send(List.of(Alerts.of("alertname", "x", "severity", "info")));
    set.send(
        List.of(
            Alerts.of("alertname", "y", "severity", "page"),
            Alerts.of("alertname", "z", "severity", "info")));

    assertThat(new String(caller.requests.take().body(), StandardCharsets.UTF_8))
        .contains("\"y\"")
        .doesNotContain("\"z\"");
  }

  @ParameterizedTest
  @CsvSource({
    "'', /api/v2/alerts",
    "/, /api/v2/alerts",
    "am, /am/api/v2/alerts",
    "/a//b/./c/../d/, /a/b/d/api/v2/alerts",
    "../.., /api/v2/alerts",
  })
  void putsThePrefixInFrontOfThePath(String prefix, String path) {
    assertThat(AlertmanagerSet.path(prefix)).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "200, true, ''",
    "204, true, ''",
    "500, false, again",
    "429, false, again",
    "400, false, refused",
    "302, false, refused"
  })
  void judgesByTheStatus(int status, boolean taken, String how) {
    caller.status = status;
    HttpDelivery delivery =
        new HttpDelivery(caller, java.net.URI.create("http://a:1/"), Duration.ofSeconds(1));
    Throwable thrown =
        org.assertj.core.api.Assertions.catchThrowable(
            () -> delivery.send(List.of(Alerts.of("alertname", "x"))));
    if (taken) {
      assertThat(thrown).isNull();
    } else {
      assertThat(thrown)
          .hasMessage("bad response status " + status)
          .matches(e -> e instanceof Delivery.RefusedException == how.equals("refused"));
    }
    assertThat(caller.closedResponses).isEqualTo(1);
  }

  private static final class RecordingCaller implements HttpCaller {
    final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    volatile int status = 200;
    volatile boolean closed;
    volatile int closedResponses;

    @Override
    public Response send(Request request) {
      requests.add(request);
      return new Response() {
        @Override
        public int status() {
          return status;
        }

        @Override
        public Optional<String> header(String name) {
          return Optional.empty();
        }

        @Override
        public Map<String, List<String>> headers() {
          return Map.of();
        }

        @Override
        public InputStream body() {
          return new ByteArrayInputStream(new byte[10]);
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // One thread in the test that looks at it.
        public void close() {
          closedResponses++;
        }
      };
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
