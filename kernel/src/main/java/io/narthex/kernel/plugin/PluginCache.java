package io.narthex.kernel.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Directories for the private copies of plugins. Each process has one of its own below the cache
 * directory and holds a lock on it; what processes that are gone have left behind is deleted when
 * the next one needs the cache.
 */
final class PluginCache implements AutoCloseable {
  private static final String LOCK = "lock";

  private final Path root;
  private @Nullable Path mine;
  private @Nullable FileChannel lock;

  PluginCache(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  /** A new directory. */
  Path fresh(String id) throws IOException {
    if (mine == null) {
      Files.createDirectories(root);
      clean();
      mine = Files.createTempDirectory(root, "run-");
      lock =
          FileChannel.open(mine.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock.lock();
    }
    return Files.createTempDirectory(mine, id.replaceAll("[^a-z0-9._-]", "_") + "-");
  }

  private void clean() throws IOException {
    List<Path> runs;
    try (Stream<Path> all = Files.list(root)) {
      runs = all.filter(p -> String.valueOf(p.getFileName()).startsWith("run-")).toList();
    }
    for (Path run : runs) {
      if (abandoned(run)) {
        delete(run);
      }
    }
  }

  private static boolean abandoned(Path run) {
    try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
        FileLock held = channel.tryLock()) {
      return held != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Deletes a tree as far as that is possible; the rest goes with {@link #clean}. */
  static void delete(Path tree) {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      // Deleted by somebody else, or not ours to delete: nothing depends on it.
      return;
    }
  }

  @Override
  public void close() {
    if (mine != null) {
      delete(mine);
      mine = null;
    }
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        lock = null;
      }
    }
  }
}
