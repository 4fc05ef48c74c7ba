package io.narthex.exporter.host;

import java.time.Duration;

/** Has something done again and again; tests have one that does it when they say so. */
@FunctionalInterface
interface Repeater {
  /**
   * Starts, with the first call after {@code pause}.
   *
   * @param pause between two calls
   * @return ends it: no further call begins
   */
  Ending every(Duration pause, Runnable action);

  /** Ends it; may be called twice. */
  @FunctionalInterface
  interface Ending extends AutoCloseable {
    @Override
    void close();
  }

  /** On a virtual thread. The action is not interrupted by the end unless it waits. */
  static Ending onVirtualThread(Duration pause, Runnable action) {
    Thread thread =
        Thread.ofVirtual()
            .name("exporter-servers")
            .start(() -> {
              try {
                while (true) {
                  Thread.sleep(pause);
                  action.run();
                }
              } catch (InterruptedException e) {
                // That is the end.
                Thread.currentThread().interrupt();
              }
            });
    return thread::interrupt;
  }
}
