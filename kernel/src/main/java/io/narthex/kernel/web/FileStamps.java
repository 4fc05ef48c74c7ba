package io.narthex.kernel.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What tells whether files have changed: time, size and identity of each. */
record FileStamps(List<Stamp> stamps) {
  /** One file; a missing one has no time. */
  record Stamp(Path file, @Nullable FileTime modified, long size, @Nullable Object key) {}

  /** Looks at files. */
  static FileStamps of(Collection<Path> files) {
    List<Stamp> stamps = new ArrayList<>(files.size());
    for (Path file : files) {
      try {
        BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(new Stamp(file, a.lastModifiedTime(), a.size(), a.fileKey()));
      } catch (IOException e) {
        stamps.add(new Stamp(file, null, 0, null));
      }
    }
    return new FileStamps(stamps);
  }

  /** Whether the files look otherwise now. */
  boolean changed() {
    return !Objects.equals(this, of(stamps.stream().map(Stamp::file).toList()));
  }
}
