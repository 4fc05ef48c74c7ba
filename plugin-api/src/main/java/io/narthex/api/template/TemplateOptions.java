package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How templates are read and expanded.
 *
 * @param functionSets names of sets of functions that the engine has, such as {@code prometheus}
 *     and {@code alertmanager}; of a later set's functions come first
 * @param functions further ones by name; they come before those of sets
 * @param missingKey what a map gives for a key that it has not
 * @param limits of an expansion
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateOptions(
    List<String> functionSets,
    Map<String, TemplateFunction> functions,
    MissingKey missingKey,
    TemplateLimits limits) {
  /** No functions but those of the language. */
  public static final TemplateOptions DEFAULT =
      new TemplateOptions(List.of(), Map.of(), MissingKey.DEFAULT, TemplateLimits.DEFAULT);

  /** What a map gives for a key that it has not. */
  public enum MissingKey {
    /** Nothing, which prints as {@code <no value>}. */
    DEFAULT,
    /** The zero of the type of its values. */
    ZERO,
    /** An error. */
    ERROR
  }

  public TemplateOptions {
    functionSets = List.copyOf(functionSets);
    functions = Map.copyOf(functions);
  }

  /** With the functions of one more set. */
  public TemplateOptions withFunctionSet(String name) {
    return new TemplateOptions(
        Stream.concat(functionSets.stream(), Stream.of(name)).toList(),
        functions,
        missingKey,
        limits);
  }

  /** With one more function. */
  public TemplateOptions withFunction(String name, TemplateFunction function) {
    Map<String, TemplateFunction> more = new HashMap<>(functions);
    more.put(name, function);
    return new TemplateOptions(functionSets, more, missingKey, limits);
  }

  /** With more functions. */
  public TemplateOptions withFunctions(Map<String, TemplateFunction> further) {
    Map<String, TemplateFunction> more = new LinkedHashMap<>(functions);
    more.putAll(further);
    return new TemplateOptions(functionSets, more, missingKey, limits);
  }

  public TemplateOptions withMissingKey(MissingKey behaviour) {
    return new TemplateOptions(functionSets, functions, behaviour, limits);
  }

  public TemplateOptions withLimits(TemplateLimits others) {
    return new TemplateOptions(functionSets, functions, missingKey, others);
  }
}
