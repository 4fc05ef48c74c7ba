package io.narthex.kernel.plugin;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * The jars that the application class loader sees: {@code java.class.path}, and what the manifests
 * of those jars add with {@code Class-Path}. Bundled plugins may stand there, because the JDK's
 * ahead-of-time cache keeps only classes of that loader.
 */
final class ApplicationClassPath {
  private final Set<Path> jars;

  private ApplicationClassPath(Set<Path> jars) {
    this.jars = jars;
  }

  /** Reads it. Entries that do not exist or cannot be read are left out, as the JDK does. */
  static ApplicationClassPath of(String classPath) {
    Set<Path> seen = new HashSet<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      if (entry.isEmpty()) {
        continue;
      }
      Path real = real(Path.of(entry));
      if (real != null && seen.add(real) && Files.isRegularFile(real)) {
        // Not those that they name in turn: sixty jars would be opened at each start for nothing.
        for (Path named : named(real)) {
          Path realNamed = real(named);
          if (realNamed != null) {
            seen.add(realNamed);
          }
        }
      }
    }
    return new ApplicationClassPath(Set.copyOf(seen));
  }

  private static @Nullable Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return null;
    }
  }

  private static List<Path> named(Path jar) {
    List<Path> named = new ArrayList<>();
    try (JarFile file = new JarFile(jar.toFile(), false)) {
      Manifest manifest = file.getManifest();
      String value =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      if (value != null) {
        for (String entry : value.strip().split(" +")) {
          URI uri = jar.toUri().resolve(entry);
          if ("file".equals(uri.getScheme())) {
            named.add(Path.of(uri));
          }
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      return named;
    }
    return named;
  }

  /** Whether all of some jars are in it, and there are some. */
  boolean holds(Collection<Path> files) {
    if (files.isEmpty() || jars.isEmpty()) {
      return false;
    }
    for (Path file : files) {
      try {
        if (!jars.contains(file.toRealPath())) {
          return false;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }
}
