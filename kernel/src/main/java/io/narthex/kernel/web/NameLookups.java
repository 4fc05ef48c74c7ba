package io.narthex.kernel.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Looks names up for callers that wait no longer than they want. The system's lookup cannot be
 * interrupted, and keeps the processor's thread of a virtual thread that makes it; so each name is
 * looked up on a thread of its own, of which there are {@value #MOST} at most, once for all who
 * wait for it. Safe for several threads.
 */
final class NameLookups implements AutoCloseable {
  /** How many lookups may be stuck until further names have to wait for one of them. */
  static final int MOST = 64;

  /** Finds addresses, however long that takes. */
  interface Resolver {
    /**
     * All addresses of a name.
     *
     * @throws UnknownHostException when it has none
     */
    InetAddress[] lookup(String name) throws UnknownHostException;
  }

  private static final class Lookup {
    final CompletableFuture<InetAddress[]> result = new CompletableFuture<>();
    int waiting;
  }

  private final Resolver resolver;
  private final ThreadPoolExecutor threads;

  /** Those that nobody has ended yet; guarded by this, as are their counts. */
  private final Map<String, Lookup> running = new HashMap<>();

  NameLookups(Resolver resolver) {
    this.resolver = resolver;
    threads =
        new ThreadPoolExecutor(
            MOST,
            MOST,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("name-lookup-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * All addresses of a host, at least one; at once where it is an address itself.
   *
   * @param within how long to wait at most, in nanoseconds
   * @throws UnknownHostException when there is none
   * @throws TimeoutException when none was found in time
   */
  InetAddress[] find(String host, long within)
      throws IOException, TimeoutException, InterruptedException {
    InetAddress address = literal(host);
    if (address != null) {
      return new InetAddress[] {address};
    }
    Lookup lookup = join(host);
    try {
      return lookup.result.get(within, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException unknown) {
        throw unknown;
      }
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      leave(lookup);
    }
  }

  private static @Nullable InetAddress literal(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == ':') {
        break;
      }
      if (c != '.' && (c < '0' || c > '9')) {
        return null;
      }
    }
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private synchronized Lookup join(String host) throws IOException {
    Lookup lookup = running.get(host);
    if (lookup == null) {
      Lookup next = new Lookup();
      try {
        threads.execute(() -> run(host, next));
      } catch (RejectedExecutionException e) {
        throw new IOException("the client is closed", e);
      }
      running.put(host, next);
      lookup = next;
    }
    lookup.waiting++;
    return lookup;
  }

  private synchronized void leave(Lookup lookup) {
    lookup.waiting--;
  }

  private void run(String host, Lookup lookup) {
    synchronized (this) {
      if (lookup.waiting == 0) {
        // All have gone while it was in the queue.
        running.remove(host);
        return;
      }
    }
    InetAddress[] found = {};
    Throwable failure = null;
    try {
      found = resolver.lookup(host);
      if (found.length == 0) {
        failure = new UnknownHostException(host);
      }
    } catch (UnknownHostException | RuntimeException | Error e) {
      failure = e;
    }
    synchronized (this) {
      running.remove(host);
    }
    if (failure == null) {
      lookup.result.complete(found);
    } else {
      lookup.result.completeExceptionally(failure);
    }
  }

  /** Looks nothing up any more; what is stuck ends by itself. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
