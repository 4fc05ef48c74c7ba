package io.narthex.ingest.scrape;

import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The clients of a job: one for all targets, and one for each Unix domain socket. Safe for any
 * number of threads.
 */
final class Callers implements AutoCloseable {
  private final Job job;
  private final HttpClients clients;
  private final Path baseDirectory;
  private final HttpCaller network;

  /** Guarded by this. */
  private final Map<String, HttpCaller> bySocket = new HashMap<>();

  private boolean closed;

  /**
   * Makes the client for the network; those for sockets are made when needed.
   *
   * @param baseDirectory where relative file names start
   * @throws IOException when a file that the configuration names cannot be used
   */
  Callers(Job job, HttpClients clients, Path baseDirectory) throws IOException {
    this.job = job;
    this.clients = clients;
    this.baseDirectory = baseDirectory;
    network = clients.create(job.config().http(), job.name(), baseDirectory);
  }

  /** The client that reaches a target; where there is none, one whose calls tell the reason. */
  HttpCaller of(Target target) {
    String socket = target.socket();
    return socket.isEmpty() ? network : bySocket(socket);
  }

  private synchronized HttpCaller bySocket(String socket) {
    HttpCaller caller = bySocket.get(socket);
    if (caller == null) {
      try {
        caller =
            clients.create(
                job.config().http(), job.name(), baseDirectory, baseDirectory.resolve(socket));
      } catch (IOException | IllegalArgumentException e) {
        caller = new Unusable(String.valueOf(e.getMessage()));
      }
      if (closed) {
        caller.close();
      } else {
        bySocket.put(socket, caller);
      }
    }
    return caller;
  }

  /** Closes the clients of other sockets than these; asked only when there are any. */
  synchronized void keepSockets(Supplier<Set<String>> inUse) {
    if (bySocket.isEmpty()) {
      return;
    }
    Set<String> kept = inUse.get();
    bySocket
        .entrySet()
        .removeIf(entry -> {
          if (kept.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().close();
          return true;
        });
  }

  /** How many sockets have a client. */
  synchronized int sockets() {
    return bySocket.size();
  }

  @Override
  public void close() {
    network.close();
    synchronized (this) {
      closed = true;
      bySocket.values().forEach(HttpCaller::close);
      bySocket.clear();
    }
  }

  private record Unusable(String reason) implements HttpCaller {
    @Override
    public Response send(Request request) throws IOException {
      throw new IOException(reason);
    }

    @Override
    public void close() {}
  }
}
