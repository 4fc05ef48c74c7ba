package io.narthex.storage.tsdb.head;

import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.HeadChunkFiles;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.WalMetrics;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.nio.file.Path;

/** Makes heads with files for tests. */
final class HeadFixture {
  private HeadFixture() {}

  static Head open(Disk disk, Path directory, HeadOptions options) throws Exception {
    Head head = new Head(disk, options, 17);
    head.use(
        HeadChunkFiles.open(disk, directory.resolve("chunks_head"), Runnable::run),
        log(disk, directory.resolve("wal")),
        log(disk, directory.resolve("wbl")));
    return head;
  }

  static WalWriter log(Disk disk, Path directory) throws Exception {
    return WalWriter.open(
        disk,
        directory,
        Compression.SNAPPY,
        Segments.DEFAULT_SIZE,
        WalWriter.Sync.SEGMENT,
        Runnable::run,
        new WalMetrics());
  }
}
