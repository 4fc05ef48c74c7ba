package io.narthex.kernel.web;

import io.narthex.api.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;

/** Reads a web configuration file strictly; the config room does it. */
@FunctionalInterface
public interface WebFileBinder {
  /**
   * Reads one. An empty file gives the defaults.
   *
   * @throws ConfigException when the file has something that it must not; the message has file,
   *     line and column
   * @throws IOException when it cannot be read
   */
  WebFile bind(Path file) throws ConfigException, IOException;
}
