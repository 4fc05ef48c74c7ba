package io.narthex.kernel.web;

import io.narthex.api.web.HttpError;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.WebHost;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.HttpContinueReadHandler;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Protocols;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * Listeners of one server, on Undertow. A few threads move bytes; each request has a virtual thread
 * of its own. {@link #start} opens, {@link #close} lets running requests end, then closes.
 */
final class HttpServer implements WebHost.Server {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  /** As much as Go reads of a body that a handler did not want. */
  private static final long DRAIN_BYTES = 256 << 10;

  /**
   * More over HTTP/2, where an answer before the end of the request cancels its stream, which
   * clients take for a failure without looking at the answer.
   */
  private static final long DRAIN_BYTES_HTTP2 = 64 << 20;

  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** As in Go. */
  private static final int MAX_HEADER_BYTES = 1 << 20;

  private static final int MIN_HEADER_BYTES = 64 << 10;

  private static final int MIN_PARAMETERS = 500;

  /** What Undertow keeps of a parameter of an address while the head comes, and after. */
  private static final int PARAMETER_BYTES = 250;

  private static final String HTTP2_HEADS = "io.undertow.http2-max-header-size";

  static {
    // Undertow has a limit of its own for HTTP/2, of 20,000 bytes, beyond which it closes the
    // connection with all that goes on there.
    if (System.getProperty(HTTP2_HEADS) == null) {
      System.setProperty(HTTP2_HEADS, "0");
    }
  }

  /** Requests at a time on a connection of HTTP/2. */
  private static final int MAX_STREAMS = 128;

  private static final int BUFFER_BYTES = 16 << 10;
  private static final Duration MAX_HEADER_TIME = Duration.ofSeconds(30);

  /**
   * Bounds.
   *
   * @param readTimeout for a whole request to arrive; and how long a connection may be idle, or its
   *     client take nothing of an answer
   * @param maxConnections of each address; further ones wait unaccepted
   * @param shutdownTimeout how long running requests may take to end
   */
  record Limits(Duration readTimeout, int maxConnections, Duration shutdownTimeout) {}

  private final String name;
  private final List<ListenAddress> wanted;
  private final Limits limits;
  private final @Nullable Security security;
  private final Site site;

  private final MemoryBudget budget;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Set<Thread> running = ConcurrentHashMap.newKeySet();
  private final Set<ServerRequest> requests = ConcurrentHashMap.newKeySet();
  private int inFlight;
  private boolean stopping;
  private boolean closed;
  private volatile List<InetSocketAddress> addresses = List.of();
  private List<AcceptingChannel<?>> listeners = List.of();
  private @Nullable XnioWorker worker;
  private @Nullable DefaultByteBufferPool buffers;
  private @Nullable ExecutorService executor;

  HttpServer(
      String name,
      List<ListenAddress> addresses,
      Limits limits,
      @Nullable Security security,
      Site site) {
    this(name, addresses, limits, security, site, Runtime.getRuntime().maxMemory() / 8);
  }

  /**
   * Makes one.
   *
   * @param memory for the forms and large heads of all requests together, in bytes
   */
  HttpServer(
      String name,
      List<ListenAddress> addresses,
      Limits limits,
      @Nullable Security security,
      Site site,
      long memory) {
    this.name = name;
    this.wanted = List.copyOf(addresses);
    this.limits = limits;
    this.security = security;
    this.site = site;
    this.budget = new MemoryBudget(memory);
  }

  /**
   * Listens.
   *
   * @throws IOException when an address cannot be bound; then nothing is left open
   */
  void start() throws IOException {
    Xnio xnio = Xnio.getInstance(Undertow.class.getClassLoader());
    int cores = Runtime.getRuntime().availableProcessors();
    worker =
        xnio.createWorker(
            OptionMap.builder()
                .set(Options.WORKER_NAME, "http-" + name)
                .set(Options.WORKER_IO_THREADS, Math.clamp(cores, 1, 8))
                .set(Options.WORKER_TASK_CORE_THREADS, 1)
                .set(Options.WORKER_TASK_MAX_THREADS, 2)
                .set(Options.THREAD_DAEMON, true)
                .set(Options.TCP_NODELAY, true)
                .getMap());
    // No cache for each thread: a virtual thread would take its buffers into the grave, and direct
    // memory would grow until a collection.
    buffers = new DefaultByteBufferPool(true, BUFFER_BYTES, 256, 0);
    executor =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-" + name + "-", 0).factory());
    List<AcceptingChannel<?>> opened = new ArrayList<>();
    listeners = opened;
    List<InetSocketAddress> bound = new ArrayList<>();
    for (ListenAddress address : wanted) {
      try {
        AcceptingChannel<?> listener = listen(address, worker, buffers);
        opened.add(listener);
        bound.add(listener.getLocalAddress(InetSocketAddress.class));
      } catch (IOException | RuntimeException e) {
        close(Duration.ZERO);
        throw new IOException("cannot listen on " + address + ": " + reason(address, e), e);
      }
    }
    addresses = List.copyOf(bound);
    boolean tls = security != null && security.isTls();
    for (InetSocketAddress address : bound) {
      LOG.atInfo()
          .addKeyValue("server", name)
          .addKeyValue("address", text(address))
          .addKeyValue("tls", tls)
          .addKeyValue("http2", tls && security != null && security.isHttp2())
          .log("Listening");
    }
  }

  static String text(InetSocketAddress address) {
    String text = text(address.getAddress());
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + address.getPort();
  }

  static String text(InetAddress address) {
    return address instanceof Inet6Address six ? text(six) : address.getHostAddress();
  }

  /** As RFC 5952 writes it: the longest run of zeros is {@code ::}. */
  private static String text(Inet6Address address) {
    byte[] bytes = address.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int zeros = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        zeros = i;
        length = end - i;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == zeros) {
        out.append("::");
        i += length - 1;
      } else {
        out.append(out.isEmpty() || out.charAt(out.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    if (address.getScopeId() != 0) {
      String whole = address.getHostAddress();
      out.append(whole, whole.indexOf('%'), whole.length());
    }
    return out.toString();
  }

  private static String reason(ListenAddress address, Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnknownHostException) {
        return "no such host; want an address of this machine";
      }
      if (t instanceof BindException) {
        String message = String.valueOf(t.getMessage());
        if (message.contains("in use")) {
          return "address already in use; stop the program that listens there, or choose another"
              + " address with --web.listen-address";
        }
        if (message.contains("assign requested")) {
          return "cannot assign requested address; want one of this machine's";
        }
        if (message.contains("ermission")) {
          return "permission denied; ports below 1024 need a privilege";
        }
        return message;
      }
      if (t instanceof java.net.SocketException && address.port() < 1024) {
        return "permission denied; ports below 1024 need a privilege";
      }
    }
    return String.valueOf(e.getMessage());
  }

  private AcceptingChannel<?> listen(
      ListenAddress address, XnioWorker io, DefaultByteBufferPool pool) throws IOException {
    InetSocketAddress socket = address.resolve();
    Crowd crowd = new Crowd(limits.maxConnections(), System::nanoTime);
    HttpHandler handler = new HttpContinueReadHandler(exchange -> accept(exchange, crowd));
    boolean tls = security != null && security.isTls();
    boolean http2 = tls && security != null && security.isHttp2();
    Listener listener =
        new Listener(io, pool, serverOptions(http2), socketOptions(), limits.readTimeout(), crowd);
    return tls && security != null
        ? listener.open(socket, handler, security.context(), http2)
        : listener.open(socket, handler);
  }

  private OptionMap socketOptions() {
    return OptionMap.builder()
        .set(Options.TCP_NODELAY, true)
        .set(Options.REUSE_ADDRESSES, true)
        .set(Options.BALANCING_TOKENS, 1)
        .set(Options.BALANCING_CONNECTIONS, 2)
        .set(Options.BACKLOG, 1000)
        .set(Options.CONNECTION_HIGH_WATER, limits.maxConnections())
        .set(Options.CONNECTION_LOW_WATER, limits.maxConnections())
        .getMap();
  }

  private OptionMap serverOptions(boolean http2) {
    int readMillis = (int) Math.min(limits.readTimeout().toMillis(), Integer.MAX_VALUE);
    int headerBytes = headerBytes(Runtime.getRuntime().maxMemory(), limits.maxConnections());
    int parameters = parameters(Runtime.getRuntime().maxMemory(), limits.maxConnections());
    int headerMillis = (int) Math.min(readMillis, MAX_HEADER_TIME.toMillis());
    return OptionMap.builder()
        .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
        .set(UndertowOptions.ENABLE_HTTP2, http2)
        .set(UndertowOptions.DECODE_URL, false)
        .set(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
        .set(UndertowOptions.MAX_HEADER_SIZE, headerBytes)
        .set(UndertowOptions.HTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, MAX_STREAMS)
        // Each route has a limit of its own; Undertow's would be 2 MB.
        .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
        .set(UndertowOptions.MAX_PARAMETERS, parameters)
        .set(UndertowOptions.NO_REQUEST_TIMEOUT, readMillis)
        .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, headerMillis)
        .set(UndertowOptions.ALWAYS_SET_DATE, true)
        .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
        .getMap();
  }

  /**
   * How large a head may be: connections on which heads come slowly, all at once, must leave most
   * of the heap alone. They are held in buffers that are up to twice as large.
   */
  static int headerBytes(long heap, int connections) {
    return Math.clamp(heap / 8 / connections, MIN_HEADER_BYTES, MAX_HEADER_BYTES);
  }

  /**
   * How many parameters an address may have, for the same reason: each costs Undertow much more
   * than its shortest text.
   */
  static int parameters(long heap, int connections) {
    long most = heap / 8 / connections / PARAMETER_BYTES;
    return Math.clamp(most, MIN_PARAMETERS, FormBody.MAX_PARAMETERS);
  }

  /** On an I/O thread: hands the request to a virtual one. */
  private void accept(HttpServerExchange exchange, Crowd crowd) {
    ExecutorService virtual = executor;
    if (virtual == null || !enter()) {
      exchange.setStatusCode(503);
      exchange.setPersistent(false);
      exchange.endExchange();
      return;
    }
    exchange.dispatch(virtual, () -> handle(exchange, crowd));
  }

  private boolean enter() {
    lock.lock();
    try {
      if (stopping) {
        return false;
      }
      inFlight++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      inFlight--;
      if (inFlight == 0) {
        idle.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void handle(HttpServerExchange exchange, Crowd crowd) {
    Thread self = Thread.currentThread();
    running.add(self);
    long limit = limits.readTimeout().toNanos();
    boolean http2 = exchange.getProtocol().equals(Protocols.HTTP_2_0);
    Crowd.Guest guest = crowd.guest(exchange.getConnection());
    if (guest != null) {
      guest.begin();
    }
    ServerRequest request = new ServerRequest(exchange, System.nanoTime() + limit, guest, budget);
    requests.add(request);
    if (isStopping()) {
      request.serverStops();
    }
    ServerResponse response =
        new ServerResponse(
            exchange,
            request.method(),
            limit,
            guest,
            () -> request.drain(http2 ? DRAIN_BYTES_HTTP2 : DRAIN_BYTES, DRAIN_NANOS),
            request::end);
    boolean complete = false;
    try {
      if (isStopping()) {
        exchange.setPersistent(false);
      }
      exchange.getResponseHeaders().put(new HttpString("X-Content-Type-Options"), "nosniff");
      if (admitted(exchange, request, response)) {
        site.serve(request, response);
      }
      response.finish();
      complete = true;
    } catch (IOException | RuntimeException e) {
      LOG.atDebug()
          .addKeyValue("server", name)
          .addKeyValue("client", request.remoteAddress())
          .addKeyValue("reason", e.toString())
          .log("Connection given up");
      response.abandon();
    } finally {
      request.end();
      if (complete && !exchange.isRequestComplete()) {
        // The client still sends what nobody wants. Closing at once would make its system throw the
        // answer away unread.
        complete = request.drain(1 << 20, TimeUnit.SECONDS.toNanos(1));
      }
      running.remove(self);
      requests.remove(request);
      request.release();
      if (guest != null) {
        guest.end();
      }
      if (complete && response.isEndLeft()) {
        endOnItsThread(exchange);
      } else {
        if (!complete) {
          IoUtils.safeClose(exchange.getConnection());
        }
        exchange.endExchange();
        leave();
      }
    }
  }

  /**
   * Ends the exchange on the connection's own I/O thread. When another thread does it, that one
   * wakes the I/O thread, which spins until the other has finished; where cores are few the other
   * has lost its core to the spinning (a quarter of all CPU when many small writes are received).
   */
  private void endOnItsThread(HttpServerExchange exchange) {
    try {
      exchange
          .getIoThread()
          .execute(() -> {
            try {
              exchange.endExchange();
            } finally {
              leave();
            }
          });
    } catch (RejectedExecutionException e) {
      exchange.endExchange();
      leave();
    }
  }

  private boolean admitted(
      HttpServerExchange exchange, ServerRequest request, ServerResponse response)
      throws IOException {
    if (!request.headFits()) {
      response.error(503, "too many large requests at once; want fewer or smaller ones");
      return false;
    }
    if (isFramedUnknown(exchange)) {
      exchange.setPersistent(false);
      response.error(501, "Unsupported transfer encoding");
      return false;
    }
    if (security != null) {
      if (!security.admits()) {
        response.error(429, "Too Many Requests");
        return false;
      }
      response.configured(security.headers());
    }
    Gate gate = site.gate();
    boolean guarded = gate.isOn();
    boolean users = security != null && security.needsUser();
    if (!guarded && !users) {
      return true;
    }
    String authorization = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
    if (guarded && users && gate.admitsBearer(request, authorization)) {
      return true;
    }
    if (security != null && users) {
      Optional<String> user;
      try {
        user = security.user(authorization, request.remoteAddress().getHostString());
      } catch (HttpError e) {
        response.error(e.status(), String.valueOf(e.getMessage()));
        return false;
      }
      if (user.isEmpty()) {
        response.header("WWW-Authenticate", "Basic");
        if (guarded) {
          response.addHeader("WWW-Authenticate", "Bearer");
        }
        response.error(401, "Unauthorized");
        return false;
      }
      request.authenticated(user.get());
    }
    if (guarded) {
      gate.judge(request, authorization);
    }
    return true;
  }

  /** Whether nobody can know where the body ends; proxies and servers that guess differ. */
  private static boolean isFramedUnknown(HttpServerExchange exchange) {
    HeaderValues encodings = exchange.getRequestHeaders().get(Headers.TRANSFER_ENCODING);
    return encodings != null
        && !(encodings.size() == 1 && encodings.getFirst().trim().equalsIgnoreCase("chunked"));
  }

  private boolean isStopping() {
    lock.lock();
    try {
      return stopping;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<InetSocketAddress> addresses() {
    return addresses;
  }

  @Override
  public void close() {
    close(limits.shutdownTimeout());
  }

  /** Stops listening, waits for running requests, then closes all connections. */
  void close(Duration grace) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      stopping = true;
    } finally {
      lock.unlock();
    }
    listeners.forEach(IoUtils::safeClose);
    requests.forEach(ServerRequest::serverStops);
    if (!drained(grace)) {
      LOG.atWarn()
          .addKeyValue("server", name)
          .addKeyValue("requests", running.size())
          .addKeyValue("after", grace)
          .log("Requests still run, ending them");
      running.forEach(Thread::interrupt);
      drained(Duration.ofSeconds(1));
    }
    if (executor != null) {
      executor.shutdownNow();
    }
    XnioWorker io = worker;
    if (io != null) {
      io.shutdownNow();
      try {
        io.awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (buffers != null) {
      buffers.close();
    }
  }

  /** Lets no further request in; whether all running ones have ended in time. */
  private boolean drained(Duration within) {
    lock.lock();
    try {
      stopping = true;
      long left = within.toNanos();
      while (inFlight > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
      return inFlight == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
