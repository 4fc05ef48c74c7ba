package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data directory from outside: what outlives a process, and whose it may be. */
class StorageIT {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");

  /** How often each job was scraped, in all that is stored. */
  private static final String SCRAPES = "count_over_time(up{job=\"%s\"}[1h])";

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  private static Launch narthex(Work work, String... arguments) {
    return installation
        .launch(
            "prometheus",
            "--config.file=p.yml",
            "--storage.tsdb.path=data",
            "--web.enable-lifecycle",
            "--web.listen-address=" + work.api().address())
        .and(arguments)
        .in(work.directory());
  }

  private static Launch prometheus(Work work) {
    return Launch.of(
            PROMETHEUS,
            "--config.file=p.yml",
            "--storage.tsdb.path=data",
            "--web.listen-address=" + work.api().address())
        .with("PATH", "/usr/bin:/bin")
        .in(work.directory());
  }

  /** Makes the program scrape itself under a name. */
  private static void scrapeItselfAs(String job, Work work, String more) throws IOException {
    work.config(
        "p.yml",
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: %s
            static_configs: [{targets: ["%s"]}]
        %s
        """
            .formatted(job, work.api().address(), more));
  }

  private static void awaitScrapes(Child child, Work work, String job, int wanted) {
    work.api().awaitReady(child);
    child.await(
        wanted + " scrapes as " + job,
        () -> work.api().number(SCRAPES.formatted(job), 0),
        n -> n >= wanted);
  }

  private static double scrapes(Work work, String job) throws IOException {
    return work.api().number(SCRAPES.formatted(job), 0);
  }

  private static List<String> complaints(Child child) {
    return child
        .output()
        .lines()
        .filter(l -> l.matches(".*level=(WARN|ERROR|warn|error).*"))
        .toList();
  }

  @Test
  void samplesOutliveARestart() throws IOException {
    Work work = Work.in(temporary.resolve("restart"));
    scrapeItselfAs("before", work, "");
    double before;
    try (Child child = narthex(work).start()) {
      awaitScrapes(child, work, "before", 3);
      assertThat(work.directory().resolve("data/lock")).exists();
      before = scrapes(work, "before");
      assertThat(child.terminate().status()).isZero();
    }
    assertThat(work.directory().resolve("data/lock")).doesNotExist();
    scrapeItselfAs("after", work, "");
    try (Child child = narthex(work).start()) {
      awaitScrapes(child, work, "after", 2);
      assertThat(scrapes(work, "before")).isGreaterThanOrEqualTo(before);
      assertThat(work.api().metric("prometheus_tsdb_clean_start")).isEqualTo(1);
      assertThat(complaints(child)).isEmpty();
    }
  }

  @Test
  void samplesOutliveAKill() throws IOException {
    Work work = Work.in(temporary.resolve("kill"));
    scrapeItselfAs("before", work, "");
    double before;
    try (Child child = narthex(work).start()) {
      awaitScrapes(child, work, "before", 3);
      before = scrapes(work, "before");
      child.signal("KILL");
      child.awaitEnd(30, TimeUnit.SECONDS);
    }
    scrapeItselfAs("after", work, "");
    try (Child child = narthex(work).start()) {
      awaitScrapes(child, work, "after", 1);
      assertThat(scrapes(work, "before")).isGreaterThanOrEqualTo(before);
      assertThat(work.api().metric("prometheus_tsdb_clean_start")).isZero();
    }
  }

  @Test
  void aDirectoryHasOneProcess() throws IOException {
    Work work = Work.in(temporary.resolve("locked"));
    scrapeItselfAs("self", work, "");
    Api second = Api.onPort(Ports.free());
    try (Child child = narthex(work).start()) {
      work.api().awaitReady(child);
      Ended ended =
          installation
              .launch(
                  "prometheus",
                  "--config.file=p.yml",
                  "--storage.tsdb.path=data",
                  "--web.listen-address=" + second.address())
              .in(work.directory())
              .run();
      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.output()).contains("lock DB directory");
      assertThat(child.isAlive()).isTrue();
      assertThat(work.api().query("up")).isNotNull();
    }
  }

  @Test
  void aPrometheusKeepsItsHandsOffADirectoryInUse() throws IOException {
    assumePrometheus();
    Work work = Work.in(temporary.resolve("hands-off"));
    Work peer = new Work(work.directory(), Api.onPort(Ports.free()), work.exporters());
    scrapeItselfAs("self", work, "");
    try (Child child = narthex(work).start()) {
      work.api().awaitReady(child);
      // Debian's has no lock unless it is told to.
      Ended ended = prometheus(peer).and("--storage.tsdb.use-lockfile").run();
      assertThat(ended.status()).isNotZero();
      assertThat(ended.output()).contains("lock DB directory");
      assertThat(child.isAlive()).isTrue();
    }
  }

  @Test
  void changesPlacesWithPrometheusBothWays() throws IOException {
    assumePrometheus();
    Work work = Work.in(temporary.resolve("swap"));
    double first;
    scrapeItselfAs("debian", work, "");
    try (Child child = prometheus(work).start()) {
      awaitScrapes(child, work, "debian", 3);
      first = scrapes(work, "debian");
      assertThat(child.terminate().status()).isZero();
    }

    double ours;
    scrapeItselfAs("narthex", work, "");
    try (Child child = narthex(work).start()) {
      awaitScrapes(child, work, "narthex", 3);
      assertThat(scrapes(work, "debian")).isGreaterThanOrEqualTo(first);
      ours = scrapes(work, "narthex");
      assertThat(complaints(child)).isEmpty();
      assertThat(child.terminate().status()).isZero();
    }

    scrapeItselfAs("again", work, "");
    try (Child child = prometheus(work).start()) {
      awaitScrapes(child, work, "again", 3);
      assertThat(scrapes(work, "debian")).isGreaterThanOrEqualTo(first);
      assertThat(scrapes(work, "narthex")).isGreaterThanOrEqualTo(ours);
      assertThat(complaints(child)).isEmpty();
      assertThat(child.terminate().status()).isZero();
    }

    try (Child child = narthex(work).start()) {
      work.api().awaitReady(child);
      assertThat(scrapes(work, "debian")).isGreaterThanOrEqualTo(first);
      assertThat(scrapes(work, "narthex")).isGreaterThanOrEqualTo(ours);
      assertThat(scrapes(work, "again")).isGreaterThanOrEqualTo(3);
      assertThat(complaints(child)).isEmpty();
    }
    Figures.measured("a directory changed hands three times with %.0f scrapes kept", first + ours);
  }

  @Test
  void aReloadChangesWhatIsKept() throws IOException {
    Work work = Work.in(temporary.resolve("reload"));
    scrapeItselfAs("self", work, "");
    try (Child child = narthex(work, "--storage.tsdb.retention.time=7d").start()) {
      work.api().awaitReady(child);
      assertThat(retention(work)).isEqualTo(7 * 86_400);

      scrapeItselfAs("self", work, "storage: {tsdb: {retention: {time: 2d}}}");
      assertThat(work.api().post("/-/reload").status()).isEqualTo(200);
      assertThat(retention(work)).isEqualTo(2 * 86_400);

      scrapeItselfAs("self", work, "storage: {tsdb: {retention: {time: 1d}, no_lockfile: true}}");
      assertThat(work.api().post("/-/reload").status()).isEqualTo(200);
      assertThat(retention(work)).isEqualTo(86_400);
      child.awaitOutput("keys=storage.tsdb.no_lockfile");

      scrapeItselfAs("self", work, "storage: {tsdb: {retention: {percentage: 101}}}");
      assertThat(work.api().post("/-/reload").body())
          .contains("'storage.tsdb.retention.percentage' must be in the range [0, 100]");
      assertThat(retention(work)).isEqualTo(86_400);
    }
  }

  private static double retention(Work work) throws IOException {
    return work.api().metric("prometheus_tsdb_retention_limit_seconds");
  }

  private static void assumePrometheus() {
    Figures.skipUnless(
        Files.isExecutable(PROMETHEUS),
        PROMETHEUS + " is not on this machine: directories are not exchanged with it here");
  }
}
