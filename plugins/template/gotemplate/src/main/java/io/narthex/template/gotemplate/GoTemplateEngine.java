package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateEngine;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.Templates;
import io.narthex.template.gotemplate.parse.Parser;
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.GoValue.Function;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.pf4j.Extension;

/** Go's templates, {@code gotemplate}. */
@Extension
public final class GoTemplateEngine implements TemplateEngine {
  /** What Prometheus's rules and consoles have. */
  private static final TemplateOptions AS_PROMETHEUS =
      TemplateOptions.DEFAULT
          .withFunctionSet("prometheus")
          .withMissingKey(TemplateOptions.MissingKey.ZERO);

  private static final int KEPT = 16;

  /** What functions depend on. */
  private record Provided(List<String> sets, int limit) {}

  /** Functions that were made, so that not each rule makes them anew. */
  private final Map<Provided, Map<String, Function>> provided = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "gotemplate";
  }

  @Override
  public Templates parse(Map<String, String> sources, Map<String, TemplateFunction> functions)
      throws TemplateException {
    return parse(sources, AS_PROMETHEUS.withFunctions(functions));
  }

  @Override
  public Templates parse(Map<String, String> sources, TemplateOptions options)
      throws TemplateException {
    Map<String, Function> functions = new HashMap<>(provided(options));
    for (Map.Entry<String, TemplateFunction> entry : options.functions().entrySet()) {
      if (!isName(entry.getKey())) {
        throw new IllegalArgumentException(
            "function name \"" + entry.getKey() + "\" is not a valid identifier");
      }
      functions.compute(
          entry.getKey(), (name, known) -> FunctionSets.replacing(known, entry.getValue()));
    }
    Map<String, Tree> trees = new LinkedHashMap<>();
    for (Map.Entry<String, String> source : sources.entrySet()) {
      add(Parser.parse(source.getKey(), source.getValue(), functions::containsKey), trees);
    }
    return new ParsedTemplates(trees, Map.copyOf(functions), options);
  }

  /** The functions of the language and of sets. */
  private Map<String, Function> provided(TemplateOptions options) {
    Provided key = new Provided(options.functionSets(), options.limits().output());
    Map<String, Function> known = provided.get(key);
    if (known == null) {
      known = new HashMap<>(Builtins.all(key.limit()));
      for (String set : key.sets()) {
        known.putAll(FunctionSets.named(set, options.limits()));
      }
      if (provided.size() >= KEPT) {
        provided.clear();
      }
      provided.put(key, known);
    }
    return known;
  }

  /** Adds templates to those that are known. An empty one takes the place of none. */
  static void add(Map<String, Tree> more, Map<String, Tree> trees) {
    more.forEach((name, tree) -> {
      if (!trees.containsKey(name) || !tree.isEmpty()) {
        trees.put(name, tree);
      }
    });
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
      return false;
    }
    return name.codePoints()
        .allMatch(c -> c == '_' || Character.isLetter(c) || Character.isDigit(c));
  }
}
