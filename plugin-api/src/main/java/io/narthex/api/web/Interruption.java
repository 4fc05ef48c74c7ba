package io.narthex.api.web;

import io.narthex.api.Api;

/**
 * Interrupts the thread that answers a request when its client leaves before the answer is
 * complete, so that nothing is computed for nobody. Held for as long as that may happen:
 *
 * <pre>{@code
 * try (Interruption interruption = Interruption.of(request)) {
 *   // computes and writes the answer
 * }
 * }</pre>
 *
 * <p>Once closed it interrupts no more, whatever the thread does then.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class Interruption implements AutoCloseable {
  private final Thread worker;
  private boolean ended;

  private Interruption(Thread worker) {
    this.worker = worker;
  }

  /** One of the calling thread, which answers {@code request}. */
  public static Interruption of(WebRequest request) {
    Interruption interruption = new Interruption(Thread.currentThread());
    request.onDisconnect(interruption::interrupt);
    return interruption;
  }

  private synchronized void interrupt() {
    if (!ended) {
      worker.interrupt();
    }
  }

  @Override
  public synchronized void close() {
    ended = true;
  }
}
