package io.narthex.storage.tsdb.block;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.io.IOException;

/** Errors of files as those of the storage. */
final class Failures {
  private Failures() {}

  static StorageException of(IOException e) {
    boolean corruption = e instanceof CorruptionException;
    return new StorageException(
        corruption ? StorageException.Kind.CORRUPTION : StorageException.Kind.IO,
        String.valueOf(e.getMessage()),
        e);
  }
}
