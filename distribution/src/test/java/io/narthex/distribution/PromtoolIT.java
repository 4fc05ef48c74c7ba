package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code promtool} of the tarball. */
class PromtoolIT {
  @TempDir private static Path directory;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(directory.resolve("installation"));
  }

  private static Ended promtool(String... arguments) throws IOException {
    return installation.launch("promtool", arguments).in(directory).run();
  }

  @Test
  void importsAndListsAndDumps() throws Exception {
    Path input = directory.resolve("input.om");
    Files.writeString(
        input,
        "# TYPE requests counter\nrequests_total{code=\"200\"} 5 1700000000\n"
            + "requests_total{code=\"200\"} 7 1700000015\n# EOF\n");
    Ended imported =
        promtool("tsdb", "create-blocks-from", "openmetrics", input.toString(), "data");
    assertThat(imported.status()).as(imported.output()).isZero();
    Ended listed = promtool("tsdb", "list", "data");
    assertThat(listed.status()).as(listed.output()).isZero();
    assertThat(listed.out()).contains("NUM SAMPLES").contains("1700000000000");
    Ended dumped = promtool("tsdb", "dump", "data");
    assertThat(dumped.out())
        .isEqualTo(
            """
            {__name__="requests_total", code="200"} 5 1700000000000
            {__name__="requests_total", code="200"} 7 1700000015000
            """);
  }

  @Test
  void saysWhatBelongsToAGroupOfCommands() throws Exception {
    Ended help = promtool("tsdb", "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("usage: promtool tsdb <command>", "tsdb analyze", "tsdb list");
    Ended alone = promtool("tsdb");
    assertThat(alone.status()).isEqualTo(1);
    assertThat(alone.err()).startsWith("promtool: error: must select a subcommand of 'tsdb'");
    Ended unknown = promtool("tsdb", "foo");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err()).startsWith("promtool: error: expected command but got \"foo\"");
  }
}
