package io.narthex.web.debug;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import javax.management.JMException;

/**
 * The directory where the virtual machine keeps recordings while they run. It makes it, with the
 * permissions that any directory gets, when the first recording starts.
 */
final class Repository {
  private static final String LINE = "Repository path: ";
  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");

  private Repository() {}

  /** Where it is, or will be. */
  static Optional<Path> path() throws JMException {
    return DiagnosticCommands.run("jfrConfigure")
        .lines()
        .filter(line -> line.startsWith(LINE))
        .map(line -> Path.of(line.substring(LINE.length())))
        .findFirst();
  }

  /**
   * Closes it to everybody but this process's user, before there is anything in it.
   *
   * @throws IOException when that cannot be done
   */
  static void close() throws IOException, JMException {
    Path path =
        path()
            .orElseThrow(
                () -> new IOException("the virtual machine does not tell where it keeps them"));
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      // Directories for temporary files are each user's own there.
      return;
    }
    if (Files.isDirectory(path)) {
      Files.setPosixFilePermissions(path, OWN);
      return;
    }
    Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWN));
    // The virtual machine removes at its end what it has made itself.
    path.toFile().deleteOnExit();
  }
}
