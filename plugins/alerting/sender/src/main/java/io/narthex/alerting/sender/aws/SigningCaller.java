package io.narthex.alerting.sender.aws;

import io.narthex.api.config.Defaults;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Signs each request before another client sends it. Safe for any number of threads. */
public final class SigningCaller implements HttpCaller {
  private final HttpCaller caller;
  private final Signer signer;
  private final Credentials own;
  private final InstantSource clock;
  private final @Nullable HttpCaller sts;
  private final @Nullable AssumedRole role;

  private SigningCaller(
      SigV4Config config,
      HttpCaller caller,
      @Nullable HttpCaller sts,
      Environment environment,
      InstantSource clock)
      throws IOException {
    this.caller = caller;
    this.sts = sts;
    this.clock = clock;
    own = environment.credentials(config);
    String region = environment.region(config);
    signer = new Signer(region, config.service());
    role =
        sts == null
            ? null
            : new AssumedRole(
                config,
                region,
                own,
                environment
                    .stsEndpoint()
                    .map(URI::create)
                    .orElseGet(() -> AssumedRole.endpoint(region, config.useFipsStsEndpoint())),
                sts,
                clock);
  }

  /**
   * Makes one. A role is assumed with the first request; its client is one without configuration,
   * as that of Amazon's own.
   *
   * @param caller sends what is signed; closed with this, and when there are no credentials
   * @param clients make the client that assumes roles
   * @throws IOException when there are no credentials, or no region
   */
  public static HttpCaller of(
      SigV4Config config,
      HttpCaller caller,
      HttpClients clients,
      Environment environment,
      InstantSource clock)
      throws IOException {
    HttpCaller sts = null;
    try {
      if (!config.roleArn().isEmpty()) {
        sts = clients.create(Defaults.of(HttpClientConfig.class), "sigv4", Path.of(""));
      }
      return new SigningCaller(config, caller, sts, environment, clock);
    } catch (IOException | RuntimeException e) {
      caller.close();
      if (sts != null) {
        sts.close();
      }
      throw e;
    }
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    Credentials credentials = role == null ? own : role.credentials();
    return caller.send(signer.sign(request, credentials, clock.instant()));
  }

  @Override
  public void close() {
    caller.close();
    if (sts != null) {
      sts.close();
    }
  }
}
