package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.service.Ticks;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.rules.groups.history.AlertHistory;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuleFilesSectionTest {
  private static final String ONE = "groups: [{name: g, rules: [{record: r, expr: up}]}]";

  @TempDir private Path directory;
  private Fixture fixture;
  private RuleService service;
  private RuleFilesSection section;

  /** What is said of a configuration. */
  private final List<String> said = new ArrayList<>();

  private boolean ignoreUnknownFields;
  private boolean syntaxOnly;

  private final ConfigCheck check =
      new ConfigCheck() {
        @Override
        public boolean syntaxOnly() {
          return syntaxOnly;
        }

        @Override
        public boolean ignoreUnknownFields() {
          return ignoreUnknownFields;
        }

        @Override
        public void warn(String message) {
          said.add("warning " + message);
        }

        @Override
        public void lint(String kind, String message) {
          said.add("lint " + message);
        }

        @Override
        public void found(String what) {
          said.add(what);
        }

        @Override
        public void file(NamedFile file) {
          said.add(
              file.name()
                  + ": "
                  + (file.errors().isEmpty() ? file.found() : String.join("; ", file.errors()))
                  + (file.lints().isEmpty() ? "" : " " + file.lints().keySet()));
        }
      };

  private record Snapshot(Path baseDirectory, Path shownDirectory) implements ConfigSnapshot {
    @Override
    public <C> Optional<C> section(String key, Class<C> type) {
      return Optional.empty();
    }

    @Override
    public GlobalConfig global() {
      return Defaults.of(GlobalConfig.class);
    }
  }

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
    service =
        new RuleService(
            Current.of(fixture.storage),
            Current.of(fixture.engine),
            fixture.extensions,
            new FakeWebHost(),
            new Features(Set.of()),
            new AlertHistory(directory.resolve("data"), 100, new RecordFiles()),
            Ticks.of(Clock.systemUTC()),
            new PrometheusRegistry());
    section =
        new RuleFilesSection(
            service, new RecordFiles(), fixture.extensions, new Features(Set.of()));
    Files.createDirectories(directory.resolve("sub"));
    Files.createDirectories(directory.resolve("other"));
  }

  @AfterEach
  void close() throws Exception {
    service.stop();
    fixture.close();
  }

  private void write(String name, String text) throws Exception {
    Files.writeString(directory.resolve(name), text);
  }

  private List<String> shown(String shownDirectory, String... names) throws Exception {
    section
        .prepare(List.of(names), new Snapshot(directory.resolve("sub"), Path.of(shownDirectory)))
        .apply();
    return service.view().stream().map(group -> group.file() + ";" + group.name()).toList();
  }

  /** The names that Prometheus gave when it was started so. */
  @Test
  void namesFilesAsPrometheusDoes() throws Exception {
    write("sub/rules.yml", ONE);
    write("sub/a.yaml", ONE);
    write("rules.yml", ONE);
    write("other/r2.yml", ONE);
    String[] names = {
      "rules.yml", "../other/*.yml", directory + "/rules.yml", "./*.yaml", "x/../rules.y?ml"
    };
    String absolute = directory + "/rules.yml;g";
    assertThat(shown("sub", names))
        .containsExactlyInAnyOrder("sub/rules.yml;g", "other/r2.yml;g", "sub/a.yaml;g", absolute);
    assertThat(shown("../sub", names))
        .containsExactlyInAnyOrder(
            "../sub/rules.yml;g", "../other/r2.yml;g", "../sub/a.yaml;g", absolute);
    assertThat(shown("", names))
        .containsExactlyInAnyOrder("rules.yml;g", "../other/r2.yml;g", "a.yaml;g", absolute);
    assertThat(shown(directory + "/sub", names))
        .containsExactlyInAnyOrder(
            directory + "/sub/rules.yml;g",
            directory + "/other/r2.yml;g",
            directory + "/sub/a.yaml;g",
            absolute);
    assertThat(shown("", directory + "/./rules.yml", directory + "/./other/r*"))
        .containsExactlyInAnyOrder(directory + "/./rules.yml;g", directory + "/other/r2.yml;g");
  }

  @Test
  void errorsHaveTheShownNames() throws Exception {
    write("sub/bad.yml", "groups: [{name: g, rules: [{record: r, expr: up +}]}]");
    assertThatThrownBy(() -> shown("sub", "*.yml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("sub/bad.yml: 1:46: group \"g\", rule 1, \"r\": could not parse");
  }

  private List<String> checked(String... names) throws Exception {
    said.clear();
    section.check(List.of(names), new Snapshot(directory.resolve("sub"), Path.of("sub")), check);
    return said;
  }

  @Test
  void eachFileIsJudgedOnItsOwn() throws Exception {
    write("sub/a.yml", ONE);
    write("sub/b.yml", "groups: [{name: g, rules: [{record: r, expr: up +}]}]");
    write("sub/c.yml", "groups: [{name: g, x: 1, rules: [{record: r, expr: up}]}]");
    write(
        "sub/d.yml", "groups: [{name: g, rules: [{record: r, expr: up}, {record: r, expr: up}]}]");
    assertThat(checked("*.yml", "a.yml"))
        .containsExactly(
            "5 rule files found",
            "sub/a.yml: 1 rules found",
            "sub/b.yml: sub/b.yml: 1:46: group \"g\", rule 1, \"r\": could not parse expression:"
                + " 1:5: parse error: unexpected end of input",
            "sub/c.yml: sub/c.yml:1:20: groups[0].x: field x not found in type rulefmt.RuleGroup",
            "sub/d.yml: 2 rules found [duplicate-rules]",
            "sub/a.yml: 1 rules found");
    ignoreUnknownFields = true;
    assertThat(checked("c.yml")).containsExactly("1 rule files found", "sub/c.yml: 1 rules found");
    assertThat(checked("none*.yml")).isEmpty();
    assertThat(checked()).isEmpty();
  }

  @Test
  void filesThatAreNamedMustBeThereUnlessOnlySyntaxMatters() throws Exception {
    assertThatThrownBy(() -> checked("none.yml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("\"sub/none.yml\" does not point to an existing file");
    assertThatThrownBy(() -> checked("a*/b.yml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("invalid rule file path \"a*/b.yml\"");
    syntaxOnly = true;
    assertThat(checked("none.yml")).isEmpty();
    assertThatThrownBy(() -> checked("a*/b.yml")).isInstanceOf(ConfigException.class);
  }

  @Test
  void aServerTakesFilesThatAreNotThereYet() throws Exception {
    assertThat(shown("sub", "none.yml", "nothing*.yml")).isEmpty();
  }
}
