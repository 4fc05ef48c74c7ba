package io.narthex.web.access;

import io.narthex.api.access.Access;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens, as their hashes. SHA-256 is enough for what machines carry: unlike passwords, tokens
 * are long and random, so that nobody can try them all. Immutable.
 */
final class Tokens {
  private static final int SHORTEST = 16;
  private static final int LONGEST = 4096;

  private final List<byte[]> hashes = new ArrayList<>();
  private final List<Access> accesses = new ArrayList<>();

  /** Makes them. */
  static final class Builder {
    private final Tokens made = new Tokens();

    /**
     * Adds a token.
     *
     * @throws IllegalArgumentException when another one is the same
     */
    void add(byte[] hash, Access access) {
      Access other = made.find(hash);
      if (other != null) {
        throw new IllegalArgumentException("the token is that of " + other.name() + " too");
      }
      made.hashes.add(hash.clone());
      made.accesses.add(access);
    }

    Tokens build() {
      return made;
    }
  }

  private Tokens() {}

  /**
   * Refuses what is no token, or one that could be guessed.
   *
   * @throws IllegalArgumentException without the token
   */
  static void requireGood(String token) {
    if (token.length() < SHORTEST || token.length() > LONGEST) {
      throw new IllegalArgumentException(
          "got a token of "
              + token.length()
              + " characters, want "
              + SHORTEST
              + " to "
              + LONGEST
              + ", as of: openssl rand -hex 32");
    }
    if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "got a token with a blank or a character that is not ASCII, which no header can hold");
    }
  }

  /** The hash of a token. */
  static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** What the bearer of a token may see; null when it is none of these. */
  @Nullable Access of(String token) {
    return token.length() > LONGEST ? null : find(hash(token));
  }

  /** Looks at all of them, and at all of each: how long that takes tells nothing of them. */
  private @Nullable Access find(byte[] hash) {
    Access found = null;
    for (int i = 0; i < hashes.size(); i++) {
      if (MessageDigest.isEqual(hashes.get(i), hash)) {
        found = accesses.get(i);
      }
    }
    return found;
  }
}
