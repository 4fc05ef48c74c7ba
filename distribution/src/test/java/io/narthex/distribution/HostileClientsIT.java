package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients that mean no good do to a server with a small heap: nothing that lasts. */
class HostileClientsIT {
  private static final Duration TIME = Duration.ofSeconds(20);

  @TempDir static Path temporary;

  private static long files(Child child) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(child.pid()), "fd"))) {
      return open.count();
    }
  }

  private static boolean isHealthy(Api api) {
    try {
      return api.get("/-/healthy").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void answersWithinASecondAfterwardsAndHasGivenEverythingBack() throws Exception {
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(Files.createDirectories(temporary.resolve("work")));
    Path config =
        work.config(
            "p.yml",
            """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: self
                static_configs: [{targets: ["%s"]}]
            """
                .formatted(work.api().address()));
    try (Child child =
        installation
            .launch(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=data",
                "--web.listen-address=" + work.api().address())
            .with("NARTHEX_JAVA_OPTS", "-Xmx256m")
            .in(work.directory())
            .start()) {
      Api api = work.api();
      api.awaitReady(child);
      child.await("a scrape", () -> api.number("count({__name__!=\"\"})", 0), n -> n > 300);
      long filesBefore = files(child);
      long threadsBefore = child.status("Threads");

      HostileClients clients = new HostileClients(api.port(), System.nanoTime(), TIME);
      Thread attack =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  clients.run();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      AtomicLong answered = new AtomicLong();
      long slowest = 0;
      long memory = 0;
      while (attack.isAlive()) {
        long start = System.nanoTime();
        if (isHealthy(api)) {
          answered.incrementAndGet();
        }
        slowest = Math.max(slowest, System.nanoTime() - start);
        memory = Math.max(memory, child.status("VmRSS"));
        attack.join(Duration.ofMillis(200));
      }

      long over = System.nanoTime();
      while (!isHealthy(api) && child.isAlive()) {
        Thread.onSpinWait();
      }
      Duration after = Duration.ofNanos(System.nanoTime() - over);
      Figures.measured(
          "hostile clients: healthy ones got %d answers meanwhile, the slowest after %d ms; %d MiB"
              + " at most; the first answer %d ms after the end; %s",
          answered.get(), slowest / 1_000_000, memory >> 10, after.toMillis(), clients);
      assertThat(child.isAlive()).as("%s\n%s", clients, child.output()).isTrue();
      assertThat(after).as("%s", clients).isLessThan(Duration.ofSeconds(1));
      assertThat(answered).as("answers meanwhile").hasPositiveValue();
      assertThat(memory).as("KiB").isLessThan(700 << 10);
      child.await("files to be closed", () -> files(child), now -> now <= filesBefore + 20);
      child.await(
          "threads to end", () -> child.status("Threads"), now -> now <= threadsBefore + 20);
      assertThat(api.query("up")).hasSize(1);
      assertThat(child.output()).doesNotContain("Request failed", "OutOfMemory");
    }
  }
}
