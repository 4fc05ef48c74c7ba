package io.narthex.exporter.node;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;

/**
 * What collectors are made from. Shared by the collectors of one exporter, which are asked by one
 * thread at a time.
 *
 * @param config the options
 * @param buffer where files are read into
 * @param procStat {@code /proc/stat}, which several collectors need and which is read once a scrape
 * @param calls the kernel's calls
 * @param clock the time of day
 * @param nanoTime a steady clock, in nanoseconds
 * @param blocking threads for calls that may hang
 */
record CollectorContext(
    NodeExporterConfig config,
    ReadBuffer buffer,
    ProcStat procStat,
    SystemCalls calls,
    InstantSource clock,
    LongSupplier nanoTime,
    ExecutorService blocking) {

  /** A file of {@code /proc}, to be read at each scrape. */
  KernelFile proc(String name) {
    return new KernelFile(Path.of(config.path().procfs(), name), buffer);
  }

  /** A path in {@code /sys}. */
  Path sys(String name) {
    return Path.of(config.path().sysfs(), name);
  }

  /** A file of {@code /sys}, to be read at each scrape. */
  KernelFile sysFile(Path path) {
    return new KernelFile(path, buffer);
  }
}
