package io.narthex.template.gotemplate.value;

/** An error that a function of a template returns; only its text matters. */
public final class GoError extends Exception {
  private static final long serialVersionUID = 1L;

  public GoError(String message) {
    super(message, null, false, false);
  }

  public GoError(String message, Throwable cause) {
    super(message, cause, false, false);
  }

  /** Never null. */
  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
