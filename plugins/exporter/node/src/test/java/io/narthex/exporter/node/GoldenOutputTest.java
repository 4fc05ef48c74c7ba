package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Collectors;
import io.narthex.exporter.node.NodeExporterConfig.Cpu;
import io.narthex.exporter.node.NodeExporterConfig.Diskstats;
import io.narthex.exporter.node.NodeExporterConfig.Netdev;
import io.narthex.exporter.node.NodeExporterConfig.Paths;
import io.narthex.exporter.node.NodeExporterConfig.Stat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the collectors on node_exporter's own fixtures and compares with the page that node_exporter
 * makes of them.
 */
class GoldenOutputTest {
  /**
   * The families of the collectors that exist here; filesystem and uname are off in the golden
   * output.
   */
  private static final Pattern OURS =
      Pattern.compile(
          "node_(cpu_(seconds|guest_seconds|core_throttles|package_throttles)_total"
              + "|cpu_(info|bug_info|flag_info|isolated|online|frequency_hertz)"
              + "|disk_.*|load\\d+|memory_(?!numa_).*|network_(receive|transmit)_.*_total"
              + "|intr_total|context_switches_total|forks_total|boot_time_seconds|procs_(running|blocked)|softirqs_total"
              + "|time_.*|exporter_build_info|scrape_collector_.*)");

  /** What depends on the machine and the moment. */
  private static final Pattern VOLATILE =
      Pattern.compile(
          "node_(exporter_build_info|scrape_collector_.*|time_(zone_offset_)?seconds"
              + "|network_(receive|transmit)_(bytes|packets)_total)");

  @TempDir static Path directory;
  private static Page golden;
  private static Page page;

  @BeforeAll
  static void scrape() throws IOException {
    Path fixtures = SharedFixtures.find("node/node_exporter/fixtures");
    if (fixtures == null) {
      System.out.println(
          "SKIPPED: no ../shared/conformance/node beside the project: golden output is not"
              + " compared");
    }
    Assumptions.assumeTrue(fixtures != null, "no ../shared/conformance/node beside the project");
    golden = Page.of(Files.readString(fixtures.resolve("e2e-output.txt")));
    Ttar.unpack(fixtures.resolve("sys.ttar"), directory);
    Ttar.unpack(fixtures.resolve("udev.ttar"), directory);
    NodeExporterConfig config =
        new NodeExporterConfig(
            new Paths(
                fixtures.resolve("proc").toString(),
                directory.resolve("sys").toString(),
                fixtures.toString(),
                directory.resolve("udev/data").toString()),
            new Collectors(false, null, null, null, false, null, null, null, null, null, false),
            new Cpu(true, true, "^(aes|avx.?|constant_tsc)$", "^(cpu_meltdown|spectre_.*|mds)$"),
            new Diskstats("", null),
            NodeExporterConfig.defaults().filesystem(),
            new Netdev("lo", "", false, false, true, false),
            new Stat(true));
    try (NodeExporter exporter =
        new NodeExporter(config, "test", new Libc(), InstantSource.system(), System::nanoTime)) {
      page = Page.of(exporter.collect());
    }
  }

  @Test
  void hasTheSameFamiliesOfTheSameTypeAndHelp() {
    assertThat(describe(page)).containsExactlyElementsOf(describe(golden));
  }

  private static TreeSet<String> describe(Page page) {
    TreeSet<String> lines = new TreeSet<>();
    page.families.forEach((name, family) -> {
      if (OURS.matcher(name).matches()) {
        lines.add(name + " | " + family.type + " | " + family.help);
      }
    });
    return lines;
  }

  @Test
  void hasTheSameSamples() {
    assertThat(samples(page)).containsExactlyElementsOf(samples(golden));
  }

  private static TreeSet<String> samples(Page page) {
    TreeSet<String> lines = new TreeSet<>();
    page.families.forEach((name, family) -> {
      if (OURS.matcher(name).matches() && !VOLATILE.matcher(name).matches()) {
        // Of the network, the counters are those of this machine.
        boolean live = name.startsWith("node_network_");
        family.samples.forEach((sample, value) -> lines.add(live ? sample : sample + " " + value));
      }
    });
    return lines;
  }

  @Test
  void reportsAllCollectorsAsSuccessful() {
    assertThat(golden.samples("node_scrape_collector_success"))
        .containsAllEntriesOf(page.samples("node_scrape_collector_success"));
    assertThat(page.samples("node_scrape_collector_duration_seconds"))
        .hasSameSizeAs(page.samples("node_scrape_collector_success"))
        .hasSize(7);
  }

  @Test
  void hasTheLabelsOfWhatDependsOnTheMachine() {
    assertThat(page.samples("node_network_receive_bytes_total"))
        .containsOnlyKeys("node_network_receive_bytes_total{device=\"lo\"}");
    assertThat(page.samples("node_time_seconds")).containsOnlyKeys("node_time_seconds");
    assertThat(page.samples("node_time_zone_offset_seconds").keySet())
        .singleElement()
        .asString()
        .startsWith("node_time_zone_offset_seconds{time_zone=\"");
    assertThat(page.samples("node_exporter_build_info").keySet())
        .singleElement()
        .asString()
        .matches(
            "node_exporter_build_info\\{branch=\".*\",goarch=\".*\",goos=\"linux\",goversion=\".*\","
                + "revision=\".*\",tags=\".*\",version=\".*\"}");
  }
}
