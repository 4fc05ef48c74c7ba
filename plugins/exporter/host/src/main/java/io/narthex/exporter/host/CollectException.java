package io.narthex.exporter.host;

/**
 * Exporters could not be read. It has no cause: that may be of a plugin's class, which must not be
 * kept.
 */
final class CollectException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The status when the request itself is at fault. */
  static final int BAD_REQUEST = 400;

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
