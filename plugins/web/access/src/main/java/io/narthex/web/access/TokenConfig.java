package io.narthex.web.access;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.config.Help;
import io.narthex.api.config.Secret;
import java.util.regex.Pattern;

/**
 * A token and what its bearer may see. It is given in one of three ways.
 *
 * @param token itself
 * @param tokenFile a file that holds it; read when the configuration is loaded
 * @param tokenSha256 its SHA-256 in hexadecimal digits; a secret too, since a weak token can be
 *     guessed from it
 * @param grant what may be seen
 */
record TokenConfig(
    @Help("The token itself; 16 visible ASCII characters at least.") Secret token,
    @Help("A file with the token, read when the configuration is loaded.") String tokenFile,
    @Help("The SHA-256 of the token, 64 hexadecimal digits.") Secret tokenSha256,
    @JsonUnwrapped Grant grant) {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

  TokenConfig {
    int given =
        (token.isEmpty() ? 0 : 1) + (tokenFile.isEmpty() ? 0 : 1) + (tokenSha256.isEmpty() ? 0 : 1);
    if (given != 1) {
      throw new IllegalArgumentException(
          "got " + given + " of token, token_file and token_sha256, want one of them");
    }
    if (!token.isEmpty()) {
      Tokens.requireGood(token.reveal());
    }
    if (!tokenSha256.isEmpty() && !SHA256.matcher(tokenSha256.reveal()).matches()) {
      throw new IllegalArgumentException(
          "token_sha256 is no SHA-256; want 64 hexadecimal digits, as of: printf %s TOKEN |"
              + " sha256sum");
    }
  }
}
