package io.narthex.kernel.web;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.narthex.api.config.Secret;
import io.narthex.api.web.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks passwords against bcrypt hashes. A hash costs a core some 50 ms or more, so one is
 * computed at a time, clients take turns, and outcomes are remembered, under a keyed hash of user,
 * hash and password: who has come in once does not wait behind those who guess. An unknown user
 * costs what a known one does.
 */
final class BasicAuth {
  private static final int REMEMBERED = 256;
  private static final Pattern HASH = Pattern.compile("\\$2[abxy]?\\$\\d\\d\\$[./A-Za-z0-9]{53}");

  /** Passwords of a client that may wait to be checked. */
  private static final int WAITING_EACH = 8;

  /** Passwords that may wait to be checked: 20 s of work, or less. */
  private static final int WAITING = 256;

  private final Turns turns = new Turns(WAITING_EACH, WAITING);
  private final Map<ByteBuffer, CompletableFuture<Optional<Boolean>>> computing =
      new ConcurrentHashMap<>();

  /** Right ones apart from wrong ones, of which anybody can make as many as he likes. */
  private final Map<ByteBuffer, Boolean> right = remembered();

  private final Map<ByteBuffer, Boolean> wrong = remembered();
  private final SecretKeySpec key;

  private static Map<ByteBuffer, Boolean> remembered() {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
            return size() > REMEMBERED;
          }
        });
  }

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
   * @param client who asks: clients take turns
   * @return the user, or empty when the request must be refused
   * @throws HttpError 429 when too many passwords wait to be checked
   */
  Optional<String> check(Map<String, Secret> users, @Nullable String authorization, String client)
      throws HttpError {
    if (users.isEmpty()
        || authorization == null
        || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
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
    String hash = known == null ? somebodys(users, user) : known.reveal();
    boolean matches = matches(user, hash, password, client);
    return matches && known != null ? Optional.of(user) : Optional.empty();
  }

  /** A hash for an unknown user, always the same, that costs what a known one's does. */
  private String somebodys(Map<String, Secret> users, String user) {
    List<Secret> hashes = List.copyOf(users.values());
    int random = name(user, "", new byte[0]).getInt(0);
    return hashes.get(Math.floorMod(random, hashes.size())).reveal();
  }

  private boolean matches(String user, String hash, byte[] password, String client)
      throws HttpError {
    ByteBuffer name = name(user, hash, password);
    if (right.get(name) != null) {
      return true;
    }
    if (wrong.get(name) != null) {
      return false;
    }
    CompletableFuture<Optional<Boolean>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Boolean>> others = computing.putIfAbsent(name, mine);
    Optional<Boolean> outcome = Optional.empty();
    if (others != null) {
      // A page that asks for many things at once costs one hash.
      outcome = others.join();
    } else {
      try {
        if (turns.take(client)) {
          try {
            outcome = Optional.of(verify(hash, password));
          } finally {
            turns.pass();
          }
        }
        outcome.ifPresent(matches -> (matches ? right : wrong).put(name, true));
      } finally {
        computing.remove(name);
        mine.complete(outcome);
      }
    }
    if (outcome.isEmpty()) {
      throw new HttpError(429, "too many passwords wait to be checked; want fewer at once");
    }
    return outcome.get();
  }

  private static boolean verify(String hash, byte[] password) {
    return BCrypt.verifyer(
            BCrypt.Version.VERSION_2A, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2A))
        .verify(password, hash.getBytes(StandardCharsets.US_ASCII))
        .verified;
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
