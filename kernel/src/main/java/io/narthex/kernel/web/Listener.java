package io.narthex.kernel.web;

import io.undertow.connector.ByteBufferPool;
import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.AlpnOpenListener;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.server.protocol.http2.Http2OpenListener;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.ssl.SslConnection;

/**
 * Listens on addresses for HTTP/1.1, and HTTP/2 where TLS is spoken. Gives up clients that do not
 * finish their TLS handshake, which listeners of Undertow's own builder do not: its timeouts begin
 * with HTTP, and a connection on which nothing is ever said would count against the limit for as
 * long as its client likes.
 */
final class Listener {
  private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(10);

  private final XnioWorker io;
  private final ByteBufferPool buffers;
  private final OptionMap serverOptions;
  private final OptionMap socketOptions;
  private final long handshakeMillis;
  private final Crowd crowd;

  /**
   * Makes one that does not listen yet.
   *
   * @param readTimeout for a handshake too, where it is shorter than 10 s
   * @param crowd is told of each connection
   */
  Listener(
      XnioWorker io,
      ByteBufferPool buffers,
      OptionMap serverOptions,
      OptionMap socketOptions,
      Duration readTimeout,
      Crowd crowd) {
    this.io = io;
    this.buffers = buffers;
    this.serverOptions = serverOptions;
    this.socketOptions = socketOptions;
    this.crowd = crowd;
    this.handshakeMillis = Math.min(readTimeout.toMillis(), LONGEST_HANDSHAKE.toMillis());
  }

  /**
   * Listens for plain HTTP.
   *
   * @return what accepts; closing it ends that, and leaves connections alone
   */
  AcceptingChannel<?> open(InetSocketAddress address, HttpHandler handler) throws IOException {
    HttpOpenListener next = http(handler);
    ChannelListener<StreamConnection> first =
        connection -> {
          crowd.opened(connection);
          next.handleEvent(connection);
        };
    AcceptingChannel<StreamConnection> server =
        io.createStreamConnectionServer(
            address, ChannelListeners.openListenerAdapter(first), socketOptions);
    server.resumeAccepts();
    return server;
  }

  /**
   * Listens for TLS.
   *
   * @return what accepts; closing it ends that, and leaves connections alone
   */
  AcceptingChannel<?> open(
      InetSocketAddress address, HttpHandler handler, SSLContext context, boolean http2)
      throws IOException {
    ChannelListener<StreamConnection> next = http2 ? negotiated(handler) : http(handler);
    ChannelListener<SslConnection> first =
        connection -> {
          crowd.opened(connection);
          watch(connection);
          next.handleEvent(connection);
        };
    AcceptingChannel<SslConnection> server =
        new UndertowXnioSsl(
                io.getXnio(), OptionMap.create(Options.USE_DIRECT_BUFFERS, true), context)
            .createSslConnectionServer(
                io, address, ChannelListeners.openListenerAdapter(first), socketOptions);
    server.resumeAccepts();
    return server;
  }

  private HttpOpenListener http(HttpHandler handler) {
    HttpOpenListener http = new HttpOpenListener(buffers, serverOptions);
    http.setRootHandler(handler);
    return http;
  }

  private AlpnOpenListener negotiated(HttpHandler handler) {
    Http2OpenListener second = new Http2OpenListener(buffers, serverOptions);
    second.setRootHandler(handler);
    return new AlpnOpenListener(buffers, serverOptions, http(handler))
        .addProtocol(Http2OpenListener.HTTP2, second, 10);
  }

  /** Connections that are closed meanwhile are not kept in memory for that. */
  private void watch(SslConnection connection) {
    WeakReference<SslConnection> watched = new WeakReference<>(connection);
    try {
      connection
          .getIoThread()
          .executeAfter(
              () -> {
                SslConnection late = watched.get();
                if (late != null && late.isOpen() && !isGreeted(late)) {
                  IoUtils.safeClose(late);
                }
              },
              handshakeMillis,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The server stops.
      IoUtils.safeClose(connection);
    }
  }

  /** Whether the handshake is over: until then, an engine's session has no protocol. */
  private static boolean isGreeted(SslConnection connection) {
    return !UndertowXnioSsl.getSslEngine(connection).getSession().getProtocol().equals("NONE");
  }
}
