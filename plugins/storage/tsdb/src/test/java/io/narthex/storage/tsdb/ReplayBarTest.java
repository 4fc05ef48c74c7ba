package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReplayBarTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long now = 1000;
  private final ReplayBar bar =
      new ReplayBar(
          new PrintStream(out, true, StandardCharsets.UTF_8), () -> Instant.ofEpochMilli(now));

  @Test
  void writesOneLineAgainAndAgainAndEndsIt() {
    bar.begin(100 << 20);
    bar.at(3, 9, 1 << 20);
    now += 600;
    bar.at(4, 9, 50 << 20);
    now += 10;
    bar.at(4, 9, 51 << 20);
    now += 500;
    bar.at(9, 9, 100 << 20);
    bar.end();
    String text = out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    assertThat(text)
        .startsWith(
            "\r"
                + "replaying the WAL [###############...............]  50%  segment 4 of 9  50 of"
                + " 100 MiB")
        .endsWith("] 100%  segment 9 of 9  100 of 100 MiB\n");
    assertThat(text.split("\r")).hasSize(4);
  }

  @Test
  void saysNothingOfAShortReplay() {
    bar.begin(100);
    bar.at(0, 0, 50);
    bar.end();
    assertThat(out.size()).isZero();
  }
}
