package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Flag;
import io.narthex.exporter.node.NodeExporterConfig.Cpu;
import io.narthex.exporter.node.NodeExporterConfig.Diskstats;
import io.narthex.exporter.node.NodeExporterConfig.Filesystem;
import io.narthex.exporter.node.NodeExporterConfig.Netdev;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NodeExporterConfigTest {
  @Test
  void hasUpstreamsFlagsAndDefaults() throws Exception {
    Map<String, Object> flags = new TreeMap<>();
    NodeExporterConfig config = NodeExporterConfig.defaults();
    for (RecordComponent part : NodeExporterConfig.class.getRecordComponents()) {
      Object value = part.getAccessor().invoke(config);
      for (RecordComponent component : part.getType().getRecordComponents()) {
        flags.put(
            component.getAnnotation(Flag.class).value(),
            String.valueOf(component.getAccessor().invoke(value)));
      }
    }

    Map<String, Object> expected = new TreeMap<>();
    for (String collector :
        "cpu cpufreq diskstats filesystem loadavg meminfo netdev stat time uname".split(" ")) {
      expected.put("collector." + collector, "null");
    }
    expected.put("collector.disable-defaults", "false");
    expected.put("collector.cpu.guest", "true");
    expected.put("collector.cpu.info", "false");
    expected.put("collector.cpu.info.flags-include", "");
    expected.put("collector.cpu.info.bugs-include", "");
    expected.put("collector.diskstats.device-include", "");
    expected.put(
        "collector.diskstats.device-exclude",
        "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$");
    expected.put("collector.filesystem.mount-points-include", "");
    expected.put(
        "collector.filesystem.mount-points-exclude",
        "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)");
    expected.put("collector.filesystem.fs-types-include", "");
    expected.put(
        "collector.filesystem.fs-types-exclude",
        "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|"
            + "overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$");
    expected.put("collector.filesystem.mount-timeout", "PT5S");
    expected.put("collector.filesystem.stat-workers", "4");
    expected.put("collector.netdev.device-include", "");
    expected.put("collector.netdev.device-exclude", "");
    expected.put("collector.netdev.address-info", "false");
    expected.put("collector.netdev.enable-detailed-metrics", "false");
    expected.put("collector.netdev.netlink", "true");
    expected.put("collector.netdev.label-ifalias", "false");
    expected.put("collector.stat.softirq", "false");
    expected.put("path.procfs", "/proc");
    expected.put("path.sysfs", "/sys");
    expected.put("path.rootfs", "/");
    expected.put("path.udev.data", "/run/udev/data");
    assertThat(flags).containsExactlyEntriesOf(expected);
  }

  @Test
  void aPatternTurnsCpuInfoOn() {
    assertThat(new Cpu(true, false, "aes", "").info()).isTrue();
  }

  @Test
  void includingReplacesTheDefaultExclusion() {
    Filesystem filesystem = new Filesystem(null, "^/mnt", null, "^ext4$", Duration.ofSeconds(5), 4);
    assertThat(filesystem.mountPointsExclude()).isEmpty();
    assertThat(filesystem.fsTypesExclude()).isEmpty();
  }

  @Test
  void refusesToIncludeAndExcludeAtOnce() {
    assertThatThrownBy(() -> new Filesystem("a", "b", null, "", Duration.ofSeconds(5), 4))
        .hasMessage(
            "--collector.filesystem.mount-points-exclude and"
                + " --collector.filesystem.mount-points-include are mutually exclusive");
    assertThatThrownBy(() -> new Filesystem(null, "", "a", "b", Duration.ofSeconds(5), 4))
        .hasMessage(
            "--collector.filesystem.fs-types-exclude and --collector.filesystem.fs-types-include"
                + " are mutually exclusive");
    assertThatThrownBy(() -> new Diskstats("a", "b"))
        .hasMessage("device-exclude & device-include are mutually exclusive");
    assertThatThrownBy(() -> new Netdev("a", "b", false, false, true, false))
        .hasMessage("device-exclude & device-include are mutually exclusive");
  }

  @Test
  void refusesPatternsThatAreNone() {
    assertThatThrownBy(() -> new Diskstats("(", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "cannot use collector.diskstats.device-include: error parsing regexp:");
  }

  @Test
  void refusesATimeoutOfNothingAndRaisesWorkersToOne() {
    assertThatThrownBy(() -> new Filesystem(null, "", null, "", Duration.ZERO, 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new Filesystem(null, "", null, "", Duration.ofSeconds(5), 0).statWorkers())
        .isEqualTo(1);
  }
}
