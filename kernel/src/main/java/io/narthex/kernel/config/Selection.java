package io.narthex.kernel.config;

import io.narthex.api.Provider;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.storage.StorageProvider;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Decides which provider of a kind is in use, before anything is bound: the one that is named, else
 * the preferred one, else the first. It then has a key in the tree, so that it is bound and takes
 * flags even where the file does not mention it.
 *
 * @param key of the provider's name, such as {@code storage.backend}
 * @param kind the extension point
 * @param preferred its name
 * @param what it is called in messages
 */
record Selection(
    List<String> key, Class<? extends Provider<?>> kind, String preferred, String what) {
  @SuppressWarnings("unchecked")
  private static Class<? extends Provider<?>> kind(Class<?> raw) {
    return (Class<? extends Provider<?>>) raw;
  }

  static List<Selection> all() {
    return List.of(
        new Selection(
            List.of("storage", "backend"), kind(StorageProvider.class), "tsdb", "storage backend"),
        new Selection(
            List.of("query", "engine"), kind(QueryEngineProvider.class), "promql", "query engine"));
  }

  Mapping apply(Mapping tree, Extensions extensions, Findings findings) {
    List<String> names = new ArrayList<>();
    for (Provider<?> provider : extensions.all(kind)) {
      names.add(provider.name());
    }
    Node named = Trees.find(tree, key);
    if (named != null && !Node.isNull(named) && !(named instanceof Scalar)) {
      return tree; // Binding says what is wrong with it.
    }
    String name = named instanceof Scalar scalar && !Node.isNull(named) ? scalar.text() : "";
    if (name.isEmpty()) {
      if (names.isEmpty()) {
        return tree;
      }
      name = names.contains(preferred) ? preferred : names.get(0);
      if (!name.equals(preferred) && names.size() > 1) {
        findings.warning(
            Mark.of(path()), "", "is not set and there is no " + preferred + ": using " + name);
      }
      tree = Trees.put(tree, key, Trees.given("default", List.of(name), false));
    } else if (!names.contains(name)) {
      Mark mark = named == null ? tree.mark() : named.mark();
      String available =
          names.isEmpty()
              ? "no plugin that brings one is loaded"
              : String.join(", ", new TreeSet<>(names));
      String nearest = Nearest.of(name, names);
      findings.problem(
          mark,
          path(),
          "cannot select "
              + what
              + ": unknown name; got \""
              + name
              + "\", want "
              + (names.isEmpty() ? "" : "one of ")
              + available
              + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?"));
      return tree;
    }
    List<String> configuration = List.of(key.get(0), name);
    Node existing = Trees.find(tree, configuration);
    return existing == null || Node.isNull(existing)
        ? Trees.put(tree, configuration, Mapping.empty(Mark.of("default")))
        : tree;
  }

  private String path() {
    return String.join(".", key);
  }
}
