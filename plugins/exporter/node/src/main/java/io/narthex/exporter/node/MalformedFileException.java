package io.narthex.exporter.node;

import java.io.IOException;

/** A file of the kernel's was read, and does not have the form that is known. */
final class MalformedFileException extends IOException {
  MalformedFileException(String message) {
    super(message);
  }
}
