package io.narthex.query.promql.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.plugin.FakeExtensions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestPromqlCommandTest {
  @TempDir Path directory;

  private Called call(String... arguments) throws Exception {
    return Called.of(new TestPromqlCommand(new FakeExtensions()), directory, arguments);
  }

  private void script(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void passesWhereAllEvalsPass() throws Exception {
    script("one.test", "load 1m\n m 1\n\neval instant at 0 m\n m 1\n\neval instant at 0 1\n 1\n");
    Called called = call("one.test");
    assertThat(called.out()).isEqualTo("one.test: PASS 2 FAIL 0\nPASS 2 FAIL 0\n");
    assertThat(called.err()).isEmpty();
    assertThat(called.status()).isZero();
  }

  @Test
  void tellsWhatFailedAndGoesOn() throws Exception {
    script("one.test", "load 1m\n m 1\n\neval instant at 0 m\n m 2\n\neval instant at 0 1\n 1\n");
    script("two.test", "eval instant at 0 m\n");
    Called called = call("one.test", "two.test");
    assertThat(called.out())
        .isEqualTo("one.test: PASS 1 FAIL 1\ntwo.test: PASS 1 FAIL 0\nPASS 2 FAIL 1\n");
    assertThat(called.err())
        .isEqualTo(
            """
            one.test: line 4: eval instant at 0 m
              expected 2 at 0 for {__name__="m"}
              got: m 1 @[0]
            """);
    assertThat(called.status()).isEqualTo(1);
  }

  @Test
  void countsAllEvalsOfAScriptThatCannotBeParsed() throws Exception {
    script("bad.test", "eval instant at 0 1\n 1\n\neval instant at 0 1 +\n\nrain\n");
    script("empty.test", "");
    script("rain.test", "rain\n");
    Called called = call("bad.test", "empty.test", "rain.test", "missing.test");
    assertThat(called.out())
        .isEqualTo(
            """
            bad.test: PASS 0 FAIL 2
            empty.test: PASS 0 FAIL 0
            rain.test: PASS 0 FAIL 1
            missing.test: PASS 0 FAIL 1
            PASS 0 FAIL 4
            """);
    assertThat(called.err())
        .contains("bad.test: line 4: cannot parse query 1 +: ")
        .contains("rain.test: line 1: invalid command \"rain\"\n")
        .contains("missing.test: no such file\n");
    assertThat(called.status()).isEqualTo(1);
  }

  @Test
  void hasEverythingExperimentalOn() throws Exception {
    script(
        "all.test",
        """
        load 1m
          m 1+1x10

        eval instant at 5m max_of(1, 3)
          3

        eval instant at 5m increase(m[2m] smoothed)
          {} 2

        eval instant at 5m limitk(1, m)
          m 6

        eval instant at 5m sum_over_time(m[1m + 1m])
          {} 11
        """);
    assertThat(call("all.test").out()).endsWith("\nPASS 4 FAIL 0\n");
  }

  @Test
  void needsAFile() throws Exception {
    Called called = call();
    assertThat(called.status()).isEqualTo(1);
    assertThat(called.err())
        .isEqualTo("promtool: error: required argument 'script' not provided, try --help\n");
  }
}
