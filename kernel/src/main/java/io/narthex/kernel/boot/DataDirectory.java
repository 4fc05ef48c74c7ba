package io.narthex.kernel.boot;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The directory for what must survive a restart. */
final class DataDirectory {
  private DataDirectory() {}

  /**
   * Makes sure that the directory is there and can be written.
   *
   * @throws IOException with a message for users
   */
  static void ensure(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, "writable", ""));
    } catch (IOException e) {
      throw new IOException(
          "cannot use data directory "
              + directory
              + ": "
              + reason(e)
              + "; want a directory that can be written",
          e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> "it is a file";
      case FileSystemException other when other.getReason() != null ->
          String.valueOf(other.getReason());
      default -> String.valueOf(e.getMessage());
    };
  }
}
