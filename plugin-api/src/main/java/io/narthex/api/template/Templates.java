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
  /**
   * Expands a text that may call the templates of the set, and may define templates of its own,
   * which then come before those of the set.
   *
   * @param name of the text, for error messages
   * @param text the template
   * @param kind how values are escaped
   * @param data what the dot is; see {@link Template#expand}
   * @throws TemplateException when it cannot be parsed or expanded
   */
  String expand(String name, String text, Kind kind, @Nullable Object data)
      throws TemplateException;

  /**
   * Reads a text once, to be expanded many times.
   *
   * @param name of the text, for error messages
   * @param text the template
   * @param kind how values are escaped
   * @throws TemplateException when it cannot be parsed; an engine that has no form of its own for
   *     texts that were read finds out only when it expands them
   */
  default Template compile(String name, String text, Kind kind) throws TemplateException {
    return new UnreadTemplate(this, name, text, kind);
  }

  /** The names of all templates that are defined, as far as the engine tells. */
  default Set<String> names() {
    return Set.of();
  }

  /** How values are escaped. */
  enum Kind {
    TEXT,
    /** By context, as in HTML. */
    HTML
  }
}
