package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeminfoCollectorTest {
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
  void scalesKilobytesAndCountsPages() {
    machine.proc(
        "meminfo", "MemTotal:  1000 kB\nActive(anon): 2 kB\nHugePages_Total:  3\nZswap: 4 kB\n");

    Page page = machine.scrape("meminfo");

    assertThat(page.value("node_memory_MemTotal_bytes", "")).isEqualTo(1_024_000);
    assertThat(page.value("node_memory_Active_anon_bytes", "")).isEqualTo(2048);
    assertThat(page.value("node_memory_HugePages_Total", "")).isEqualTo(3);
    assertThat(page.value("node_memory_Zswap_bytes", "")).isEqualTo(4096);
  }

  @Test
  void passesOverLinesThatItDoesNotKnow() {
    machine.proc("meminfo", "MemTotal:  1 kB\nKReclaimable: garbage\nMemFree: 2 kB\n");

    Page page = machine.scrape("meminfo");

    assertThat(page.succeeded("meminfo")).isTrue();
    assertThat(page.value("node_memory_MemFree_bytes", "")).isEqualTo(2048);
    assertThat(page.families).doesNotContainKey("node_memory_KReclaimable_bytes");
  }

  @Test
  void failsOnAnotherUnit() {
    machine.proc("meminfo", "MemTotal:  1 MB\n");
    assertThat(machine.scrape("meminfo").succeeded("meminfo")).isFalse();
  }

  @Test
  void failsOnALineThatIsCutOff() {
    machine.proc("meminfo", "MemTotal:  1 kB\nMemFree: 20");

    Page page = machine.scrape("meminfo");

    assertThat(page.succeeded("meminfo")).isFalse();
    assertThat(page.families).doesNotContainKey("node_memory_MemTotal_bytes");
  }

  @Test
  void failsOnAnEmptyFile() {
    machine.proc("meminfo", "");
    assertThat(machine.scrape("meminfo").succeeded("meminfo")).isFalse();
  }
}
