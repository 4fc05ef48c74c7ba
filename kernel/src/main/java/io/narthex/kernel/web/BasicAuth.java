package io.narthex.kernel.web;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.narthex.api.config.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks passwords against bcrypt hashes. A hash costs a core some 50 ms or more, so one is
 * computed at a time and outcomes are remembered, under a keyed hash of user, hash and password. An
 * unknown user costs what a known one does.
 */
final class BasicAuth {
  private static final int REMEMBERED = 256;
  private static final Pattern HASH = Pattern.compile("\\$2[abxy]?\\$\\d\\d\\$[./A-Za-z0-9]{53}");

  /** Of a random password that nobody knows; cost 10. */
  static final String NOBODY = "$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5sJ0b2Yqg8yGz4u7m5tYVdM0J1c2e";

  private final ReentrantLock oneAtATime = new ReentrantLock();
  private final Map<ByteBuffer, Boolean> outcomes =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };
  private final SecretKeySpec key;

  BasicAuth(SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    key = new SecretKeySpec(bytes, "HmacSHA256");
  }

  /**
   * Refuses what is no bcrypt hash.
   *
   * @throws IllegalArgumentException with Go's text for a short one
   */
  static void checkHash(String user, String hash) {
    if (hash.length() < 59) {
      throw new IllegalArgumentException(
          "password of user "
              + user
              + ": crypto/bcrypt: hashedSecret too short to be a bcrypted password");
    }
    int cost = HASH.matcher(hash).matches() ? Integer.parseInt(cost(hash)) : 0;
    if (cost < 4 || cost > 31) {
      throw new IllegalArgumentException(
          "password of user " + user + " is no bcrypt hash; want $2y$10$ and 53 characters");
    }
  }

  private static String cost(String hash) {
    int start = hash.indexOf('$', 1) + 1;
    return hash.substring(start, start + 2);
  }

  /**
   * Checks a request.
   *
   * @param users hashes by user
   * @param authorization the header; null when absent
   * @return the user, or empty when the request must be refused
   */
  Optional<String> check(Map<String, Secret> users, @Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      return Optional.empty();
    }
    String pair;
    try {
      pair =
          new String(
              Base64.getDecoder().decode(authorization.substring(6).trim()),
              StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    String user = pair.substring(0, colon);
    byte[] password = pair.substring(colon + 1).getBytes(StandardCharsets.UTF_8);
    Secret known = users.get(user);
    String hash = known == null ? NOBODY : known.reveal();
    boolean matches = matches(user, hash, password);
    return matches && known != null ? Optional.of(user) : Optional.empty();
  }

  private boolean matches(String user, String hash, byte[] password) {
    ByteBuffer name = name(user, hash, password);
    synchronized (outcomes) {
      Boolean outcome = outcomes.get(name);
      if (outcome != null) {
        return outcome;
      }
    }
    boolean matches;
    oneAtATime.lock();
    try {
      matches =
          BCrypt.verifyer(
                  BCrypt.Version.VERSION_2A,
                  LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2A))
              .verify(password, hash.getBytes(StandardCharsets.US_ASCII))
              .verified;
    } finally {
      oneAtATime.unlock();
    }
    synchronized (outcomes) {
      outcomes.put(name, matches);
    }
    return matches;
  }

  private ByteBuffer name(String user, String hash, byte[] password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(user.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      mac.update(hash.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return ByteBuffer.wrap(mac.doFinal(password));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is part of every Java", e);
    }
  }
}
