package io.narthex.exporter.node;

import java.io.IOException;

/**
 * Reads one part of the machine. One implementation for each of node_exporter's collectors; {@link
 * CollectorCatalog} lists them.
 *
 * <p>A collector is made once and asked at every scrape, by one thread at a time, so it may keep
 * buffers, open files and what it saw last. Its constructor reads nothing and starts no thread.
 */
interface Collector extends AutoCloseable {
  /**
   * Adds the current values. When it throws, what it added in this call is dropped and the
   * collector counts as failed in this scrape; it is asked again at the next.
   *
   * @throws IOException when a file is missing, unreadable or malformed, or the kernel refuses a
   *     call
   */
  void collect(Scrape scrape) throws IOException;

  /** Closes what it holds open. May be called twice. */
  @Override
  default void close() {}
}
