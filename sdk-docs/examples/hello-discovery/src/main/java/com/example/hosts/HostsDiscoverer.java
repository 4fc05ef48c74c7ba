package com.example.hosts;

import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a file of hosts again and again, on the thread that it is given, until interrupted. */
final class HostsDiscoverer implements Discoverer {
  /** Waits; a test waits in a time of its own. */
  interface Pause {
    void pause(Duration duration) throws InterruptedException;
  }

  private final Path file;
  private final Duration interval;
  private final CounterDataPoint failures;
  private final Pause pause;

  HostsDiscoverer(Path file, Duration interval, CounterDataPoint failures, Pause pause) {
    this.file = file;
    this.interval = interval;
    this.failures = failures;
    this.pause = pause;
  }

  @Override
  public void run(TargetSink sink) throws InterruptedException {
    List<String> sent = null;
    while (true) {
      sent = look(sink, sent);
      pause.pause(interval);
    }
  }

  /** Sends the hosts when they have changed; what is returned is what was sent last. */
  private @Nullable List<String> look(TargetSink sink, @Nullable List<String> sent) {
    List<String> hosts;
    try (var lines = Files.lines(file)) {
      hosts = lines.map(String::strip).filter(l -> !l.isEmpty() && !l.startsWith("#")).toList();
    } catch (IOException | UncheckedIOException e) {
      // Targets found before stay. null: the next success is told in any case, which ends the
      // failure.
      failures.inc();
      sink.failing("cannot read " + file + ": " + e);
      return null;
    }
    if (!hosts.equals(sent)) {
      sink.update(List.of(group(hosts)));
    }
    return hosts;
  }

  private TargetGroup group(List<String> hosts) {
    List<Labels> targets = hosts.stream().map(host -> Labels.of(LabelNames.ADDRESS, host)).toList();
    return new TargetGroup(
        file.toString(), targets, Labels.of("__meta_hello_file", file.toString()));
  }
}
