package io.narthex.kernel.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that holds a secret. */
final class SecretFile {
  private SecretFile() {}

  /** Its content without white space around it, as Prometheus reads it. */
  static String read(Path file) throws IOException {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new IOException("unable to read file " + file + ": " + Causes.of(e), e);
    }
  }
}
