package io.narthex.storage.tsdb.command;

/** Text that is not OpenMetrics as Prometheus takes it; the message is upstream's. */
final class OpenMetricsException extends Exception {
  private static final long serialVersionUID = 1L;

  OpenMetricsException(String message) {
    super(message);
  }
}
