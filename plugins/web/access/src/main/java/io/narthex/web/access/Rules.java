package io.narthex.web.access;

import io.narthex.api.access.Access;
import io.narthex.api.access.AccessControl.Decision;
import io.narthex.api.access.AccessControl.Denied;
import io.narthex.api.access.AccessControl.Granted;
import io.narthex.api.access.AccessControl.Unknown;
import io.narthex.api.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was configured, ready to be asked. Immutable.
 *
 * @param users by name
 * @param tokens of all bearers
 * @param authenticated for users who are not named; null to refuse them
 * @param anonymous for those who need not say who they are; null to refuse them
 */
record Rules(
    Map<String, Access> users,
    Tokens tokens,
    @Nullable Grant authenticated,
    @Nullable Access anonymous) {
  private static final int MOST_FILE_BYTES = 64 << 10;

  /** For nobody. */
  static final Rules NOBODY = new Rules(Map.of(), new Tokens.Builder().build(), null, null);

  Rules {
    users = Map.copyOf(users);
  }

  /**
   * Makes them.
   *
   * @param files how a file's name becomes a path; null when no file is to be read
   * @throws ConfigException when a token cannot be read, or is another's
   */
  static Rules of(AccessConfig config, @Nullable Function<String, Path> files)
      throws ConfigException {
    Map<String, Access> users = new HashMap<>();
    config.users().forEach((name, grant) -> users.put(name, grant.of(name)));
    Tokens.Builder tokens = new Tokens.Builder();
    for (Map.Entry<String, TokenConfig> entry : config.tokens().entrySet()) {
      String name = entry.getKey();
      TokenConfig token = entry.getValue();
      if (!token.tokenFile().isEmpty() && files == null) {
        continue;
      }
      try {
        tokens.add(hash(token, files), token.grant().of(name));
      } catch (IllegalArgumentException e) {
        throw new ConfigException("tokens." + name, String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        throw new ConfigException(
            "tokens." + name + ".token_file", "cannot read token: " + reason(e), e);
      }
    }
    Grant anonymous = config.anonymous();
    return new Rules(
        users, tokens.build(), config.authenticated(), anonymous == null ? null : anonymous.of(""));
  }

  private static byte[] hash(TokenConfig config, @Nullable Function<String, Path> files)
      throws IOException {
    if (!config.tokenSha256().isEmpty()) {
      return HexFormat.of().parseHex(config.tokenSha256().reveal());
    }
    if (config.tokenFile().isEmpty() || files == null) {
      return Tokens.hash(config.token().reveal());
    }
    try (InputStream in = Files.newInputStream(files.apply(config.tokenFile()))) {
      byte[] content = in.readNBytes(MOST_FILE_BYTES);
      // An editor ends the last line.
      String token = new String(content, StandardCharsets.UTF_8).strip();
      Tokens.requireGood(token);
      return Tokens.hash(token);
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException
        ? "no such file: " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  Decision ofToken(String token) {
    Access access = tokens.of(token);
    return access == null ? new Unknown() : new Granted(access);
  }

  Decision ofUser(String name) {
    Access access = users.get(name);
    if (access != null) {
      return new Granted(access);
    }
    return authenticated == null ? new Denied(name) : new Granted(authenticated.of(name));
  }

  Decision ofAnybody() {
    return anonymous == null ? new Unknown() : new Granted(anonymous);
  }
}
