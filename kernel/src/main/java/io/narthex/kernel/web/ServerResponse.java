package io.narthex.kernel.web;

import io.airlift.compress.v3.zstd.ZstdOutputStream;
import io.narthex.api.web.WebResponse;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.xnio.channels.StreamSinkChannel;

/**
 * An answer on its way out through Undertow. A body that fits the buffer is sent whole with its
 * length; a longer one is streamed.
 */
final class ServerResponse implements WebResponse {
  private static final int BUFFER = 64 << 10;

  /** A smaller body gains nothing from compression. */
  private static final int MIN_COMPRESSED = 1024;

  private static final HttpString FRAME_OPTIONS = new HttpString("X-Frame-Options");

  private final HttpServerExchange exchange;
  private final String method;
  private final long stallNanos;
  private final Crowd.@Nullable Guest guest;
  private final Runnable beforeEnd;
  private final BooleanSupplier readRequest;
  private final Body body = new Body();
  private Map<String, String> configured = Map.of();
  private int status = 200;
  private @Nullable ChannelOutput channel;
  private @Nullable OutputStream encoder;
  private boolean committed;
  private boolean ended;
  private boolean endLeft;

  /**
   * Makes one.
   *
   * @param stallNanos see {@link ChannelOutput}
   * @param guest the client
   * @param readRequest reads what is left of the request; tells whether nothing is left, without
   *     which the connection cannot serve another one
   * @param beforeEnd run before the answer's last byte goes out
   */
  ServerResponse(
      HttpServerExchange exchange,
      String method,
      long stallNanos,
      Crowd.@Nullable Guest guest,
      BooleanSupplier readRequest,
      Runnable beforeEnd) {
    this.exchange = exchange;
    this.method = method;
    this.stallNanos = stallNanos;
    this.guest = guest;
    this.readRequest = readRequest;
    this.beforeEnd = beforeEnd;
  }

  @Override
  public WebResponse status(int code) {
    if (code < 200 || code > 599) {
      throw new IllegalArgumentException("cannot answer with status " + code + "; want 200 to 599");
    }
    requireUncommitted("status");
    status = code;
    return this;
  }

  int status() {
    return status;
  }

  /** Bytes of the body that went out. */
  long written() {
    return channel == null ? 0 : channel.written();
  }

  @Override
  public WebResponse header(String name, String value) {
    check(name, value);
    requireUncommitted(name);
    exchange.getResponseHeaders().put(new HttpString(name), value);
    return this;
  }

  @Override
  public WebResponse addHeader(String name, String value) {
    check(name, value);
    requireUncommitted(name);
    exchange.getResponseHeaders().add(new HttpString(name), value);
    return this;
  }

  /**
   * Headers that win over those that handlers set, since who runs the server has asked for them.
   */
  void configured(Map<String, String> headers) {
    headers.forEach(ServerResponse::check);
    configured = headers;
  }

  private void requireUncommitted(String what) {
    if (committed) {
      throw new IllegalStateException("cannot set " + what + ": the answer is already being sent");
    }
  }

