package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends a log after damage was found in it: what is behind the damage is dropped, as upstream does,
 * since later records may depend on lost ones.
 */
public final class Repair {
  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);

  private Repair() {}

  /**
   * Deletes the segments behind the damaged one and cuts that one before the damage. A crash in
   * between leaves a log that is to be repaired again, at the same place.
   *
   * @param damage from {@link WalReader} or {@link WalReplay}, with file and offset
   */
  public static void cut(Disk disk, CorruptionException damage) throws IOException {
    Path path = damage.file();
    Path directory = path == null ? null : path.getParent();
    if (path == null || directory == null || damage.offset() < 0) {
      throw damage;
    }
    List<Segments.Segment> segments = Segments.listWithGaps(disk, directory);
    LOG.warn(
        "Repairing the log: all behind the damage is dropped segment={} offset={}",
        path,
        damage.offset());
    for (int i = segments.size() - 1; i >= 0; i--) {
      Segments.Segment each = segments.get(i);
      if (each.path().equals(path)) {
        break;
      }
      LOG.warn("Deleting a segment behind the damage segment={}", each.path());
      disk.delete(each.path());
    }
    try (OutputFile file = disk.append(path, damage.offset())) {
      file.preallocate((damage.offset() + Segments.PAGE - 1) / Segments.PAGE * Segments.PAGE);
      file.sync();
    }
    disk.syncDirectory(directory);
  }
}
