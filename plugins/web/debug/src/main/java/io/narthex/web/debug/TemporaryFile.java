package io.narthex.web.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of a file in a directory that only this process's user can read; both go at the end. */
final class TemporaryFile implements AutoCloseable {
  private final Path directory;
  private final Path path;

  TemporaryFile(String name) throws IOException {
    directory = Files.createTempDirectory("narthex-debug");
    path = directory.resolve(name).toAbsolutePath();
  }

  /** Where the file is to be; absolute. */
  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(directory);
  }
}
