package io.narthex.api.access;

import io.narthex.api.Api;
import java.util.Objects;
import org.pf4j.ExtensionPoint;

/**
 * Decides what the senders of requests to the main web server may see. Asked for each request while
 * the configuration in force has a section {@code web.access}, and not otherwise; who brings one
 * owns that section, so that there is one at a time. While the section is there and nobody to ask
 * is, or what is asked throws, nobody gets in.
 *
 * <p>Until its section has been applied for the first time an implementation knows nobody. It is
 * asked on the threads of requests, many at a time, and must not wait.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface AccessControl extends ExtensionPoint {
  /**
   * Of the bearer of a token. Where tokens are kept they are compared in a time that does not tell
   * how much of one was right.
   *
   * @param token as the header {@code Authorization: Bearer} has it; not empty, not checked
   *     otherwise; it must not get into logs and messages
   * @return {@link Unknown} when it is none of the tokens
   */
  Decision ofToken(String token);

  /** Of a user whom the server has authenticated by what {@code --web.config.file} says. */
  Decision ofUser(String name);

  /** Of those who need not say who they are and did not. */
  Decision ofAnybody();

  /**
   * What was decided.
   *
   * @since 0.1
   */
  sealed interface Decision {}

  /**
   * Let in.
   *
   * @param access what may be seen
   * @since 0.1
   */
  record Granted(Access access) implements Decision {
    public Granted {
      Objects.requireNonNull(access);
    }
  }

  /**
   * Known, but not to be let in: the answer is 403.
   *
   * @param name of the user or token
   * @since 0.1
   */
  record Denied(String name) implements Decision {
    public Denied {
      Objects.requireNonNull(name);
    }
  }

  /**
   * Nobody knows who it is: the answer is 401.
   *
   * @since 0.1
   */
  record Unknown() implements Decision {}
}
