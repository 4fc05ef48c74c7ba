package io.narthex.storage.tsdb.command;

import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A data directory, looked at without changing it; a server may work in it meanwhile. */
final class DataDirectory implements AutoCloseable {
  private final Disk disk;
  private final Path path;
  private final String shown;
  private final List<Block> open = new ArrayList<>();

  /**
   * Opens it.
   *
   * @param shown how the user named it
   */
  DataDirectory(Disk disk, Path path, String shown) throws IOException {
    this.disk = disk;
    this.path = path;
    this.shown = shown;
    if (!disk.exists(path)) {
      throw new IOException("opening the db dir: stat " + shown + ": no such file or directory");
    }
  }

  /**
   * All blocks by the time at which they begin. Closed with this.
   *
   * @throws IOException when one cannot be read that no other has replaced
   */
  List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    Map<Ulid, IOException> corrupted = new HashMap<>();
    for (Path directory : disk.list(path)) {
      Ulid ulid = Ulid.parse(directory.getFileName().toString());
      if (ulid == null || !disk.isDirectory(directory)) {
        continue;
      }
      try {
        Block block = Block.open(disk, directory);
        open.add(block);
        blocks.add(block);
      } catch (CorruptionException | java.nio.file.NoSuchFileException e) {
        corrupted.put(ulid, e);
      }
    }
    Set<Ulid> replaced = new HashSet<>();
    for (Block block : blocks) {
      block.meta().compaction().parents().forEach(parent -> replaced.add(parent.ulid()));
    }
    corrupted.keySet().removeAll(replaced);
    for (Map.Entry<Ulid, IOException> one : corrupted.entrySet()) {
      throw new IOException(
          "unexpected corrupted block " + one.getKey() + ": " + TsdbCommand.message(one.getValue()),
          one.getValue());
    }
    blocks.sort(
        Comparator.comparingLong((Block b) -> b.meta().minTime())
            .thenComparing(b -> b.meta().ulid()));
    return blocks;
  }

  /** One block; closed with this. */
  Block block(String id) throws IOException {
    Path directory = path.resolve(id);
    if (Ulid.parse(id) == null || !disk.exists(directory)) {
      throw new IOException("invalid block ID " + id);
    }
    Block block = Block.open(disk, directory);
    open.add(block);
    return block;
  }

  /** The block that was made last. */
  String lastBlock() throws IOException {
    Ulid last = null;
    for (Path directory : disk.list(path)) {
      Ulid ulid = Ulid.parse(directory.getFileName().toString());
      if (ulid != null
          && disk.isDirectory(directory)
          && (last == null || ulid.time() > last.time())) {
        last = ulid;
      }
    }
    if (last == null) {
      throw new IOException("no blocks found");
    }
    return last.toString();
  }

  Path path() {
    return path;
  }

  @Override
  public String toString() {
    return shown;
  }

  @Override
  public void close() {
    open.forEach(Block::close);
    open.clear();
  }
}
