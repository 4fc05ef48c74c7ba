package io.narthex.exporter.node;

import io.narthex.exporter.node.NodeExporterConfig.Collectors;
import io.narthex.exporter.node.NodeExporterConfig.Paths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;

/** A machine in a directory: its /proc, /sys and udev database, and an exporter that reads them. */
final class Machine implements AutoCloseable {
  private final Path root;
  final FakeSystemCalls calls = new FakeSystemCalls();
  private static final NodeExporterConfig DEFAULTS = NodeExporterConfig.defaults();

  NodeExporterConfig.Cpu cpu = DEFAULTS.cpu();
  NodeExporterConfig.Diskstats diskstats = DEFAULTS.diskstats();
  NodeExporterConfig.Filesystem filesystem = DEFAULTS.filesystem();
  NodeExporterConfig.Netdev netdev = DEFAULTS.netdev();
  NodeExporterConfig.Stat stat = DEFAULTS.stat();
  String rootfs = "/";
  private NodeExporter exporter;

  Machine(Path root) {
    this.root = root;
  }

  Machine proc(String name, String content) {
    return write(root.resolve("proc").resolve(name), content);
  }

  Machine sys(String name, String content) {
    return write(root.resolve("sys").resolve(name), content);
  }

  Machine udev(String name, String content) {
    return write(root.resolve("udev").resolve(name), content);
  }

  Path path(String name) {
    return root.resolve(name);
  }

  private Machine write(Path file, String content) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Scrapes with these collectors alone; those of the first call stay. */
  Page scrape(String... collectors) {
    if (exporter == null) {
      exporter =
          new NodeExporter(
              config(Set.of(collectors)),
              "test",
              calls,
              InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000, 250_000_000)),
              System::nanoTime);
    }
    return Page.of(exporter.collect());
  }

  private NodeExporterConfig config(Set<String> on) {
    return new NodeExporterConfig(
        new Paths(
            root.resolve("proc").toString(),
            root.resolve("sys").toString(),
            rootfs,
            root.resolve("udev").toString()),
        only(on),
        cpu,
        diskstats,
        filesystem,
        netdev,
        stat);
  }

  static Collectors only(Set<String> on) {
    return new Collectors(
        true,
        on.contains("cpu"),
        null,
        on.contains("diskstats"),
        on.contains("filesystem"),
        on.contains("loadavg"),
        on.contains("meminfo"),
        on.contains("netdev"),
        on.contains("stat"),
        on.contains("time"),
        on.contains("uname"));
  }

  @Override
  public void close() {
    if (exporter != null) {
      exporter.close();
    }
  }
}
