package io.narthex.kernel.web;

import io.undertow.server.ServerConnection;
import io.undertow.util.AttachmentKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * The open connections of one listener. There may be a certain number of them, and further ones
 * wait unaccepted, so clients that only hold connections could keep all others out. When nearly as
 * many are open as may be, those that have kept the server waiting for longest make room, until an
 * eighth of the places is free. Safe for any number of threads.
 */
final class Crowd {
  private static final Logger LOG = LoggerFactory.getLogger(Crowd.class);
  private static final AttachmentKey<Guest> GUEST = AttachmentKey.create(Guest.class);

  /** How long a connection without a request is left alone: time for a handshake and a head. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long one is that must send or take {@link Guest#STRIDE} bytes. */
  private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long SWEEP_MILLIS = 250;

  private final int most;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<SocketAddress, Guest> guests = new ConcurrentHashMap<>();
  private final AtomicBoolean sweeping = new AtomicBoolean();

  /**
   * Makes one without connections.
   *
   * @param most how many there may be
   */
  Crowd(int most, LongSupplier nanoTime) {
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /** One connection. */
  static final class Guest {
    /** Bytes that a client must send or take to count as one that goes on. */
    static final int STRIDE = 64 << 10;

    private final StreamConnection connection;
    private final LongSupplier nanoTime;
    private int requests;

    /** Since when there is no request, or the client is waited for without going on. */
    private long since;

    /** Who waits for the client. Of HTTP/2, there are many requests at a time. */
    private final Set<Thread> waiting = new HashSet<>();

    private int moved;
    private final Set<Runnable> farewells = new HashSet<>();
    private boolean watched;
    private boolean gone;

    Guest(StreamConnection connection, LongSupplier nanoTime) {
      this.connection = connection;
      this.nanoTime = nanoTime;
      since = nanoTime.getAsLong();
    }

    synchronized void begin() {
      if (requests == 0) {
        waiting.clear();
      }
      requests++;
    }

    synchronized void end() {
      requests--;
      waiting.remove(Thread.currentThread());
      since = nanoTime.getAsLong();
    }

    /** This thread is about to wait until the client sends or takes something. */
    synchronized void await() {
      if (waiting.isEmpty()) {
        since = nanoTime.getAsLong();
        moved = 0;
      }
      waiting.add(Thread.currentThread());
    }

    /** The client has sent or taken bytes. */
    synchronized void moved(int bytes) {
      moved += bytes;
      if (moved >= STRIDE) {
        moved = 0;
        since = nanoTime.getAsLong();
        waiting.remove(Thread.currentThread());
      }
    }

    /** The client is not waited for any more by this thread. */
    synchronized void arrived() {
      waiting.remove(Thread.currentThread());
    }

    /** For how long the server has been kept waiting; negative when it is not, or may go on. */
    synchronized long idle(long now) {
      long idle = now - since;
      if (requests == 0) {
        return idle >= IDLE_NANOS ? idle : -1;
      }
      return waiting.size() >= requests && idle >= SLOW_NANOS ? idle : -1;
    }

    private synchronized List<Thread> waiting() {
      return List.copyOf(waiting);
    }

    /** Whether nobody has been told yet to say when the connection closes; one caller must. */
    private synchronized boolean watch() {
      boolean first = !watched;
      watched = true;
      return first;
    }

    /**
     * Runs something when the connection closes, or at once if it has. Until then it is kept:
     * {@link #forget} ends that, since a connection may serve any number of requests.
     */
    void onClose(Runnable farewell) {
      synchronized (this) {
        if (!gone) {
          farewells.add(farewell);
          return;
        }
      }
      farewell.run();
    }

    /** Takes back what {@link #onClose} was given. */
    synchronized void forget(Runnable farewell) {
      farewells.remove(farewell);
    }

    private void gone() {
      List<Runnable> all;
      synchronized (this) {
        gone = true;
        all = List.copyOf(farewells);
        farewells.clear();
      }
      all.forEach(Runnable::run);
    }

    private void close() {
      Runnable close =
          () -> {
            IoUtils.safeClose(connection);
            waiting().forEach(LockSupport::unpark);
          };
      try {
        connection.getIoThread().execute(close);
      } catch (RejectedExecutionException e) {
        close.run();
      }
    }
  }

  /** A connection was accepted. */
  void opened(StreamConnection connection) {
    InetSocketAddress peer = connection.getPeerAddress(InetSocketAddress.class);
    if (peer == null) {
      return;
    }
    guests.put(peer, new Guest(connection, nanoTime));
    if (guests.size() > comfortable()) {
      sweepLater(connection);
    }
  }

  /** How many there may be without anybody making room. */
  private int comfortable() {
    return most - Math.max(1, most / 8);
  }

  /** The guest whose request this is; null for one that is not known (any more). */
  @Nullable Guest guest(ServerConnection connection) {
    Guest known = connection.getAttachment(GUEST);
    if (known != null) {
      return known;
    }
    SocketAddress peer = connection.getPeerAddress();
    Guest guest = peer == null ? null : guests.get(peer);
    if (guest != null) {
      connection.putAttachment(GUEST, guest);
      // Of HTTP/2, each request is a connection of its own here, and what it adds stays until the
      // real one closes.
      if (guest.watch()) {
        connection.addCloseListener(closed -> {
          guests.remove(peer, guest);
          guest.gone();
        });
      }
    }
    return guest;
  }

  private void sweepLater(StreamConnection connection) {
    if (!sweeping.compareAndSet(false, true)) {
      return;
    }
    try {
      connection
          .getIoThread()
          .executeAfter(
              () -> {
                sweeping.set(false);
                if (sweep()) {
                  sweepLater(connection);
                }
              },
              SWEEP_MILLIS,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The server stops.
      sweeping.set(false);
    }
  }

  /** Makes room; whether there is still too little of it. */
  private boolean sweep() {
    guests.values().removeIf(guest -> !guest.connection.isOpen());
    int wanted = guests.size() - comfortable();
    if (wanted <= 0) {
      return false;
    }
    long now = nanoTime.getAsLong();
    record Candidate(Guest guest, long idle) {}
    List<Candidate> candidates = new ArrayList<>();
    for (Guest guest : guests.values()) {
      long idle = guest.idle(now);
      if (idle >= 0) {
        candidates.add(new Candidate(guest, idle));
      }
    }
    candidates.sort(Comparator.comparingLong(Candidate::idle).reversed());
    int closed = Math.min(wanted, candidates.size());
    for (int i = 0; i < closed; i++) {
      candidates.get(i).guest().close();
    }
    if (closed > 0) {
      LOG.atDebug()
          .addKeyValue("connections", guests.size())
          .addKeyValue("closed", closed)
          .log("Making room for others");
    }
    return true;
  }
}
