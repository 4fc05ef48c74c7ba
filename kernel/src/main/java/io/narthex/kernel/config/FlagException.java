package io.narthex.kernel.config;

/**
 * A command line that cannot be used. The message is the one that kingpin, which Prometheus reads
 * its command line with, gives; its programs print it after {@code Error parsing command line
 * arguments: }, then the usage, and exit with 2.
 */
public final class FlagException extends Exception {
  private static final long serialVersionUID = 1L;

  FlagException(String message) {
    super(message);
  }
}
