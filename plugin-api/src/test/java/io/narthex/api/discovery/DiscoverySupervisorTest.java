package io.narthex.api.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Configured;
import io.narthex.api.model.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DiscoverySupervisorTest {
  record Named(String name) {}

  /** Runs what the test says. */
  static class Scripted implements DiscoveryProvider<Named> {
    private final Discoverer discoverer;

    Scripted(Discoverer discoverer) {
      this.discoverer = discoverer;
    }

    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public Class<Named> configType() {
      return Named.class;
    }

    @Override
    public Discoverer create(Named config, DiscoveryContext context) {
      return discoverer;
    }
  }

  private final BlockingQueue<List<TargetGroup>> deliveries = new LinkedBlockingQueue<>();

  /** The pauses that are asked for; each ends when the test takes it. */
  private final BlockingQueue<Duration> pauses = new SynchronousQueue<>();

  /** Moves only when a test moves it. */
  private final AtomicLong clock = new AtomicLong();

  /** How long the receiver takes. */
  private volatile Duration takes = Duration.ZERO;

  private final DiscoverySupervisor supervisor =
      new DiscoverySupervisor(
          new DiscoveryContext("job", Path.of("")),
          Duration.ofSeconds(5),
          groups -> {
            clock.addAndGet(takes.toNanos());
            deliveries.add(groups);
          },
          pauses::put,
          clock::get);

  @AfterEach
  void close() {
    supervisor.close();
    supervisor.close();
  }

  private static Configured<Scripted> configured(String name, Discoverer discoverer) {
    return new Configured<>(new Scripted(discoverer), new Named(name));
  }

  private static TargetGroup group(String source, String... addresses) {
    return new TargetGroup(
        source,
        java.util.Arrays.stream(addresses).map(a -> Labels.of("__address__", a)).toList(),
        Labels.empty());
  }

  private List<TargetGroup> delivery() throws InterruptedException {
    List<TargetGroup> groups = deliveries.poll(30, TimeUnit.SECONDS);
    assertThat(groups).as("a delivery within 30 s").isNotNull();
    return groups;
  }

  private Duration pause() throws InterruptedException {
    Duration pause = pauses.poll(30, TimeUnit.SECONDS);
    assertThat(pause).as("a pause within 30 s").isNotNull();
    return pause;
  }

  @Test
  void deliversTheFirstGroupsAtOnceAndLaterOnesGathered() throws Exception {
    BlockingQueue<TargetGroup> script = new SynchronousQueue<>();
    CountDownLatch sent = new CountDownLatch(4);
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  while (true) {
                    sink.update(List.of(script.take()));
                    sent.countDown();
                  }
                })));
    script.put(group("1", "a:1"));
    assertThat(delivery()).containsExactly(group("1", "a:1"));
    script.put(group("2", "b:1", "b:2"));
    script.put(group("3", "c:1"));
    script.put(group("1"));
    assertThat(sent.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(deliveries).isEmpty();
    assertThat(pause()).isEqualTo(Duration.ofMillis(500));
    assertThat(delivery()).containsExactly(group("2", "b:1", "b:2"), group("3", "c:1"));
    assertThat(supervisor.targets()).isEqualTo(3);
    assertThat(supervisor.updatesReceived()).isEqualTo(4);
  }

  @Test
  void takesGroupsOfASourceOfWhichAPartFails() throws Exception {
    CountDownLatch said = new CountDownLatch(1);
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  sink.failing("no nodes");
                  sink.updatePartly(List.of(group("1", "a:1")), "no nodes");
                  said.countDown();
                  Thread.sleep(Duration.ofMinutes(1));
                })));
    assertThat(said.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(supervisor.failures()).containsExactly("scripted: no nodes");
    assertThat(supervisor.targets()).isEqualTo(1);
  }

  @Test
  void eachReasonIsShownAsLongAsItLasts() throws Exception {
    BlockingQueue<Runnable> script = new SynchronousQueue<>();
    List<TargetSink> sinks = new java.util.concurrent.CopyOnWriteArrayList<>();
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  FoundTargets found = new FoundTargets(sink);
                  sinks.add(sink);
                  found.found(List.of(group("1", "a:1")), List.of("a.json is broken"));
                  while (true) {
                    script.take().run();
                  }
                })));
    TargetSink[] sink = new TargetSink[1];
    script.put(() -> sink[0] = sinks.getFirst());
    script.put(() -> {});
    assertThat(supervisor.failures()).containsExactly("scripted: a.json is broken");
    script.put(() -> sink[0].failing(List.of("a.json is broken", "b.yml is broken")));
    script.put(() -> {});
    assertThat(supervisor.failures())
        .containsExactly("scripted: a.json is broken", "scripted: b.yml is broken");
    script.put(() -> sink[0].updatePartly(List.of(), List.of("b.yml is broken")));
    script.put(() -> {});
    assertThat(supervisor.failures()).containsExactly("scripted: b.yml is broken");
    List<String> many = java.util.stream.IntStream.range(0, 1000).mapToObj(i -> "r" + i).toList();
    script.put(() -> sink[0].failing(many));
    script.put(() -> {});
    assertThat(supervisor.failures())
        .hasSize(21)
        .startsWith("scripted: r0")
        .endsWith("scripted: 980 more");
    assertThat(supervisor.failedConfigurations()).isZero();
    script.put(() -> sink[0].update(List.of()));
    script.put(() -> {});
    assertThat(supervisor.failures()).isEmpty();
  }

  @Test
  void countsConfigurationsThatCannotBeLoaded() throws Exception {
    Configured<Scripted> broken =
        new Configured<>(
            new Scripted(
                sink -> {
                  throw new AssertionError("never made");
                }) {
              @Override
              public Discoverer create(Named config, DiscoveryContext context) {
                throw new IllegalStateException("no such certificate");
              }
            },
            new Named("a"));
    supervisor.run(List.of(broken, configured("b", sink -> sink.failing("no answer"))));
    pause();
    while (supervisor.failures().size() < 2) {
      Thread.onSpinWait();
    }
    assertThat(supervisor.failures())
        .containsExactlyInAnyOrder("scripted: no such certificate", "scripted: no answer");
    assertThat(supervisor.failedConfigurations()).isEqualTo(1);
  }

  @Test
  void restsNineTimesAsLongAsTheReceiverTook() throws Exception {
    BlockingQueue<TargetGroup> script = new SynchronousQueue<>();
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  while (true) {
                    sink.update(List.of(script.take()));
                  }
                })));
    script.put(group("1", "a:1"));
    delivery();
    List<Duration> seen = new java.util.ArrayList<>();
    int i = 2;
    for (int millis : new int[] {0, 50, 56, 200, 600, 3_600_000, 1}) {
      takes = Duration.ofMillis(millis);
      // A change is sent when the one after it is asked for.
      script.put(group("1", "a:" + i));
      script.put(group("2", "b:" + i++));
      seen.add(pause());
      delivery();
    }
    seen.add(pause());
    assertThat(seen)
        .containsExactly(
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofMillis(504),
            Duration.ofMillis(1800),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(500));
  }

  @Test
  void whatIsNoNewsIsNotDelivered() throws Exception {
    BlockingQueue<Runnable> script = new SynchronousQueue<>();
    List<TargetSink> sinks = new java.util.concurrent.CopyOnWriteArrayList<>();
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  sinks.add(sink);
                  while (true) {
                    script.take().run();
                  }
                })));
    script.put(() -> sinks.getFirst().failing("first"));
    assertThat(delivery()).isEmpty();
    script.put(() -> sinks.getFirst().failing("second"));
    script.put(() -> sinks.getFirst().update(List.of()));
    script.put(() -> {});
    assertThat(supervisor.failures()).isEmpty();
    script.put(() -> sinks.getFirst().failing("third"));
    script.put(() -> sinks.getFirst().update(List.of(group("1", "a:1"))));
    pause();
    assertThat(delivery()).containsExactly(group("1", "a:1"));
    assertThat(supervisor.updatesReceived()).isEqualTo(2);
  }

  @Test
  void aRunAfterAFailureSendsAllAndEndsWhatVanishedMeanwhile() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch partly = new CountDownLatch(1);
    CountDownLatch seen = new CountDownLatch(1);
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  if (runs.getAndIncrement() == 0) {
                    sink.update(List.of(group("1", "a:1"), group("2", "b:1"), group("3", "c:1")));
                    throw new StackOverflowError("deep");
                  }
                  // Not whole yet: nothing is ended by it.
                  sink.updatePartly(List.of(group("1", "a:2")), "no nodes");
                  partly.countDown();
                  seen.await();
                  // Of the first no news: it has been sent.
                  sink.update(List.of(group("4", "d:1")));
                  sink.update(List.of(group("5", "e:1")));
                  Thread.sleep(Duration.ofMinutes(1));
                })));
    assertThat(delivery()).containsExactly(group("1", "a:1"), group("2", "b:1"), group("3", "c:1"));
    while (partly.getCount() > 0) {
      pauses.poll(10, TimeUnit.MILLISECONDS);
    }
    assertThat(supervisor.targets()).isEqualTo(3);
    assertThat(supervisor.failures()).containsExactly("scripted: no nodes");
    seen.countDown();
    List<TargetGroup> last = List.of();
    List<TargetGroup> whole = List.of(group("1", "a:2"), group("4", "d:1"), group("5", "e:1"));
    for (int i = 0; i < 1_000 && !last.equals(whole); i++) {
      pauses.poll(10, TimeUnit.MILLISECONDS);
      List<TargetGroup> next = deliveries.poll();
      last = next == null ? last : next;
    }
    assertThat(last).isEqualTo(whole);
    assertThat(supervisor.failures()).isEmpty();
  }

  @Test
  void runsAFailedDiscovererAnewAndKeepsWhatItFound() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    supervisor.run(
        List.of(
            configured(
                "a",
                sink -> {
                  if (runs.getAndIncrement() == 0) {
                    sink.update(List.of(group("1", "a:1")));
                  }
                  throw new IllegalStateException("no answer");
                })));
    assertThat(delivery()).containsExactly(group("1", "a:1"));
    // Those of the messenger (500 ms) and of the discoverer come in any order.
    List<Duration> seen = new java.util.ArrayList<>();
    while (seen.stream().filter(p -> p.toMillis() > 500).count() < 4) {
      seen.add(pause());
    }
    assertThat(seen.stream().filter(p -> p.toMillis() > 500))
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8));
    assertThat(supervisor.failures()).containsExactly("scripted: no answer");
    assertThat(supervisor.targets()).isEqualTo(1);
  }

  @Test
  void keepsUnchangedDiscoverersAndOldGroupsUntilNewOnesSpeak() throws Exception {
    AtomicInteger startsOfA = new AtomicInteger();
    CountDownLatch speak = new CountDownLatch(1);
    Scripted provider =
        new Scripted(sink -> {
          startsOfA.incrementAndGet();
          sink.update(List.of(group("a", "a:1")));
          Thread.sleep(Duration.ofDays(1));
        });
    Configured<Scripted> a = new Configured<>(provider, new Named("a"));
    supervisor.run(List.of(a, configured("b", sink -> sink.update(List.of(group("b", "b:1"))))));
    while (delivery().size() < 2) {
      pause();
    }
    supervisor.run(
        List.of(
            new Configured<>(provider, new Named("a")),
            configured(
                "c",
                sink -> {
                  speak.await();
                  sink.update(List.of(group("c", "c:1")));
                })));
    assertThat(supervisor.targets()).isEqualTo(2);
    speak.countDown();
    pause();
    assertThat(delivery()).containsExactly(group("a", "a:1"), group("c", "c:1"));
    assertThat(startsOfA).hasValue(1);
  }

  @Test
  void tellsOfNoGroupsWithoutDiscoverers() throws Exception {
    supervisor.run(List.of());
    assertThat(delivery()).isEmpty();
    assertThat(supervisor.updatesDelivered()).isLessThanOrEqualTo(1);
  }

  @Test
  void aReceiverThatThrowsIsCalledAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (DiscoverySupervisor own =
        new DiscoverySupervisor(
            new DiscoveryContext("job", Path.of("")),
            Duration.ofSeconds(5),
            groups -> {
              deliveries.add(groups);
              if (calls.getAndIncrement() == 0) {
                throw new IllegalStateException("first time");
              }
            },
            pauses::put,
            clock::get)) {
      own.run(List.of(configured("a", sink -> sink.update(List.of(group("1", "a:1"))))));
      delivery();
      own.run(List.of());
      pause();
      assertThat(delivery()).isEmpty();
    }
  }
}
