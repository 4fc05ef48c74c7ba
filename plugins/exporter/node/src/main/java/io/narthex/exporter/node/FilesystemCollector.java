package io.narthex.exporter.node;

import io.narthex.exporter.node.SystemCalls.FileSystemStatus;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.util.List;

/** How full the mounted file systems are. */
final class FilesystemCollector implements Collector {
  private static final Family SIZE =
      Family.gauge("node_filesystem_size_bytes", "Filesystem size in bytes.");
  private static final Family FREE =
      Family.gauge("node_filesystem_free_bytes", "Filesystem free space in bytes.");
  private static final Family AVAILABLE =
      Family.gauge(
          "node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.");
  private static final Family FILES =
      Family.gauge("node_filesystem_files", "Filesystem total file nodes.");
  private static final Family FILES_FREE =
      Family.gauge("node_filesystem_files_free", "Filesystem total free file nodes.");
  private static final Family PURGEABLE =
      Family.gauge(
          "node_filesystem_purgeable_bytes",
          "Filesystem space available including purgeable space (MacOS specific).");
  private static final Family READ_ONLY =
      Family.gauge("node_filesystem_readonly", "Filesystem read-only status.");
  private static final Family ERROR =
      Family.gauge(
          "node_filesystem_device_error",
          "Whether an error occurred while getting statistics for the given device.");
  private static final Family INFO =
      Family.gauge("node_filesystem_mount_info", "Filesystem mount information.");

  private final MountTable table;
  private final MountProbe probe;

  FilesystemCollector(CollectorContext context) {
    this.table = new MountTable(context);
    this.probe = new MountProbe(context);
  }

  @Override
  public void collect(Scrape scrape) throws IOException {
    List<Mount> mounts = table.read();
    MountProbe.Answer[] answers = probe.ask(mounts);
    for (int i = 0; i < answers.length; i++) {
      Mount mount = mounts.get(i);
      FileSystemStatus status = answers[i].status();
      if (status == null) {
        Labels failed = mount.labels(answers[i].error());
        scrape.add(ERROR, 1, failed);
        scrape.add(READ_ONLY, mount.readOnly() ? 1 : 0, failed);
        continue;
      }
      Labels labels = mount.labels();
      double blockSize = status.blockSize();
      scrape.add(ERROR, 0, labels);
      scrape.add(READ_ONLY, mount.readOnly() ? 1 : 0, labels);
      scrape.add(SIZE, ByteCursor.toDouble(status.blocks()) * blockSize, labels);
      scrape.add(FREE, ByteCursor.toDouble(status.free()) * blockSize, labels);
      scrape.add(AVAILABLE, ByteCursor.toDouble(status.available()) * blockSize, labels);
      scrape.add(FILES, ByteCursor.toDouble(status.files()), labels);
      scrape.add(FILES_FREE, ByteCursor.toDouble(status.filesFree()), labels);
      // Upstream shows it on Linux too, always 0.
      scrape.add(PURGEABLE, 0, labels);
      scrape.add(INFO, 1, mount.infoLabels());
    }
  }

  @Override
  public void close() {
    table.close();
  }
}
