package io.narthex.kernel.web;

import io.narthex.api.config.Secret;
import io.narthex.api.model.Quoting;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 exchange at a time over each connection; connections are kept for the next call to
 * the same server. Source: RFC 9112.
 */
final class ClientTransport implements AutoCloseable {
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int MAX_CHUNK_HEAD = 4096;
  private static final int MAX_IDLE_PER_SERVER = 100;
  private static final Set<String> REPEATABLE =
      Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE");

  private final ClientTls tls;
  private final ClientProxy proxies;
  private final String userAgent;
  private final ScheduledExecutorService timer;
  private final ClientInput.Buffers buffers;
  private final HeadLimit.Shared heads;
  private final NameLookups names;

  /** The Unix domain socket to which all connections lead; null for the network. */
  private final @Nullable Path unixSocket;

  private final Object lock = new Object();
  private final Map<Server, Deque<Connection>> idle = new HashMap<>();
  private final Set<Connection> all = ConcurrentHashMap.newKeySet();
  private long sweptAt = System.nanoTime();
  private boolean closed;

  /** Where connections lead; those to the same place are alike. */
  private record Server(boolean https, String host, int port, @Nullable URI proxy) {
    boolean speaksTls() {
      return https || (proxy != null && "https".equals(proxy.getScheme()));
    }
  }

  /** A deadline for a call; the connection that it uses is closed when it passes. */
  static final class Call {
    final long deadlineNanos;
    private @Nullable Connection connection;
    private boolean expired;

    Call(long deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
    }

    long leftNanos() {
      return deadlineNanos - System.nanoTime();
    }

    synchronized boolean isExpired() {
      return expired || leftNanos() <= 0;
    }

    synchronized void uses(@Nullable Connection next) {
      connection = next;
      if (expired && next != null) {
        next.close();
      }
    }

    void expire() {
      Connection current;
      synchronized (this) {
        expired = true;
        current = connection;
      }
      if (current != null) {
        current.close();
      }
    }
  }

  ClientTransport(
      ClientTls tls,
      ClientProxy proxies,
      String userAgent,
      ScheduledExecutorService timer,
      ClientInput.Buffers buffers,
      HeadLimit.Shared heads,
      NameLookups names,
      @Nullable Path unixSocket) {
    this.buffers = buffers;
    this.names = names;
    this.heads = heads;
    this.unixSocket = unixSocket;
    this.tls = tls;
    this.proxies = proxies;
    this.userAgent = userAgent;
    this.timer = timer;
  }

  /**
   * Sends one request and reads the head of its answer.
   *
   * @param headers complete except for {@code Host}, length and user agent
   * @throws IOException with a reason that names no credentials, not yet with the URL
   */
  Answer send(
      String method, URI uri, Map<String, List<String>> headers, byte @Nullable [] body, Call call)
      throws IOException, InterruptedException {
    boolean https = isHttps(uri);
    String host = host(uri);
    int port = port(uri);
    URI proxy = unixSocket != null ? null : proxies.of(https, host, port).orElse(null);
    Server server = new Server(https, host, port, proxy);
    byte[] head = head(method, uri, server, headers, body);
    ScheduledFuture<?> watch;
    try {
      watch = timer.schedule(call::expire, Math.max(0, call.leftNanos()), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      throw new IOException("the client is closed", e);
    }
    boolean done = false;
    try {
      boolean repeatable = REPEATABLE.contains(method);
      Connection kept = take(server, server.speaksTls() ? tls.generation() : 0);
      if (kept != null && !repeatable && !kept.isAlive()) {
        kept.close();
        kept = null;
      }
      if (kept != null) {
        try {
          Answer answer = exchange(kept, method, head, body, call, watch);
          done = true;
          return answer;
        } catch (IOException e) {
          kept.close();
          // The server may have closed it just before; only then nothing of an answer came.
          if (!repeatable || kept.hasAnswered() || call.isExpired()) {
            throw e;
          }
        }
      }
      Connection fresh = open(server, call);
      try {
        Answer answer = exchange(fresh, method, head, body, call, watch);
        done = true;
        return answer;
      } catch (IOException | RuntimeException e) {
        fresh.close();
        throw e;
      }
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw (InterruptedException) new InterruptedException("interrupted").initCause(e);
      }
      throw explain(e, call);
    } finally {
      if (!done) {
        watch.cancel(false);
      }
    }
  }

