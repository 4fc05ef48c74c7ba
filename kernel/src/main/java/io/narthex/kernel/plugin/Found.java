package io.narthex.kernel.plugin;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A plugin that was found on disk, usable or not.
 *
 * @param path the jar, zip or directory
 * @param fingerprint changes when the files do
 * @param kind what lies there
 * @param rank position of its directory; of two with the same id the one with the higher rank wins
 * @param bundled whether it came with the installation
 * @param descriptor what it says about itself; null when that could not be read
 * @param fault why it could not; empty when it could
 */
record Found(
    Path path,
    String fingerprint,
    Kind kind,
    int rank,
    boolean bundled,
    @Nullable Descriptor descriptor,
    String fault) {
  enum Kind {
    JAR,
    ZIP,
    DIRECTORY
  }

  /** Its id, or its file's name when it has none. */
  String id() {
    return descriptor == null ? String.valueOf(path.getFileName()) : descriptor.getPluginId();
  }

  /** Its version, or empty. */
  String version() {
    return descriptor == null ? "" : descriptor.getVersion();
  }

  /** What it says about itself. */
  Descriptor described() {
    if (descriptor == null) {
      throw new IllegalStateException("no descriptor: " + path);
    }
    return descriptor;
  }

  /** Nothing has changed since. */
  boolean same(Found other) {
    return path.equals(other.path) && fingerprint.equals(other.fingerprint);
  }
}
