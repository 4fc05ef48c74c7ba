package io.narthex.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import io.narthex.api.plugin.Plugins.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PluginCommandsTest {
  @TempDir Path temporary;
  private HostFixture at;
  private String out = "";
  private String err = "";

  @BeforeEach
  void make() throws IOException {
    at = new HostFixture(temporary);
  }

  @AfterEach
  void close() {
    at.close();
  }

  private int narthex(String name, String... arguments) {
    Command command =
        PluginCommands.all(at.settings).stream()
            .filter(c -> c.path().equals(List.of("plugin", name)))
            .findFirst()
            .orElseThrow();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    int status;
    try (PrintStream o = new PrintStream(said, false, StandardCharsets.UTF_8);
        PrintStream e = new PrintStream(complained, false, StandardCharsets.UTF_8)) {
      status =
          command.run(
              new Invocation(
                  List.of(arguments), InputStream.nullInputStream(), o, e, false, at.root));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    out = said.toString(StandardCharsets.UTF_8);
    err = complained.toString(StandardCharsets.UTF_8);
    return status;
  }

  @Test
  void listsWhatWillRunAndWhatWillNot() throws IOException {
    SamplePlugin.of("bundled")
        .with("Bundled", "true")
        .with("Description", "Does things.")
        .unpacked(at.plugins.resolve("bundled"));
    SamplePlugin.of("newer").with("Requires", ">=9.0.0").jar(at.plugins.resolve("newer.jar"));
    SamplePlugin.of("off").jar(at.plugins.resolve("off.jar"));
    Files.writeString(at.plugins.resolve("disabled.txt"), "off\n");

    assertThat(narthex("list")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            ID       VERSION  STATE     ORIGIN     DESCRIPTION
            bundled  1.0.0    enabled   bundled    Does things.
            newer    1.0.0    failed    installed  requires Narthex >=9.0.0, this is 0.1.0
            off      1.0.0    disabled  installed  -
            """);
  }

  @Test
  void infoShowsExtensionsAndKeys() throws IOException {
    SamplePlugin.empty("hello")
        .with("Requires", ">=0.1.0")
        .with("Dependencies", "other@>=1.0.0, maybe?")
        .exporter("sample.Hello", "hello")
        .zip(at.plugins.resolve("hello.zip"));
    assertThat(narthex("info", "hello")).isZero();
    assertThat(out)
        .contains(
            "id:          hello\n",
            "requires:    Narthex >=0.1.0\n",
            "depends on:  other >=1.0.0, maybe (optional)\n")
        .contains("state:       failed: needs plugin other, which is not installed\n")
        .contains(
            "extension sample.Hello\n", "  is a:      ExporterProvider\n", "  name:      hello\n")
        .containsPattern("  how_many +integer +3 +How many\\.\n")
        .containsPattern("  wait_for +duration +5s +How long\\. \\(--sample\\.wait\\)\n")
        .containsPattern("  parts +list of object +- +-\n")
        .containsPattern("  parts\\[\\]\\.name +string +- +-\n");
    assertThat(at.settings.cacheDirectory()).doesNotExist();

    assertThat(narthex("info", "nothing")).isEqualTo(1);
    assertThat(err)
        .isEqualTo("narthex: cannot show nothing: no such plugin in " + at.plugins + "\n");
  }

  @Test
  void installsJarsZipsAndWhatRunsNotices() throws IOException {
    at.open();
    SamplePlugin.of("one").jar(at.root.resolve("download.jar"));
    SamplePlugin.of("two").zip(at.root.resolve("download.zip"));
    assertThat(narthex("install", "download.jar")).isZero();
    assertThat(out)
        .isEqualTo("installed one 1.0.0 in " + at.plugins.resolve("one-1.0.0.jar") + "\n");
    assertThat(narthex("install", "download.zip")).isZero();
    assertThat(at.plugins.resolve("two-1.0.0/lib/two.jar")).isRegularFile();
    at.settle();
    assertThat(at.state("one")).isEqualTo(State.STARTED);
    assertThat(at.state("two")).isEqualTo(State.STARTED);
  }

  @Test
  void aNewerVersionReplacesAndAnOlderOneWantsForce() throws IOException {
    Path file = at.root.resolve("a.jar");
    SamplePlugin.of("a").version("1.0.0").jar(at.plugins.resolve("dropped.jar"));
    SamplePlugin.of("a").version("1.0.0").jar(file);
    assertThat(narthex("install", "a.jar")).isEqualTo(1);
    assertThat(err)
        .isEqualTo(
            "narthex: cannot install a.jar: version 1.0.0 of a is already there, and 1.0.0 is no"
                + " newer; --force replaces it\n");

    SamplePlugin.of("a").version("1.1.0").zip(at.root.resolve("a.zip"));
    assertThat(narthex("install", "a.zip")).isZero();
    assertThat(out).endsWith(", in place of 1.0.0\n");
    try (Stream<Path> all = Files.list(at.plugins)) {
      assertThat(all.map(Path::getFileName).map(Path::toString)).containsExactly("a-1.1.0");
    }

    assertThat(narthex("install", "a.jar")).isEqualTo(1);
    assertThat(narthex("install", "--force", "a.jar")).isZero();
    assertThat(narthex("install", "--force", "a.jar")).isZero();
    try (Stream<Path> all = Files.list(at.plugins)) {
      assertThat(all.map(Path::getFileName).map(Path::toString)).containsExactly("a-1.0.0.jar");
    }
  }

  @Test
  void installsIntoAnotherDirectory() throws IOException {
    SamplePlugin.of("a").jar(at.root.resolve("a.jar"));
    assertThat(narthex("install", "a.jar", "--directory", "more")).isZero();
    assertThat(at.root.resolve("more/a-1.0.0.jar")).isRegularFile();
    assertThat(narthex("list", "--directory=more")).isZero();
    assertThat(out).contains("a   1.0.0    enabled  installed");
    assertThat(narthex("remove", "a", "--directory", "more")).isZero();
    assertThat(at.root.resolve("more")).isEmptyDirectory();
  }

  @Test
  void anInstallationThatIsReadOnlySaysSo() throws IOException {
    Assumptions.assumeFalse("root".equals(System.getProperty("user.name")));
    SamplePlugin.of("a").jar(at.root.resolve("a.jar"));
    Files.setPosixFilePermissions(at.plugins, PosixFilePermissions.fromString("r-xr-xr-x"));
    assertThat(narthex("install", "a.jar")).isEqualTo(1);
    assertThat(err)
        .startsWith(
            "narthex: cannot install a.jar: cannot write to "
                + at.plugins
                + ": it is not writable for this user");
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsSaidInOneLine() throws IOException {
    SamplePlugin.of("a").jar(at.root.resolve("a.jar"));
    Files.writeString(at.root.resolve("file"), "");
    assertThat(narthex("install", "a.jar", "--directory", "file")).isEqualTo(1);
    assertThat(err)
        .startsWith(
            "narthex: cannot install a.jar: cannot write to " + at.root.resolve("file") + ": ")
        .hasLineCount(1);
  }

  @Test
  void removesWhatWasInstalledAndNotWhatIsBundled() throws IOException {
    SamplePlugin.of("mine").jar(at.plugins.resolve("mine.jar"));
    SamplePlugin.of("theirs").with("Bundled", "true").unpacked(at.plugins.resolve("theirs"));
    assertThat(narthex("remove", "mine")).isZero();
    assertThat(out).isEqualTo("removed " + at.plugins.resolve("mine.jar") + "\n");
    assertThat(narthex("remove", "theirs")).isEqualTo(1);
    assertThat(err)
        .isEqualTo(
            "narthex: cannot remove theirs: it came with the installation; to switch it off:"
                + " narthex plugin disable theirs\n");
    assertThat(at.plugins.resolve("theirs/lib/theirs.jar")).exists();
    try (Stream<Path> all = Files.list(at.plugins)) {
      assertThat(all).hasSize(1);
    }
  }

  @Test
  void disablesAndEnablesAndWhatRunsNotices() throws IOException {
    SamplePlugin.of("a").with("Bundled", "true").unpacked(at.plugins.resolve("a"));
    at.open();
    assertThat(narthex("disable", "a")).isZero();
    assertThat(out).isEqualTo("disabled a\n");
    at.settle();
    assertThat(at.state("a")).isEqualTo(State.DISABLED);
    assertThat(narthex("disable", "a")).isZero();
    assertThat(out).isEqualTo("a is disabled already\n");
    assertThat(narthex("enable", "a")).isZero();
    at.settle();
    assertThat(at.state("a")).isEqualTo(State.STARTED);
    assertThat(narthex("enable", "a")).isZero();
    assertThat(out).isEqualTo("a is enabled already\n");
    assertThat(narthex("disable", "nobody")).isEqualTo(1);
    assertThat(err).startsWith("narthex: cannot disable nobody: no such plugin in ");
  }

  @Test
  void wrongCallsAndHelp() {
    for (Command command : PluginCommands.all(at.settings)) {
      String name = command.path().getLast();
      assertThat(narthex(name, "--help")).isZero();
      assertThat(out)
          .startsWith("usage: narthex plugin " + name)
          .contains(command.summary(), "--directory");
      assertThat(narthex(name, "--what")).isEqualTo(2);
      assertThat(err)
          .isEqualTo("narthex: plugin " + name + ": unknown option --what; see --help\n");
      assertThat(command.program()).isEqualTo("narthex");
    }
    assertThat(narthex("install")).isEqualTo(2);
    assertThat(err)
        .isEqualTo("narthex: plugin install: got 0 arguments, want one: FILE; see --help\n");
    assertThat(narthex("list", "x")).isEqualTo(2);
    assertThat(err).isEqualTo("narthex: plugin list: unexpected argument x; see --help\n");
  }
}
