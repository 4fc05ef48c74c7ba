package io.narthex.exporter.node;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
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

  /** Absent parts get their defaults. */
  public NodeExporterConfig {
    path = orElse(path, Paths.DEFAULT);
    collector = orElse(collector, Collectors.DEFAULT);
    cpu = orElse(cpu, Cpu.DEFAULT);
    diskstats = orElse(diskstats, Diskstats.DEFAULT);
    filesystem = orElse(filesystem, Filesystem.DEFAULT);
    netdev = orElse(netdev, Netdev.DEFAULT);
    stat = orElse(stat, Stat.DEFAULT);
  }

  /** Everything at its default. */
  static NodeExporterConfig defaults() {
    return new NodeExporterConfig(
        Paths.DEFAULT,
        Collectors.DEFAULT,
        Cpu.DEFAULT,
        Diskstats.DEFAULT,
        Filesystem.DEFAULT,
        Netdev.DEFAULT,
        Stat.DEFAULT);
  }

  /**
   * Where the pseudo file systems are mounted.
   *
   * @param procfs default {@code /proc}
   * @param sysfs default {@code /sys}
   * @param rootfs prefix of the mount points that are reported, default {@code /}
   * @param udevData directory of udev's database, default {@code /run/udev/data}
   */
  public record Paths(
      @Flag(value = "path.procfs", help = "procfs mountpoint.") String procfs,
      @Flag(value = "path.sysfs", help = "sysfs mountpoint.") String sysfs,
      @Flag(value = "path.rootfs", help = "rootfs mountpoint.") String rootfs,
      @Flag(value = "path.udev.data", help = "udev data path.") String udevData) {
    static final Paths DEFAULT = new Paths("/proc", "/sys", "/", "/run/udev/data");

    /** Absent paths get their defaults. */
    public Paths {
      procfs = orElse(procfs, "/proc");
      sysfs = orElse(sysfs, "/sys");
      rootfs = orElse(rootfs, "/");
      udevData = orElse(udevData, "/run/udev/data");
    }
  }

  /**
   * Which collectors are on. A component that is absent leaves its collector at the default, which
   * {@code disableDefaults} turns to off.
   */
  public record Collectors(
      @Flag(
              value = "collector.disable-defaults",
              help = "Set all collectors to disabled by default.")
          Boolean disableDefaults,
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
    static final Collectors DEFAULT =
        new Collectors(false, null, null, null, null, null, null, null, null, null, null);

    /** Defaults stay on unless said otherwise. */
    public Collectors {
      disableDefaults = orElse(disableDefaults, false);
    }

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
   * @param guest time spent in guests, default true
   * @param info what {@code cpuinfo} says of each processor; also on when one of the patterns is
   *     set
   * @param infoFlagsInclude which of the first processor's flags to report; empty for none
   * @param infoBugsInclude which of the first processor's bugs to report; empty for none
   */
  public record Cpu(
      @Flag(value = "collector.cpu.guest", help = "Enables metric node_cpu_guest_seconds_total")
          Boolean guest,
      @Flag(value = "collector.cpu.info", help = "Enables metric cpu_info") Boolean info,
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
    static final Cpu DEFAULT = new Cpu(true, false, "", "");

    /** Checks the patterns. */
    public Cpu {
      guest = orElse(guest, true);
      infoFlagsInclude = pattern("collector.cpu.info.flags-include", orElse(infoFlagsInclude, ""));
      infoBugsInclude = pattern("collector.cpu.info.bugs-include", orElse(infoBugsInclude, ""));
      info = orElse(info, false) || !infoFlagsInclude.isEmpty() || !infoBugsInclude.isEmpty();
    }
  }

  /**
   * Options of the diskstats collector.
   *
   * @param deviceInclude the devices to report; empty for all
   * @param deviceExclude the devices to leave out; the default applies only where nothing is
   *     included
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
          String deviceExclude) {
    static final String DEFAULT_EXCLUDE = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";

    static final Diskstats DEFAULT = new Diskstats("", DEFAULT_EXCLUDE);

    /** Checks the patterns. */
    public Diskstats {
      deviceInclude = pattern("collector.diskstats.device-include", orElse(deviceInclude, ""));
      deviceExclude =
          pattern(
              "collector.diskstats.device-exclude",
              orElse(deviceExclude, deviceInclude.isEmpty() ? DEFAULT_EXCLUDE : ""));
      exclusive(
          deviceInclude, deviceExclude, "device-exclude & device-include are mutually exclusive");
    }

    Selection devices() {
      return new Selection(deviceInclude, deviceExclude);
    }
  }

  /**
   * Options of the filesystem collector.
   *
   * @param mountPointsExclude mount points to leave out
   * @param mountPointsInclude mount points to report; empty for all
   * @param fsTypesExclude types to leave out
   * @param fsTypesInclude types to report; empty for all
   * @param mountTimeout how long a mount may take to answer before it is reported as failed,
   *     default 5 s
   * @param statWorkers how many mounts are asked at once, at least 1, default 4
   */
  public record Filesystem(
      @Flag(
              value = "collector.filesystem.mount-points-exclude",
              help =
                  "Regexp of mount points to exclude for filesystem collector. (mutually exclusive"
                      + " to mount-points-include)")
          String mountPointsExclude,
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
          String fsTypesExclude,
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
          Duration mountTimeout,
      @Flag(
              value = "collector.filesystem.stat-workers",
              help = "how many stat calls to process simultaneously",
              hidden = true)
          Integer statWorkers) {
    static final String DEFAULT_MOUNT_POINTS_EXCLUDE =
        "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
    static final String DEFAULT_FS_TYPES_EXCLUDE =
        "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660"
            + "|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs"
            + "|sysfs|tracefs)$";

    static final Filesystem DEFAULT =
        new Filesystem(
            DEFAULT_MOUNT_POINTS_EXCLUDE,
            "",
            DEFAULT_FS_TYPES_EXCLUDE,
            "",
            Duration.ofSeconds(5),
            4);

    /** Checks the patterns and bounds. */
    public Filesystem {
      mountPointsInclude =
          pattern("collector.filesystem.mount-points-include", orElse(mountPointsInclude, ""));
      mountPointsExclude =
          pattern(
              "collector.filesystem.mount-points-exclude",
              orElse(
                  mountPointsExclude,
                  mountPointsInclude.isEmpty() ? DEFAULT_MOUNT_POINTS_EXCLUDE : ""));
      exclusive(
          mountPointsInclude,
          mountPointsExclude,
          "--collector.filesystem.mount-points-exclude and"
              + " --collector.filesystem.mount-points-include are mutually exclusive");
      fsTypesInclude = pattern("collector.filesystem.fs-types-include", orElse(fsTypesInclude, ""));
      fsTypesExclude =
          pattern(
              "collector.filesystem.fs-types-exclude",
              orElse(fsTypesExclude, fsTypesInclude.isEmpty() ? DEFAULT_FS_TYPES_EXCLUDE : ""));
      exclusive(
          fsTypesInclude,
          fsTypesExclude,
          "--collector.filesystem.fs-types-exclude and --collector.filesystem.fs-types-include are"
              + " mutually exclusive");
      mountTimeout = orElse(mountTimeout, Duration.ofSeconds(5));
      if (!mountTimeout.isPositive()) {
        throw new IllegalArgumentException(
            "cannot use collector.filesystem.mount-timeout: got "
                + mountTimeout
                + ", want more than 0s");
      }
      statWorkers = Math.max(1, orElse(statWorkers, 4));
    }

    Selection mountPoints() {
      return new Selection(mountPointsInclude, mountPointsExclude);
    }

    Selection types() {
      return new Selection(fsTypesInclude, fsTypesExclude);
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
   * @param netlink ask the kernel by netlink, default true; otherwise read {@code net/dev}
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
          Boolean addressInfo,
      @Flag(
              value = "collector.netdev.enable-detailed-metrics",
              help = "Use (incompatible) metric names that provide more detailed stats on Linux")
          Boolean enableDetailedMetrics,
      @Flag(
              value = "collector.netdev.netlink",
              help = "Use netlink to gather stats instead of /proc/net/dev.")
          Boolean netlink,
      @Flag(value = "collector.netdev.label-ifalias", help = "Add ifAlias label")
          Boolean labelIfalias) {
    static final Netdev DEFAULT = new Netdev("", "", false, false, true, false);

    /** Checks the patterns. */
    public Netdev {
      deviceInclude = pattern("collector.netdev.device-include", orElse(deviceInclude, ""));
      deviceExclude = pattern("collector.netdev.device-exclude", orElse(deviceExclude, ""));
      exclusive(
          deviceInclude, deviceExclude, "device-exclude & device-include are mutually exclusive");
      addressInfo = orElse(addressInfo, false);
      enableDetailedMetrics = orElse(enableDetailedMetrics, false);
      netlink = orElse(netlink, true);
      labelIfalias = orElse(labelIfalias, false);
    }

    Selection devices() {
      return new Selection(deviceInclude, deviceExclude);
    }
  }

  /**
   * Options of the stat collector.
   *
   * @param softirq report softirq calls by vector
   */
  public record Stat(
      @Flag(value = "collector.stat.softirq", help = "Export softirq calls per vector")
          Boolean softirq) {
    static final Stat DEFAULT = new Stat(false);

    /** Off unless said otherwise. */
    public Stat {
      softirq = orElse(softirq, false);
    }
  }

  private static <T> T orElse(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  private static String pattern(String flag, String text) {
    try {
      Pattern.compile(text);
      return text;
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
