package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A function that templates call.
 *
 * <p>Arguments come as Java values: {@code String}, {@code Boolean}, {@code Long} for integers,
 * {@code Double}, {@code Map}, {@code List}, the record or {@link TemplateObject} that the program
 * gave, null for nil. Results are anything that may be {@linkplain Template#expand data} of a
 * template.
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

  /**
   * What the function takes, in the words of the template language: {@code func(string, ...int)
   * bool}. The engine checks number and types of arguments by it, and has the language's messages
   * for wrong ones. Without it, anything goes.
   */
  default String signature() {
    return "func(...interface {}) interface {}";
  }

  /** A function whose arguments are checked by the engine. */
  static TemplateFunction of(String signature, TemplateFunction function) {
    return new TemplateFunction() {
      @Override
      public @Nullable Object call(List<@Nullable Object> arguments) throws TemplateException {
        return function.call(arguments);
      }

      @Override
      public String signature() {
        return signature;
      }
    };
  }
}
