package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Stat;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatCollectorTest {
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
  void reportsWhatTheFileHasAndNoZeroForWhatItLacks() {
    machine.proc("stat", "cpu  1 2 3 4\nctxt 42\nbtime 1418183276\n");

    Page page = machine.scrape("stat");

    assertThat(page.value("node_context_switches_total", "")).isEqualTo(42);
    assertThat(page.value("node_boot_time_seconds", "")).isEqualTo(1418183276);
    assertThat(page.families)
        .doesNotContainKeys("node_intr_total", "node_forks_total", "node_procs_running");
    assertThat(page.succeeded("stat")).isTrue();
  }

  @Test
  void readsOnlyTheTotalOfALineOfManyInterrupts() {
    machine.proc("stat", "intr 99 " + "1 ".repeat(50_000) + "\nprocesses 3\n");

    Page page = machine.scrape("stat");

    assertThat(page.value("node_intr_total", "")).isEqualTo(99);
    assertThat(page.value("node_forks_total", "")).isEqualTo(3);
  }

  @Test
  void readsCountersOf64Bits() {
    machine.proc("stat", "intr 18446744073709551614\n");

    assertThat(machine.scrape("stat").value("node_intr_total", ""))
        .isEqualTo(18446744073709551614.0);
  }

  @Test
  void failsOnANumberOfMoreThan64Bits() {
    machine.proc("stat", "intr 18446744073709551616\n");

    assertThat(machine.scrape("stat").succeeded("stat")).isFalse();
  }

  @Test
  void reportsSoftirqsOnlyWhenToldTo() {
    machine.proc("stat", "softirq 66 1 2 3 4 5 6 7 8 9 10\n");
    assertThat(machine.scrape("stat").samples("node_softirqs_total")).isEmpty();

    Machine told = new Machine(directory);
    told.stat = new Stat(true);
    try (told) {
      Page page = told.scrape("stat");
      assertThat(page.value("node_softirqs_total", "vector=\"hi\"")).isEqualTo(1);
      assertThat(page.value("node_softirqs_total", "vector=\"rcu\"")).isEqualTo(10);
    }
  }

  @Test
  void failsOnSoftirqsThatAreTooFew() {
    machine.stat = new Stat(true);
    machine.proc("stat", "ctxt 1\nsoftirq 66 1 2 3\n");

    Page page = machine.scrape("stat");

    assertThat(page.succeeded("stat")).isFalse();
    assertThat(page.families).doesNotContainKey("node_context_switches_total");
  }
}
