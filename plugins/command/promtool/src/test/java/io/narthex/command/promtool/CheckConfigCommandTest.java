package io.narthex.command.promtool;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Invocation;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigCheck.NamedFile;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.FakeSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckConfigCommandTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void files() throws Exception {
    for (String name : List.of("good.yml", "bad.yml", "lint.yml", "agent.yml", "rules.yml")) {
      Files.writeString(directory.resolve(name), "");
    }
  }

  /** Finds what the names of files say. */
  private static ConfigChecker.Checked look(Path file, String role, ConfigCheck check)
      throws ConfigException {
    assertThat(role).isEqualTo("prometheus");
    switch (file.toString()) {
      case "bad.yml" -> throw new ConfigException("bad.yml:1:1: it is bad");
      case "rules.yml" -> {
        check.found("3 rule files found");
        check.file(new NamedFile("a.yml", "2 rules found", List.of(), List.of("odd"), Map.of()));
        check.file(
            new NamedFile(
                "b.yml",
                check.ignoreUnknownFields() ? "4 rules found" : "",
                check.ignoreUnknownFields() ? List.of() : List.of("b.yml: no", "b.yml: never"),
                List.of(),
                Map.of()));
        check.file(
            new NamedFile(
                "c.yml", "1 rules found", List.of(), List.of(), Map.of("duplicate-rules", "two")));
      }
      case "lint.yml" -> check.lint("too-long-scrape-interval", "far too long");
      default -> check.warn(check.syntaxOnly() ? "syntax" : "files too");
    }
    Set<String> keys = file.toString().equals("agent.yml") ? Set.of("rule_files") : Set.of();
    return new ConfigChecker.Checked(FakeSnapshot.in(Path.of("")), keys);
  }

  private int check(String... words) throws Exception {
    return new CheckConfigCommand(CheckConfigCommandTest::look)
        .run(
            new Invocation(
                List.of(words),
                InputStream.nullInputStream(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                directory));
  }

  @Test
  void aGoodFileSucceeds() throws Exception {
    assertThat(check("good.yml")).isZero();
    assertThat(out)
        .hasToString(
            "Checking good.yml\n"
                + "  WARNING: files too\n"
                + " SUCCESS: good.yml is valid prometheus config file syntax\n\n");
    assertThat(err.size()).isZero();
  }

  @Test
  void allFilesAreLookedAtAndOneThatIsBadFailsTheCall() throws Exception {
    assertThat(check("bad.yml", "good.yml", "--syntax-only")).isEqualTo(1);
    assertThat(err).hasToString("  FAILED: bad.yml:1:1: it is bad\n");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("good.yml is valid", "syntax");
  }

  @Test
  void remarksAreMadeForThoseWhoAskForThemAndFatalWhereTheySaySo() throws Exception {
    assertThat(check("lint.yml")).isZero();
    assertThat(check("lint.yml", "--lint-fatal")).isZero();
    assertThat(err.size()).isZero();
    assertThat(check("lint.yml", "--lint=too-long-scrape-interval")).isZero();
    assertThat(err).hasToString("  FAILED: far too long\n");
    assertThat(check("lint.yml", "--lint=all", "--lint-fatal")).isEqualTo(3);
    assertThat(check("lint.yml", "bad.yml", "--lint=all", "--lint-fatal")).isEqualTo(1);
    assertThat(check("lint.yml", "--lint=none", "--lint-fatal")).isZero();
  }

  @Test
  void filesThatAreNamedAreJudgedOnTheirOwn() throws Exception {
    assertThat(check("rules.yml")).isEqualTo(1);
    assertThat(out)
        .hasToString(
            """
            Checking rules.yml
              SUCCESS: 3 rule files found
             SUCCESS: rules.yml is valid prometheus config file syntax

            Checking a.yml
              WARNING: odd
              SUCCESS: 2 rules found

            Checking b.yml
            Checking c.yml

            """);
    assertThat(err).hasToString("  FAILED:\nb.yml: no\nb.yml: never\n  FAILED:\nlint error two\n");
  }

  @Test
  void remarksOnFilesThatAreNamedAreForThoseWhoAsk() throws Exception {
    assertThat(check("rules.yml", "--ignore-unknown-fields")).isZero();
    assertThat(err).hasToString("  FAILED:\nlint error two\n");
    assertThat(check("rules.yml", "--ignore-unknown-fields", "--lint-fatal")).isEqualTo(3);
    assertThat(check("rules.yml", "--ignore-unknown-fields", "--lint-fatal", "--lint=none"))
        .isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .endsWith("Checking c.yml\n  SUCCESS: 1 rules found\n\n");
    assertThat(check("rules.yml", "--ignore-unknown-fields", "--lint-fatal", "--lint=all,none"))
        .isZero();
  }

  @Test
  void unknownKindsOfRemarksAreWarnedOf() throws Exception {
    assertThat(check("good.yml", "--lint=x")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("WARNING: unknown lint option: \"x\"\nChecking good.yml\n");
  }

  @Test
  void anAgentHasNoRules() throws Exception {
    assertThat(check("agent.yml")).isZero();
    assertThat(check("agent.yml", "--agent")).isEqualTo(1);
    assertThat(err).hasToString("  FAILED: field rule_files is not allowed in agent mode\n");
  }

  @Test
  void filesMustBeThere() throws Exception {
    assertThat(check("none.yml")).isEqualTo(1);
    assertThat(err).hasToString("promtool: error: path 'none.yml' does not exist, try --help\n");
    assertThat(check()).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .endsWith("promtool: error: required argument 'config-files' not provided, try --help\n");
  }
}
