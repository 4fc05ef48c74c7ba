package io.narthex.api.template;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A text that was read once and may be expanded many times. Immutable; safe for any number of
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Template {
  /** For error messages. */
  String name();

  /**
   * Expands the text. Interruptible.
   *
   * @param data what the dot is: null, strings, numbers, booleans, {@code Map}, {@code List},
   *     records, whose components are fields under their names with a capital, {@link
   *     TemplateObject}, {@link TemplateFunction}, {@code Instant}, {@code Duration}, {@link
   *     NativeHistogram}, and these nested. It is read while the text is expanded, and must not
   *     change meanwhile. A component of a record that is a {@code Map<String, String>} is known to
   *     hold strings; other maps hold anything.
   * @param functions that take the places of those that the text was parsed with, in this expansion
   *     alone, such as a {@code query} at a certain time; only names that were known then
   * @throws TemplateException with template, line and column, in the language's own words
   */
  String expand(@Nullable Object data, Map<String, TemplateFunction> functions)
      throws TemplateException;

  /**
   * Expands the text with the functions that it was parsed with.
   *
   * @throws TemplateException as above
   */
  default String expand(@Nullable Object data) throws TemplateException {
    return expand(data, Map.of());
  }
}
