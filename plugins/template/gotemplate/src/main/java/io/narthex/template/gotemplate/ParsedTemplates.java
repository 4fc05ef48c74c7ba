package io.narthex.template.gotemplate;

import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.Templates;
import io.narthex.template.gotemplate.html.Escapers;
import io.narthex.template.gotemplate.html.HtmlEscaper;
import io.narthex.template.gotemplate.parse.Parser;
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.GoValue.Function;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A set of templates. */
final class ParsedTemplates implements Templates {
  private final Map<String, Tree> trees;
  private final Map<String, Function> functions;
  private final TemplateOptions options;

  ParsedTemplates(
      Map<String, Tree> trees, Map<String, Function> functions, TemplateOptions options) {
    this.trees = trees;
    this.functions = functions;
    this.options = options;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(trees.keySet());
  }

  @Override
  public String expand(String name, String text, Kind kind, @Nullable Object data)
      throws TemplateException {
    return compile(name, text, kind).expand(data);
  }

  /** A function that expands a template by its name is there for HTML alone. */
  private boolean isKnown(String function, Kind kind) {
    Function known = functions.get(function);
    return known != null && (kind == Kind.HTML || !(known.body() instanceof Builtins.ByName));
  }

  @Override
  public Template compile(String name, String text, Kind kind) throws TemplateException {
    Map<String, Tree> parsed = Parser.parse(name, text, f -> isKnown(f, kind));
    Map<String, Tree> all = new LinkedHashMap<>(trees);
    GoTemplateEngine.add(parsed, all);
    Tree main = parsed.get(name);
    if (main == null) {
      throw new TemplateException("template: " + name + ": nothing to expand");
    }
    if (kind == Kind.TEXT) {
      return new CompiledTemplate(name, main, all, functions, options, Map.of());
    }
    Map<String, Function> escaping = new HashMap<>(functions);
    escaping.putAll(Escapers.all(options.limits().output()));
    Map<String, Tree> escaped = HtmlEscaper.escape(main, all);
    return new CompiledTemplate(name, named(escaped, name), escaped, escaping, options, all);
  }

  private static Tree named(Map<String, Tree> escaped, String name) throws TemplateException {
    Tree main = escaped.get(name);
    if (main == null) {
      throw new TemplateException("template: " + name + ": nothing to expand");
    }
    return main;
  }
}
