package io.narthex.api.template;

import io.narthex.api.Api;

/**
 * A parsed set of named templates that may call each other. Immutable; safe for any number of
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Templates {
  /**
   * Expands a text that may call the templates of the set.
   *
   * @param name of the text, for error messages
   * @param text the template
   * @param kind how values are escaped
   * @param data what the dot is: maps, lists, records, scalars
   * @throws TemplateException when it cannot be parsed or expanded
   */
  String expand(String name, String text, Kind kind, Object data) throws TemplateException;

  /** How values are escaped. */
  enum Kind {
    TEXT,
    /** By context, as in HTML. */
    HTML
  }
}
