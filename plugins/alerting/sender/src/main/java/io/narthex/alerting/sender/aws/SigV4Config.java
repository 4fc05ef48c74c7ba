package io.narthex.alerting.sender.aws;

import io.narthex.api.config.Secret;
import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How requests are signed. What is empty comes from the environment or from the shared files of
 * Amazon's tools. Source: {@code prometheus/sigv4}, as of Prometheus 3.14.
 *
 * @param region such as {@code eu-central-1}
 * @param accessKey with {@code secretKey}, or neither
 * @param profile section of the shared files
 * @param roleArn a role that is assumed
 * @param externalId given when a role is assumed
 * @param sessionName name of the session of a role; empty for one that is made up
 * @param tags of the session of a role
 * @param useFipsStsEndpoint whether roles are assumed at the endpoint that obeys FIPS
 * @param serviceName whose requests are signed; empty for {@code aps}
 */
public record SigV4Config(
    String region,
    String accessKey,
    Secret secretKey,
    String profile,
    String roleArn,
    String externalId,
    String sessionName,
    Map<String, String> tags,
    boolean useFipsStsEndpoint,
    String serviceName) {
  private static final Pattern SESSION_NAME = Pattern.compile("[\\w+=,.@-]{2,64}");
  private static final int MAX_TAG_KEY = 128;
  private static final int MAX_TAG_VALUE = 256;

  /** Checks what goes together, with Prometheus's messages. */
  public SigV4Config {
    tags = Map.copyOf(tags);
    if (accessKey.isEmpty() != secretKey.isEmpty()) {
      throw new IllegalArgumentException(
          "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the"
              + " SigV4 config");
    }
    if (roleArn.isEmpty()) {
      require("external_id", externalId.isEmpty());
      require("session_name", sessionName.isEmpty());
    }
    if (!sessionName.isEmpty() && !SESSION_NAME.matcher(sessionName).matches()) {
      throw new IllegalArgumentException(
          "session_name must match ^[\\w+=,.@-]{2,64}$ (2-64 alphanumeric and +=,.@- characters)");
    }
    if (roleArn.isEmpty()) {
      require("tags", tags.isEmpty());
    }
    new TreeMap<>(tags).forEach(SigV4Config::check);
  }

  private static void require(String key, boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException(key + " can only be used with role_arn");
    }
  }

  private static void check(String key, String value) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("tag key must not be empty");
    }
    if (bytes(key) > MAX_TAG_KEY) {
      throw new IllegalArgumentException(
          "tag key " + Quoting.quote(key) + " exceeds maximum length of " + MAX_TAG_KEY);
    }
    if (bytes(value) > MAX_TAG_VALUE) {
      throw new IllegalArgumentException(
          "tag value for key "
              + Quoting.quote(key)
              + " exceeds maximum length of "
              + MAX_TAG_VALUE);
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** The service whose requests are signed. */
  String service() {
    return serviceName.isEmpty() ? "aps" : serviceName;
  }
}
