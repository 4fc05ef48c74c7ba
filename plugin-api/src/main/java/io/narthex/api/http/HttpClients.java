package io.narthex.api.http;

import io.narthex.api.Api;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes clients for outgoing HTTP; a service of the kernel that plugins have injected.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface HttpClients {
  /**
   * Makes a client. Files that the configuration names are read when used and re-read when they
   * change.
   *
   * @param name what the client is for, in messages and metrics: a job's or receiver's name
   * @param baseDirectory where relative file names start
   * @throws IOException when a certificate or key file cannot be read or understood; names the file
   */
  HttpCaller create(HttpClientConfig config, String name, Path baseDirectory) throws IOException;
}
