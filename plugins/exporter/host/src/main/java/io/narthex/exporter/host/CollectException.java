package io.narthex.exporter.host;

/** Exporters could not be read. */
final class CollectException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** Makes one with the HTTP status and text that tell it to the client. */
  CollectException(int status, String message) {
    super(message);
    this.status = status;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  int status() {
    return status;
  }
}
