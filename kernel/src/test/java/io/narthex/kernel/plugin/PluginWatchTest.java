package io.narthex.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.narthex.api.plugin.Plugins.State;
import io.narthex.api.service.Service;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class PluginWatchTest {
  @TempDir Path temporary;
  private HostFixture at;

  @BeforeEach
  void make() throws IOException {
    at = new HostFixture(temporary);
  }

  @AfterEach
  void close() {
    at.close();
  }

  @Test
  void whatIsDroppedInIsLoadedOnceItNoLongerChanges() throws IOException {
    at.open();
    Path jar = SamplePlugin.of("late").jar(at.plugins.resolve("late.jar"));
    byte[] whole = Files.readAllBytes(jar);
    Files.write(jar, java.util.Arrays.copyOf(whole, whole.length / 3));

    assertThat(at.host.poll()).isFalse();
    Files.write(jar, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThat(at.host.poll()).isFalse();
    Files.write(jar, whole);
    assertThat(at.host.poll()).isFalse();
    assertThat(at.host.all()).isEmpty();
    assertThat(at.host.poll()).isTrue();
    assertThat(at.state("late")).isEqualTo(State.STARTED);
    assertThat(at.host.poll()).isFalse();
  }

  @Test
  void zipsAndDirectoriesAreWatchedToo() throws IOException {
    at.open();
    SamplePlugin.of("z").zip(at.plugins.resolve("z.zip"));
    SamplePlugin.of("d").unpacked(at.plugins.resolve("d"));
    at.settle();
    assertThat(at.ids()).containsExactly("d", "z");
    Files.delete(at.plugins.resolve("z.zip"));
    PluginCache.delete(at.plugins.resolve("d"));
    at.settle();
    assertThat(at.host.all()).isEmpty();
    assertThat(at.host.all(Service.class)).isEmpty();
  }

  @Test
  void whatIsRemovedIsStoppedAtOnceAndInOrder() throws IOException {
    Path jar = SamplePlugin.of("gone").jar(at.plugins.resolve("gone.jar"));
    at.open();
    AtomicInteger changes = new AtomicInteger();
    at.host.onChange(changes::incrementAndGet);
    Files.delete(jar);

    assertThat(at.host.poll()).isTrue();
    assertThat(at.events)
        .containsExactly("registry gone", "started gone", "stopping gone", "gone gone");
    assertThat(at.host.all()).isEmpty();
    assertThat(changes).hasValue(1);
  }

  @Test
  void whatIsReplacedIsReloadedAndTheOldOneWorksUntilThen() throws IOException {
    Path jar = SamplePlugin.of("same").version("1.0.0").jar(at.plugins.resolve("same.jar"));
    at.open();
    Service old = at.host.all(Service.class).getFirst();
    SamplePlugin.of("same").version("1.1.0").jar(jar);
    at.host.poll();
    assertThat(at.status("same").version()).isEqualTo("1.0.0");
    assertThat(at.host.all(Service.class)).containsExactly(old);
    at.host.poll();
    assertThat(at.status("same").version()).isEqualTo("1.1.0");
    assertThat(at.host.all(Service.class)).hasSize(1).doesNotContain(old);
  }

  @Test
  void aReplacementThatIsDamagedFailsAndACureIsNoticed() throws IOException {
    Path jar = SamplePlugin.of("same").jar(at.plugins.resolve("same.jar"));
    at.open();
    Files.writeString(jar, "nonsense");
    at.settle();
    assertThat(at.reason("same.jar")).startsWith("is damaged");
    SamplePlugin.of("same").version("1.1.0").jar(jar);
    at.settle();
    assertThat(at.ids()).containsExactly("same");
    assertThat(at.state("same")).isEqualTo(State.STARTED);
  }

  /** The JDK would read the new bytes at the old offsets. */
  @Test
  void overwritingAJarInPlaceDoesNotHarmThePluginThatRuns() throws Exception {
    SamplePlugin lazy =
        SamplePlugin.empty("lazy")
            .source(
                "sample.Later",
                "package sample; public class Later { public static String word() { return"
                    + " \"later\"; } }")
            .extension(
                "sample.Lazy",
                """
                package sample;
                public final class Lazy implements io.narthex.api.service.Service {
                  @Override public String name() { return Later.word(); }
                  @Override public void start() {}
                  @Override public void stop() {}
                }
                """);
    Path jar = lazy.jar(at.plugins.resolve("lazy.jar"));
    at.open();
    byte[] noise = new byte[(int) Files.size(jar)];
    new java.util.Random(1).nextBytes(noise);
    Files.write(jar, noise);

    assertThat(at.host.all(Service.class).getFirst().name()).isEqualTo("later");
  }

  @Test
  void disablingAndEnablingIsNoticed() throws IOException {
    SamplePlugin.of("a").jar(at.plugins.resolve("a.jar"));
    at.open();
    Files.writeString(at.plugins.resolve("disabled.txt"), "a\n");
    assertThat(at.host.poll()).isTrue();
    assertThat(at.state("a")).isEqualTo(State.DISABLED);
    assertThat(at.host.all(Service.class)).isEmpty();
    Files.writeString(at.plugins.resolve("disabled.txt"), "\n");
    at.host.poll();
    assertThat(at.state("a")).isEqualTo(State.STARTED);
  }

  @Test
  void aByteThatIsNoUtf8SwitchesNothingOnAgain() throws IOException {
    SamplePlugin.of("a").jar(at.plugins.resolve("a.jar"));
    Files.write(at.plugins.resolve("disabled.txt"), new byte[] {'#', (byte) 0xe9, '\n', 'a', '\n'});
    at.open();
    assertThat(at.state("a")).isEqualTo(State.DISABLED);
  }

  @Test
  void whatWasDisabledStaysSoWhileTheFileCannotBeRead() throws IOException {
    SamplePlugin.of("a").jar(at.plugins.resolve("a.jar"));
    Path file = at.plugins.resolve("disabled.txt");
    Files.writeString(file, "a\n");
    at.open();
    Logger log = (Logger) LoggerFactory.getLogger(PluginScanner.class);
    ListAppender<ILoggingEvent> seen = new ListAppender<>();
    seen.start();
    log.addAppender(seen);
    try {
      // A directory cannot be read as a file, whoever asks.
      Files.delete(file);
      Files.createDirectory(file);
      at.host.poll();
      at.host.poll();
      assertThat(at.state("a")).isEqualTo(State.DISABLED);
      assertThat(seen.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN);
    } finally {
      log.detachAppender(seen);
    }
    Files.delete(file);
    at.settle();
    assertThat(at.state("a")).isEqualTo(State.STARTED);
  }

  @Test
  void aDependencyThatComesAndGoesTakesItsDependentsAlong() throws IOException {
    SamplePlugin.of("a").with("Dependencies", "b").jar(at.plugins.resolve("a.jar"));
    at.open();
    assertThat(at.reason("a")).isEqualTo("needs plugin b, which is not installed");
    Path b = SamplePlugin.of("b").jar(at.plugins.resolve("b.jar"));
    at.settle();
    assertThat(at.state("a")).isEqualTo(State.STARTED);
    Files.delete(b);
    at.settle();
    assertThat(at.reason("a")).isEqualTo("needs plugin b, which is not installed");
    assertThat(at.events).endsWith("stopping a", "gone a", "stopping b", "gone b");
  }

  @Test
  void aPluginThatIsRefusedIsNotTriedAgainUntilItChanges() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    System.getProperties().put("sample.tries", tries);
    SamplePlugin.empty("bad")
        .service(
            "sample.Bad",
            "",
            "((java.util.concurrent.atomic.AtomicInteger)"
                + " System.getProperties().get(\"sample.tries\")).incrementAndGet();"
                + " throw new IllegalStateException(\"bad\");")
        .jar(at.plugins.resolve("bad.jar"));
    at.open();
    SamplePlugin.of("good").jar(at.plugins.resolve("good.jar"));
    at.settle();
    assertThat(at.state("good")).isEqualTo(State.STARTED);
    assertThat(tries).hasValue(1);
    SamplePlugin.of("bad").version("1.0.1").jar(at.plugins.resolve("bad.jar"));
    at.settle();
    assertThat(at.state("bad")).isEqualTo(State.STARTED);
    System.getProperties().remove("sample.tries");
  }

  @Test
  void aSubscriptionOfAPluginEndsWithIt() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    System.getProperties().put("sample.calls", calls);
    Path jar =
        SamplePlugin.empty("hears")
            .service(
                "sample.Hears",
                "io.narthex.api.plugin.Extensions extensions",
                "extensions.onChange(() -> ((java.util.concurrent.atomic.AtomicInteger)"
                    + " System.getProperties().get(\"sample.calls\")).incrementAndGet());")
            .jar(at.plugins.resolve("hears.jar"));
    at.open();
    SamplePlugin.of("other").jar(at.plugins.resolve("other.jar"));
    at.settle();
    int heard = calls.get();
    assertThat(heard).isPositive();
    Files.delete(jar);
    at.settle();
    SamplePlugin.of("another").jar(at.plugins.resolve("another.jar"));
    at.settle();
    assertThat(calls).hasValue(heard);
    System.getProperties().remove("sample.calls");
  }

  @Test
  void theWatcherLoadsAndUnloadsWithoutBeingAsked() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    at.host =
        new PluginHost(
            at.settings,
            new PluginListener() {
              @Override
              public void afterStart(String id) {
                threads.add(Thread.currentThread());
                started.countDown();
              }

              @Override
              public void registryRemoved(String id, PrometheusRegistry registry) {
                threads.add(Thread.currentThread());
                gone.countDown();
              }
            },
            at.metrics,
            "");
    at.host.open(HostFixture.kernel());
    at.host.watch();
    Path jar = SamplePlugin.of("late").jar(at.plugins.resolve("late.jar"));
    assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
    Files.delete(jar);
    assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    at.host.close();
    assertThat(threads).hasSize(2).containsOnly(threads.getFirst());
  }

  /**
   * The regression that the choice of one injector for each plugin guards against: child injectors
   * and a shared one keep the classes of plugins that are long gone.
   */
  @Test
  void classLoadersOfUnloadedPluginsCanBeCollected() throws Exception {
    at.open();
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      cycle(i, loaders);
    }
    for (int i = 0; i < 50 && loaders.stream().anyMatch(l -> l.get() != null); i++) {
      System.gc();
    }
    assertThat(loaders).hasSize(20).allMatch(loader -> loader.get() == null);
  }

  private void cycle(int i, List<WeakReference<ClassLoader>> loaders) throws IOException {
    Path jar = at.plugins.resolve("cycle.jar");
    for (String version : List.of("1.0." + i, "2.0." + i)) {
      SamplePlugin.empty("cycle")
          .version(version)
          .with("Class", "sample.Main")
          .source("sample.Main", "package sample; public class Main extends org.pf4j.Plugin {}")
          .file("sample/text.txt", "text")
          .exporter("sample.Exporter", "cycle")
          .service(
              "sample.Service",
              "java.time.Clock clock, io.narthex.api.plugin.Extensions extensions,"
                  + " io.prometheus.metrics.model.registry.PrometheusRegistry registry, Exporter"
                  + " exporter",
              """
              extensions.onChange(() -> exporter.name());
              io.prometheus.metrics.core.metrics.GaugeWithCallback.builder().name("sample")
                  .callback(c -> c.call(clock.millis())).register(registry);
              org.slf4j.LoggerFactory.getLogger(getClass()).debug("made");
              try { getClass().getResource("text.txt").openStream().readAllBytes(); }
              catch (java.io.IOException e) { throw new java.io.UncheckedIOException(e); }
              """)
          .jar(jar);
      at.settle();
      assertThat(at.reason("cycle")).isEmpty();
      assertThat(at.status("cycle").version()).isEqualTo(version);
      for (Service service : at.host.all(Service.class)) {
        loaders.add(new WeakReference<>(service.getClass().getClassLoader()));
      }
    }
    Files.delete(jar);
    at.settle();
    assertThat(at.host.all()).isEmpty();
  }
}
