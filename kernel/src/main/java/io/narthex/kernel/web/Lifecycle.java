package io.narthex.kernel.web;

/** What the health and life cycle pages ask of the process. Safe for any number of threads. */
public interface Lifecycle {
  /** How far the process is. */
  enum State {
    /** Starts; {@code /-/ready} answers 503. */
    STARTING,
    /** Serves. */
    READY,
    /** Stops; {@code /-/ready} answers 503. */
    STOPPING
  }

  /** How far the process is. */
  State state();

  /**
   * Loads the configuration again and waits until it is in force.
   *
   * @throws Exception when it could not be; the message is shown to the client
   */
  void reload() throws Exception;

  /** Asks the process to stop; returns at once. */
  void quit();
}
