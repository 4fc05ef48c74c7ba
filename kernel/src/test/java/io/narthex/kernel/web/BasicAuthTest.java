package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.narthex.api.config.Secret;
import io.narthex.api.web.HttpError;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BasicAuthTest {
  private final BasicAuth auth = new BasicAuth(new SecureRandom());

  private static Map<String, Secret> users(int cost) {
    return Map.of(
        "alice",
        Secret.of(
            BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(cost, "right".toCharArray())));
  }

  private static String header(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void letsRightPasswordsIn() throws Exception {
    Map<String, Secret> users = users(4);
    for (int i = 0; i < 2; i++) {
      assertThat(auth.check(users, header("alice", "right"), "a")).hasValue("alice");
      assertThat(auth.check(users, header("alice", "wrong"), "a")).isEmpty();
      // What belongs to nobody is checked against somebody's password, and refused all the same.
      assertThat(auth.check(users, header("bob", "right"), "a")).isEmpty();
      assertThat(auth.check(users, header("bob", "wrong"), "a")).isEmpty();
    }
    assertThat(auth.check(Map.of(), header("alice", "right"), "a")).isEmpty();
    assertThat(auth.check(users, "Bearer right", "a")).isEmpty();
    assertThat(auth.check(users, "Basic !", "a")).isEmpty();
    assertThat(auth.check(users, null, "a")).isEmpty();
  }

  @Test
  void remembersRightPasswordsHoweverManyWrongOnesCome() throws Exception {
    Map<String, Secret> cheap = users(4);
    assertThat(auth.check(cheap, header("alice", "right"), "a")).hasValue("alice");
    for (int i = 0; i < 600; i++) {
      assertThat(auth.check(cheap, header("alice", "wrong" + i), "b")).isEmpty();
    }
    CountDownLatch begun = new CountDownLatch(1);
    // A hash that takes seconds: the turn is taken for as long as this test runs.
    Map<String, Secret> slow =
        Map.of("alice", Secret.of(cheap.get("alice").reveal().replace("$04$", "$16$")));
    Thread storm =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              begun.countDown();
              try {
                auth.check(slow, header("alice", "guess"), "b");
              } catch (HttpError e) {
                throw new IllegalStateException(e);
              }
            });
    begun.await();
    assertThat(auth.check(cheap, header("alice", "right"), "a")).hasValue("alice");
    assertThat(storm.isAlive()).isTrue();
  }

  @Test
  void refusesAClientThatHasTooManyPasswordsCheckedAtOnceAndNoOther() throws Exception {
    Map<String, Secret> users = users(9);
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(100);
    List<Thread> storm = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String guess = header("alice", "guess" + i);
      storm.add(
          Thread.ofPlatform()
              .start(() -> {
                begun.countDown();
                try {
                  begun.await();
                  assertThat(auth.check(users, guess, "b")).isEmpty();
                  wrong.incrementAndGet();
                } catch (HttpError e) {
                  assertThat(e.status()).isEqualTo(429);
                  refused.incrementAndGet();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    begun.await();
    assertThat(auth.check(users, header("alice", "right"), "a")).hasValue("alice");
    for (Thread thread : storm) {
      assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(wrong.get() + refused.get()).isEqualTo(100);
    assertThat(refused).hasPositiveValue();
  }

  @Test
  void checksAPasswordOnceThatComesManyTimesAtOnce() throws Exception {
    Map<String, Secret> users = users(9);
    AtomicInteger in = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(50);
    List<Thread> page = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      page.add(
          Thread.ofPlatform()
              .start(() -> {
                begun.countDown();
                try {
                  begun.await();
                  auth.check(users, header("alice", "right"), "a")
                      .ifPresent(user -> in.incrementAndGet());
                } catch (HttpError | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (Thread thread : page) {
      assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(in).hasValue(50);
  }

  @Test
  void refusesHashesThatAreNone() {
    assertThatThrownBy(() -> BasicAuth.checkHash("a", "$2y$10$short"))
        .hasMessageContaining("too short");
  }
}
