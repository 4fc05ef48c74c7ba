package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A function that templates call.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface TemplateFunction {
  /**
   * Computes a value.
   *
   * @throws TemplateException when it cannot; the message becomes part of the expansion's error
   */
  @Nullable Object call(List<@Nullable Object> arguments) throws TemplateException;
}
