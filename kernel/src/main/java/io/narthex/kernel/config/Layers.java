package io.narthex.kernel.config;

import io.narthex.api.config.ConfigSection;
import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What lies over one another: the role's base configuration, the file, the environment, the command
 * line. Asks for the plugins' sections and settings each time, since they come and go.
 */
final class Layers {
  private static final String BASE = "base configuration";

  private final Configuration.Setup setup;
  private volatile @Nullable Mapping base;

  Layers(Configuration.Setup setup) {
    this.setup = setup;
  }

  /**
   * All layers in one.
   *
   * @param tree to be bound
   * @param file what the file alone says
   * @param flags that are known
   * @param parsed what was given of them
   */
  record Layered(Mapping tree, Mapping file, Flags flags, Flags.Parsed parsed) {
    /** The top-level keys of the file. */
    Set<String> fileKeys() {
      Set<String> keys = new LinkedHashSet<>();
      file.entries().forEach(e -> keys.add(e.key()));
      return keys;
    }
  }

  /**
   * Lays them over one another.
   *
   * @param text the file's; null when there is none
   * @throws ConfigProblems when the file or the command line cannot be read at all
   */
  Layered lay(byte @Nullable [] text, List<ConfigSection<?>> sections, Findings findings)
      throws ConfigProblems {
    List<Setting> settings = settings(sections);
    Flags flags = flagsOf(settings);
    Flags.Parsed parsed = parse(flags);
    Mapping tree =
        top(
            Yaml.read(BASE, setup.role().baseConfiguration(), Yaml.Limits.STANDARD, findings),
            findings);
    Mapping file = Mapping.empty(tree.mark());
    if (text != null) {
      String name = setup.file().orElseThrow().toString();
      file = top(Yaml.read(name, text, Yaml.Limits.STANDARD, findings), findings);
      tree = Trees.merge(tree, file);
    }
    Overlays overlays = new Overlays(settings, setup.environment(), parsed);
    tree = overlays.lay(tree, false, findings);
    for (Selection selection : Selection.all()) {
      if (sections.stream().anyMatch(s -> s.key().equals(selection.key().get(0)))) {
        tree = selection.apply(tree, setup.extensions(), findings);
      }
    }
    tree = overlays.lay(tree, true, findings);
    tree = ExternalLabels.expand(tree, setup.environment(), findings);
    overlays.warnOfUnknownVariables(findings);
    if (!parsed.ignored().isEmpty()) {
      findings.warning(
          Mark.of("command line"), "", "no effect here: " + String.join(", ", parsed.ignored()));
    }
    return new Layered(tree, file, flags, parsed);
  }

  private Flags.Parsed parse(Flags flags) throws ConfigProblems {
    try {
      return flags.parse(setup.arguments(), true);
    } catch (FlagException e) {
      throw new ConfigProblems(Mark.of("command line"), Objects.toString(e.getMessage(), ""));
    }
  }

  /** Keys of the top level, each once. */
  private static Mapping top(Node root, Findings findings) throws ConfigProblems {
    if (Node.isNull(root)) {
      return Mapping.empty(root.mark());
    }
    if (!(root instanceof Mapping mapping)) {
      throw new ConfigProblems(
          List.of(
              Problem.mismatch(
                  root.mark(),
                  "",
                  "cannot unmarshal " + root.tag() + " into config.plain; want keys")));
    }
    Map<String, Entry> once = new LinkedHashMap<>();
    for (Entry entry : mapping.entries()) {
      if (once.putIfAbsent(entry.key(), entry) != null) {
        findings.mismatch(
            entry.mark(),
            entry.key(),
            "field " + entry.key() + " already set in type config.plain");
      }
    }
    return new Mapping(
        mapping.source(), mapping.line(), mapping.column(), List.copyOf(once.values()));
  }

  /**
   * The kernel's, then those of plugins, in their order; of two with one key both.
   *
   * @param without keys of plugins' sections to leave out
   */
  List<ConfigSection<?>> sections(Set<String> without) {
    List<ConfigSection<?>> all = new ArrayList<>(setup.sections());
    for (ConfigSection<?> section : setup.extensions().all(ConfigSection.class)) {
      if (!without.contains(section.key())) {
        all.add(section);
      }
    }
    all.sort(Comparator.comparingInt(ConfigSection::order));
    return all;
  }

  /** Takes out those whose key is another's already. */
  static void leaveOutDuplicates(List<ConfigSection<?>> sections, Findings findings) {
    Set<String> keys = new HashSet<>();
    sections.removeIf(section -> {
      boolean second = !keys.add(section.key());
      if (second) {
        findings.warning(
            Mark.of(section.getClass().getName()),
            "",
            "is left out: the key " + section.key() + " has another owner");
      }
      return second;
    });
  }

  private List<Setting> settings(List<ConfigSection<?>> sections) {
    List<Setting> settings = new ArrayList<>(KernelFlags.all(setup.role().defaultConfigFile()));
    settings.addAll(SettingScan.of(sections, setup.extensions(), setup.role().name()));
    settings.replaceAll(s -> s.path().isEmpty() ? s : s.over(Trees.find(base(), s.path())));
    return settings;
  }

  /** The role's base; empty when it is broken, which loading reports. */
  private Mapping base() {
    Mapping known = base;
    if (known == null) {
      try {
        Findings ignored = new Findings();
        Node root =
            Yaml.read(BASE, setup.role().baseConfiguration(), Yaml.Limits.STANDARD, ignored);
        known = root instanceof Mapping mapping ? mapping : Mapping.empty(root.mark());
      } catch (ConfigProblems e) {
        known = Mapping.empty(Mark.of(BASE));
      }
      base = known;
    }
    return known;
  }

  /** The flags of all sections that are there now. */
  Flags flags() {
    return flagsOf(settings(sections(Set.of())));
  }

  private Flags flagsOf(List<Setting> settings) {
    RoleSettings role = setup.role();
    return new Flags(settings, role.flagAliases(), role.flagsWithoutEffect(), role.refusedFlags());
  }
}
