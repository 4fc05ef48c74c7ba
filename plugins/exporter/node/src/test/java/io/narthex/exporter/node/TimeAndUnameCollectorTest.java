package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeAndUnameCollectorTest {
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
  void reportsTheTimeAndItsZone() {
    Page page = machine.scrape("time");

    assertThat(page.value("node_time_seconds", "")).isEqualTo(1_700_000_000.25);
    assertThat(page.value("node_time_zone_offset_seconds", "time_zone=\"CET\"")).isEqualTo(3600);

    machine.calls.zone = new SystemCalls.LocalZone("CEST", 7200);
    assertThat(machine.scrape().samples("node_time_zone_offset_seconds"))
        .containsOnlyKeys("node_time_zone_offset_seconds{time_zone=\"CEST\"}");
  }

  @Test
  void reportsClockSources() {
    machine
        .sys("devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm \n")
        .sys("devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");

    Page page = machine.scrape("time");

    assertThat(page.samples("node_time_clocksource_available_info")).hasSize(3);
    assertThat(page.samples("node_time_clocksource_current_info"))
        .containsOnlyKeys("node_time_clocksource_current_info{clocksource=\"tsc\",device=\"0\"}");
  }

  @Test
  void reportsTheSystemsNames() {
    Page page = machine.scrape("uname");

    assertThat(page.samples("node_uname_info"))
        .containsOnlyKeys(
            "node_uname_info{domainname=\"(none)\",machine=\"x86_64\",nodename=\"host\",release=\"6.1.0\",sysname=\"Linux\",version=\"#1"
                + " SMP\"}");
    assertThat(page.families.get("node_uname_info").type).isEqualTo("gauge");
  }

  @Test
  void reportsANameThatChanges() {
    machine.scrape("uname");
    machine.calls.uname =
        new SystemCalls.Uname("Linux", "renamed", "6.1.0", "#1 SMP", "x86_64", "(none)");

    assertThat(machine.scrape().samples("node_uname_info").keySet().toString())
        .contains("nodename=\"renamed\"");
  }

  @Test
  void failsAloneWhereTheLibraryHasNoSuchCall() {
    machine.calls.unlinked = new UnsatisfiedLinkError("no uname");

    Page page = machine.scrape("uname", "time");

    assertThat(page.succeeded("uname")).isFalse();
    assertThat(page.succeeded("time")).isTrue();
  }
}
