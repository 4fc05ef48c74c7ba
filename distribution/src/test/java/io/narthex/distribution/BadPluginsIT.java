package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Plugins that cannot work, beside one that does. */
class BadPluginsIT {
  private static final String HANGS =
      """
      while (true) {
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
          System.getProperty("deaf to this");
        }
      }
      """;

  @TempDir static Path temporary;
  private static Installation installation;
  private static Path plugins;
  private static Work work;
  private static Child narthex;
  private static Api api;

  @BeforeAll
  static void start() throws IOException {
    installation = Installation.unpackInto(temporary);
    plugins = Files.createDirectories(temporary.resolve("more plugins"));
    SamplePlugin.exporter(installation, plugins.resolve("works.jar"), "works", Map.of(), "");
    Files.writeString(plugins.resolve("corrupt.jar"), "PK this is no archive");
    SamplePlugin.exporter(
        installation,
        plugins.resolve("newer.jar"),
        "newer",
        Map.of("Plugin-Requires", ">=9.0.0"),
        "");
    SamplePlugin.exporter(
        installation,
        plugins.resolve("throws.jar"),
        "throws",
        Map.of(),
        "if (true) throw new IllegalStateException(\"no luck today\");");
    SamplePlugin.exporter(
        installation,
        plugins.resolve("links.jar"),
        "links",
        Map.of(),
        "if (true) throw new NoSuchMethodError(\"a method of a later version\");");
    SamplePlugin.exporter(installation, plugins.resolve("hangs.jar"), "hangs", Map.of(), HANGS);
    SamplePlugin.exporter(
        installation,
        plugins.resolve("needs.jar"),
        "needs",
        Map.of("Plugin-Dependencies", "nobody-has-this"),
        "");
    work = Work.in(temporary.resolve("work"));
    api = work.api();
    Path config = work.shippedConfig(installation);
    Files.writeString(
        config, Files.readString(config).replace("exporters:\n", "exporters:\n  works: {}\n"));
    narthex = work.narthex(installation, config).and("--plugins.directory=" + plugins).start();
    api.awaitReady(narthex);
  }

  @AfterAll
  static void stop() throws IOException {
    if (narthex != null) {
      narthex.close();
    }
  }

  @Test
  void theGoodOneWorksAndSoDoesAllElse() throws IOException {
    assertThat(api.plugin("works").path("state").asString()).isEqualTo("STARTED");
    assertThat(api.get("/exporters/works/metrics").body()).contains("works_works 1.0");
    narthex.await("two targets", () -> api.query("up == 1"), samples -> samples.size() == 2);
  }

  @Test
  void aCorruptJarIsShownWithItsReason() throws IOException {
    assertFailed("corrupt.jar", "damaged");
  }

  @Test
  void aPluginForANewerApiIsShownWithBothVersions() throws IOException {
    assertFailed("newer", "requires Narthex >=9.0.0, this is 0.1.0");
  }

  @Test
  void aConstructorThatThrowsIsShownWithItsMessage() throws IOException {
    assertFailed("throws", "ThrowsProvider", "no luck today");
  }

  @Test
  void aConstructorThatMissesAMethodIsShown() throws IOException {
    assertFailed("links", "LinksProvider", "a method of a later version");
  }

  @Test
  void aConstructorThatNeverReturnsIsShownAfterItsDeadline() throws IOException {
    assertFailed("hangs", "HangsProvider", "did not return within 10 s");
  }

  @Test
  void aPluginWithoutWhatItNeedsIsShown() throws IOException {
    assertFailed("needs", "nobody-has-this");
  }

  @Test
  void thePageOfPluginsHasThemAll() throws IOException {
    assertThat(api.data("/api/v1/plugins").path("plugins").values())
        .filteredOn(plugin -> plugin.path("state").asString().equals("FAILED"))
        .extracting(plugin -> plugin.path("id").asString())
        .contains("corrupt.jar", "newer", "throws", "links", "hangs", "needs");
    assertThat(api.metric("narthex_plugin_failures_total")).isGreaterThanOrEqualTo(6);
  }

  @Test
  void noStackTraceStandsInTheLog() {
    assertThat(narthex.output().lines())
        .noneMatch(line -> line.startsWith("\tat ") || line.contains("\\tat "));
  }

  @Test
  void aJarThatIsMendedWhileTheProcessRunsIsTaken() throws IOException {
    Path jar = plugins.resolve("mended.jar");
    Files.writeString(jar, "not yet");
    narthex.await(
        "the broken jar to be refused",
        () -> api.plugin("mended.jar").path("state").asString(),
        "FAILED"::equals);

    Path good =
        SamplePlugin.exporter(
            installation, temporary.resolve("mended.jar"), "mended", Map.of(), "");
    Files.copy(good, jar, StandardCopyOption.REPLACE_EXISTING);

    narthex.await(
        "the mended jar to be started",
        () -> api.plugin("mended").path("state").asString(),
        "STARTED"::equals);
    Files.delete(jar);
    narthex.await("it to be gone", () -> api.plugin("mended").isMissingNode(), gone -> gone);
  }

  @Test
  void theProcessEndsAlthoughAConstructorHangs() throws IOException {
    Work other = Work.in(temporary.resolve("other"));
    Path hanging = Files.createDirectories(temporary.resolve("hanging"));
    Files.copy(plugins.resolve("hangs.jar"), hanging.resolve("hangs.jar"));
    try (Child child =
        other
            .narthex(installation, other.shippedConfig(installation))
            .and("--plugins.directory=" + hanging)
            .start()) {
      other.api().awaitReady(child);

      assertThat(child.terminate().status()).isZero();
    }
  }

  private static void assertFailed(String id, String... reason) throws IOException {
    JsonNode plugin = api.plugin(id);
    assertThat(plugin.path("state").asString()).as(id + ": " + plugin).isEqualTo("FAILED");
    assertThat(plugin.path("reason").asString()).contains(reason);
    assertThat(api.metric("narthex_plugin_state{id=\"" + id + "\",state=\"failed\"}")).isEqualTo(1);
    // One line of the log says it.
    assertThat(narthex.output().lines().filter(l -> l.contains("id=" + id + " ")).toList())
        .as("lines of the log about " + id)
        .hasSize(1)
        .allSatisfy(line -> assertThat(line).contains("level=WARN").contains(reason[0]));
  }
}
