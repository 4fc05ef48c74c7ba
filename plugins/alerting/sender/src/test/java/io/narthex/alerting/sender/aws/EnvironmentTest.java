package io.narthex.alerting.sender.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
  @TempDir private Path home;

  private final Map<String, String> variables = new HashMap<>();
  private Environment environment;

  @BeforeEach
  void make() throws Exception {
    environment = new Environment(variables::get, home);
    Files.createDirectory(home.resolve(".aws"));
  }

  static SigV4Config config(Map<String, ?> values) {
    return Defaults.with(SigV4Config.class, values);
  }

  private static final SigV4Config NOTHING = config(Map.of());

  private void write(String file, String... lines) throws Exception {
    Files.writeString(home.resolve(".aws").resolve(file), String.join("\n", lines));
  }

  private String key(SigV4Config config) throws Exception {
    Credentials credentials = environment.credentials(config);
    return credentials.accessKey()
        + ":"
        + credentials.secretKey().reveal()
        + ":"
        + credentials.sessionToken().reveal();
  }

  @Test
  void credentialsOfTheConfigurationComeFirst() throws Exception {
    variables.put("AWS_ACCESS_KEY_ID", "e");
    variables.put("AWS_SECRET_ACCESS_KEY", "es");
    variables.put("AWS_SESSION_TOKEN", "et");
    assertThat(key(config(Map.of("accessKey", "c", "secretKey", Secret.of("cs")))))
        .isEqualTo("c:cs:");
    assertThat(key(NOTHING)).isEqualTo("e:es:et");
    variables.remove("AWS_SECRET_ACCESS_KEY");
    variables.put("AWS_SECRET_KEY", "old");
    assertThat(key(NOTHING)).isEqualTo("e:old:et");
  }

  @Test
  void aProfileThatIsNamedComesBeforeTheEnvironment() throws Exception {
    variables.put("AWS_ACCESS_KEY_ID", "e");
    variables.put("AWS_SECRET_ACCESS_KEY", "es");
    write(
        "credentials",
        "[default]",
        "aws_access_key_id=d",
        "aws_secret_access_key=ds",
        "# a remark",
        "[ p ]",
        "aws_access_key_id = p",
        "AWS_SECRET_ACCESS_KEY = ps=",
        "aws_session_token = pt",
        "[q]",
        "aws_access_key_id = q");
    write(
        "config",
        "[profile p]",
        "region = eu-north-1",
        "s3 =",
        "  region = nested",
        "[default]",
        "region = d-1");

    assertThat(key(config(Map.of("profile", "p")))).isEqualTo("p:ps=:pt");
    assertThat(environment.region(config(Map.of("profile", "p")))).isEqualTo("eu-north-1");
    assertThat(key(NOTHING)).isEqualTo("e:es:");
    variables.clear();
    assertThat(key(NOTHING)).isEqualTo("d:ds:");
    assertThat(environment.region(NOTHING)).isEqualTo("d-1");
    variables.put("AWS_PROFILE", "p");
    assertThat(key(NOTHING)).isEqualTo("p:ps=:pt");
    variables.put("AWS_REGION", "e-1");
    assertThat(environment.region(NOTHING)).isEqualTo("e-1");
    assertThat(environment.region(config(Map.of("region", "c-1")))).isEqualTo("c-1");
  }

  @Test
  void filesMayBeElsewhere() throws Exception {
    Path file =
        Files.writeString(
            home.resolve("x"), "[default]\naws_access_key_id=x\naws_secret_access_key=xs");
    variables.put("AWS_SHARED_CREDENTIALS_FILE", file.toString());
    assertThat(key(NOTHING)).isEqualTo("x:xs:");
  }

  @Test
  void saysWhereNothingWasFound() throws Exception {
    assertThatThrownBy(() -> environment.credentials(NOTHING))
        .hasMessage(
            "could not get SigV4 credentials: none in sigv4, in AWS_ACCESS_KEY_ID and"
                + " AWS_SECRET_ACCESS_KEY, or in profile \"default\" of "
                + home.resolve(".aws/credentials")
                + "; those of EC2 and ECS are not supported");
    assertThatThrownBy(() -> environment.credentials(config(Map.of("profile", "none"))))
        .hasMessage("could not create new AWS session: failed to get shared config profile, none");
    assertThatThrownBy(() -> environment.region(NOTHING))
        .hasMessage("region not configured in sigv4 or in default credentials chain");
    write("config", "[default]", "credential_process = /bin/secret");
    assertThatThrownBy(() -> environment.credentials(NOTHING))
        .hasMessage(
            "could not get SigV4 credentials: profile \"default\" has credentials by"
                + " credential_process, not supported");
    variables.put("AWS_WEB_IDENTITY_TOKEN_FILE", "x");
    assertThatThrownBy(() -> environment.credentials(NOTHING))
        .hasMessageEndingWith("credentials by web identity are not supported");
  }

  @Test
  void nothingPrintsASecret() throws Exception {
    SigV4Config config = config(Map.of("accessKey", "k", "secretKey", Secret.of("hidden")));
    assertThat(config.toString()).doesNotContain("hidden");
    assertThat(environment.credentials(config).toString()).doesNotContain("hidden");
  }

  @Test
  void refusesWhatDoesNotGoTogetherInPrometheussWords() {
    refused(
        Map.of("accessKey", "k"),
        "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the"
            + " SigV4 config");
    refused(Map.of("externalId", "x"), "external_id can only be used with role_arn");
    refused(Map.of("sessionName", "xx"), "session_name can only be used with role_arn");
    refused(Map.of("tags", Map.of("a", "b")), "tags can only be used with role_arn");
    refused(
        Map.of("roleArn", "r", "sessionName", "x"),
        "session_name must match ^[\\w+=,.@-]{2,64}$ (2-64 alphanumeric and +=,.@- characters)");
    refused(Map.of("roleArn", "r", "tags", Map.of("", "b")), "tag key must not be empty");
    refused(
        Map.of("roleArn", "r", "tags", Map.of("a", "b".repeat(257))),
        "tag value for key \"a\" exceeds maximum length of 256");
  }

  private static void refused(Map<String, ?> values, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> config(values)).withMessage(message);
  }
}
