package io.narthex.storage.tsdb;

import io.narthex.api.storage.Querier;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.head.Head;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.select.MergedQuerier;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A data directory opened for reading alone, beside a server that may be using it: nothing in it is
 * written, mended or locked. Chunks that the replay of the log completes go to a folder of their
 * own, the sandbox.
 */
public final class ReadOnlyTsdb implements AutoCloseable {
  private final Disk disk;
  private final Path sandbox;
  private final List<Block> blocks;
  private final Head head;

  private ReadOnlyTsdb(Disk disk, Path sandbox, List<Block> blocks, Head head) {
    this.disk = disk;
    this.sandbox = sandbox;
    this.blocks = blocks;
    this.head = head;
  }

  /** Opens the blocks of a directory, oldest first; the caller closes them. */
  public static List<Block> openBlocks(Disk disk, Path directory) throws IOException {
    List<Block> blocks = new ArrayList<>();
    try {
      for (Path path : disk.list(directory)) {
        if (Ulid.parse(path.getFileName().toString()) != null && disk.isDirectory(path)) {
          blocks.add(Block.open(disk, path));
        }
      }
    } catch (IOException | RuntimeException e) {
      blocks.forEach(Block::close);
      throw e;
    }
    blocks.sort(Comparator.comparingLong((Block b) -> b.meta().minTime()));
    return blocks;
  }

  /**
   * Opens a directory.
   *
   * @param sandbox an empty folder on the same file system, deleted at the end
   * @throws io.narthex.storage.tsdb.file.CorruptionException when something in it is damaged
   */
  public static ReadOnlyTsdb open(Disk disk, Path directory, Path sandbox)
      throws IOException, InterruptedException {
    List<Block> blocks = openBlocks(disk, directory);
    try {
      Path chunks = sandbox.resolve("chunks_head");
      disk.createDirectories(chunks);
      for (Path file : disk.list(directory.resolve("chunks_head"))) {
        disk.link(file, chunks.resolve(file.getFileName()));
      }
      Head head = new Head(disk, HeadOptions.defaults(), new SecureRandom().nextLong());
      head.setMinValid(
          blocks.stream()
              .filter(b -> !b.meta().compaction().outOfOrder())
              .mapToLong(b -> b.meta().maxTime())
              .max()
              .orElse(Long.MIN_VALUE));
      HeadOpening.open(
          disk, directory, chunks, false, false, head, Runnable::run, new ReplayState());
      return new ReadOnlyTsdb(disk, sandbox, blocks, head);
    } catch (IOException | InterruptedException | RuntimeException e) {
      blocks.forEach(Block::close);
      disk.delete(sandbox);
      throw e;
    }
  }

  /** The blocks, oldest first. */
  public List<Block> blocks() {
    return List.copyOf(blocks);
  }

  /**
   * Begins to read.
   *
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, inclusive
   */
  public Querier querier(long minTime, long maxTime) throws StorageException {
    List<Part> parts = new ArrayList<>();
    for (Block block : blocks) {
      if (block.meta().overlaps(minTime, maxTime)) {
        parts.add(block.part(minTime, maxTime));
      }
    }
    parts.add(head.part(minTime, maxTime));
    return new MergedQuerier(parts, minTime, maxTime);
  }

  @Override
  public void close() throws IOException {
    blocks.forEach(Block::close);
    try {
      head.close();
    } finally {
      disk.delete(sandbox);
    }
  }
}
