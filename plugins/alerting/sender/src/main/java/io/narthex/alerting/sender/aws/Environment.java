package io.narthex.alerting.sender.aws;

import io.narthex.api.model.Quoting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Amazon's tools are told by the environment and by their files {@code ~/.aws/credentials} and
 * {@code ~/.aws/config}: credentials, in the order in which Amazon's own clients look for them, and
 * the region.
 *
 * @param variables value of a variable; null where there is none
 * @param home where {@code .aws} is
 */
public record Environment(Variables variables, Path home) {
  /** The variables of the environment. */
  @FunctionalInterface
  public interface Variables {
    /** The value of a variable; null where it is not set. */
    @Nullable String get(String name);
  }

  private static final int MAX_FILE = 1 << 20;

  /** Ways to other credentials, which are not built; and how they are called. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "role_arn", "role_arn (give it in sigv4)",
          "credential_process", "credential_process",
          "sso_session", "SSO",
          "sso_start_url", "SSO",
          "web_identity_token_file", "web identity");

  /** That of this process. */
  public static Environment ofProcess() {
    return new Environment(System::getenv, Path.of(System.getProperty("user.home", "")));
  }

  private String variable(String... names) {
    for (String name : names) {
      String value = variables.get(name);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return "";
  }

  /**
   * The credentials for a configuration, before a role is assumed with them.
   *
   * @throws IOException when there are none; tells which were looked for
   */
  Credentials credentials(SigV4Config config) throws IOException {
    if (!config.accessKey().isEmpty()) {
      return new Credentials(config.accessKey(), config.secretKey().reveal(), "");
    }
    if (config.profile().isEmpty()) {
      String key = variable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
      String secret = variable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
      if (!key.isEmpty() && !secret.isEmpty()) {
        return new Credentials(key, secret, variable("AWS_SESSION_TOKEN"));
      }
      if (!variable("AWS_WEB_IDENTITY_TOKEN_FILE").isEmpty()) {
        throw without("credentials by web identity are not supported");
      }
    }
    Map<String, String> profile = profile(config);
    String key = profile.getOrDefault("aws_access_key_id", "");
    String secret = profile.getOrDefault("aws_secret_access_key", "");
    if (key.isEmpty() || secret.isEmpty()) {
      String name = Quoting.quote(profileName(config));
      for (Map.Entry<String, String> other : OTHERS.entrySet()) {
        if (profile.containsKey(other.getKey())) {
          throw without(
              "profile " + name + " has credentials by " + other.getValue() + ", not supported");
        }
      }
      throw without(
          "none in sigv4, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in profile "
              + name
              + " of "
              + credentialsFile()
              + "; those of EC2 and ECS are not supported");
    }
    return new Credentials(key, secret, profile.getOrDefault("aws_session_token", ""));
  }

  private static IOException without(String reason) {
    return new IOException("could not get SigV4 credentials: " + reason);
  }

  /** The region for a configuration. */
  String region(SigV4Config config) throws IOException {
    if (!config.region().isEmpty()) {
      return config.region();
    }
    String region = variable("AWS_REGION", "AWS_DEFAULT_REGION");
    if (region.isEmpty()) {
      region = profile(config).getOrDefault("region", "");
    }
    if (region.isEmpty()) {
      throw new IOException("region not configured in sigv4 or in default credentials chain");
    }
    return region;
  }

  /** Where roles are assumed, where that is not at Amazon's; empty else. */
  Optional<String> stsEndpoint() {
    String endpoint = variable("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL");
    return endpoint.isEmpty() ? Optional.empty() : Optional.of(endpoint);
  }

  private String profileName(SigV4Config config) {
    String name =
        config.profile().isEmpty()
            ? variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
            : config.profile();
    return name.isEmpty() ? "default" : name;
  }

  private Path credentialsFile() {
    String named = variable("AWS_SHARED_CREDENTIALS_FILE");
    return named.isEmpty() ? home.resolve(".aws/credentials") : Path.of(named);
  }

  private Path configFile() {
    String named = variable("AWS_CONFIG_FILE");
    return named.isEmpty() ? home.resolve(".aws/config") : Path.of(named);
  }

  /** What both files say of the profile; credentials come before the rest. */
  private Map<String, String> profile(SigV4Config config) throws IOException {
    String name = profileName(config);
    Map<String, String> profile = new HashMap<>();
    boolean known =
        read(configFile(), List.of("profile " + name, name.equals("default") ? name : ""), profile);
    known |= read(credentialsFile(), List.of(name), profile);
    if (!known && !config.profile().isEmpty()) {
      throw new IOException(
          "could not create new AWS session: failed to get shared config profile, " + name);
    }
    return profile;
  }

  /** Puts the keys of a section; whether there is one of the names. */
  private static boolean read(Path file, List<String> names, Map<String, String> into)
      throws IOException {
    List<String> lines;
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new IOException("cannot read " + file + ": got more than " + MAX_FILE + " bytes");
      }
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return false;
    }
    boolean found = false;
    boolean inside = false;
    for (String line : lines) {
      String text = line.strip();
      if (text.startsWith("[") && text.indexOf(']') > 0) {
        String section = text.substring(1, text.indexOf(']')).strip().replaceAll("\\s+", " ");
        inside = names.contains(section);
        found |= inside;
      } else if (inside
          && !text.startsWith("#")
          && !text.startsWith(";")
          // What is indented belongs to the key before.
          && !line.startsWith(" ")
          && !line.startsWith("\t")) {
        int equals = text.indexOf('=');
        if (equals > 0) {
          into.put(
              text.substring(0, equals).strip().toLowerCase(Locale.ROOT),
              text.substring(equals + 1).strip());
        }
      }
    }
    return found;
  }
}
