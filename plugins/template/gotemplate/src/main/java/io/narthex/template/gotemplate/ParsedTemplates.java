package io.narthex.template.gotemplate;

import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.Templates;
import io.narthex.template.gotemplate.parse.Parser;
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.GoValue.Function;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

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
  public Template compile(String name, String text, Kind kind) throws TemplateException {
    Map<String, Tree> parsed = Parser.parse(name, text, functions::containsKey);
    Map<String, Tree> all = new LinkedHashMap<>(trees);
    GoTemplateEngine.add(parsed, all);
    Tree main = parsed.get(name);
    if (main == null) {
      throw new TemplateException("template: " + name + ": nothing to expand");
    }
    return new CompiledTemplate(name, main, all, functions, options);
  }
}
