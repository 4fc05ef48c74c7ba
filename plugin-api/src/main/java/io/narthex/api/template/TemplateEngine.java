package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/**
 * A template language. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface TemplateEngine extends ExtensionPoint {
  /** The name of the language, {@code gotemplate}. */
  String name();

  /**
   * Parses a set of templates as those of Prometheus's rules and consoles: with the functions that
   * they have, and the zero of its type for what a map has not.
   *
   * @param sources file contents by name, in order; a template that is defined again replaces the
   *     one of an earlier file
   * @param functions further functions by name
   * @throws TemplateException with template name and line
   */
  Templates parse(Map<String, String> sources, Map<String, TemplateFunction> functions)
      throws TemplateException;

  /**
   * Parses a set of templates.
   *
   * @param sources file contents by name, in order
   * @param options functions, limits, what missing keys give; an engine without any heeds the
   *     functions alone
   * @throws TemplateException with template name and line
   * @throws IllegalArgumentException when a function set is not known
   */
  default Templates parse(Map<String, String> sources, TemplateOptions options)
      throws TemplateException {
    return parse(sources, options.functions());
  }
}
