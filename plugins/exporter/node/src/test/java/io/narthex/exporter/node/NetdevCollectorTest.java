package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.exporter.node.NodeExporterConfig.Netdev;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetdevCollectorTest {
  private static final String NET_DEV =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
      eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
          lo:17435957 21 0 0 0 0 0 0 17435957 21 0 0 0 0 0 0
      """;

  @TempDir Path directory;
  private Machine machine;

  @BeforeEach
  void start() {
    machine = new Machine(directory);
    machine.calls.links.put("eth0", LongStream.rangeClosed(1, 24).toArray());
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private static Double value(Page page, String name) {
    return page.value("node_network_" + name + "_total", "device=\"eth0\"");
  }

  @Test
  void addsCountersUpAsTheKernelsFileDoes() {
    Page page = machine.scrape("netdev");

    assertThat(value(page, "receive_packets")).isEqualTo(1);
    assertThat(value(page, "transmit_bytes")).isEqualTo(4);
    assertThat(value(page, "receive_drop")).isEqualTo(7 + 16);
    assertThat(value(page, "receive_frame")).isEqualTo(14 + 11 + 12 + 13);
    assertThat(value(page, "transmit_carrier")).isEqualTo(18 + 17 + 20 + 21);
    assertThat(value(page, "receive_nohandler")).isEqualTo(24);
    assertThat(page.families.keySet().stream().filter(n -> n.startsWith("node_network_")))
        .hasSize(17);
  }

  @Test
  void reportsEachCounterUnderItsOwnNameWhenToldTo() {
    machine.netdev = new Netdev("", "", false, true, true, false);

    Page page = machine.scrape("netdev");

    assertThat(value(page, "receive_dropped")).isEqualTo(7);
    assertThat(value(page, "receive_missed_errors")).isEqualTo(16);
    assertThat(value(page, "multicast")).isEqualTo(9);
    assertThat(page.families.keySet().stream().filter(n -> n.startsWith("node_network_")))
        .hasSize(24);
  }

  @Test
  void readsTheFileWhenToldTo() {
    machine.netdev = new Netdev("", "", false, false, false, false);
    machine.proc("net/dev", NET_DEV);

    Page page = machine.scrape("netdev");

    assertThat(value(page, "receive_bytes")).isEqualTo(1);
    assertThat(value(page, "receive_errs")).isEqualTo(3);
    assertThat(value(page, "transmit_compressed")).isEqualTo(16);
    assertThat(page.value("node_network_receive_bytes_total", "device=\"lo\"")).isEqualTo(17435957);
    assertThat(page.families).doesNotContainKey("node_network_receive_nohandler_total");
  }

  @Test
  void readsTheFileWhereThereIsNoNetlink() {
    machine.calls.linksFailure = new KernelException("socket(AF_NETLINK)", 97);
    machine.proc("net/dev", NET_DEV);

    Page page = machine.scrape("netdev");

    assertThat(page.succeeded("netdev")).isTrue();
    assertThat(value(page, "receive_bytes")).isEqualTo(1);
  }

  @Test
  void choosesDevices() {
    machine.calls.links.put("veth1", new long[24]);
    machine.netdev = new Netdev("", "^veth", false, false, true, false);

    assertThat(machine.scrape("netdev").samples("node_network_receive_bytes_total"))
        .containsOnlyKeys("node_network_receive_bytes_total{device=\"eth0\"}");
  }

  @Test
  void addsTheAliasAsItIsNow() {
    machine.netdev = new Netdev("", "", false, false, true, true);
    machine.sys("class/net/eth0/ifalias", "uplink\n");
    assertThat(machine.scrape("netdev").samples("node_network_receive_bytes_total"))
        .containsOnlyKeys("node_network_receive_bytes_total{device=\"eth0\",ifalias=\"uplink\"}");

    machine.sys("class/net/eth0/ifalias", "\n");
    assertThat(machine.scrape().samples("node_network_receive_bytes_total"))
        .containsOnlyKeys("node_network_receive_bytes_total{device=\"eth0\",ifalias=\"\"}");
  }

  @Test
  void failsOnGarbageInTheFile() {
    machine.netdev = new Netdev("", "", false, false, false, false);
    for (String garbage :
        new String[] {"eth0 1 2 3\n", "eth0: 1 2 3\n", ": 1\n", "eth0: 1 2 3 4 x\n", "eth0: 1"}) {
      machine.proc("net/dev", "header\nheader\n" + garbage);
      assertThat(machine.scrape("netdev").succeeded("netdev")).as(garbage).isFalse();
    }
  }

  @Test
  void reportsAddressesWhenToldTo() {
    machine.netdev = new Netdev("", "", true, false, true, false);

    assertThat(machine.scrape("netdev").samples("node_network_address_info"))
        .containsKey(
            "node_network_address_info{address=\"127.0.0.1\",device=\"lo\",netmask=\"8\",scope=\"link-local\"}");
  }
}
