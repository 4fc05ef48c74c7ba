package io.narthex.web.ui;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Which files of a directory may be shown to those who ask for them by name. */
final class PublicDirectory {
  private PublicDirectory() {}

  /**
   * The file or directory of a name, without links. Nothing whose name, or whose directory's name,
   * begins with a dot is there, and no link that leads out of the directory or to such a file.
   *
   * @param directory relative to the working directory; empty for none
   * @param name below the directory, as whoever asks has written it
   * @return empty when there is none that may be seen, or it cannot be read: who asks learns the
   *     same of all
   */
  static Optional<Path> find(String directory, String name) {
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path root = Path.of(directory).toRealPath();
      Path asked = Path.of(name);
      if (asked.isAbsolute() || hasPart(asked, ".", "")) {
        return Optional.empty();
      }
      Path file = root.resolve(asked).toRealPath();
      if (!file.startsWith(root)) {
        return Optional.empty();
      }
      // A link must not show what its own name would hide. Kubernetes, though, mounts each file as
      // a link into a directory ..2026_11_21_10_00_00.123.
      if (!file.equals(root) && hasPart(root.relativize(file), ".", "..")) {
        return Optional.empty();
      }
      return Optional.of(file);
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Whether a part of a path begins so; one that begins with {@code unless} does not count. */
  private static boolean hasPart(Path path, String beginning, String unless) {
    for (Path part : path) {
      String name = part.toString();
      if (name.startsWith(beginning) && (unless.isEmpty() || !name.startsWith(unless))) {
        return true;
      }
    }
    return false;
  }
}
