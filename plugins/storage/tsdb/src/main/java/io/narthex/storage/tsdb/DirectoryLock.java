package io.narthex.storage.tsdb;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other processes out of a data directory by its file {@code lock}.
 *
 * <p>Prometheus takes the lock of {@code flock(2)}; the one that Java takes is another kind, which
 * it would not see. So both are taken, the former by a call of the C library where there is one.
 * The file is deleted at the end: that it is there at a start says that the process before has
 * crashed.
 */
final class DirectoryLock implements AutoCloseable {
  static final String FILE = "lock";

  private static final int LOCK_EX_NB = 2 | 4;
  private static final int O_RDWR = 2;

  private final Path file;
  private final FileChannel channel;
  private final int descriptor;
  private final boolean wasThere;
  private boolean closed;

  private DirectoryLock(Path file, FileChannel channel, int descriptor, boolean wasThere) {
    this.file = file;
    this.channel = channel;
    this.descriptor = descriptor;
    this.wasThere = wasThere;
  }

  /**
   * Takes the lock.
   *
   * @throws IOException when another process has it; the message names the directory
   */
  static DirectoryLock take(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    boolean wasThere = Files.exists(file);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null;
      }
      int descriptor = lock == null ? -2 : flock(file);
      if (descriptor == -2) {
        throw new IOException("lock DB directory: " + file + " is held by another process");
      }
      return new DirectoryLock(file, channel, descriptor, wasThere);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether a process before has left its lock: it did not end as it should. */
  boolean wasThere() {
    return wasThere;
  }

  /** The descriptor that holds the lock; -1 where there is no such call, -2 when it is taken. */
  private static int flock(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle open =
          function(
              "open",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
              Linker.Option.firstVariadicArg(2));
      MethodHandle flock =
          function(
              "flock",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      if (open == null || flock == null) {
        return -1;
      }
      MemorySegment name = arena.allocateFrom(file.toAbsolutePath().toString());
      int descriptor = (int) open.invokeExact(name, O_RDWR);
      if (descriptor < 0) {
        return -1;
      }
      if ((int) flock.invokeExact(descriptor, LOCK_EX_NB) != 0) {
        close(descriptor);
        return -2;
      }
      return descriptor;
    } catch (Throwable e) {
      return -1;
    }
  }

  private static void close(int descriptor) throws Throwable {
    MethodHandle close =
        function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    if (close != null) {
      int ignored = (int) close.invokeExact(descriptor);
      if (ignored != 0) {
        return;
      }
    }
  }

  private static @Nullable MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    return lookup
        .find(name)
        .map(address -> linker.downcallHandle(address, descriptor, options))
        .orElse(null);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Files.deleteIfExists(file);
    } finally {
      channel.close();
      if (descriptor >= 0) {
        try {
          close(descriptor);
        } catch (Throwable e) {
          throw new IOException("cannot release " + file, e);
        }
      }
    }
  }
}