  private static void check(String name, String value) {
    boolean good = !name.isEmpty();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      good &= c > 0x20 && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      good &= (c >= 0x20 || c == '\t') && c != 0x7f && c <= 0xff;
    }
    if (!good) {
      throw new IllegalArgumentException(
          "cannot set header: name or value has a character that a header cannot hold");
    }
  }

  @Override
  public OutputStream body() {
    return body;
  }

  @Override
  public boolean isCommitted() {
    return committed;
  }

  /** Throws away what a handler has begun, when nothing was sent yet. */
  void reset() {
    requireUncommitted("answer");
    body.count = 0;
    HeaderMap headers = exchange.getResponseHeaders();
    headers.remove(Headers.CONTENT_TYPE);
    headers.remove(Headers.CONTENT_LENGTH);
    headers.remove(Headers.CONTENT_ENCODING);
    headers.remove(Headers.CACHE_CONTROL);
    headers.remove(Headers.ETAG);
    headers.remove(Headers.LAST_MODIFIED);
    status = 200;
  }

  /** Sends a text as Go's {@code http.Error} does: with a line end. */
  void error(int code, String text) throws IOException {
    reset();
    status(code);
    send("text/plain; charset=utf-8", text.endsWith("\n") ? text : text + "\n");
  }

  /** Completes the answer. */
  void finish() throws IOException {
    if (ended) {
      return;
    }
    if (!committed) {
      ended = true;
      beforeEnd.run();
      sendWhole();
      return;
    }
    body.pass();
    ended = true;
    beforeEnd.run();
    if (encoder != null) {
      encoder.close();
    }
  }

  /** Whether the client did not take the answer. */
  boolean isBroken() {
    return channel != null && channel.isBroken();
  }

  /** Gives up: releases what compression holds. The connection must be closed. */
  void abandon() {
    ended = true;
    if (channel != null) {
      channel.abandon();
    }
    if (encoder != null) {
      try {
        encoder.close();
      } catch (IOException | RuntimeException e) {
        // The client is gone; closing only frees the compressor's memory.
      }
    }
  }

  /**
   * Whether all of the answer but its end has been handed to the connection, so that ending the
   * exchange completes it.
   */
  boolean isEndLeft() {
    return endLeft;
  }

  private boolean hasNoBody() {
    return status == 204 || status == 304;
  }

  private void sendWhole() throws IOException {
    byte[] content = body.buffer;
    int length = body.count;
    HeaderMap headers = exchange.getResponseHeaders();
    Encoding encoding = length < MIN_COMPRESSED ? Encoding.IDENTITY : encoding();
    if (encoding != Encoding.IDENTITY) {
      ByteArrayOutputStream smaller = new ByteArrayOutputStream(length / 2);
      try (OutputStream out = encoder(encoding, smaller)) {
        out.write(content, 0, length);
      }
      content = smaller.toByteArray();
      length = content.length;
      headers.put(Headers.CONTENT_ENCODING, encoding.token());
    }
    if (!hasNoBody()
        && (length > 0 || !method.equals("HEAD") || !headers.contains(Headers.CONTENT_LENGTH))) {
      headers.put(Headers.CONTENT_LENGTH, length);
    }
    endLeft = true;
    if (hasNoBody()) {
      prepare();
      return;
    }
    OutputStream out = commit();
    if (length > 0 && !method.equals("HEAD")) {
      // With its length told, that is all the client waits for.
      out.write(content, 0, length);
    }
  }

  /** Begins a streamed answer. */
  private void stream() throws IOException {
    Encoding encoding = encoding();
    HeaderMap headers = exchange.getResponseHeaders();
    if (encoding != Encoding.IDENTITY) {
      headers.put(Headers.CONTENT_ENCODING, encoding.token());
      headers.remove(Headers.CONTENT_LENGTH);
    }
    ChannelOutput out = commit();
    encoder = hasNoBody() || method.equals("HEAD") ? new Discard(out) : encoder(encoding, out);
  }

  private void prepare() {
    committed = true;
    if (!readRequest.getAsBoolean()) {
      exchange.setPersistent(false);
    }
    exchange.setStatusCode(status);
    HeaderMap headers = exchange.getResponseHeaders();
    configured.forEach((name, value) -> headers.put(new HttpString(name), value));
    String type = headers.getFirst(Headers.CONTENT_TYPE);
    if (type != null && type.startsWith("application/json") && !headers.contains(FRAME_OPTIONS)) {
      // What programs read has no place in somebody's frame. Pages say themselves what they allow.
      headers.put(FRAME_OPTIONS, "DENY");
    }
  }

  private ChannelOutput commit() throws IOException {
    prepare();
    StreamSinkChannel sink = exchange.getResponseChannel();
    if (sink == null) {
      throw new IOException("the answer was already sent");
    }
    channel = new ChannelOutput(sink, stallNanos, guest);
    return channel;
  }

  private Encoding encoding() {
    HeaderMap headers = exchange.getResponseHeaders();
    if (hasNoBody()
        || headers.contains(Headers.CONTENT_ENCODING)
        || headers.contains(Headers.CONTENT_RANGE)
        || !Encoding.pays(headers.getFirst(Headers.CONTENT_TYPE))) {
      return Encoding.IDENTITY;
    }
    headers.add(Headers.VARY, "Accept-Encoding");
    if (method.equals("HEAD")) {
      return Encoding.IDENTITY;
    }
    return Encoding.choose(exchange.getRequestHeaders().getFirst(Headers.ACCEPT_ENCODING));
  }

  private static OutputStream encoder(Encoding encoding, OutputStream out) throws IOException {
    return switch (encoding) {
      case IDENTITY -> out;
      case GZIP -> new Gzip(out);
      case ZSTD -> new ZstdOutputStream(out);
    };
  }

  /** The body as the handler sees it. */
  private final class Body extends OutputStream {
    private byte[] buffer = new byte[512];
    private int count;
    private boolean closed;

    @Override
    public void write(int b) throws IOException {
      room(1);
      buffer[count++] = (byte) b;
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      if (length >= BUFFER) {
        requireOpen();
        pass();
        OutputStream out = encoder;
        if (out != null) {
          out.write(source, offset, length);
        }
        return;
      }
      int from = offset;
      int left = length;
      while (left > 0) {
        room(left);
        int n = Math.min(left, buffer.length - count);
        System.arraycopy(source, from, buffer, count, n);
        count += n;
        from += n;
        left -= n;
      }
    }

    private void requireOpen() throws IOException {
      if (closed || ended) {
        throw new IOException("the answer is complete; nothing can be added");
      }
    }

    private void room(int wanted) throws IOException {
      requireOpen();
      if (buffer.length - count >= wanted) {
        return;
      }
      if (buffer.length < BUFFER) {
        int size = Math.min(BUFFER, Math.max(buffer.length * 4, count + wanted));
        buffer = java.util.Arrays.copyOf(buffer, size < 0 ? BUFFER : size);
      }
      if (count == buffer.length) {
        pass();
      }
    }

    /** Hands the buffer on. */
    private void pass() throws IOException {
      if (!committed) {
        stream();
      }
      OutputStream out = encoder;
      if (out != null && count > 0) {
        out.write(buffer, 0, count);
      }
      count = 0;
    }

    @Override
    public void flush() throws IOException {
      if (closed || ended) {
        return;
      }
      pass();
      OutputStream out = encoder;
      if (out != null) {
        out.flush();
      }
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        finish();
        closed = true;
      }
    }
  }

  /**
   * Compresses at the lowest level: some four times as fast as the usual one, and answers of
   * numbers become a fifth larger.
   */
  private static final class Gzip extends GZIPOutputStream {
    Gzip(OutputStream out) throws IOException {
      super(out, 16 << 10, true);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /** Takes a body that must not be sent. */
  private static final class Discard extends OutputStream {
    private final OutputStream out;

    Discard(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) {}

    @Override
    public void write(byte[] source, int offset, int length) {}

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
