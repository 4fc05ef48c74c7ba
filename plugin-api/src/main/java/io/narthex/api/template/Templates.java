package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A parsed set of named templates that may call each other. Immutable; safe for any number of
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Templates {
  /** The names of all templates that are defined. */
  Set<String> names();

  /**
   * Parses a text that may call the templates of the set, and may define templates of its own,
   * which then come before those of the set.
   *
   * @param name of the text, for error messages
   * @param text the template
   * @param kind how values are escaped
   * @throws TemplateException when it cannot be parsed
   */
  Template compile(String name, String text, Kind kind) throws TemplateException;

  /**
   * Expands a text that may call the templates of the set.
   *
   * @param name of the text, for error messages
   * @param text the template
   * @param kind how values are escaped
   * @param data what the dot is; see {@link Template#expand}
   * @throws TemplateException when it cannot be parsed or expanded
   */
  default String expand(String name, String text, Kind kind, @Nullable Object data)
      throws TemplateException {
    return compile(name, text, kind).expand(data);
  }

  /** How values are escaped. */
  enum Kind {
    TEXT,
    /** By context, as in HTML. */
    HTML
  }
}
