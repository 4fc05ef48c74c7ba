package io.narthex.template.gotemplate;

import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateOptions;
import io.narthex.template.gotemplate.html.HtmlEscaper;
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A text and the templates that it can call, ready to be expanded. */
final class CompiledTemplate implements Template {
  private final String name;
  private final Tree main;
  private final Map<String, Tree> trees;
  private final Map<String, Function> functions;
  private final TemplateOptions options;

  /** Templates before they were escaped, for those that are called by computed names. */
  private final Map<String, Tree> unescaped;

  private final Map<String, CompiledTemplate> byName = new ConcurrentHashMap<>();

  CompiledTemplate(
      String name,
      Tree main,
      Map<String, Tree> trees,
      Map<String, Function> functions,
      TemplateOptions options,
      Map<String, Tree> unescaped) {
    this.name = name;
    this.main = main;
    this.trees = trees;
    this.functions = functions;
    this.options = options;
    this.unescaped = unescaped;
  }

  @Override
  public String name() {
    return name;
  }

  TemplateOptions options() {
    return options;
  }

  Tree main() {
    return main;
  }

  @Nullable Tree tree(String called) {
    return trees.get(called);
  }

  @Nullable Function function(String called) {
    return functions.get(called);
  }

  @Override
  public String expand(@Nullable Object data, Map<String, TemplateFunction> replaced)
      throws TemplateException {
    Map<String, Function> overrides = Map.of();
    if (!replaced.isEmpty()) {
      overrides = new HashMap<>();
      for (Map.Entry<String, TemplateFunction> entry : replaced.entrySet()) {
        Function known = functions.get(entry.getKey());
        if (known != null) {
          overrides.put(entry.getKey(), FunctionSets.replacing(known, entry.getValue()));
        }
      }
    }
    return new Executor(this, overrides, new Budget(options.limits())).run(Data.of(data));
  }

  /** What the function tmpl does. */
  Object expandNamed(Executor executor, @Nullable Object[] arguments)
      throws GoError, TemplateException {
    String called = String.valueOf(arguments[0]);
    CompiledTemplate other = byName.get(called);
    if (other == null) {
      Tree tree = unescaped.get(called);
      if (tree == null) {
        throw new GoError("html/template: " + GoText.quote(called) + " is undefined");
      }
      try {
        Map<String, Tree> escaped = HtmlEscaper.escape(tree, unescaped);
        Tree start = escaped.getOrDefault(called, tree);
        other = new CompiledTemplate(called, start, escaped, functions, options, unescaped);
      } catch (TemplateException e) {
        throw new GoError(String.valueOf(e.getMessage()), e);
      }
      byName.put(called, other);
    }
    try {
      return new Scalar(GoType.of("template.HTML"), executor.expand(other, arguments[1]));
    } catch (TemplateException e) {
      throw new GoError(String.valueOf(e.getMessage()), e);
    }
  }
}
