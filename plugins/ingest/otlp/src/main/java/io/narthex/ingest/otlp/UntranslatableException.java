package io.narthex.ingest.otlp;

/** Something that Prometheus has no form for, in Prometheus's words: the metric is left out. */
final class UntranslatableException extends Exception {
  private static final long serialVersionUID = 1L;

  UntranslatableException(String message) {
    super(message, null, false, false);
  }
}
