package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Diskstats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskstatsCollectorTest {
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
  void reportsAsManyColumnsAsTheKernelHas() {
    machine.proc(
        "diskstats",
        """
           8       0 sda 1 2 3 4 5 6 7 8 9 10 11
           8      16 sdb 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
           8      32 sdc 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
           8      48 sdd 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18
           8      64 sde 1 2 3 4
        """);

    Page page = machine.scrape("diskstats");

    assertThat(page.samples("node_disk_reads_completed_total")).hasSize(4);
    assertThat(page.samples("node_disk_discards_completed_total")).hasSize(3);
    assertThat(page.samples("node_disk_flush_requests_total")).hasSize(2);
    assertThat(page.value("node_disk_read_bytes_total", "device=\"sda\"")).isEqualTo(3 * 512);
    assertThat(page.value("node_disk_read_time_seconds_total", "device=\"sda\"")).isEqualTo(0.004);
    assertThat(page.value("node_disk_io_now", "device=\"sda\"")).isEqualTo(9);
    assertThat(page.value("node_disk_flush_requests_time_seconds_total", "device=\"sdc\""))
        .isEqualTo(0.017);
  }

  @Test
  void leavesOutPartitionsAndRamDisksByDefault() {
    machine.proc(
        "diskstats",
        """
        1 0 ram0 1 2 3 4 5 6 7 8 9 10 11
        8 1 sda1 1 2 3 4 5 6 7 8 9 10 11
        259 1 nvme0n1p1 1 2 3 4 5 6 7 8 9 10 11
        259 0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11
        """);

    assertThat(machine.scrape("diskstats").samples("node_disk_io_now"))
        .containsOnlyKeys("node_disk_io_now{device=\"nvme0n1\"}");
  }

  @Test
  void includingTurnsTheDefaultExclusionOff() {
    machine.diskstats = new Diskstats("^(ram0|sda1)$", null);
    machine.proc(
        "diskstats", "1 0 ram0 1 2 3 4 5 6 7 8 9 10 11\n8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n");

    assertThat(machine.scrape("diskstats").samples("node_disk_io_now"))
        .containsOnlyKeys("node_disk_io_now{device=\"ram0\"}");
  }

  @Test
  void failsOnGarbageAndReportsNothing() {
    machine.proc(
        "diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 16 sdb 1 2 x 4 5 6 7 8 9 10 11\n");

    Page page = machine.scrape("diskstats");

    assertThat(page.succeeded("diskstats")).isFalse();
    assertThat(page.samples("node_disk_io_now")).isEmpty();
  }

  @Test
  void readsUdevAgainWhenItsFileChanges() throws Exception {
    machine.proc("diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
    machine.udev(
        "b8:0", "S:disk/by-id/x\nE:ID_MODEL=First\nE:ID_SERIAL=Plain\nE:ID_FS_TYPE=ext4\n");
    Files.setLastModifiedTime(machine.path("udev/b8:0"), FileTime.fromMillis(1_000_000));
    Page first = machine.scrape("diskstats");
    assertThat(first.samples("node_disk_info").keySet())
        .singleElement()
        .asString()
        .contains("model=\"First\"", "serial=\"Plain\"", "rotational=\"0\"");
    assertThat(first.samples("node_disk_filesystem_info")).hasSize(1);

    machine.udev("b8:0", "E:ID_MODEL=Second\nE:ID_SERIAL=Plain\nE:ID_SERIAL_SHORT=Short\n");
    Files.setLastModifiedTime(machine.path("udev/b8:0"), FileTime.fromMillis(2_000_000));
    Page second = machine.scrape();
    assertThat(second.samples("node_disk_info").keySet())
        .singleElement()
        .asString()
        .contains("model=\"Second\"", "serial=\"Short\"");
    assertThat(second.samples("node_disk_filesystem_info")).isEmpty();
  }

  @Test
  void reportsWhetherTheDiskTurnsAsItIsNow() {
    machine
        .proc("diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n")
        .sys("block/sda/queue/rotational", "1\n");
    assertThat(machine.scrape("diskstats").samples("node_disk_info").keySet().toString())
        .contains("rotational=\"1\"");

    machine.sys("block/sda/queue/rotational", "0\n");
    assertThat(machine.scrape().samples("node_disk_info").keySet().toString())
        .contains("rotational=\"0\"");
  }

  @Test
  void forgetsADeviceThatWasPulledOut() {
    machine.proc(
        "diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 16 sdb 1 2 3 4 5 6 7 8 9 10 11\n");
    assertThat(machine.scrape("diskstats").samples("node_disk_info")).hasSize(2);

    machine.proc("diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
    assertThat(machine.scrape().samples("node_disk_info")).hasSize(1);
  }

  @Test
  void keepsThePageReadableWhenADeviceIsListedTwice() {
    machine.proc("diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 0 sda 9 2 3 4 5 6 7 8 9 10 11\n");

    Page page = machine.scrape("diskstats");

    assertThat(page.samples("node_disk_reads_completed_total")).hasSize(1).containsValue(1.0);
  }
}