  static boolean isHttps(URI uri) throws IOException {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    return switch (scheme) {
      case "http" -> false;
      case "https" -> true;
      default -> throw new IOException("unsupported protocol scheme \"" + scheme + "\"");
    };
  }

  /** The host without brackets. */
  static String host(URI uri) throws IOException {
    String host = uri.getHost();
    if (host == null) {
      String place = place(uri);
      int colon = colon(place);
      host = colon >= 0 ? place.substring(0, colon) : place;
    }
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The port, that of the scheme where the URI has none. */
  static int port(URI uri) throws IOException {
    int port = uri.getPort();
    if (uri.getHost() == null) {
      String place = place(uri);
      int colon = colon(place);
      String digits = colon >= 0 ? place.substring(colon + 1) : "";
      if (!digits.isEmpty()) {
        try {
          port = Integer.parseInt(digits);
        } catch (NumberFormatException e) {
          throw invalidPort(digits);
        }
      }
    }
    if (port > 65_535) {
      throw invalidPort(String.valueOf(port));
    }
    return port > 0 ? port : isHttps(uri) ? 443 : 80;
  }

  private static IOException invalidPort(String port) {
    return new IOException("dial tcp: address " + port + ": invalid port");
  }

  /**
   * Host and port of a URI that {@link URI} does not take apart: one with an underscore in its name
   * or with a port that is no 32-bit number.
   */
  private static String place(URI uri) throws IOException {
    String authority = uri.getRawAuthority();
    if (authority == null) {
      throw new IOException("no Host in request URL");
    }
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  /** Where the colon before the port is; −1 where there is none. */
  private static int colon(String place) {
    int colon = place.lastIndexOf(':');
    return colon > place.lastIndexOf(']') ? colon : -1;
  }

  /** Reasons in the words that users of Go programs know. */
  private static IOException explain(IOException e, Call call) {
    if (call.isExpired() || e instanceof SocketTimeoutException) {
      return new IOException("context deadline exceeded", e);
    }
    String message = String.valueOf(e.getMessage());
    if (e instanceof EOFException) {
      return new IOException("EOF", e);
    }
    if (e instanceof SSLException tls) {
      return tls.getCause() instanceof SocketException below
          ? explain(below, call)
          : new IOException(ClientTls.reason(tls), e);
    }
    if (e instanceof SocketException && message.contains("reset")) {
      return new IOException("read: connection reset by peer", e);
    }
    if (e instanceof SocketException && message.contains("Broken pipe")) {
      return new IOException("write: broken pipe", e);
    }
    if (e instanceof SocketException && message.contains("closed")) {
      return new IOException("the client was closed", e);
    }
    return e;
  }

  private byte[] head(
      String method,
      URI uri,
      Server server,
      Map<String, List<String>> headers,
      byte @Nullable [] body)
      throws IOException {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    boolean usual = server.port() == (server.https() ? 443 : 80);
    String host = server.host().indexOf(':') >= 0 ? "[" + server.host() + "]" : server.host();
    String authority = usual ? host : host + ":" + server.port();
    boolean absolute = server.proxy() != null && !server.https() && isHttpProxy(server.proxy());
    StringBuilder out = new StringBuilder(256);
    out.append(method).append(' ').append(absolute ? "http://" + authority : "").append(target);
    out.append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    boolean agent = false;
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      agent |= header.getKey().equalsIgnoreCase("User-Agent");
      for (String value : header.getValue()) {
        append(out, header.getKey(), value);
      }
    }
    if (!agent) {
      append(out, "User-Agent", userAgent);
    }
    if (absolute && server.proxy() != null) {
      proxyAuthorization(server.proxy())
          .ifPresent(v -> out.append("Proxy-Authorization: ").append(v).append("\r\n"));
    }
    if (body != null || method.equals("POST") || method.equals("PUT")) {
      out.append("Content-Length: ").append(body == null ? 0 : body.length).append("\r\n");
    }
    return out.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder out, String name, String value) throws IOException {
    if (!isFieldName(name)) {
      throw new IOException("net/http: invalid header field name \"" + name + "\"");
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < 0x20 && c != '\t') || c == 0x7f) {
        throw new IOException("net/http: invalid header field value for \"" + name + "\"");
      }
    }
    out.append(name).append(": ").append(value).append("\r\n");
  }

  private static boolean isFieldName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= 0x20 || c >= 0x7f || c == ':') {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static boolean isHttpProxy(URI proxy) {
    return proxy.getScheme().startsWith("http");
  }

  private static Optional<String> proxyAuthorization(URI proxy) {
    return Optional.ofNullable(proxy.getUserInfo())
        .map(info ->
            "Basic "
                + Base64.getEncoder()
                    .encodeToString(
                        (info.contains(":") ? info : info + ":").getBytes(StandardCharsets.UTF_8)));
  }

  // --- connections ---

  /** One that is kept; those that were made with other certificates are closed. */
  private @Nullable Connection take(Server server, long tlsGeneration) throws IOException {
    synchronized (lock) {
      if (closed) {
        throw new IOException("the client was closed");
      }
      sweep();
      Deque<Connection> kept = idle.get(server);
      Connection last = kept == null ? null : kept.pollLast();
      while (kept != null && last != null && last.tlsGeneration != tlsGeneration) {
        last.close();
        last = kept.pollLast();
      }
      return last;
    }
  }

  private void keep(Connection connection) {
    synchronized (lock) {
      sweep();
      Deque<Connection> kept = idle.computeIfAbsent(connection.server, s -> new ArrayDeque<>(2));
      if (!closed && kept.size() < MAX_IDLE_PER_SERVER) {
        connection.idleSince = System.nanoTime();
        kept.addLast(connection);
        return;
      }
    }
    connection.close();
  }

  /** Closes what has been idle for too long; without a thread, whenever somebody comes by. */
  private void sweep() {
    long now = System.nanoTime();
    if (now - sweptAt < SWEEP_NANOS) {
      return;
    }
    sweptAt = now;
    idle.values()
        .removeIf(kept -> {
          kept.removeIf(connection -> {
            boolean old = now - connection.idleSince > IDLE_NANOS;
            if (old) {
              connection.close();
            }
            return old;
          });
          return kept.isEmpty();
        });
  }

  private Connection open(Server server, Call call) throws IOException {
    URI proxy = server.proxy();
    // Before the handshake: should files change in between, the connection is not used again.
    Connection connection = new Connection(server, server.speaksTls() ? tls.look() : 0);
    all.add(connection);
    try {
      if (unixSocket != null) {
        UnixSocket socket = new UnixSocket();
        connection.use(socket, call);
        socket.connect(unixSocket);
      } else if (proxy != null && !isHttpProxy(proxy)) {
        int port = proxy.getPort() > 0 ? proxy.getPort() : 1080;
        Socket socket =
            new Socket(
                new Proxy(
                    Proxy.Type.SOCKS,
                    new InetSocketAddress(addresses(host(proxy), call)[0], port)));
        connection.use(socket, call);
        connect(
            socket,
            InetSocketAddress.createUnresolved(server.host(), server.port()),
            server.host(),
            call);
      } else if (proxy != null) {
        boolean secure = proxy.getScheme().equals("https");
        int port = proxy.getPort() > 0 ? proxy.getPort() : secure ? 443 : 80;
        try {
          dial(connection, host(proxy), port, call);
          if (secure) {
            connection.wrap(tls.over(connection.socket(), host(proxy), port));
          }
        } catch (IOException e) {
          throw new IOException("proxyconnect tcp: " + explain(e, call).getMessage(), e);
        }
        if (server.https()) {
          tunnel(connection, server, proxy);
        }
      } else {
        dial(connection, server.host(), server.port(), call);
      }
      if (server.https()) {
        connection.wrap(tls.over(connection.socket(), server.host(), server.port()));
      }
      return connection;
    } catch (SocketException e) {
      IOException named = connection.named(e);
      connection.close();
      throw named;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private InetAddress[] addresses(String host, Call call) throws IOException {
    try {
      return names.find(host, call.leftNanos());
    } catch (UnknownHostException e) {
      throw new IOException("dial tcp: lookup " + host + ": no such host", e);
    } catch (TimeoutException e) {
      throw (IOException) new SocketTimeoutException("lookup").initCause(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void dial(Connection connection, String host, int port, Call call) throws IOException {
    IOException last = new IOException("dial tcp: lookup " + host + ": no such host");
    for (InetAddress address : addresses(host, call)) {
      Socket socket = new Socket();
      connection.use(socket, call);
      try {
        connect(socket, new InetSocketAddress(address, port), host, call);
        return;
      } catch (IOException e) {
        last = e;
        if (call.isExpired()) {
          break;
        }
      }
    }
    throw last;
  }

  private static void connect(Socket socket, InetSocketAddress address, String host, Call call)
      throws IOException {
    socket.setTcpNoDelay(true);
    long left = TimeUnit.NANOSECONDS.toMillis(call.leftNanos());
    if (left <= 0) {
      throw new SocketTimeoutException("connect");
    }
    try {
      socket.connect(address, (int) Math.min(left, Integer.MAX_VALUE));
    } catch (ConnectException | NoRouteToHostException e) {
      String where = address.isUnresolved() ? host + ":" + address.getPort() : text(address);
      String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      String reason =
          message.contains("refused")
              ? "connection refused"
              : message.contains("route") ? "no route to host" : message;
      throw new IOException("dial tcp " + where + ": connect: " + reason, e);
    }
  }

  private static String text(InetSocketAddress address) {
    return HttpServer.text(address);
  }

  /** Asks a proxy for a connection to the server. */
  private void tunnel(Connection connection, Server server, URI proxy) throws IOException {
    String host = server.host().indexOf(':') >= 0 ? "[" + server.host() + "]" : server.host();
    String authority = host + ":" + server.port();
    StringBuilder out = new StringBuilder();
    out.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority);
    out.append("\r\n");
    append(out, "User-Agent", userAgent);
    Optional<String> authorization = proxyAuthorization(proxy);
    if (authorization.isPresent()) {
      append(out, "Proxy-Authorization", authorization.get());
    }
    for (Map.Entry<String, List<Secret>> header : proxies.connectHeaders().entrySet()) {
      for (Secret value : header.getValue()) {
        append(out, header.getKey(), value.reveal());
      }
    }
    out.append("\r\n");
    connection.write(out.toString().getBytes(StandardCharsets.UTF_8), null);
    HeadLimit limit = new HeadLimit(heads, HeadLimit.MOST);
    try {
      Head answer = connection.readHead(limit);
      if (answer.status != 200) {
        throw new IOException(answer.reason.isEmpty() ? "unknown status code" : answer.reason);
      }
    } finally {
      limit.release();
    }
  }

  private Answer exchange(
      Connection connection,
      String method,
      byte[] head,
      byte @Nullable [] body,
      Call call,
      ScheduledFuture<?> watch)
      throws IOException {
    connection.begin(call);
    HeadLimit limit = new HeadLimit(heads, HeadLimit.MOST);
    try {
      connection.write(head, body);
      Head answer = connection.readHead(limit);
      while (answer.status < 200 && answer.status != 101) {
        answer = connection.readHead(limit);
      }
      return new Answer(connection, answer, limit, method, call, watch);
    } catch (SocketException e) {
      limit.release();
      throw connection.named(e);
    } catch (IOException | RuntimeException e) {
      limit.release();
      throw e;
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      idle.clear();
    }
    all.forEach(Connection::close);
  }

  /** The head of an answer. */
  private static final class Head {
    int status;
    String reason = "";
    boolean http10;
    final Map<String, List<String>> headers = new LinkedHashMap<>();

    @Nullable String first(String name) {
      List<String> values = headers.get(name);
      return values == null ? null : values.get(0);
    }

    boolean has(String name, String token) {
      for (String value : headers.getOrDefault(name, List.of())) {
        for (String part : value.split(",")) {
          if (part.trim().equalsIgnoreCase(token)) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** A connection to a server. */
  private final class Connection {
    final Server server;
    private volatile @Nullable Socket socket;

    /** The one below TLS: closing that never waits for the other side. */
    private volatile @Nullable Socket raw;

    private volatile boolean closedByUs;
    private @Nullable ClientInput in;
    private long idleSince;
    private boolean answered;

    /** Which of {@link #tls}'s certificates were in force. */
    private final long tlsGeneration;

    Connection(Server server, long tlsGeneration) {
      this.server = server;
      this.tlsGeneration = tlsGeneration;
    }

    /** An error with both ends, as Go's; only as long as the connection is open. */
    IOException named(SocketException e) {
      String message = String.valueOf(e.getMessage());
      boolean reset = message.contains("reset");
      Socket current = raw;
      if ((reset || message.contains("Broken pipe"))
          && !closedByUs
          && current != null
          && current.getLocalSocketAddress() instanceof InetSocketAddress from
          && current.getRemoteSocketAddress() instanceof InetSocketAddress to
          && !to.isUnresolved()) {
        String ends = " tcp " + text(from) + "->" + text(to);
        return new IOException(
            reset
                ? "read" + ends + ": read: connection reset by peer"
                : "write" + ends + ": write: broken pipe",
            e);
      }
      return e;
    }

    void use(Socket next, Call call) throws IOException {
      Socket before = raw;
      if (before != null) {
        before.close();
      }
      socket = next;
      raw = next;
      in = null;
      call.uses(this);
      if (closedByUs) {
        next.close();
        throw new SocketException("Socket closed");
      }
    }

    void wrap(Socket next) {
      socket = next;
      in = null;
    }

    Socket socket() throws IOException {
      Socket current = socket;
      if (current == null) {
        throw new SocketException("Socket closed");
      }
      return current;
    }

    ClientInput in() throws IOException {
      ClientInput current = in;
      if (current == null) {
        current = new ClientInput(socket().getInputStream(), buffers);
        in = current;
      }
      return current;
    }

    /** Waits for the next call; false when it is of no use for one. */
    boolean rest() {
      ClientInput current = in;
      return current == null || current.rest();
    }

    void begin(Call call) {
      answered = false;
      call.uses(this);
    }

    boolean hasAnswered() {
      return answered;
    }

    /** Whether the server has not closed it meanwhile, as far as can be seen. */
    boolean isAlive() {
      if (unixSocket != null) {
        // It cannot be asked without waiting.
        return false;
      }
      try {
        Socket current = socket();
        current.setSoTimeout(1);
        try {
          // Anything that comes unasked is no good either.
          in().read();
          return false;
        } catch (SocketTimeoutException e) {
          return true;
        } finally {
          current.setSoTimeout(0);
        }
      } catch (IOException e) {
        return false;
      }
    }

    void write(byte[] head, byte @Nullable [] body) throws IOException {
      if (body != null && body.length > 0 && body.length <= 8192) {
        ByteArrayOutputStream both = new ByteArrayOutputStream(head.length + body.length);
        both.writeBytes(head);
        both.writeBytes(body);
        socket().getOutputStream().write(both.toByteArray());
        return;
      }
      socket().getOutputStream().write(head);
      if (body != null && body.length > 0) {
        socket().getOutputStream().write(body);
      }
    }

    Head readHead(HeadLimit limit) throws IOException {
      Head head = new Head();
      String status = in().readLine(limit);
      answered = true;
      if (!status.startsWith("HTTP/1.") || status.length() < 12 || status.charAt(8) != ' ') {
        throw broken("malformed HTTP response " + Quoting.quote(cut(status)));
      }
      try {
        head.status = Integer.parseInt(status.substring(9, 12));
      } catch (NumberFormatException e) {
        throw broken("malformed HTTP status code " + Quoting.quote(status.substring(9, 12)));
      }
      head.http10 = status.charAt(7) == '0';
      head.reason = status.length() > 13 ? status.substring(13) : "";
      String line;
      while (!(line = in().readLine(limit)).isEmpty()) {
        int colon = line.indexOf(':');
        if (colon <= 0) {
          throw broken("malformed MIME header line: " + cut(line));
        }
        head.headers
            .computeIfAbsent(
                line.substring(0, colon).trim().toLowerCase(Locale.ROOT), n -> new ArrayList<>(1))
            .add(line.substring(colon + 1).trim());
      }
      return head;
    }

    void close() {
      closedByUs = true;
      all.remove(this);
      Socket current = raw;
      if (current != null) {
        try {
          current.close();
        } catch (IOException e) {
          // There is nothing more to be done with it.
        }
      }
    }
  }

  /** An answer that is none, in the words of Go's client. */
  private static IOException broken(String reason) {
    return new IOException("net/http: HTTP/1.x transport connection broken: " + reason);
  }

  /** As much of a line as a message bears. */
  static String cut(String line) {
    return line.length() <= 200 ? line : line.substring(0, 200);
  }

  /** An answer and its body. */
  final class Answer {
    private final Connection connection;
    private final Head head;
    private final HeadLimit limit;
    private final Call call;
    private final ScheduledFuture<?> watch;
    private final boolean reusable;
    private final Body body;

    private Answer(
        Connection connection,
        Head head,
        HeadLimit limit,
        String method,
        Call call,
        ScheduledFuture<?> watch)
        throws IOException {
      this.connection = connection;
      this.head = head;
      this.limit = limit;
      this.call = call;
      this.watch = watch;
      boolean none =
          method.equals("HEAD") || head.status == 204 || head.status == 304 || head.status == 101;
      boolean chunked = head.has("transfer-encoding", "chunked");
      List<String> lengths = head.headers.getOrDefault("content-length", List.of());
      if (!chunked && lengths.stream().distinct().count() > 1) {
        // Where the body ends is anybody's guess, and so is where the next answer begins.
        throw broken(
            "http: message cannot contain multiple Content-Length headers; got "
                + lengths.stream().map(Quoting::quote).collect(Collectors.joining(" ", "[", "]")));
      }
      String length = head.first("content-length");
      long left = -1;
      if (length != null && !chunked && !none) {
        try {
          left = Long.parseLong(length);
        } catch (NumberFormatException e) {
          left = -2;
        }
        if (left < 0) {
          throw broken("bad Content-Length " + Quoting.quote(length));
        }
      }
      this.reusable =
          head.status != 101
              && !head.has("connection", "close")
              && (!head.http10 || head.has("connection", "keep-alive"))
              && (none || chunked || left >= 0);
      this.body = new Body(none ? 0 : left, chunked && !none);
      if (none || left == 0) {
        body.finished();
      }
    }

    int status() {
      return head.status;
    }

    String reason() {
      return head.reason;
    }

    Map<String, List<String>> headers() {
      return head.headers;
    }

    InputStream body() {
      return body;
    }

    /** Ends the exchange; the connection is dropped unless the body was read to its end. */
    void close() {
      if (!body.ended) {
        body.ended = true;
        limit.release();
        watch.cancel(false);
        connection.close();
      }
    }

    /** The body; gives the connection back at its end. */
    private final class Body extends InputStream {
      private final boolean chunked;
      private long left;
      private boolean first = true;
      private boolean ended;
      private boolean complete;

      /**
       * Makes one.
       *
       * @param left bytes to come; -1 until the connection ends
       */
      Body(long left, boolean chunked) {
        this.left = left;
        this.chunked = chunked;
      }

      void finished() {
        ended = true;
        complete = true;
        limit.release();
        watch.cancel(false);
        call.uses(null);
        if (reusable && !call.isExpired() && connection.rest()) {
          keep(connection);
        } else {
          connection.close();
        }
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        if (ended) {
          if (complete) {
            return -1;
          }
          throw new IOException(
              call.isExpired()
                  ? "context deadline exceeded"
                  : "http: read on closed response body");
        }
        try {
          return readSome(target, offset, length);
        } catch (IOException cause) {
          IOException e = cause instanceof SocketException s ? connection.named(s) : cause;
          Answer.this.close();
          if (e instanceof EOFException && !call.isExpired()) {
            throw new IOException("unexpected EOF", e);
          }
          throw explain(e, call);
        }
      }

      private int readSome(byte[] target, int offset, int length) throws IOException {
        ClientInput in = connection.in();
        if (chunked && left <= 0) {
          left = chunk(in);
          if (left == 0) {
            while (!in.readLine(limit).isEmpty()) {
              // Trailers are not handed on.
            }
            finished();
            return -1;
          }
        }
        int wanted = left < 0 ? length : (int) Math.min(left, length);
        int n = in.read(target, offset, wanted);
        if (n < 0) {
          if (left < 0 && !chunked) {
            finished();
            return -1;
          }
          throw new EOFException("unexpected EOF");
        }
        if (left > 0) {
          left -= n;
          if (left == 0 && !chunked) {
            finished();
          }
        }
        return n;
      }

      private long chunk(ClientInput in) throws IOException {
        HeadLimit line = new HeadLimit(heads, MAX_CHUNK_HEAD);
        if (!first && !in.readLine(line).isEmpty()) {
          throw new IOException("malformed chunked encoding");
        }
        first = false;
        String head = in.readLine(line);
        int semicolon = head.indexOf(';');
        String size = (semicolon < 0 ? head : head.substring(0, semicolon)).trim();
        try {
          if (size.isEmpty() || size.length() > 15 || size.charAt(0) == '-') {
            throw new NumberFormatException(size);
          }
          return Long.parseLong(size, 16);
        } catch (NumberFormatException e) {
          throw new IOException("invalid byte in chunk length", e);
        }
      }

      @Override
      public void close() {
        Answer.this.close();
      }
    }
  }
}
