package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.narthex.api.access.Access;
import io.narthex.api.access.AccessControl;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.model.Matcher;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebHost;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateTest {
  private static final String TEXT = "text/plain; charset=utf-8";

  @TempDir Path directory;

  private final Controls controls = new Controls();

  /** What a test says. */
  private static final class Controls implements AccessControls, AccessControl {
    volatile boolean wanted = true;
    volatile boolean loaded = true;
    volatile boolean broken;
    volatile Decision anybody = new Unknown();
    final List<String> asked = new ArrayList<>();

    @Override
    public boolean areWanted() {
      return wanted;
    }

    @Override
    public List<AccessControl> all() {
      return loaded ? List.of(this) : List.of();
    }

    @Override
    public Decision ofToken(String token) {
      check();
      asked.add("token");
      return switch (token) {
        case "all" -> new Granted(new Access("grafana", List.of(), QueryLimits.NONE));
        case "some" -> new Granted(restricted("viewer"));
        default -> new Unknown();
      };
    }

    @Override
    public Decision ofUser(String name) {
      check();
      asked.add("user " + name);
      return name.equals("alice") ? new Granted(restricted(name)) : new Denied(name);
    }

    @Override
    public Decision ofAnybody() {
      check();
      asked.add("anybody");
      return anybody;
    }

    private void check() {
      if (broken) {
        throw new IllegalStateException("broken");
      }
    }
  }

  private static Access restricted(String name) {
    return new Access(name, List.of(List.of(Matcher.equal("team", "a"))), QueryLimits.NONE);
  }

  private static Route tells(String path, Route.Audience audience) {
    return Route.get(
            path,
            (request, response) ->
                response.send(
                    TEXT, request.user().orElse("-") + " " + request.access().isRestricted()))
        .audience(audience);
  }

  private Kit kit() throws Exception {
    return kit(Map.of());
  }

  private Kit kit(Map<String, ?> config) throws Exception {
    return new Kit(
        config,
        directory,
        controls,
        List.of(
            tells("/api/v1/secret", Route.Audience.UNRESTRICTED),
            tells("/page/secret", Route.Audience.UNRESTRICTED),
            tells("/api/v1/filtered", Route.Audience.FILTERED),
            tells("/page/open", Route.Audience.ALL)));
  }

  private static String bearer(String token) {
    return "Bearer " + token;
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  private Path users() throws Exception {
    Path file = directory.resolve("web.yml");
    String hash =
        new String(
            BCrypt.with(BCrypt.Version.VERSION_2A)
                .hash(4, "secret".getBytes(StandardCharsets.UTF_8)),
            StandardCharsets.US_ASCII);
    Files.writeString(file, "user.alice=" + hash + "\nuser.bob=" + hash + "\n");
    return file;
  }

  @Test
  void asksOnceForEachRequest() throws Exception {
    try (Kit kit = kit()) {
      assertThat(kit.get("/page/open", "Authorization", bearer("other")).statusCode())
          .isEqualTo(401);
      assertThat(kit.get("/page/open", "Authorization", bearer("some")).statusCode())
          .isEqualTo(200);
      assertThat(controls.asked).containsExactly("token", "token");
    }
  }

  @Test
  void letsEverybodySeeEverythingAndAsksNobodyUnlessItIsWanted() throws Exception {
    controls.wanted = false;
    try (Kit kit = kit()) {
      assertThat(kit.get("/api/v1/secret", "Authorization", bearer("some")).body())
          .isEqualTo("- false");
      assertThat(controls.asked).isEmpty();
    }
  }

  @Test
  void tellsWhatTheBearerOfATokenMaySee() throws Exception {
    try (Kit kit = kit()) {
      assertThat(kit.get("/api/v1/filtered", "Authorization", bearer("some")).body())
          .isEqualTo("viewer true");
      assertThat(kit.get("/page/open", "Authorization", "bearer  some ").body())
          .isEqualTo("viewer true");
      assertThat(kit.get("/api/v1/secret", "Authorization", bearer("all")).body())
          .isEqualTo("grafana false");
    }
  }

  @Test
  void refusesTheRestrictedWhatIsForThoseWhoSeeEverything() throws Exception {
    try (Kit kit = kit(Map.of("enableLifecycle", true))) {
      HttpResponse<String> api = kit.get("/api/v1/secret", "Authorization", bearer("some"));
      assertThat(api.statusCode()).isEqualTo(403);
      assertThat(api.headers().firstValue("Content-Type")).hasValue("application/json");
      assertThat(api.body())
          .isEqualTo(
              "{\"status\":\"error\",\"errorType\":\"forbidden\",\"error\":\"access denied:"
                  + " \\\"viewer\\\" may see a part of the series, and this is for those who see"
                  + " everything (web.access)\"}");
      HttpResponse<String> page = kit.get("/page/secret", "Authorization", bearer("some"));
      assertThat(page.statusCode()).isEqualTo(403);
      assertThat(page.headers().firstValue("Content-Type")).hasValue(TEXT);
      assertThat(page.body()).startsWith("access denied: \"viewer\" may see a part");
      for (String path : List.of("/-/reload", "/-/quit")) {
        assertThat(
                kit.send("POST", path, new byte[0], "Authorization", bearer("some")).statusCode())
            .isEqualTo(403);
      }
      assertThat(kit.get("/metrics", "Authorization", bearer("some")).statusCode()).isEqualTo(403);
      assertThat(kit.lifecycle.reloads).hasValue(0);
      assertThat(kit.lifecycle.quits).hasValue(0);
      assertThat(
              kit.send("POST", "/-/reload", new byte[0], "Authorization", bearer("all"))
                  .statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void refusesUnknownTokensAndThoseWithoutOneWhateverTheyAskFor() throws Exception {
    try (Kit kit = kit()) {
      for (String path :
          List.of("/api/v1/filtered", "/api/v1/secret", "/page/open", "/metrics", "/nothing")) {
        HttpResponse<String> wrong = kit.get(path, "Authorization", bearer("wrong"));
        assertThat(wrong.statusCode()).as(path).isEqualTo(401);
        assertThat(wrong.body()).contains("access denied: unknown token").doesNotContain("wrong");
        assertThat(wrong.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(kit.get(path).statusCode()).as(path).isEqualTo(401);
        assertThat(kit.get(path, "Authorization", basic("alice", "secret")).statusCode())
            .as("nobody has checked the password")
            .isEqualTo(401);
      }
      assertThat(kit.send("POST", "/page/open", new byte[0]).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void letsEverybodyAskWhetherTheProcessLives() throws Exception {
    controls.loaded = false;
    try (Kit kit = kit()) {
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
      assertThat(kit.get("/-/ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void letsABrowserAskWhetherItMaySendAToken() throws Exception {
    try (Kit kit = kit()) {
      HttpResponse<String> answer =
          kit.send("OPTIONS", "/api/v1/filtered", new byte[0], "Origin", "https://grafana.example");
      assertThat(answer.statusCode()).isEqualTo(204);
      assertThat(answer.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
          .contains("Authorization");
    }
  }

  @Test
  void letsNobodyInWhenNobodyCanDecide() throws Exception {
    try (Kit kit = kit()) {
      controls.loaded = false;
      for (String token : List.of("all", "some", "wrong")) {
        HttpResponse<String> answer = kit.get("/api/v1/filtered", "Authorization", bearer(token));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("\"errorType\":\"unavailable\"");
      }
      assertThat(kit.get("/page/open").statusCode()).isEqualTo(503);
      controls.loaded = true;
      controls.broken = true;
      assertThat(kit.get("/page/open", "Authorization", bearer("all")).statusCode()).isEqualTo(503);
      assertThat(kit.get("/page/open").statusCode()).isEqualTo(503);
      controls.broken = false;
      assertThat(kit.get("/page/open", "Authorization", bearer("all")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void letsInWhoNeedNotSayWhoTheyAre() throws Exception {
    controls.anybody = new AccessControl.Granted(restricted(""));
    try (Kit kit = kit()) {
      assertThat(kit.get("/api/v1/filtered").body()).isEqualTo("- true");
      HttpResponse<String> secret = kit.get("/page/secret");
      assertThat(secret.statusCode()).isEqualTo(403);
      assertThat(secret.body()).startsWith("access denied: the sender may see a part");
      assertThat(kit.get("/api/v1/filtered", "Authorization", bearer("wrong")).statusCode())
          .as("a token that is wrong is not as good as none")
          .isEqualTo(401);
    }
  }

  @Test
  void takesATokenInsteadOfAPasswordWhereUsersAreConfigured() throws Exception {
    controls.anybody = new AccessControl.Granted(new Access("", List.of(), QueryLimits.NONE));
    try (Kit kit = kit(Map.of("configFile", users().toString()))) {
      assertThat(kit.get("/api/v1/secret", "Authorization", bearer("all")).body())
          .isEqualTo("grafana false");
      assertThat(kit.get("/api/v1/filtered", "Authorization", basic("alice", "secret")).body())
          .isEqualTo("alice true");
      HttpResponse<String> wrong = kit.get("/page/open", "Authorization", bearer("wrong"));
      assertThat(wrong.statusCode()).isEqualTo(401);
      assertThat(wrong.headers().allValues("WWW-Authenticate")).containsExactly("Basic", "Bearer");
      assertThat(kit.get("/page/open").statusCode())
          .as("who needs a password is not anybody")
          .isEqualTo(401);
      assertThat(kit.get("/page/open", "Authorization", basic("alice", "guessed")).statusCode())
          .isEqualTo(401);
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void refusesUsersWhoAreAuthenticatedAndNotToBeLetIn() throws Exception {
    try (Kit kit = kit(Map.of("configFile", users().toString()))) {
      HttpResponse<String> bob =
          kit.get("/api/v1/filtered", "Authorization", basic("bob", "secret"));
      assertThat(bob.statusCode()).isEqualTo(403);
      assertThat(bob.body()).contains("access denied: \\\"bob\\\" may see nothing here");
      assertThat(kit.get("/page/open", "Authorization", basic("bob", "secret")).statusCode())
          .isEqualTo(403);
    }
  }

  @Test
  void doesNotStandBeforeOtherServers() throws Exception {
    try (Kit kit = kit()) {
      try (WebHost.Server other =
          kit.server.open(
              new WebHost.ServerConfig("other", List.of("127.0.0.1:0"), ""),
              List.of(tells("/metrics", Route.Audience.UNRESTRICTED)))) {
        HttpRequest request =
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + other.addresses().get(0).getPort() + "/metrics"))
                .timeout(Duration.ofSeconds(20))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
          assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).body())
              .isEqualTo("- false");
        }
      }
    }
  }

  @Test
  void countsWhatItRefuses() throws Exception {
    try (Kit kit = kit()) {
      assertThat(kit.get("/api/v1/secret", "Authorization", bearer("some")).statusCode())
          .isEqualTo(403);
      assertThat(kit.get("/metrics", "Authorization", bearer("all")).body())
          .contains("prometheus_http_requests_total{code=\"403\",handler=\"/api/v1/secret\"} 1");
    }
  }
}
