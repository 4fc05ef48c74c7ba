package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals that whoever started the program had ignored: {@code nohup}, a script's {@code &}. */
class SignalsIT {
  private static final String JOB =
      """
      global: {scrape_interval: 1s}
      scrape_configs:
        - job_name: %s
          static_configs: [{targets: ["%s"]}]
      """;

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void reloadsOnSighupAndStopsOnSigintThatWereIgnoredWhenItWasStarted() throws IOException {
    Work work = Work.in(temporary.resolve("ignoring"));
    Api api = work.api();
    work.config("prometheus.yml", JOB.formatted("before", api.address()));
    try (Child prometheus = ignoring("HUP INT", work).start()) {
      api.awaitReady(prometheus);
      assertThat(ignored(prometheus)).as("SIGHUP and SIGINT are ignored").isZero();
      work.config("prometheus.yml", JOB.formatted("after", api.address()));

      prometheus.signal("HUP");

      prometheus.await(
          "the new job", () -> api.query("up{job=\"after\"} == 1"), found -> found.size() == 1);
      assertThat(prometheus.isAlive()).isTrue();

      prometheus.signal("INT");

      Ended ended = prometheus.awaitEnd(30, TimeUnit.SECONDS);
      assertThat(ended.status()).as(ended.output()).isZero();
      assertThat(ended.output()).contains("SIGINT", "See you next time!");
    }
  }

  @Test
  void stopsOnSigtermThatWasIgnoredWhenItWasStarted() throws IOException {
    Work work = Work.in(temporary.resolve("deaf"));
    work.config("prometheus.yml", "{}\n");
    try (Child prometheus = ignoring("TERM", work).start()) {
      work.api().awaitReady(prometheus);

      Ended ended = prometheus.terminate();

      assertThat(ended.status()).as(ended.output()).isZero();
      assertThat(ended.output()).contains("SIGTERM");
    }
  }

  private static Launch ignoring(String signals, Work work) {
    return Launch.of(
            Path.of("/bin/sh"),
            "-c",
            "trap '' " + signals + "; exec \"$@\"",
            "sh",
            installation.bin("prometheus").toString(),
            "--config.file=prometheus.yml",
            "--web.listen-address=" + work.api().address())
        .with("PATH", installation.tools().toString())
        .in(work.directory());
  }

  /** Which of SIGHUP (bit 0) and SIGINT (bit 1) the process ignores now. */
  private static long ignored(Child child) throws IOException {
    String mask =
        Files.readString(Path.of("/proc", Long.toString(child.pid()), "status"))
            .lines()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    return Long.parseUnsignedLong(mask.substring("SigIgn:".length()).trim(), 16) & 0b11;
  }
}
