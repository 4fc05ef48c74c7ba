package io.narthex.api.template;

import io.narthex.api.Api;
import org.jspecify.annotations.Nullable;

/**
 * A template that cannot be parsed or expanded. The message has the template's name and line.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class TemplateException extends Exception {
  private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    this(message, null);
  }

  public TemplateException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
