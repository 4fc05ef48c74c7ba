package io.narthex.kernel.web;

import io.narthex.api.access.Access;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.web.WebRequest;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.HeaderValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;

/** A request that came through Undertow. */
final class ServerRequest implements WebRequest {
  /** How often a connection is looked at for whether its client is still there. */
  private static final long LOOK_MILLIS = 250;

  /** Bytes of a form that are not counted. */
  private static final int FREE_FORM = 64 << 10;

  /** What a byte of a form costs: it stands in buffers, in a text and in a value. */
  private static final int FORM_FACTOR = 5;

  /** Bytes that a head may take without being counted. */
  private static final int FREE_HEAD = 8 << 10;

  /** Parameters that are not counted. */
  private static final int FREE_PARAMETERS = 32;

  /** What a parameter takes with the maps, lists and texts around it. */
  private static final int PARAMETER_BYTES = 250;

  private final HttpServerExchange exchange;
  private final String method;
  private final String rawPath;
  private final long deadlineNanos;
  private final Crowd.@Nullable Guest guest;
  private final MemoryBudget budget;
  private final Object watchLock = new Object();
  private final Runnable farewell = this::disconnected;
  private @Nullable Runnable onDisconnect;
  private @Nullable Runnable onShutdown;
  private boolean stopping;
  private boolean ended;

  private String path = "/";
  private Map<String, String> pathParameters = Map.of();
  private String externalPrefix = "";
  private long maxBodyBytes;
  private @Nullable String user;
  private Access access = Access.FULL;
  private Gate.@Nullable Refusal refusal;
  private long counted;
  private @Nullable InputStream body;
  private @Nullable StreamSourceChannel channel;
  private @Nullable ChannelInput source;
  private @Nullable Map<String, List<String>> parameters;
  private @Nullable Map<String, List<String>> query;

  /**
   * Makes one.
   *
   * @param deadlineNanos when all of it must have arrived, in the time of {@link System#nanoTime}
   * @param guest the client
   * @param budget of what the forms and large heads of all requests take
   */
  ServerRequest(
      HttpServerExchange exchange,
      long deadlineNanos,
      Crowd.@Nullable Guest guest,
      MemoryBudget budget) {
    this.exchange = exchange;
    this.deadlineNanos = deadlineNanos;
    this.guest = guest;
    this.budget = budget;
    this.method = exchange.getRequestMethod().toString().toUpperCase(Locale.ROOT);
    this.rawPath = rawPath(exchange);
  }

  private static String rawPath(HttpServerExchange exchange) {
    String uri = exchange.getRequestURI();
    if (exchange.isHostIncludedInRequestURI()) {
      int scheme = uri.indexOf("://");
      int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
      uri = slash < 0 ? "/" : uri.substring(slash);
    }
    int question = uri.indexOf('?');
    return question < 0 ? uri : uri.substring(0, question);
  }

  /** The path as it came, with the prefix, without the query. */
  String rawPath() {
    return rawPath;
  }

  /** The query as it came, empty for none. */
  String rawQuery() {
    String text = exchange.getQueryString();
    return text == null ? "" : text;
  }

  /** Tells which route was found. */
  void routed(String decodedPath, Map<String, String> values, String prefix, long bodyLimit) {
    path = decodedPath;
    pathParameters = values;
    externalPrefix = prefix;
    maxBodyBytes = bodyLimit;
  }

  /** Tells who sent it. */
  void authenticated(String name) {
    user = name;
  }

  /** Tells what the sender may see. */
  void admitted(Access shown) {
    access = shown;
  }

  /**
   * Tells why the sender is not let in.
   *
   * @param shown of nothing
   */
  void refused(Gate.Refusal why, Access shown) {
    refusal = why;
    access = shown;
  }

