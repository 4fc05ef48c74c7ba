package io.narthex.storage.tsdb.file;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file mapped for reading, counted by its users: it is unmapped when the last one has released
 * it. Begins with one user, whoever mapped it.
 */
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final MemorySegment segment;
  private final Runnable unmap;
  private final AtomicInteger users = new AtomicInteger(1);

  /** Wraps a mapping; {@code unmap} runs once. */
  public MappedFile(Path path, MemorySegment segment, Runnable unmap) {
    this.path = path;
    this.segment = segment;
    this.unmap = unmap;
  }

  public Path path() {
    return path;
  }

  /** The content; not to be touched after the last release. */
  public MemorySegment segment() {
    return segment;
  }

  /** One more user; false when it has been unmapped already. */
  public boolean retain() {
    for (; ; ) {
      int n = users.get();
      if (n == 0) {
        return false;
      }
      if (users.compareAndSet(n, n + 1)) {
        return true;
      }
    }
  }

  /** One user less. */
  @Override
  public void close() {
    int n = users.decrementAndGet();
    if (n == 0) {
      unmap.run();
    } else if (n < 0) {
      throw new IllegalStateException(
          "cannot release " + path + ": released more often than retained");
    }
  }
}
