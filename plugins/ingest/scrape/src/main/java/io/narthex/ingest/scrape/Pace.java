package io.narthex.ingest.scrape;

/**
 * Lets other scrapes run in the midst of a long one: nothing takes the processor from a virtual
 * thread that does not wait for anything, so a few huge expositions would hold up all other
 * targets. Used by one thread at a time.
 */
final class Pace {
  /** So long a scrape may go on while others wait, in nanoseconds; ordinary ones take less. */
  private static final long SLICE = 2_000_000;

  private long since = System.nanoTime();

  /** Work begins, after a time in which others could run. */
  void begin() {
    since = System.nanoTime();
  }

  /** To be called after each small piece of work. */
  void step() {
    if (System.nanoTime() - since >= SLICE) {
      Thread.yield();
      since = System.nanoTime();
    }
  }
}