  /** Why the sender is not let in; null when it is. */
  Gate.@Nullable Refusal refusal() {
    return refusal;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String pathParameter(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "cannot give path parameter " + name + ": the route has " + pathParameters.keySet());
    }
    return value;
  }

  @Override
  public Map<String, List<String>> parameters() throws IOException {
    if (parameters != null) {
      return parameters;
    }
    String contentType = header("Content-Type").orElse(null);
    boolean hasBody = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    Map<String, List<String>> url = UrlText.pairs(rawQuery(), true);
    if (hasBody && contentType != null && FormBody.isForm(contentType)) {
      Map<String, List<String>> all = new LinkedHashMap<>(FormBody.read(contentType, form()));
      url.forEach(
          (name, values) -> all.computeIfAbsent(name, n -> new ArrayList<>()).addAll(values));
      url = all;
    }
    int count = 0;
    for (List<String> values : url.values()) {
      count += values.size();
    }
    if (count > FREE_PARAMETERS) {
      count((long) count * PARAMETER_BYTES);
    }
    parameters = url;
    return url;
  }

  /**
   * Counts what the head takes for as long as the request lasts: a client may have very many
   * requests that wait for something at once.
   *
   * @return whether there is room for it
   */
  boolean headFits() {
    long chars = (long) exchange.getRequestURI().length() + rawQuery().length();
    for (HeaderValues values : exchange.getRequestHeaders()) {
      for (String value : values) {
        chars += value.length();
      }
    }
    long values = 0;
    for (Deque<String> of : exchange.getQueryParameters().values()) {
      values += of.size();
    }
    long cost = 2 * chars + values * PARAMETER_BYTES;
    if (cost <= FREE_HEAD) {
      return true;
    }
    if (!budget.take(cost)) {
      return false;
    }
    counted += cost;
    return true;
  }

  private void count(long cost) throws HttpError {
    if (!budget.take(cost)) {
      throw new HttpError(503, "too many large forms at once; want fewer requests or smaller ones");
    }
    counted += cost;
  }

  /** Reads a form whole. */
  private byte[] form() throws IOException {
    InputStream in = body();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[8 << 10];
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      all.write(piece, 0, n);
      if (all.size() > FREE_FORM) {
        long cost = (long) n * FORM_FACTOR;
        count(cost);
      }
    }
    return all.toByteArray();
  }

  /** Lets go of what the request took. */
  void release() {
    budget.release(counted);
    counted = 0;
  }

  @Override
  public Map<String, List<String>> queryParameters() {
    if (query == null) {
      try {
        query = UrlText.pairs(rawQuery(), false);
      } catch (HttpError e) {
        throw new IllegalStateException(e);
      }
    }
    return query;
  }

  @Override
  public Optional<String> header(String name) {
    if (name.equalsIgnoreCase("Content-Encoding") && isGzip()) {
      return Optional.empty();
    }
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  @Override
  public String contentEncoding() {
    String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
    return encoding == null ? "" : encoding;
  }

  private boolean isGzip() {
    String encoding = contentEncoding();
    return encoding.equalsIgnoreCase("gzip") || encoding.equalsIgnoreCase("x-gzip");
  }

  @Override
  public InputStream body() throws IOException {
    if (body != null) {
      return body;
    }
    if (!isGzip() && exchange.getRequestContentLength() > maxBodyBytes) {
      throw LimitedInput.tooLarge(maxBodyBytes);
    }
    InputStream in = raw();
    if (isGzip()) {
      in = new GunzippedInput(in);
    }
    body = new LimitedInput(in, maxBodyBytes);
    return body;
  }

  private InputStream raw() {
    if (exchange.isRequestComplete()) {
      return InputStream.nullInputStream();
    }
    if (channel == null) {
      channel = exchange.getRequestChannel();
    }
    if (channel == null) {
      return InputStream.nullInputStream();
    }
    source = new ChannelInput(channel, deadlineNanos, guest);
    return source;
  }

  /**
   * Reads what the handler left of the body, so that the connection can be used again.
   *
   * @param maxBytes not more than this
   * @param within not longer than this, in nanoseconds
   * @return whether nothing is left
   */
  boolean drain(long maxBytes, long within) {
    if (exchange.isRequestComplete()) {
      return true;
    }
    if (channel == null && expectsContinue()) {
      return false;
    }
    if (channel == null) {
      channel = exchange.getRequestChannel();
    }
    if (channel == null) {
      return false;
    }
    long deadline = Math.min(deadlineNanos, System.nanoTime() + within);
    try {
      InputStream in = new ChannelInput(channel, deadline, guest);
      byte[] buffer = new byte[8192];
      long total = 0;
      int n;
      while ((n = in.read(buffer)) > 0) {
        total += n;
        if (total > maxBytes) {
          return false;
        }
      }
      return n < 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the client waits for a word before it sends its body. */
  private boolean expectsContinue() {
    return exchange.getRequestHeaders().contains("Expect");
  }

  /** Whether the client is gone, or was too slow to send the request. */
  boolean isBroken() {
    return (source != null && source.isBroken()) || !exchange.getConnection().isOpen();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return exchange.getSourceAddress();
  }

  @Override
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public String externalPathPrefix() {
    return externalPrefix;
  }

  @Override
  public void onDisconnect(Runnable action) {
    boolean first;
    synchronized (watchLock) {
      Runnable before = onDisconnect;
      first = before == null;
      onDisconnect =
          before == null
              ? action
              : () -> {
                before.run();
                action.run();
              };
    }
    if (!first) {
      return;
    }
    if (exchange.getConnection() instanceof HttpServerConnection connection) {
      lookLater(connection);
    } else if (guest != null) {
      guest.onClose(farewell);
    } else {
      exchange.getConnection().addCloseListener(c -> disconnected());
    }
  }

  @Override
  public void onShutdown(Runnable action) {
    synchronized (watchLock) {
      if (!stopping) {
        Runnable before = onShutdown;
        onShutdown =
            before == null
                ? action
                : () -> {
                  before.run();
                  action.run();
                };
        return;
      }
    }
    action.run();
  }

  /** The server is about to stop. */
  void serverStops() {
    Runnable action;
    synchronized (watchLock) {
      stopping = true;
      action = onShutdown;
      onShutdown = null;
    }
    if (action != null) {
      action.run();
    }
  }

  private void lookLater(HttpServerConnection connection) {
    try {
      connection
          .getIoThread()
          .executeAfter(() -> look(connection), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.RejectedExecutionException e) {
      disconnected();
    }
  }

  /**
   * Whether the client has left shows only when its connection is read. Runs on the connection's
   * I/O thread; what is read is the start of the next, pipelined request and is handed to Undertow.
   */
  private void look(AbstractServerConnection connection) {
    boolean gone = false;
    synchronized (watchLock) {
      if (ended) {
        return;
      }
      if (!connection.isOpen()) {
        gone = true;
      } else if (exchange.isRequestComplete() && connection.getExtraBytes() == null) {
        PooledByteBuffer buffer = connection.getByteBufferPool().allocate();
        boolean handedOn = false;
        try {
          int n = connection.getOriginalSourceConduit().read(buffer.getBuffer());
          gone = n < 0;
          if (n > 0) {
            buffer.getBuffer().flip();
            connection.setExtraBytes(buffer);
            handedOn = true;
          }
        } catch (IOException e) {
          gone = true;
        } finally {
          if (!handedOn) {
            buffer.close();
          }
        }
      }
    }
    if (gone) {
      IoUtils.safeClose(connection);
      disconnected();
    } else if (connection instanceof HttpServerConnection http) {
      lookLater(http);
    }
  }

  private void disconnected() {
    Runnable action;
    synchronized (watchLock) {
      if (ended) {
        return;
      }
      ended = true;
      action = onDisconnect;
    }
    if (action != null) {
      Thread.ofVirtual().name("http-disconnect").start(action);
    }
  }

  /** The answer is about to be completed: from now on the connection is Undertow's alone. */
  void end() {
    synchronized (watchLock) {
      ended = true;
    }
    if (guest != null) {
      guest.forget(farewell);
    }
  }
}
