package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Grafana asks of a Prometheus, and reads of its answers; and what a server says it offers.
 */
class GrafanaCallsIT {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir private Path temporary;

  @Test
  void areAnsweredAsGrafanaReadsThem() throws Exception {
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    try (AppTarget target = new AppTarget();
        Child prometheus =
            target.scrapedBy(installation, work, "--enable-feature=exemplar-storage")) {
      calls(work.api());
      assertThat(prometheus.isAlive()).isTrue();
    }
  }

  private static void calls(Api api) throws Exception {
    // A step of half a second must reach what has just been seen.
    List<GrafanaCall> calls = GrafanaCall.recorded(System.currentTimeMillis() + 1000);
    assertThat(calls).hasSizeGreaterThan(30);
    SoftAssertions all = new SoftAssertions();
    for (GrafanaCall call : calls) {
      HttpResponse<byte[]> response = send(api, call);
      String body = text(response);
      String about = call.purpose() + "\n" + call.method() + " " + call.target() + "\n" + body;
      all.assertThat(response.statusCode()).as(about).isEqualTo(call.status());
      if (!call.mediaType().isEmpty()) {
        all.assertThat(response.headers().firstValue("Content-Type").orElse(""))
            .as(about)
            .startsWith(call.mediaType());
      }
      for (String expectation : call.expectations()) {
        all.assertThat(holds(JSON.readTree(body), expectation))
            .as("%s, in %s", expectation, about)
            .isTrue();
      }
    }
    all.assertAll();
  }

  private static HttpResponse<byte[]> send(Api api, GrafanaCall call) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.base().resolve(call.target()))
            .timeout(Duration.ofSeconds(30))
            .header("User-Agent", "Grafana/12.3.0")
            .header("Accept-Encoding", "gzip")
            .header("X-Grafana-Org-Id", "1")
            .header("X-Datasource-Uid", "narthex")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .method(
                call.method(),
                call.body().isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(call.body()));
    call.headers().forEach(request::header);
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  private static String text(HttpResponse<byte[]> response) throws IOException {
    InputStream in = new ByteArrayInputStream(response.body());
    boolean packed = response.headers().firstValue("Content-Encoding").orElse("").equals("gzip");
    try (InputStream plain = packed ? new GZIPInputStream(in) : in) {
      return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Whether an expectation of {@code grafana-calls.txt} is met. */
  private static boolean holds(JsonNode answer, String expectation) {
    String[] parts = expectation.split(" ", 3);
    JsonNode found = answer.at(parts[0]);
    return switch (parts[1]) {
      case "=" -> found.equals(JSON.readTree(parts[2]));
      case "absent" -> found.isMissingNode();
      case "some" -> found.isString() ? !found.asString().isEmpty() : !found.isEmpty();
      case "is" -> found.getNodeType().name().equalsIgnoreCase(parts[2]);
      case "keys" -> found.propertyNames().containsAll(List.of(parts[2].split(" ")));
      case "has" -> {
        List<JsonNode> items = new ArrayList<>();
        found.forEach(items::add);
        yield items.contains(JSON.readTree(parts[2]));
      }
      default -> throw new IllegalArgumentException("cannot check " + expectation);
    };
  }
}
