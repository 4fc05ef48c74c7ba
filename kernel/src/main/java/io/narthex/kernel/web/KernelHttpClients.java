package io.narthex.kernel.web;

import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes clients for outgoing HTTP/1.1 over blocking sockets, to be called on virtual threads. A
 * client costs no thread, so thousands of targets cost thousands of sockets and nothing else. One
 * timer thread, started with the first call, ends calls whose time is over. Names are looked up on
 * a few threads of their own, for as long as a call may wait.
 *
 * <p>HTTP/2 is not spoken: a scrape or a notification is one request at a time to one server, which
 * gains nothing from it, and every HTTPS server speaks HTTP/1.1 too. {@code enable_http2} is
 * accepted and has no effect.
 */
public final class KernelHttpClients implements HttpClients, AutoCloseable {
  private final Supplier<String> userAgent;
  private final UnaryOperator<@Nullable String> environment;
  private final Clock clock;
  private final ScheduledThreadPoolExecutor timer;
  private final NameLookups names;
  private final ClientInput.Buffers buffers = new ClientInput.Buffers();
  private final HeadLimit.Shared heads = HeadLimit.Shared.of(Runtime.getRuntime().maxMemory());

  /**
   * Makes one.
   *
   * @param userAgent what requests say they come from, unless they say otherwise
   * @param environment gives the variables of the process; null for one that is not set
   * @param clock tells when tokens expire
   */
  public KernelHttpClients(
      String userAgent, UnaryOperator<@Nullable String> environment, Clock clock) {
    this(() -> userAgent, environment, clock);
  }

  /**
   * Makes one.
   *
   * @param userAgent asked whenever a client is made: what requests say they come from, unless they
   *     say otherwise
   * @param environment gives the variables of the process; null for one that is not set
   * @param clock tells when tokens expire
   */
  public KernelHttpClients(
      Supplier<String> userAgent, UnaryOperator<@Nullable String> environment, Clock clock) {
    this(userAgent, environment, clock, new NameLookups(InetAddress::getAllByName));
  }

  KernelHttpClients(
      Supplier<String> userAgent,
      UnaryOperator<@Nullable String> environment,
      Clock clock,
      NameLookups names) {
    this.names = names;
    this.userAgent = userAgent;
    this.environment = environment;
    this.clock = clock;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("http-client-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(1, TimeUnit.MINUTES);
    timer.allowCoreThreadTimeOut(true);
  }

  @Override
  public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory)
      throws IOException {
    return make(config, baseDirectory, null);
  }

  @Override
  public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory, Path socket)
      throws IOException {
    return make(config, baseDirectory, socket);
  }

  private HttpCaller make(HttpClientConfig config, Path baseDirectory, @Nullable Path socket)
      throws IOException {
    ClientTls tls = new ClientTls(config.tlsConfig(), baseDirectory, System::nanoTime);
    ClientProxy proxy =
        ClientProxy.of(
            config.proxyUrl(),
            config.noProxy(),
            config.proxyFromEnvironment(),
            config.proxyConnectHeader(),
            environment);
    String agent = userAgent.get();
    ClientTransport transport =
        new ClientTransport(tls, proxy, agent, timer, buffers, heads, names, socket);
    HttpClientConfig.OAuth2 oauth2 = config.oauth2();
    ClientToken token = null;
    if (oauth2 != null) {
      ClientTransport toServer =
          new ClientTransport(
              new ClientTls(oauth2.tlsConfig(), baseDirectory, System::nanoTime),
              ClientProxy.of(
                  oauth2.proxyUrl(),
                  oauth2.noProxy(),
                  oauth2.proxyFromEnvironment(),
                  oauth2.proxyConnectHeader(),
                  environment),
              agent,
              timer,
              buffers,
              heads,
              names,
              null);
      token = new ClientToken(oauth2, toServer, baseDirectory, clock);
    }
    return new ConfiguredCaller(config, transport, token, baseDirectory);
  }

  /** Ends the timer. Calls that still run have no deadline any more; close clients first. */
  @Override
  public void close() {
    timer.shutdownNow();
    names.close();
  }
}
