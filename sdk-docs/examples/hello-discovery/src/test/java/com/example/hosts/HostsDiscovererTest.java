package com.example.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.model.LabelNames;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsDiscovererTest {
  @TempDir private Path directory;

  /** Changes the file between two looks. */
  private interface Step {
    void run() throws Exception;
  }

  @Test
  void sendsTheHostsAtOnceAndAgainOnlyWhenTheyHaveChanged() throws Exception {
    Path file = directory.resolve("hosts");
    Files.writeString(file, "# ours\na:1\n\nb:2\n");

    assertThat(run(file, () -> {}, () -> Files.writeString(file, "b:2\n"), () -> {}))
        .containsExactly("update [a:1, b:2]", "update [b:2]");
  }

  @Test
  void saysThatTheFileIsMissingAndRecovers() throws Exception {
    Path file = directory.resolve("hosts");

    assertThat(run(file, () -> Files.writeString(file, "a:1\n")))
        .containsExactly("failing", "update [a:1]");
  }

  @Test
  void resolvesTheFileAgainstTheDirectoryOfTheConfiguration() throws Exception {
    Files.writeString(directory.resolve("hosts"), "a:1\n");
    List<String> events = new ArrayList<>();
    assertThatThrownBy(() ->
            new HelloDiscoveryProvider(new PrometheusRegistry())
                .create(
                    Defaults.with(HostsConfig.class, Map.of("file", "hosts")),
                    new DiscoveryContext("job", directory))
                .run(recording(events, () -> Thread.currentThread().interrupt())))
        .isInstanceOf(InterruptedException.class);
    assertThat(events).containsExactly("update [a:1]");
  }

  @Test
  void wantsAFileAndLooksEveryFiveSeconds() {
    assertThat(Defaults.with(HostsConfig.class, Map.of("file", "hosts")).refreshInterval())
        .isEqualTo(Duration.ofSeconds(5));
    assertThatThrownBy(() -> Defaults.of(HostsConfig.class)).hasMessageContaining("file is empty");
  }

  /** Runs it with one of the steps in each pause; interrupted in the last. */
  private static List<String> run(Path file, Step... steps) {
    Counter failures =
        Counter.builder().name("f").labelNames("pool").register(new PrometheusRegistry());
    List<String> events = new ArrayList<>();
    int[] pauses = {0};
    HostsDiscoverer discoverer =
        new HostsDiscoverer(
            file,
            Duration.ofSeconds(5),
            failures.labelValues("job"),
            duration -> {
              if (pauses[0] == steps.length) {
                throw new InterruptedException();
              }
              try {
                steps[pauses[0]++].run();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThatThrownBy(() -> discoverer.run(recording(events, () -> {})))
        .isInstanceOf(InterruptedException.class);
    return events;
  }

  private static TargetSink recording(List<String> events, Runnable afterUpdate) {
    return new TargetSink() {
      @Override
      public void update(List<TargetGroup> groups) {
        for (TargetGroup group : groups) {
          events.add(
              "update " + group.targets().stream().map(t -> t.get(LabelNames.ADDRESS)).toList());
        }
        afterUpdate.run();
      }

      @Override
      public void failing(String reason) {
        events.add("failing");
      }
    };
  }
}
