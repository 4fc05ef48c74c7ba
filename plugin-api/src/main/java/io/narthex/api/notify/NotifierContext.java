package io.narthex.api.notify;

import io.narthex.api.Api;
import io.narthex.api.http.HttpClients;
import io.narthex.api.template.Templates;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What a notifier gets besides its configuration.
 *
 * @param receiver the receiver's name
 * @param baseDirectory where relative file names start
 * @param http makes HTTP clients
 * @param templates the templates of the configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record NotifierContext(
    String receiver, Path baseDirectory, HttpClients http, Templates templates) {
  public NotifierContext {
    Objects.requireNonNull(receiver);
    Objects.requireNonNull(baseDirectory);
    Objects.requireNonNull(http);
    Objects.requireNonNull(templates);
  }
}
