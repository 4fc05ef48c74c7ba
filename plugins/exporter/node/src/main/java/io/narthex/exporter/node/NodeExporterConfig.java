package io.narthex.exporter.node;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.narthex.api.config.Default;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Flag;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the node exporter reads and which collectors are on. Flags, their help texts and their
 * defaults are those of node_exporter 1.12.1. Patterns are RE2 and match anywhere in the name
 * unless they are anchored.
 *
 * @param path where the pseudo file systems are mounted
 * @param collector which collectors are on
 * @param cpu options of the cpu collector
 * @param diskstats options of the diskstats collector
 * @param filesystem options of the filesystem collector
 * @param netdev options of the netdev collector
 * @param stat options of the stat collector
 */
public record NodeExporterConfig(
    Paths path,
    Collectors collector,
    Cpu cpu,
    Diskstats diskstats,
    Filesystem filesystem,
    Netdev netdev,
    Stat stat) {

  /** Everything at its default. */
  static NodeExporterConfig defaults() {
    return Defaults.of(NodeExporterConfig.class);
  }

  /**
   * Where the pseudo file systems are mounted.
   *
   * @param procfs the process file system
   * @param sysfs the system's file system
   * @param rootfs prefix of the mount points that are reported
   * @param udevData directory of udev's database
   */
  public record Paths(
      @Flag(value = "path.procfs", help = "procfs mountpoint.") @Default("/proc") String procfs,
      @Flag(value = "path.sysfs", help = "sysfs mountpoint.") @Default("/sys") String sysfs,
      @Flag(value = "path.rootfs", help = "rootfs mountpoint.") @Default("/") String rootfs,
      @Flag(value = "path.udev.data", help = "udev data path.") @Default("/run/udev/data")
          String udevData) {}

  /**
   * Which collectors are on. A component that is absent leaves its collector at the default, which
   * {@code disableDefaults} turns to off.
   */
  public record Collectors(
      @Flag(
              value = "collector.disable-defaults",
              help = "Set all collectors to disabled by default.")
          boolean disableDefaults,
      @Flag(value = "collector.cpu", help = "Enable the cpu collector (default: enabled).")
          @Nullable Boolean cpu,
      @Flag(value = "collector.cpufreq", help = "Enable the cpufreq collector (default: enabled).")
          @Nullable Boolean cpufreq,
      @Flag(
              value = "collector.diskstats",
              help = "Enable the diskstats collector (default: enabled).")
          @Nullable Boolean diskstats,
      @Flag(
              value = "collector.filesystem",
              help = "Enable the filesystem collector (default: enabled).")
          @Nullable Boolean filesystem,
      @Flag(value = "collector.loadavg", help = "Enable the loadavg collector (default: enabled).")
          @Nullable Boolean loadavg,
      @Flag(value = "collector.meminfo", help = "Enable the meminfo collector (default: enabled).")
          @Nullable Boolean meminfo,
      @Flag(value = "collector.netdev", help = "Enable the netdev collector (default: enabled).")
          @Nullable Boolean netdev,
      @Flag(value = "collector.stat", help = "Enable the stat collector (default: enabled).")
          @Nullable Boolean stat,
      @Flag(value = "collector.time", help = "Enable the time collector (default: enabled).")
          @Nullable Boolean time,
      @Flag(value = "collector.uname", help = "Enable the uname collector (default: enabled).")
          @Nullable Boolean uname) {
    /**
     * Whether a collector is on: as said, else its default, else off when defaults are disabled.
     */
    boolean isOn(Function<Collectors, @Nullable Boolean> said, boolean onByDefault) {
      Boolean explicit = said.apply(this);
      return explicit != null ? explicit : onByDefault && !disableDefaults;
    }
  }

  /**
   * Options of the cpu collector.
   *
   * @param guest time spent in guests
   * @param info what {@code cpuinfo} says of each processor; also on when one of the patterns is
   *     set
   * @param infoFlagsInclude which of the first processor's flags to report; empty for none
   * @param infoBugsInclude which of the first processor's bugs to report; empty for none
   */
  public record Cpu(
      @Flag(value = "collector.cpu.guest", help = "Enables metric node_cpu_guest_seconds_total")
          @Default("true")
          boolean guest,
      @Flag(value = "collector.cpu.info", help = "Enables metric cpu_info") boolean info,
      @Flag(
              value = "collector.cpu.info.flags-include",
              help =
                  "Filter the `flags` field in cpuInfo with a value that must be a regular"
                      + " expression")
          String infoFlagsInclude,
      @Flag(
              value = "collector.cpu.info.bugs-include",
              help =
                  "Filter the `bugs` field in cpuInfo with a value that must be a regular"
                      + " expression")
          String infoBugsInclude) {
    /** Checks the patterns. */
    public Cpu {
      check("collector.cpu.info.flags-include", infoFlagsInclude);
      check("collector.cpu.info.bugs-include", infoBugsInclude);
      info = info || !infoFlagsInclude.isEmpty() || !infoBugsInclude.isEmpty();
    }
  }

  /**
   * Options of the diskstats collector.
   *
   * @param deviceInclude the devices to report; empty for all
   * @param deviceExclude the devices to leave out, never null; when absent {@link
   *     #DEFAULT_EXCLUDE}, or none where something is included
   */
  public record Diskstats(
      @Flag(
              value = "collector.diskstats.device-include",
              help =
                  "Regexp of diskstats devices to include (mutually exclusive to device-exclude).")
          String deviceInclude,
      @Flag(
              value = "collector.diskstats.device-exclude",
              help =
                  "Regexp of diskstats devices to exclude (mutually exclusive to device-include).")
          @Nullable String deviceExclude) {
    static final String DEFAULT_EXCLUDE = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";

    /** Checks the patterns. */
    public Diskstats {
      deviceExclude = exclusion(deviceExclude, deviceInclude, DEFAULT_EXCLUDE);
      check("collector.diskstats.device-include", deviceInclude);
      check("collector.diskstats.device-exclude", deviceExclude);
      exclusive(
          deviceInclude, deviceExclude, "device-exclude & device-include are mutually exclusive");
    }

    Selection devices() {
      return selection(deviceInclude, deviceExclude);
    }
  }

  /**
   * Options of the filesystem collector. What to exclude is never null: when absent it has its
   * default, or is none where something is included.
   *
   * @param mountPointsExclude mount points to leave out
   * @param mountPointsInclude mount points to report; empty for all
   * @param fsTypesExclude types to leave out
   * @param fsTypesInclude types to report; empty for all
   * @param mountTimeout how long a mount may take to answer before it is reported as failed
   * @param statWorkers how many mounts are asked at once, at least 1
   */
  public record Filesystem(
      @Flag(
              value = "collector.filesystem.mount-points-exclude",
              help =
                  "Regexp of mount points to exclude for filesystem collector. (mutually exclusive"
                      + " to mount-points-include)")
          @Nullable String mountPointsExclude,
      @Flag(
              value = "collector.filesystem.mount-points-include",
              help =
                  "Regexp of mount points to include for filesystem collector. (mutually exclusive"
                      + " to mount-points-exclude)")
          String mountPointsInclude,
      @Flag(
              value = "collector.filesystem.fs-types-exclude",
              help =
                  "Regexp of filesystem types to exclude for filesystem collector. (mutually"
                      + " exclusive to fs-types-include)")
          @Nullable String fsTypesExclude,
      @Flag(
              value = "collector.filesystem.fs-types-include",
              help =
                  "Regexp of filesystem types to exclude for filesystem collector. (mutually"
                      + " exclusive to fs-types-exclude)")
          String fsTypesInclude,
      @Flag(
              value = "collector.filesystem.mount-timeout",
              help = "how long to wait for a mount to respond before marking it as stale",
              hidden = true)
          @Default("5s")
          Duration mountTimeout,
      @Flag(
              value = "collector.filesystem.stat-workers",
              help = "how many stat calls to process simultaneously",
              hidden = true)
          @Default("4")
          int statWorkers) {
    static final String DEFAULT_MOUNT_POINTS_EXCLUDE =
        "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
    static final String DEFAULT_FS_TYPES_EXCLUDE =
        "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660"
            + "|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs"
            + "|sysfs|tracefs)$";

    /** Checks the patterns and bounds. */
    public Filesystem {
      mountPointsExclude =
          exclusion(mountPointsExclude, mountPointsInclude, DEFAULT_MOUNT_POINTS_EXCLUDE);
      check("collector.filesystem.mount-points-include", mountPointsInclude);
      check("collector.filesystem.mount-points-exclude", mountPointsExclude);
      exclusive(
          mountPointsInclude,
          mountPointsExclude,
          "--collector.filesystem.mount-points-exclude and"
              + " --collector.filesystem.mount-points-include are mutually exclusive");
      fsTypesExclude = exclusion(fsTypesExclude, fsTypesInclude, DEFAULT_FS_TYPES_EXCLUDE);
      check("collector.filesystem.fs-types-include", fsTypesInclude);
      check("collector.filesystem.fs-types-exclude", fsTypesExclude);
      exclusive(
          fsTypesInclude,
          fsTypesExclude,
          "--collector.filesystem.fs-types-exclude and --collector.filesystem.fs-types-include are"
              + " mutually exclusive");
      if (!mountTimeout.isPositive()) {
        throw new IllegalArgumentException(
            "cannot use collector.filesystem.mount-timeout: got "
                + mountTimeout
                + ", want more than 0s");
      }
      statWorkers = Math.max(1, statWorkers);
    }

    Selection mountPoints() {
      return selection(mountPointsInclude, mountPointsExclude);
    }

    Selection types() {
      return selection(fsTypesInclude, fsTypesExclude);
    }
  }

  /**
   * Options of the netdev collector.
   *
   * @param deviceInclude the devices to report; empty for all
   * @param deviceExclude the devices to leave out; empty for none
   * @param addressInfo report each device's addresses
   * @param enableDetailedMetrics one metric for each counter of the kernel instead of the sums of
   *     {@code /proc/net/dev}
   * @param netlink ask the kernel by netlink; otherwise read {@code net/dev}
   * @param labelIfalias add the label {@code ifalias}
   */
  public record Netdev(
      @Flag(
              value = "collector.netdev.device-include",
              help = "Regexp of net devices to include (mutually exclusive to device-exclude).")
          String deviceInclude,
      @Flag(
              value = "collector.netdev.device-exclude",
              help = "Regexp of net devices to exclude (mutually exclusive to device-include).")
          String deviceExclude,
      @Flag(value = "collector.netdev.address-info", help = "Collect address-info for every device")
          boolean addressInfo,
      @Flag(
              value = "collector.netdev.enable-detailed-metrics",
              help = "Use (incompatible) metric names that provide more detailed stats on Linux")
          boolean enableDetailedMetrics,
      @Flag(
              value = "collector.netdev.netlink",
              help = "Use netlink to gather stats instead of /proc/net/dev.")
          @Default("true")
          boolean netlink,
      @Flag(value = "collector.netdev.label-ifalias", help = "Add ifAlias label")
          boolean labelIfalias) {
    /** Checks the patterns. */
    public Netdev {
      check("collector.netdev.device-include", deviceInclude);
      check("collector.netdev.device-exclude", deviceExclude);
      exclusive(
          deviceInclude, deviceExclude, "device-exclude & device-include are mutually exclusive");
    }

    Selection devices() {
      return selection(deviceInclude, deviceExclude);
    }
  }

  /**
   * Options of the stat collector.
   *
   * @param softirq report softirq calls by vector
   */
  public record Stat(
      @Flag(value = "collector.stat.softirq", help = "Export softirq calls per vector")
          boolean softirq) {}

  /** What is left out: as said, else the default, else nothing where something is included. */
  private static String exclusion(@Nullable String said, String include, String byDefault) {
    if (said != null) {
      return said;
    }
    return include.isEmpty() ? byDefault : "";
  }

  private static Selection selection(String include, @Nullable String exclude) {
    return new Selection(include, exclude == null ? "" : exclude);
  }

  private static void check(String flag, String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("cannot use " + flag + ": " + e.getMessage(), e);
    }
  }

  private static void exclusive(String include, String exclude, String message) {
    if (!include.isEmpty() && !exclude.isEmpty()) {
      throw new IllegalArgumentException(message);
    }
  }
}
