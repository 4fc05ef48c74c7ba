package io.narthex.exporter.node;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds what stands in {@code ../shared/conformance} beside the project. */
final class SharedFixtures {
  private SharedFixtures() {}

  /** The directory; null when it is not there. */
  static Path find(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared/conformance").resolve(name);
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return null;
  }
}
