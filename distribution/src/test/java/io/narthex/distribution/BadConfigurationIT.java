package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the process says, and whether it goes on, when what it is given cannot be used. */
class BadConfigurationIT {
  /** Prometheus ends so when it cannot use its command line or its configuration. */
  private static final int WRONG_CALL = 2;

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void brokenYamlIsToldWithItsPlace() throws IOException {
    Ended ended = startWith("global:\n  scrape_interval: 15s\n scrape_configs: [\n");

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "bad.yml:3:", "cannot read YAML");
  }

  @Test
  void anUnknownKeyIsToldWithItsPlaceAndTheNearestOne() throws IOException {
    Ended ended =
        startWith(
            """
            global:
              scrape_interval: 15s
            scrape_configs:
              - job_name: a
                scrape_intervall: 5s
            """);

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(
        ended,
        "bad.yml:5:5: scrape_configs[0].scrape_intervall: field scrape_intervall not found in type",
        "did you mean \\\"scrape_interval\\\"?");
  }

  @Test
  void anUnknownKeyOfTheTopLevelIsRefused() throws IOException {
    Ended ended = startWith("globall:\n  scrape_interval: 15s\n");

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "bad.yml:1:1:", "field globall not found", "did you mean \\\"global\\\"?");
  }

  @Test
  void aWrongTypeIsToldWithItsPlace() throws IOException {
    Ended ended =
        startWith(
            """
            global:
              scrape_interval: [15s]
            """);

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "bad.yml:2:20: global.scrape_interval:", "cannot unmarshal");
  }

  @Test
  void anImpossibleValueIsToldWithItsPlaceAndWithWhatWouldDo() throws IOException {
    Ended ended =
        startWith(
            """
            global:
              scrape_interval: soon
            """);

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "bad.yml:2:20: global.scrape_interval:", "not a valid duration string: ", "soon");
  }

  @Test
  void allProblemsAreToldInOneGo() throws IOException {
    Ended ended =
        startWith(
            """
            global:
              scrape_interval: soon
              scrape_timeoutt: 1s
            scrape_configs:
              - job_name: a
                static_configs: {}
                schemee: http
            exporters:
              nodee: {}
            """);

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(
        ended,
        "bad.yml:2:20: global.scrape_interval",
        "bad.yml:3:3: global.scrape_timeoutt",
        "bad.yml:6:21: scrape_configs[0].static_configs",
        "bad.yml:7:5: scrape_configs[0].schemee",
        "bad.yml:9:3: exporters.nodee",
        "did you mean \\\"node\\\"?");
  }

  @Test
  void aFileThatIsNotThereIsTold() throws IOException {
    Ended ended = run("--config.file=nowhere.yml");

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "open nowhere.yml: no such file or directory");
  }

  @Test
  void aDirectoryInPlaceOfTheFileIsTold() throws IOException {
    Files.createDirectories(temporary.resolve("work/directory.yml"));

    Ended ended = run("--config.file=directory.yml");

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "read directory.yml: is a directory");
  }

  @Test
  void anUnknownFlagIsToldWithTheNearestOne() throws IOException {
    Ended ended = run("--web.listen-addres=:0");

    assertThat(ended.status()).isEqualTo(WRONG_CALL);
    says(ended, "unknown long flag '--web.listen-addres'", "did you mean '--web.listen-address'?");
  }

  @Test
  void aFlagThatCannotBeUsedIsTold() throws IOException {
    Path config = write("good.yml", "{}\n");

    Ended ended = run("--config.file=" + config, "--web.read-timeout=soon");

    assertThat(ended.status()).isNotZero();
    says(ended, "web.read-timeout", "soon");
  }

  @Test
  void anOccupiedPortIsTold() throws IOException {
    Path config = write("good.yml", "{}\n");
    try (ServerSocket other = Ports.occupied()) {
      Ended ended =
          run("--config.file=" + config, "--web.listen-address=127.0.0.1:" + other.getLocalPort());

      assertThat(ended.status()).isEqualTo(1);
      says(ended, "127.0.0.1:" + other.getLocalPort(), "in use");
    }
  }

  @Test
  void anAddressThatIsNotOfThisMachineIsTold() throws IOException {
    Path config = write("good.yml", "{}\n");

    Ended ended = run("--config.file=" + config, "--web.listen-address=192.0.2.1:0");

    assertThat(ended.status()).isEqualTo(1);
    says(ended, "192.0.2.1");
  }

  /** Permissions do not stop the user root, so the path leads through a file. */
  @Test
  void aDataDirectoryThatCannotBeWrittenIsTold() throws IOException {
    Path config = write("good.yml", "{}\n");
    write("a file", "");

    Ended ended =
        run(
            "--config.file=" + config,
            "--storage.tsdb.path=a file/data",
            "--web.listen-address=127.0.0.1:0");

    assertThat(ended.status()).isEqualTo(1);
    says(ended, "a file/data", "want a directory that can be written");
  }

  @Test
  void anUnusableWebFileIsTold() throws IOException {
    Path config = write("good.yml", "{}\n");
    write(
        "bad-web.yml",
        """
        tls_server_config:
          cert_file: missing.crt
          key_file: missing.key
        """);

    Ended ended =
        run(
            "--config.file=" + config,
            "--web.config.file=bad-web.yml",
            "--web.listen-address=127.0.0.1:0");

    assertThat(ended.status()).isEqualTo(1);
    says(ended, "missing.crt");
  }

  @Test
  void anOccupiedPortOfTheExportersStopsNothingElse() throws IOException {
    Work work = Work.in(temporary.resolve("exporters"));
    Path config = work.shippedConfig(installation);
    try (ServerSocket other = new ServerSocket(work.exporters().port());
        Child narthex = work.narthex(installation, config).start()) {
      work.api().awaitReady(narthex);

      narthex.awaitOutput("exporters are not served");
      assertThat(narthex.output()).contains("127.0.0.1:" + other.getLocalPort());
      assertThat(work.api().get("/exporters/node/metrics").body()).contains("node_cpu_seconds");
      assertNoTrace(narthex.output());
    }
  }

  @Test
  void aFailedReloadKeepsWhatRuns() throws IOException {
    Work work = Work.in(temporary.resolve("reload"));
    Path config = work.shippedConfig(installation);
    String good = Files.readString(config);
    Api api = work.api();
    try (Child narthex = work.narthex(installation, config).start()) {
      api.awaitReady(narthex);
      narthex.await("up", () -> api.query("up == 1"), samples -> samples.size() == 2);
      String running = api.data("/api/v1/status/config").path("yaml").asString();
      double loadedAt = api.metric("prometheus_config_last_reload_success_timestamp_seconds");

      // The good half of it must not be taken over either.
      Files.writeString(
          config,
          good.replace("job_name: narthex", "job_name: renamed")
              .replace("exporters: [node]", "exporters: [node]\n      listen_adresses: []"));
      Api.Answer answer = api.post("/-/reload");

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body())
          .startsWith("failed to reload config: ")
          .contains("narthex.yml:", "listen_adresses", "did you mean \"listen_addresses\"?");
      assertThat(api.metric("prometheus_config_last_reload_successful")).isZero();
      assertThat(api.metric("prometheus_config_last_reload_success_timestamp_seconds"))
          .isEqualTo(loadedAt);
      assertThat(api.data("/api/v1/status/config").path("yaml").asString()).isEqualTo(running);
      assertThat(api.get("/-/ready").status()).isEqualTo(200);

      // By signal too, and the file may even be gone.
      Files.delete(config);
      narthex.signal("HUP");
      narthex.awaitOutput("open narthex.yml: no such file or directory");
      assertThat(api.query("up{job=\"narthex\"} == 1")).hasSize(1);

      Files.writeString(config, good);
      assertThat(api.post("/-/reload").status()).isEqualTo(200);
      assertThat(api.metric("prometheus_config_last_reload_successful")).isEqualTo(1);
      assertNoTrace(narthex.output());
    }
  }

  @Test
  void reloadOverHttpMustBeAllowed() throws IOException {
    Work work = Work.in(temporary.resolve("forbidden"));
    Path config = work.shippedConfig(installation);
    Launch launch =
        installation
            .launch(
                "narthex",
                "--config.file=" + config,
                "--web.listen-address=" + work.api().address())
            .in(work.directory());
    try (Child narthex = launch.start()) {
      work.api().awaitReady(narthex);

      for (String path : new String[] {"/-/reload", "/-/quit"}) {
        Api.Answer answer = work.api().post(path);
        assertThat(answer.status()).as(path).isEqualTo(403);
        assertThat(answer.body()).as(path).isEqualTo("Lifecycle API is not enabled.");
      }
    }
  }

  private static Ended startWith(String config) throws IOException {
    return run("--config.file=" + write("bad.yml", config), "--web.listen-address=127.0.0.1:0");
  }

  private static Path write(String name, String text) throws IOException {
    Path directory = Files.createDirectories(temporary.resolve("work"));
    Files.writeString(directory.resolve(name), text);
    return Path.of(name);
  }

  private static Ended run(String... arguments) throws IOException {
    return installation
        .launch("narthex", arguments)
        .in(Files.createDirectories(temporary.resolve("work")))
        .run();
  }

  /** The texts stand in what it wrote, and no stack trace does. */
  private static void says(Ended ended, String... texts) {
    // Values of the log are quoted.
    String unquoted = ended.output().replace("\\\"", "\"");
    for (String text : texts) {
      assertThat(unquoted).contains(text.replace("\\\"", "\""));
    }
    assertNoTrace(ended.output());
  }

  private static void assertNoTrace(String output) {
    assertThat(output.lines())
        .noneMatch(line -> line.startsWith("\tat ") || line.contains("\\tat "))
        .noneMatch(line -> line.startsWith("Exception in thread"));
  }
}
