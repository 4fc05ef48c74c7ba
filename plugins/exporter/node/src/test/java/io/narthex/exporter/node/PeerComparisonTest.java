package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Cpu;
import io.narthex.exporter.node.NodeExporterConfig.Stat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Compares with a real node_exporter on this machine, where one is installed. Debian 12 has 1.5, so
 * that what came between 1.5 and 1.12.1 is listed here.
 */
class PeerComparisonTest {
  private static final Path PEER = Path.of("/usr/bin/prometheus-node-exporter");

  /** What 1.5 does not have yet. */
  private static final Set<String> NEWER =
      Set.of(
          "node_cpu_frequency_hertz",
          "node_cpu_isolated",
          "node_cpu_online",
          "node_filesystem_mount_info",
          "node_filesystem_purgeable_bytes",
          "node_softirqs_total");

  /** 1.5 reports each line of meminfo, 1.12.1 those that it knows. */
  private static final Pattern OLDER = Pattern.compile("node_memory_.*");

  /** Labels that 1.5 does not have yet. */
  private static final Map<String, Set<String>> NEWER_LABELS =
      Map.of(
          "node_disk_info", Set.of("rotational", "serial", "model", "path", "revision", "wwn"),
          "node_filesystem_", Set.of("device_error"));

  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static Process process;
  private static Page peer;
  private static Page ours;

  @BeforeAll
  static void scrapeBoth() throws Exception {
    if (!Files.isExecutable(PEER)) {
      System.out.println("SKIPPED: no " + PEER + ": not compared with a real node_exporter");
    }
    Assumptions.assumeTrue(Files.isExecutable(PEER), "no " + PEER);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command = new ArrayList<>();
    command.add(PEER.toString());
    command.add("--web.listen-address=127.0.0.1:" + port);
    command.add("--web.disable-exporter-metrics");
    command.add("--collector.disable-defaults");
    command.add("--collector.cpu.info");
    // 1.5 leaves out less, Debian more.
    command.add("--collector.netdev.device-exclude=^$");
    command.add(
        "--collector.diskstats.device-exclude=" + NodeExporterConfig.Diskstats.DEFAULT_EXCLUDE);
    command.add(
        "--collector.filesystem.mount-points-exclude="
            + NodeExporterConfig.Filesystem.DEFAULT_MOUNT_POINTS_EXCLUDE);
    command.add(
        "--collector.filesystem.fs-types-exclude="
            + NodeExporterConfig.Filesystem.DEFAULT_FS_TYPES_EXCLUDE);
    for (CollectorCatalog.Entry entry : CollectorCatalog.ENTRIES) {
      command.add("--collector." + entry.name());
    }
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = fetch(URI.create("http://127.0.0.1:" + port + "/metrics"));
    peer = Page.of(text);
    peer.families.keySet().removeIf(name -> !name.startsWith("node_")); // of its web server
    NodeExporterConfig defaults = NodeExporterConfig.defaults();
    NodeExporterConfig config =
        new NodeExporterConfig(
            defaults.path(),
            defaults.collector(),
            new Cpu(true, true, "", ""),
            defaults.diskstats(),
            defaults.filesystem(),
            defaults.netdev(),
            new Stat(false));
    try (NodeExporter exporter =
        new NodeExporter(config, "test", new Libc(), InstantSource.system(), System::nanoTime)) {
      ours = Page.of(exporter.collect());
    }
  }

  private static String fetch(URI uri) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (true) {
        try {
          return client.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
          if (System.nanoTime() > deadline || process.waitFor(50, TimeUnit.MILLISECONDS)) {
            throw e;
          }
        }
      }
    }
  }

  @AfterAll
  static void stopThePeer() {
    if (process != null) {
      process.destroy();
    }
  }

  @Test
  void hasAllOfThePeersFamilies() {
    Set<String> missing = new TreeSet<>(peer.families.keySet());
    missing.removeAll(ours.families.keySet());
    missing.removeIf(name -> OLDER.matcher(name).matches());
    System.out.println("only the peer has: " + difference(peer, ours));
    assertThat(missing).isEmpty();
  }

  @Test
  void hasNoOthersButNewerOnes() {
    System.out.println("only this exporter has: " + difference(ours, peer));
    assertThat(NEWER).containsAll(difference(ours, peer));
  }

  private static Set<String> difference(Page a, Page b) {
    Set<String> names = new TreeSet<>(a.families.keySet());
    names.removeAll(b.families.keySet());
    return names;
  }

  @Test
  void agreesOnTypesAndHelpTexts() {
    Map<String, String> peers = new TreeMap<>();
    Map<String, String> own = new TreeMap<>();
    for (String name : common()) {
      peers.put(name, peer.families.get(name).type + " " + help(peer, name));
      own.put(name, ours.families.get(name).type + " " + help(ours, name));
    }
    assertThat(own).containsExactlyEntriesOf(peers);
  }

  /** The help text, where it is to be the same: that of the build has come to list more labels. */
  private static String help(Page page, String name) {
    String help = page.families.get(name).help;
    return name.equals("node_exporter_build_info") ? "" : help;
  }

  @Test
  void agreesOnLabelsAndTheirValues() {
    for (String name : common()) {
      if (name.startsWith("node_exporter_build_info")) {
        continue;
      }
      assertThat(series(ours, name)).as(name).containsExactlyElementsOf(series(peer, name));
    }
  }

  private static Set<String> common() {
    Set<String> names = new TreeSet<>(peer.families.keySet());
    names.retainAll(ours.families.keySet());
    return names;
  }

  /** The label sets of a family, without labels that only one of them has. */
  private static Set<String> series(Page page, String name) {
    Set<String> all = new TreeSet<>();
    for (String sample : page.samples(name).keySet()) {
      Map<String, String> labels = new TreeMap<>();
      Matcher matcher = LABEL.matcher(sample);
      while (matcher.find()) {
        labels.put(matcher.group(1), matcher.group(2));
      }
      NEWER_LABELS.forEach((prefix, newer) -> {
        if (name.startsWith(prefix)) {
          labels.keySet().removeAll(newer);
        }
      });
      all.add(labels.toString());
    }
    return all;
  }

  @Test
  void agreesOnValuesThatStayTheSame() {
    for (String name :
        new String[] {
          "node_boot_time_seconds",
          "node_memory_MemTotal_bytes",
          "node_memory_SwapTotal_bytes",
          "node_memory_Hugepagesize_bytes",
          "node_time_zone_offset_seconds",
          "node_uname_info",
        }) {
      assertThat(ours.samples(name)).as(name).isEqualTo(peer.samples(name)).isNotEmpty();
    }
    assertThat(values(ours, "node_filesystem_size_bytes"))
        .isEqualTo(values(peer, "node_filesystem_size_bytes"));
    assertThat(values(ours, "node_filesystem_readonly"))
        .isEqualTo(values(peer, "node_filesystem_readonly"));
  }

  private static List<Double> values(Page page, String name) {
    return page.samples(name).values().stream().sorted().toList();
  }
}
