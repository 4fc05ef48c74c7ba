package io.narthex.kernel.plugin;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Where plugins are and which of them are wanted.
 *
 * @param program how the program was called; plugins whose {@code Plugin-Roles} lack it are left
 *     out, except for {@code narthex}, which takes all
 * @param version Narthex's version, which {@code Plugin-Requires} is held against
 * @param home the installation; its {@code plugins/} is searched first
 * @param directories further directories, in order; a plugin in a later one replaces one of the
 *     same id in an earlier one
 * @param disabled ids that are switched off besides those in the directories' {@code disabled.txt}
 * @param dataDirectory below it each plugin gets a directory of its own, {@code plugins/<id>}
 * @param cacheDirectory where archives are expanded and jars are copied to before they are opened;
 *     made when first needed
 * @param deadline how long a constructor, a start or a stop of a plugin may take
 * @param pollInterval how often the directories are looked at; 0 for never
 */
public record PluginSettings(
    String program,
    String version,
    Path home,
    List<Path> directories,
    Set<String> disabled,
    Path dataDirectory,
    Path cacheDirectory,
    Duration deadline,
    Duration pollInterval) {
  /** The program that starts the plugins of all roles. */
  public static final String ALL = "narthex";

  /** Role of a plugin that names none. */
  static final String DEFAULT_ROLE = "prometheus";

  public PluginSettings {
    Objects.requireNonNull(program);
    Objects.requireNonNull(version);
    Objects.requireNonNull(home);
    directories = List.copyOf(directories);
    disabled = Set.copyOf(disabled);
    Objects.requireNonNull(dataDirectory);
    Objects.requireNonNull(cacheDirectory);
    if (!deadline.isPositive() || pollInterval.isNegative()) {
      throw new IllegalArgumentException(
          "cannot use plugin settings: got deadline "
              + deadline
              + " and poll interval "
              + pollInterval
              + ", want a deadline above 0 and no negative interval");
    }
  }

  /** Settings with no further directories, a deadline of 10 s and a look every second. */
  public static PluginSettings of(String program, String version, Path home, Path dataDirectory) {
    return new PluginSettings(
        program,
        version,
        home,
        List.of(),
        Set.of(),
        dataDirectory,
        dataDirectory.resolve("plugins").resolve(".cache"),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1));
  }

  PluginSettings withProgram(String name) {
    return new PluginSettings(
        name,
        version,
        home,
        directories,
        disabled,
        dataDirectory,
        cacheDirectory,
        deadline,
        pollInterval);
  }

  public PluginSettings withDirectories(List<Path> more) {
    return new PluginSettings(
        program,
        version,
        home,
        more,
        disabled,
        dataDirectory,
        cacheDirectory,
        deadline,
        pollInterval);
  }

  public PluginSettings withDisabled(Set<String> ids) {
    return new PluginSettings(
        program,
        version,
        home,
        directories,
        ids,
        dataDirectory,
        cacheDirectory,
        deadline,
        pollInterval);
  }

  public PluginSettings withCacheDirectory(Path directory) {
    return new PluginSettings(
        program,
        version,
        home,
        directories,
        disabled,
        dataDirectory,
        directory,
        deadline,
        pollInterval);
  }

  public PluginSettings withDeadline(Duration limit) {
    return new PluginSettings(
        program,
        version,
        home,
        directories,
        disabled,
        dataDirectory,
        cacheDirectory,
        limit,
        pollInterval);
  }

  public PluginSettings withPollInterval(Duration interval) {
    return new PluginSettings(
        program,
        version,
        home,
        directories,
        disabled,
        dataDirectory,
        cacheDirectory,
        deadline,
        interval);
  }

  /** All directories in the order in which they are searched, each once. */
  List<Path> searched() {
    LinkedHashSet<Path> all = new LinkedHashSet<>();
    all.add(installed());
    for (Path directory : directories) {
      all.add(directory.toAbsolutePath().normalize());
    }
    return List.copyOf(new ArrayList<>(all));
  }

  /** The installation's own directory of plugins. */
  Path installed() {
    return home.resolve("plugins").toAbsolutePath().normalize();
  }
}
