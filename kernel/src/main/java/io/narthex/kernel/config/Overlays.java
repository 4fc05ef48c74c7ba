package io.narthex.kernel.config;

import io.narthex.kernel.config.Node.Mapping;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lays the environment and the command line over a tree. */
final class Overlays {
  /** Variables of the launchers and of the kernel that belong to no key. */
  private static final Set<String> OTHER_VARIABLES =
      Set.of(
          "NARTHEX_HOME",
          "NARTHEX_CONFIG_FILE",
          "NARTHEX_JAVA",
          "NARTHEX_JAVA_OPTS",
          "NARTHEX_OPTS");

  private final Collection<Setting> settings;
  private final Map<String, String> environment;
  private final Flags.Parsed flags;

  Overlays(Collection<Setting> settings, Map<String, String> environment, Flags.Parsed flags) {
    this.settings = settings;
    this.environment = environment;
    this.flags = flags;
  }

  /**
   * Lays on the values of settings.
   *
   * @param ofProviders whether those of keys below a provider's, or all others: a provider's are
   *     laid on after it has been decided which are in use, and are warned of where it is not
   */
  Mapping lay(Mapping tree, boolean ofProviders, Findings findings) {
    Mapping result = tree;
    for (Setting setting : settings) {
      if (setting.path().isEmpty() || setting.provider().isEmpty() == ofProviders) {
        continue;
      }
      String variable = variable(setting);
      if (variable != null) {
        List<String> texts = texts(setting, environment.get(variable), true);
        result = put(result, setting, variable, texts, findings);
      }
      for (Map.Entry<Setting, List<String>> given : flags.given().entrySet()) {
        if (given.getKey().path().equals(setting.path())) {
          List<String> texts = new ArrayList<>();
          boolean commas = setting.path().equals(KernelFlags.FEATURES);
          given.getValue().forEach(t -> texts.addAll(texts(setting, t, commas)));
          result = put(result, setting, "--" + given.getKey().flag(), texts, findings);
        }
      }
    }
    return result;
  }

  private static List<String> texts(Setting setting, @Nullable String text, boolean commas) {
    String all = text == null ? "" : text;
    if (!setting.list() || !commas) {
      return List.of(all);
    }
    List<String> items = new ArrayList<>();
    for (String item : all.split(",")) {
      if (!item.isBlank()) {
        items.add(item.trim());
      }
    }
    return items;
  }

  private static Mapping put(
      Mapping tree, Setting setting, String source, List<String> texts, Findings findings) {
    if (!setting.provider().isEmpty()) {
      Node owner = Trees.find(tree, setting.provider());
      boolean used = owner != null && !(owner instanceof Node.Scalar s && !Node.isNull(s));
      if (!used) {
        findings.warning(
            Mark.of(source),
            "",
            "has no effect: " + String.join(".", setting.provider()) + " is not in use");
        return tree;
      }
    }
    return Trees.put(tree, setting.path(), Trees.given(source, texts, setting.list()));
  }

  /** The variable that is set for a key: made of its path, or else of its flag's name. */
  private @Nullable String variable(Setting setting) {
    if (environment.containsKey(setting.variable())) {
      return setting.variable();
    }
    if (setting.hasFlag() && environment.containsKey(Setting.variable(setting.flag()))) {
      return Setting.variable(setting.flag());
    }
    return null;
  }

  /** Warns of variables that look like ours and are not. */
  void warnOfUnknownVariables(Findings findings) {
    Set<String> known = new LinkedHashSet<>(OTHER_VARIABLES);
    for (Setting setting : settings) {
      known.add(setting.variable());
      if (setting.hasFlag()) {
        known.add(Setting.variable(setting.flag()));
      }
    }
    for (String variable : environment.keySet()) {
      if (variable.startsWith("NARTHEX_") && !known.contains(variable)) {
        String nearest = Nearest.of(variable, known);
        findings.warning(
            Mark.of(variable),
            "",
            "has no effect: no such key"
                + (nearest == null ? "" : ", did you mean " + nearest + "?"));
      }
    }
  }
}
