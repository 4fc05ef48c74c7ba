package io.narthex.exporter.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What udev knows of a block device: the lines {@code E:NAME=VALUE} of its database, {@code
 * /run/udev/data/bMAJOR:MINOR}. udev replaces the file when something changes, so it is read anew
 * only when its time of modification does.
 */
final class UdevProperties {
  private static final byte[] PROPERTY = "E:".getBytes(US_ASCII);

  private final Path path;
  private final ReadBuffer buffer;
  private long modified = -1;
  private Map<String, String> properties = Map.of();

  UdevProperties(Path path, ReadBuffer buffer) {
    this.path = path;
    this.buffer = buffer;
  }

  /**
   * Looks whether there is something new.
   *
   * @return whether the properties changed
   */
  boolean refresh() throws IOException {
    // Unlike Files, File makes no exception of a file that is not there; in containers none of them
    // is.
    long now = path.toFile().lastModified();
    if (now == modified) {
      return false;
    }
    modified = now;
    properties = now == 0 ? Map.of() : read();
    return true;
  }

  private Map<String, String> read() throws IOException {
    ByteCursor in;
    try {
      in = buffer.read(path);
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    Map<String, String> found = new HashMap<>();
    while (in.nextLine()) {
      if (in.skip(PROPERTY) && in.has('=')) {
        found.put(in.before('='), in.rest());
      }
    }
    return found;
  }

  /** A property's value; empty when it is not known. */
  String get(String name) {
    return properties.getOrDefault(name, "");
  }
}
