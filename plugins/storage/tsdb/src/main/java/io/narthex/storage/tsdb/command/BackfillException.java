package io.narthex.storage.tsdb.command;

/** A sample that cannot be taken into its block; the message is upstream's. */
final class BackfillException extends Exception {
  private static final long serialVersionUID = 1L;

  BackfillException(String message) {
    super(message);
  }
}
