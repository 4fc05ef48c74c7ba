package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NameLookupsTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(1);

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch dead = new CountDownLatch(1);
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private final NameLookups lookups = new NameLookups(this::lookup);

  /** Names that begin with "dead" are found once {@link #dead} is open. */
  private InetAddress[] lookup(String name) throws UnknownHostException {
    asked.add(name);
    if (name.startsWith("dead")) {
      boolean interrupted = false;
      while (dead.getCount() > 0) {
        try {
          dead.await();
        } catch (InterruptedException e) {
          // As the system's lookup, which cannot be.
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (name.equals("unknown")) {
      throw new UnknownHostException(name);
    }
    if (name.equals("broken")) {
      throw new IllegalStateException("broken resolver");
    }
    return new InetAddress[] {InetAddress.getLoopbackAddress()};
  }

  @AfterEach
  void close() {
    dead.countDown();
    lookups.close();
    callers.shutdownNow();
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + LONG;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.yield();
    }
  }

  @Test
  void findsNamesAndTakesAddressesAsTheyAre() throws Exception {
    assertThat(lookups.find("host", LONG)).containsExactly(InetAddress.getLoopbackAddress());
    assertThat(lookups.find("10.1.2.3", 0)[0].getHostAddress()).isEqualTo("10.1.2.3");
    assertThat(lookups.find("::1", 0)[0].getHostAddress()).isEqualTo("0:0:0:0:0:0:0:1");
    assertThatThrownBy(() -> lookups.find("unknown", LONG))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(() -> lookups.find("broken", LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("broken resolver");
    assertThat(asked).containsExactly("host", "unknown", "broken");
  }

  @Test
  void aStuckLookupIsSharedAndKeepsNobodyLongerThanAllowed() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> lookups.find("dead", 1_000_000))
          .isInstanceOf(TimeoutException.class);
    }
    List<Future<InetAddress[]>> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      waiting.add(callers.submit(() -> lookups.find("dead", LONG)));
    }
    assertThat(lookups.find("other", LONG)).hasSize(1);
    assertThat(asked.stream().filter("dead"::equals)).hasSizeLessThanOrEqualTo(1);
    dead.countDown();
    for (Future<InetAddress[]> one : waiting) {
      assertThat(one.get(60, TimeUnit.SECONDS)).hasSize(1);
    }
  }

  @Test
  void stuckLookupsAreBoundedAndThoseNobodyWaitsForAreNotMade() throws Exception {
    for (int i = 0; i < NameLookups.MOST; i++) {
      String name = "dead" + i;
      callers.submit(() -> lookups.find(name, LONG));
    }
    await(() -> asked.size() == NameLookups.MOST);
    for (int i = 0; i < 100; i++) {
      String name = "late" + i;
      assertThatThrownBy(() -> lookups.find(name, 1000)).isInstanceOf(TimeoutException.class);
    }
    Future<InetAddress[]> queued = callers.submit(() -> lookups.find("queued", LONG));
    dead.countDown();
    assertThat(queued.get(60, TimeUnit.SECONDS)).hasSize(1);
    assertThat(asked).doesNotContain("late50").hasSize(NameLookups.MOST + 1);
  }

  @Test
  void theTimeoutOfARequestCoversTheLookup() throws Exception {
    for (String proxy : new String[] {"", "http://dead-proxy:1", "socks5://dead-proxy:1"}) {
      try (KernelHttpClients clients =
              new KernelHttpClients(
                  () -> "test", name -> null, Clock.systemUTC(), new NameLookups(this::lookup));
          HttpCaller caller = clients.create(config(proxy), "test", Path.of(""))) {
        assertThatThrownBy(() ->
                caller.send(
                    HttpCaller.Request.get(
                        URI.create("http://dead/metrics"), Duration.ofMillis(50))))
            .as(proxy)
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith("Get \"http://dead/metrics\": ")
            .hasMessageEndingWith("context deadline exceeded");
      }
    }
  }

  @Test
  void anInterruptionEndsTheWait() throws Exception {
    try (KernelHttpClients clients =
            new KernelHttpClients(
                () -> "test", name -> null, Clock.systemUTC(), new NameLookups(this::lookup));
        HttpCaller caller = clients.create(config(""), "test", Path.of(""))) {
      CountDownLatch ended = new CountDownLatch(1);
      Thread thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  caller.send(
                      HttpCaller.Request.get(URI.create("http://dead/"), Duration.ofHours(1)));
                } catch (InterruptedException e) {
                  ended.countDown();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      await(() -> asked.contains("dead"));
      thread.interrupt();
      assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static HttpClientConfig config(String proxy) {
    HttpClientConfig plain = Defaults.of(HttpClientConfig.class);
    return proxy.isEmpty()
        ? plain
        : Defaults.with(HttpClientConfig.class, Map.of("proxyUrl", proxy));
  }
}
