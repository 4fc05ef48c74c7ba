package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateLimits;
import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.Function;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets of functions by name. */
final class FunctionSets {
  private static final String UNCHECKED = "func(...interface {}) interface {}";

  private FunctionSets() {}

  /**
   * The functions of a set.
   *
   * @throws IllegalArgumentException when there is none of the name
   */
  static Map<String, Function> named(String name, TemplateLimits limits) {
    return switch (name) {
      case "prometheus" -> PrometheusFunctions.all();
      case "alertmanager" -> AlertmanagerFunctions.all(limits.output());
      default ->
          throw new IllegalArgumentException(
              "no set of functions is called \""
                  + name
                  + "\"; there are \"prometheus\" and \"alertmanager\"");
    };
  }

  /** A function that takes the place of one that is known, and its type where it has none. */
  static Function replacing(@Nullable Function known, TemplateFunction function) {
    return known != null && function.signature().equals(UNCHECKED)
        ? Data.function(function, known.type())
        : Data.function(function, GoType.of(function.signature()));
  }
}
