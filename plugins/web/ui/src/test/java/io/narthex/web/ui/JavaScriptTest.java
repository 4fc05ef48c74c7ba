package io.narthex.web.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code src/test/js} where Node is at hand. The build asks for no more than a JDK. */
class JavaScriptTest {
  private static final Path TESTS = Path.of("src/test/js/pages.test.js");

  @TempDir private Path directory;

  @Test
  void passesItsOwnTests() throws Exception {
    for (String name : Assets.NAMES) {
      Files.write(directory.resolve(name), new Assets().find(name).orElseThrow().content());
    }
    Files.copy(TESTS, directory.resolve("pages.test.js"));
    Files.writeString(directory.resolve("package.json"), "{\"type\":\"module\"}");
    Path output = directory.resolve("output.txt");

    Process node = start(output);

    assertThat(node.waitFor(60, TimeUnit.SECONDS)).as("node ends in time").isTrue();
    assertThat(node.exitValue()).as(Files.readString(output, UTF_8)).isZero();
  }

  private Process start(Path output) {
    try {
      return new ProcessBuilder("node", "--test", "pages.test.js")
          .directory(directory.toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
    } catch (IOException e) {
      return abort("no node on the path: " + e.getMessage());
    }
  }
}
