package io.narthex.alerting.sender.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.JdkCaller;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signed requests to a server that takes what it is sent, and roles of an STS that is not one. */
@Timeout(30)
class SigningCallerTest {
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final JdkCaller caller = new JdkCaller(Defaults.of(HttpClientConfig.class));
  private final Map<String, String> variables = new HashMap<>();
  private HttpServer server;
  private URI base;
  private volatile int status = 200;
  private volatile String answer = "";
  private volatile Instant now = Instant.parse("2026-11-21T12:00:00Z");

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          boolean sts = exchange.getRequestURI().getPath().equals("/sts");
          (sts ? asked : received)
              .add(
                  exchange.getRequestHeaders().getFirst("Authorization")
                      + " "
                      + exchange.getRequestHeaders().getFirst("X-Amz-Security-Token")
                      + " "
                      + body);
          byte[] said = (sts ? answer : "").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(sts ? status : 200, said.length == 0 ? -1 : said.length);
          exchange.getResponseBody().write(said);
          exchange.close();
        });
    server.start();
    base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    variables.put("AWS_ENDPOINT_URL_STS", base + "/sts");
    answer = role("ROLEKEY", "2026-11-21T12:15:00Z");
  }

  @AfterEach
  void stop() {
    server.stop(0);
    caller.close();
  }

  private static String role(String key, String until) {
    return """
    <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleResult>
        <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>
        <Credentials>
          <AccessKeyId>%s</AccessKeyId>
          <SecretAccessKey>rolesecret</SecretAccessKey>
          <SessionToken>role&amp;token</SessionToken>
          <Expiration>%s</Expiration>
        </Credentials>
      </AssumeRoleResult>
    </AssumeRoleResponse>
    """
        .formatted(key, until);
  }

  private HttpCaller signing(Map<String, ?> more) throws IOException {
    Map<String, Object> values = new HashMap<>(more);
    values.putIfAbsent("region", "eu-central-1");
    values.putIfAbsent("accessKey", "OWNKEY");
    values.putIfAbsent("secretKey", Secret.of("ownsecret"));
    return SigningCaller.of(
        EnvironmentTest.config(values),
        caller,
        JdkCaller.clients(),
        new Environment(variables::get, Path.of("/nonexistent")),
        () -> now);
  }

  private void send(HttpCaller signing) throws Exception {
    try (HttpCaller.Response response =
        signing.send(
            new HttpCaller.Request(
                "POST",
                base.resolve("/api/v2/alerts"),
                Map.of("Content-Type", "application/json"),
                "[]".getBytes(StandardCharsets.UTF_8),
                Duration.ofSeconds(10)))) {
      assertThat(response.status()).isEqualTo(200);
    }
  }

  @Test
  void requestsAreSignedForTheManagedServiceOrForAnother() throws Exception {
    HttpCaller signing = signing(Map.of());
    send(signing);
    send(signing(Map.of("serviceName", "execute-api")));
    signing.close();

    assertThat(received.get(0))
        .startsWith(
            "AWS4-HMAC-SHA256 Credential=OWNKEY/20261121/eu-central-1/aps/aws4_request,"
                + " SignedHeaders=content-type;host;x-amz-date, Signature=")
        .endsWith(" null []");
    assertThat(received.get(1)).contains("/eu-central-1/execute-api/aws4_request,");
    assertThat(asked).isEmpty();
    assertThat(caller.isClosed()).isTrue();
  }

  @Test
  void aRoleIsAssumedOnceAsLongAsItLasts() throws Exception {
    HttpCaller signing =
        signing(
            Map.of(
                "roleArn",
                "arn:aws:iam::1:role/r",
                "externalId",
                "x y",
                "sessionName",
                "session",
                "tags",
                Map.of("team", "a", "cost-center", "1")));
    assertThat(asked).isEmpty();
    send(signing);
    now = now.plusSeconds(800);
    send(signing);

    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst())
        .startsWith("AWS4-HMAC-SHA256 Credential=OWNKEY/20261121/eu-central-1/sts/aws4_request,")
        .endsWith(
            " null Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
                + "&RoleSessionName=session&DurationSeconds=900&ExternalId=x%20y"
                + "&Tags.member.1.Key=cost-center&Tags.member.1.Value=1"
                + "&Tags.member.2.Key=team&Tags.member.2.Value=a");
    assertThat(received).hasSize(2);
    assertThat(received)
        .allSatisfy(one ->
            assertThat(one)
                .startsWith("AWS4-HMAC-SHA256 Credential=ROLEKEY/20261121/eu-central-1/aps/")
                .contains("x-amz-security-token")
                .endsWith(" role&token []"));

    // Half a minute before they expire.
    answer = role("NEXTKEY", "2026-11-21T12:30:00Z");
    now = Instant.parse("2026-11-21T12:14:30Z");
    send(signing);
    assertThat(asked).hasSize(2);
    assertThat(received.getLast()).contains("Credential=NEXTKEY/");
  }

  @Test
  void aRoleThatIsRefusedFailsTheRequestWithoutSecretsAndIsAskedForAgain() throws Exception {
    HttpCaller signing = signing(Map.of("roleArn", "r"));
    status = 403;
    answer =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not"
            + " you</Message></Error></ErrorResponse>";
    assertThatThrownBy(() -> send(signing))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "error retrieving credentials: assume role at 127.0.0.1: status 403, AccessDenied: not"
                + " you");
    status = 200;
    answer =
        "<!DOCTYPE x [<!ENTITY e SYSTEM"
            + " \"file:///etc/passwd\">]><a><AccessKeyId>&e;</AccessKeyId></a>";
    assertThatThrownBy(() -> send(signing))
        .hasMessageStartingWith("error retrieving credentials: ");
    answer = "SECRET";
    assertThatThrownBy(() -> send(signing)).hasMessageEndingWith("the answer is no XML");
    answer = role("K", "soon");
    assertThatThrownBy(() -> send(signing))
        .hasMessageEndingWith("the answer does not say when the credentials expire");
    answer = role("K", "2026-11-21T12:15:00Z");
    send(signing);
    assertThat(received).hasSize(1);
  }

  @Test
  void withoutCredentialsThereIsNoClient() {
    assertThatThrownBy(
            () -> signing(Map.of("accessKey", "", "secretKey", Secret.of(""), "roleArn", "r")))
        .hasMessageStartingWith("could not get SigV4 credentials: ");
    assertThat(caller.isClosed()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "eu-central-1, false, https://sts.eu-central-1.amazonaws.com/",
    "us-east-1, true, https://sts-fips.us-east-1.amazonaws.com/",
    "us-gov-west-1, true, https://sts.us-gov-west-1.amazonaws.com/",
    "cn-north-1, false, https://sts.cn-north-1.amazonaws.com.cn/",
  })
  void rolesAreAssumedInTheRegion(String region, boolean fips, String endpoint) {
    assertThat(AssumedRole.endpoint(region, fips)).hasToString(endpoint);
  }
}
