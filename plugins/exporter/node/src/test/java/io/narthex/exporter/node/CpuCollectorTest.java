package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Cpu;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuCollectorTest {
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

  private static String stat(String... cpus) {
    return "cpu  1 1 1 1 1 1 1 1 1 1\n" + String.join("\n", cpus) + "\nctxt 7\n";
  }

  private static Double idle(Page page, int cpu) {
    return page.value("node_cpu_seconds_total", "cpu=\"" + cpu + "\",mode=\"idle\"");
  }

  private static Double user(Page page, int cpu) {
    return page.value("node_cpu_seconds_total", "cpu=\"" + cpu + "\",mode=\"user\"");
  }

  @Test
  void keepsTheHighestValueOfACounterThatGoesBackALittle() {
    machine.proc("stat", stat("cpu0 500 0 0 10000 0 0 0 0 0 0"));
    machine.scrape("cpu");

    machine.proc("stat", stat("cpu0 499 0 0 9999 0 0 0 0 0 0"));
    Page page = machine.scrape();

    assertThat(idle(page, 0)).isEqualTo(100);
    assertThat(user(page, 0)).isEqualTo(5);
  }

  @Test
  void startsAnewWhenIdleFallsByThreeSeconds() {
    machine.proc("stat", stat("cpu0 500 0 0 10000 0 0 0 0 0 0"));
    machine.scrape("cpu");

    machine.proc("stat", stat("cpu0 100 0 0 9700 0 0 0 0 0 0"));
    Page page = machine.scrape();

    assertThat(idle(page, 0)).isEqualTo(97);
    assertThat(user(page, 0)).isEqualTo(1);
  }

  @Test
  void forgetsACpuThatWasUnplugged() {
    machine.proc("stat", stat("cpu0 1 0 0 1 0 0 0 0 0 0", "cpu1 500 0 0 200 0 0 0 0 0 0"));
    assertThat(user(machine.scrape("cpu"), 1)).isEqualTo(5);

    machine.proc("stat", stat("cpu0 1 0 0 1 0 0 0 0 0 0"));
    assertThat(user(machine.scrape(), 1)).isNull();

    // Its counters start at zero; what it had before does not come back.
    machine.proc("stat", stat("cpu0 1 0 0 1 0 0 0 0 0 0", "cpu1 100 0 0 100 0 0 0 0 0 0"));
    assertThat(user(machine.scrape(), 1)).isEqualTo(1);
  }

  @Test
  void readsLinesOfOldKernelsThatHaveFewerFields() {
    machine.proc("stat", stat("cpu0 100 200 300 400"));

    Page page = machine.scrape("cpu");

    assertThat(idle(page, 0)).isEqualTo(4);
    assertThat(page.value("node_cpu_seconds_total", "cpu=\"0\",mode=\"steal\"")).isZero();
  }

  @Test
  void failsOnGarbageAndReportsNothing() {
    machine.proc("stat", stat("cpu0 100 x 300 400"));

    Page page = machine.scrape("cpu");

    assertThat(page.succeeded("cpu")).isFalse();
    assertThat(page.samples("node_cpu_seconds_total")).isEmpty();
  }

  @Test
  void failsOnAFileThatWasCutOffAndRecoversAtTheNextScrape() {
    machine.proc("stat", "cpu  1 1 1 1\ncpu0 100 200 300 40");
    assertThat(machine.scrape("cpu").succeeded("cpu")).isFalse();

    machine.proc("stat", stat("cpu0 100 200 300 400"));
    Page page = machine.scrape();

    assertThat(page.succeeded("cpu")).isTrue();
    assertThat(idle(page, 0)).isEqualTo(4);
  }

  @Test
  void leavesOutGuestsWhenToldTo() {
    machine.cpu = new Cpu(false, false, "", "");
    machine.proc("stat", stat("cpu0 1 2 3 4 5 6 7 8 9 10"));

    Page page = machine.scrape("cpu");

    assertThat(page.samples("node_cpu_guest_seconds_total")).isEmpty();
    assertThat(page.samples("node_cpu_seconds_total")).hasSize(8);
  }

  @Test
  void reportsWhichCpusAreOnlineAndLooksAgainAfterAHotplug() {
    machine
        .sys("devices/system/cpu/cpu0/online", "1\n")
        .sys("devices/system/cpu/cpu1/online", "1\n");
    machine.proc("stat", stat("cpu0 1 0 0 1", "cpu1 1 0 0 1"));
    assertThat(machine.scrape("cpu").samples("node_cpu_online"))
        .containsEntry("node_cpu_online{cpu=\"0\"}", 1.0)
        .containsEntry("node_cpu_online{cpu=\"1\"}", 1.0);

    machine.sys("devices/system/cpu/cpu1/online", "0\n");
    machine.proc("stat", stat("cpu0 1 0 0 1"));

    assertThat(machine.scrape().samples("node_cpu_online"))
        .containsEntry("node_cpu_online{cpu=\"1\"}", 0.0);
  }

  @Test
  void reportsNothingOfBeingOnlineWhereTheFirstCpuCannotBeTakenOff() {
    machine
        .sys("devices/system/cpu/cpu0/topology/core_id", "0\n")
        .sys("devices/system/cpu/cpu1/online", "1\n");
    machine.proc("stat", stat("cpu0 1 0 0 1", "cpu1 1 0 0 1"));

    assertThat(machine.scrape("cpu").samples("node_cpu_online")).isEmpty();
  }

  @Test
  void reportsThrottlesOncePerCoreAndPackage() {
    for (int cpu = 0; cpu < 2; cpu++) {
      String path = "devices/system/cpu/cpu" + cpu;
      machine
          .sys(path + "/topology/physical_package_id", "0\n")
          .sys(path + "/topology/core_id", "3\n")
          .sys(path + "/thermal_throttle/core_throttle_count", 5 + cpu + "\n")
          .sys(path + "/thermal_throttle/package_throttle_count", "9\n");
    }
    machine.proc("stat", stat("cpu0 1 0 0 1", "cpu1 1 0 0 1"));

    Page page = machine.scrape("cpu");

    assertThat(page.samples("node_cpu_core_throttles_total"))
        .containsOnlyKeys("node_cpu_core_throttles_total{core=\"3\",package=\"0\"}")
        .containsValue(5.0);
    assertThat(page.samples("node_cpu_package_throttles_total")).containsValue(9.0).hasSize(1);
  }

  @Test
  void survivesThrottleCountersThatGoAway() throws Exception {
    String path = "devices/system/cpu/cpu0";
    machine
        .sys(path + "/topology/physical_package_id", "0\n")
        .sys(path + "/topology/core_id", "0\n")
        .sys(path + "/thermal_throttle/core_throttle_count", "5\n");
    machine.proc("stat", stat("cpu0 1 0 0 1"));
    machine.scrape("cpu");

    // A file of /sys that is held open cannot be read any more when its device is gone; an empty
    // one can neither.
    machine.sys(path + "/thermal_throttle/core_throttle_count", "");
    Files.delete(machine.path("sys/" + path + "/thermal_throttle/core_throttle_count"));
    Page page = machine.scrape();

    assertThat(page.succeeded("cpu")).isTrue();
    assertThat(page.samples("node_cpu_core_throttles_total")).isEmpty();
  }

  @Test
  void reportsCpuinfoOfArmWithItsFeatures() {
    machine.cpu = new Cpu(true, false, "^asimd$", "");
    machine.proc("stat", stat("cpu0 1 0 0 1"));
    machine.proc(
        "cpuinfo",
        """
        processor\t: 0
        BogoMIPS\t: 243.75
        Features\t: fp asimd evtstrm
        CPU implementer\t: 0x41

        """);

    Page page = machine.scrape("cpu");

    assertThat(page.samples("node_cpu_info")).hasSize(1);
    assertThat(page.samples("node_cpu_flag_info"))
        .containsOnlyKeys("node_cpu_flag_info{flag=\"asimd\"}");
  }
}
