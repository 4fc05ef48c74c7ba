package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadavgCollectorTest {
  @TempDir Path directory;
  private Machine machine;

  @BeforeEach
  void start() {
    machine = new Machine(directory);
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  @Test
  void reportsTheThreeAverages() {
    machine.proc("loadavg", "0.21 0.37 0.39 1/719 19737\n");

    Page page = machine.scrape("loadavg");

    assertThat(page.value("node_load1", "")).isEqualTo(0.21);
    assertThat(page.value("node_load5", "")).isEqualTo(0.37);
    assertThat(page.value("node_load15", "")).isEqualTo(0.39);
  }

  @Test
  void failsOnGarbageAndOnTooFewNumbers() {
    machine.proc("loadavg", "0.21 0.37 x\n");
    assertThat(machine.scrape("loadavg").succeeded("loadavg")).isFalse();

    machine.proc("loadavg", "0.21 0.37\n");
    Page page = machine.scrape();
    assertThat(page.succeeded("loadavg")).isFalse();
    assertThat(page.families).doesNotContainKeys("node_load1", "node_load5");
  }
}
