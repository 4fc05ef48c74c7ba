package io.narthex.kernel.config;

import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Defaults;
import io.narthex.api.plugin.Extensions;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import io.narthex.kernel.config.Node.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A first look at the command line, the environment and the file, for what is needed before plugins
 * are loaded: where plugins and data lie, and how to log. It complains of nothing: what is wrong is
 * said when everything is read by {@link Configuration}.
 */
public final class Startup {
  private final Flags.Parsed flags;
  private final Map<String, String> environment;
  private final List<Setting> settings;

  private Startup(Flags.Parsed flags, Map<String, String> environment, List<Setting> settings) {
    this.flags = flags;
    this.environment = environment;
    this.settings = settings;
  }

  /**
   * What is needed early.
   *
   * @param log how to log
   * @param data where data lies
   * @param plugins where plugins lie
   * @param features what {@code --enable-feature} or the file names
   */
  public record Early(
      LogConfig log, DataConfig data, PluginsConfig plugins, List<String> features) {
    public Early {
      features = List.copyOf(features);
    }
  }

  /**
   * Replaces {@code @file} arguments by that file's lines, as kingpin does.
   *
   * @throws FlagException when a file cannot be read
   */
  public static List<String> expand(List<String> arguments, Path workingDirectory)
      throws FlagException {
    return Flags.expand(arguments, workingDirectory);
  }

  /**
   * Looks at a command line.
   *
   * @param arguments expanded
   * @param environment the process's
   * @param aliases other names of the kernel's flags: the program's name, and the one meant
   */
  public static Startup scan(
      List<String> arguments, Map<String, String> environment, Map<String, String> aliases) {
    List<Setting> settings = new ArrayList<>();
    Extensions none = new NoExtensions();
    settings.addAll(SettingScan.of("log", LogConfig.class, none));
    settings.addAll(SettingScan.of("data", DataConfig.class, none));
    settings.addAll(SettingScan.of("plugins", PluginsConfig.class, none));
    List<Setting> all = new ArrayList<>(settings);
    all.addAll(KernelFlags.all(""));
    settings.add(KernelFlags.features());
    Flags.Parsed parsed;
    try {
      parsed = new Flags(all, aliases, List.of()).parse(arguments, true);
    } catch (FlagException e) {
      // Said when the command line is read in full.
      parsed = new Flags.Parsed(new LinkedHashMap<>(), Set.of(), Set.of());
    }
    return new Startup(parsed, environment, settings);
  }

  /** {@code --config.file}, else {@code NARTHEX_CONFIG_FILE}. */
  public Optional<String> configFile() {
    String flag = flags.value(KernelFlags.CONFIG_FILE);
    return Optional.ofNullable(flag != null ? flag : environment.get("NARTHEX_CONFIG_FILE"));
  }

  /** Whether {@code --help}, {@code --help-long} or {@code --help-man} was given. */
  public boolean helpWanted() {
    return flags.has("help") || flags.has("help-long") || flags.has("help-man");
  }

  /** Whether {@code --version} was given. */
  public boolean versionWanted() {
    return flags.has(KernelFlags.VERSION);
  }

  /**
   * Looks at the file.
   *
   * @param file the configuration file; a missing or broken one is as good as none
   */
  public Early read(Optional<Path> file) {
    Findings ignored = new Findings();
    Mapping tree = Mapping.empty(Mark.of(""));
    if (file.isPresent()) {
      try {
        byte[] content = Files.readAllBytes(file.get());
        String source = file.get().toString();
        if (Yaml.read(source, content, Yaml.Limits.STANDARD, ignored) instanceof Mapping mapping) {
          tree = mapping;
        }
      } catch (IOException | ConfigProblems e) {
        tree = Mapping.empty(Mark.of(""));
      }
    }
    tree = new Overlays(settings, environment, flags).lay(tree, false, ignored);
    return new Early(
        section("log", LogConfig.class, tree),
        section("data", DataConfig.class, tree),
        section("plugins", PluginsConfig.class, tree),
        features(tree));
  }

  private static List<String> features(Mapping tree) {
    List<String> names = new ArrayList<>();
    if (Trees.find(tree, KernelFlags.FEATURES) instanceof Sequence sequence) {
      for (Node item : sequence.items()) {
        if (item instanceof Scalar name && !Node.isNull(name)) {
          names.add(name.text());
        }
      }
    }
    return names;
  }

  private static <C> C section(String key, Class<C> type, Mapping tree) {
    Node node = Trees.find(tree, List.of(key));
    Findings ignored = new Findings();
    Object bound =
        new Binder(new NoExtensions(), ignored, Set.of(), true)
            .bind(ConfigShape.of(type), node, key, tree.mark());
    return bound != null ? type.cast(bound) : Defaults.of(type);
  }

  /** There are no plugins yet. */
  private static final class NoExtensions implements Extensions {
    @Override
    public <T> List<T> all(Class<T> type) {
      return List.of();
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
      return () -> {};
    }
  }
}
