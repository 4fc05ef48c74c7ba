package io.narthex.ingest.remotewrite;

/**
 * A request that cannot be decoded; the texts are those of Go's protobuf and Snappy. Without a
 * stack trace: whoever sends nonsense shall not cost more than who sends samples.
 */
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedException(String message) {
    super(message, null, false, false);
  }
}
