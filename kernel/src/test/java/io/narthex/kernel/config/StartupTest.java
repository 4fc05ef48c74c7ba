package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartupTest {
  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("f.yml"), text);
  }

  @Test
  void findsTheFewFlagsAmongThoseOfPlugins() {
    Startup startup =
        Startup.scan(
            List.of(
                "--web.listen-address",
                ":1",
                "--config.file=a.yml",
                "--storage.tsdb.path=d",
                "--web.enable-lifecycle",
                "--plugins.directory=p",
                "--plugins.directory=q",
                "--log.level=debug"),
            Map.of("NARTHEX_LOG_FORMAT", "json"),
            Map.of("storage.tsdb.path", "data.path"));
    Startup.Early early = startup.read(Optional.empty());
    assertThat(startup.configFile()).contains("a.yml");
    assertThat(startup.helpWanted()).isFalse();
    assertThat(startup.versionWanted()).isFalse();
    assertThat(early.data().path()).isEqualTo("d");
    assertThat(early.plugins().directories()).containsExactly("p", "q");
    assertThat(early.log()).isEqualTo(new LogConfig(LogConfig.Level.DEBUG, LogConfig.Format.JSON));
  }

  @Test
  void seesFeaturesOfFlagsElseOfTheFile() throws IOException {
    Path file = file("features: [a, b]\n");
    assertThat(Startup.scan(List.of(), Map.of(), Map.of()).read(Optional.of(file)).features())
        .containsExactly("a", "b");
    assertThat(
            Startup.scan(
                    List.of("--enable-feature=c,d", "--enable-feature", "e"), Map.of(), Map.of())
                .read(Optional.of(file))
                .features())
        .containsExactly("c", "d", "e");
    assertThat(
            Startup.scan(List.of(), Map.of("NARTHEX_FEATURES", "f"), Map.of())
                .read(Optional.empty())
                .features())
        .containsExactly("f");
  }

  @Test
  void seesHelpAndVersion() {
    assertThat(Startup.scan(List.of("-h"), Map.of(), Map.of()).helpWanted()).isTrue();
    assertThat(Startup.scan(List.of("--x", "--help"), Map.of(), Map.of()).helpWanted()).isTrue();
    assertThat(Startup.scan(List.of("--help-long"), Map.of(), Map.of()).helpWanted()).isTrue();
    assertThat(Startup.scan(List.of("--version"), Map.of(), Map.of()).versionWanted()).isTrue();
  }

  @Test
  void readsItsSectionsOfTheFileAndNoOthers() throws IOException {
    Path file =
        file("plugins: {directories: [x], disabled: [y], watch_interval: 5s}\nfoo: {{}: 1}\n");
    Startup startup = Startup.scan(List.of(), Map.of(), Map.of());
    assertThat(startup.read(Optional.of(file)).plugins().directories()).isEmpty();
    file("plugins: {directories: [x], disabled: [y], watch_interval: 5s}\nfoo: {unknown: 1}\n");
    assertThat(startup.read(Optional.of(file)).plugins())
        .isEqualTo(new PluginsConfig(List.of("x"), List.of("y"), Duration.ofSeconds(5)));
  }

  @Test
  void takesDefaultsWhereAnythingIsBroken() throws IOException {
    Startup.Early defaults = Startup.scan(List.of(), Map.of(), Map.of()).read(Optional.empty());
    for (String text : List.of("a: b: c", "plugins: 3", "plugins: {watch_interval: x}", "- a")) {
      assertThat(
              Startup.scan(List.of("--config.file"), Map.of(), Map.of())
                  .read(Optional.of(file(text))))
          .isEqualTo(defaults);
    }
    assertThat(
            Startup.scan(List.of("--log.level=loud"), Map.of(), Map.of())
                .read(Optional.of(directory.resolve("none"))))
        .isEqualTo(defaults);
  }

  @Test
  void takesTheFileFromTheEnvironment() {
    Map<String, String> environment = Map.of("NARTHEX_CONFIG_FILE", "e.yml");
    assertThat(Startup.scan(List.of(), environment, Map.of()).configFile()).contains("e.yml");
    assertThat(Startup.scan(List.of("--config.file=f.yml"), environment, Map.of()).configFile())
        .contains("f.yml");
  }
}
