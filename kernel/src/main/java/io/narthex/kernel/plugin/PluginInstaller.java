package io.narthex.kernel.plugin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Changes what lies in the plugin directories. A process that runs notices by looking; so each
 * change is one move within a file system, and everything before it happens in a directory whose
 * name begins with a dot, which is not looked at.
 */
final class PluginInstaller {
  private final PluginSettings settings;
  private final ArchiveLimits limits;
  private final PluginScanner scanner;

  PluginInstaller(PluginSettings settings, ArchiveLimits limits) {
    this.settings = settings;
    this.limits = limits;
    this.scanner =
        new PluginScanner(
            settings, ApplicationClassPath.of(System.getProperty("java.class.path", "")));
  }

  /**
   * What was installed.
   *
   * @param path where it lies now
   * @param replaced the version that lay in that directory before; empty for none
   */
  record Installed(Descriptor descriptor, Path path, String replaced) {}

  /** Everything that lies in the directories, usable or not. */
  List<Found> found() {
    Map<Path, Found> all = new TreeMap<>();
    scanner.scan().forEach((path, sighting) -> all.put(path, scanner.read(path, sighting)));
    return List.copyOf(all.values());
  }

  /** Ids that are switched off. */
  Set<String> disabled() {
    Set<String> ids = new LinkedHashSet<>(scanner.disabled());
    ids.addAll(settings.disabled());
    return ids;
  }

  /** What would run. */
  Resolution resolve(List<Found> found) {
    return Resolution.of(found, settings.program(), settings.version(), disabled(), Set.of());
  }

  /**
   * Installs an archive into the installation's plugin directory, or into another one.
   *
   * @param force also replace the same or a newer version
   * @throws PluginFault when it cannot be; nothing is left behind then
   */
  Installed install(Path file, Path directory, boolean force) throws PluginFault {
    PluginArchive archive = PluginArchive.read(file, limits);
    Descriptor descriptor = archive.descriptor();
    String id = descriptor.getPluginId();
    String version = descriptor.getVersion();
    Versions.checkRequires(descriptor, settings.version());
    List<Found> before = new ArrayList<>();
    for (Found found : found()) {
      if (found.id().equals(id) && directory.equals(found.path().getParent())) {
        if (!force && Versions.compare(version, found.version()) <= 0) {
          throw new PluginFault(
              "version "
                  + found.version()
                  + " of "
                  + id
                  + " is already there, and "
                  + version
                  + " is no newer; --force replaces it");
        }
        if (!found.bundled()) {
          before.add(found);
        }
      }
    }
    String replaced = before.isEmpty() ? "" : before.getLast().version();
    Path work = workDirectory(directory);
    try {
      Path made = work.resolve("plugin");
      if (archive.plainJar()) {
        Files.copy(file, made);
        // The file may have changed since it was checked.
        Descriptor copied = PluginArchive.read(made, limits).descriptor();
        if (!copied.getPluginId().equals(id) || !copied.getVersion().equals(version)) {
          throw new PluginFault("changed while it was installed");
        }
        checkIndex(new PluginFiles(List.of(made), false, null), descriptor);
      } else {
        Files.createDirectory(made);
        archive.expandInto(made);
        checkIndex(new PluginFiles(PluginFiles.classPathOf(made), false, null), descriptor);
      }
      Path target = directory.resolve(id + "-" + version + (archive.plainJar() ? ".jar" : ""));
      replace(made, target, before, work);
      return new Installed(descriptor, target, replaced);
    } catch (IOException e) {
      throw new PluginFault("cannot write to " + directory + ": " + described(e), e);
    } finally {
      PluginCache.delete(work);
    }
  }

  private static void checkIndex(PluginFiles files, Descriptor descriptor) throws PluginFault {
    files.extensionNames(!descriptor.hasPluginClass());
  }

  private static void replace(Path made, Path target, List<Found> before, Path work)
      throws IOException, PluginFault {
    Map<Path, Path> aside = new LinkedHashMap<>();
    try {
      for (Found old : before) {
        Path away = work.resolve("old-" + aside.size());
        move(old.path(), away);
        aside.put(old.path(), away);
      }
      if (Files.exists(target)) {
        throw new PluginFault("cannot write " + target + ": something else lies there");
      }
      move(made, target);
    } catch (IOException | PluginFault e) {
      for (Map.Entry<Path, Path> old : aside.entrySet()) {
        move(old.getValue(), old.getKey());
      }
      throw e;
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to);
    }
  }

  private static Path workDirectory(Path directory) throws PluginFault {
    try {
      Files.createDirectories(directory);
      return Files.createTempDirectory(directory, ".narthex-");
    } catch (IOException e) {
      throw new PluginFault("cannot write to " + directory + ": " + described(e), e);
    }
  }

  private static String described(IOException e) {
    if (e instanceof AccessDeniedException
        || String.valueOf(e.getMessage()).contains("Read-only file system")) {
      return "it is not writable for this user; use --directory with one that is, and give it to"
          + " the server with --plugins.directory";
    }
    return e instanceof FileSystemException system && system.getReason() != null
        ? system.getReason()
        : Deadline.describe(e);
  }

  /**
   * Removes a plugin that did not come with the installation.
   *
   * @return where it lay
   */
  List<Path> remove(String id) throws PluginFault {
    List<Found> all = known(id);
    List<Found> own = all.stream().filter(found -> !found.bundled()).toList();
    if (own.isEmpty()) {
      throw new PluginFault(
          "it came with the installation; to switch it off: narthex plugin disable " + id);
    }
    List<Path> removed = new ArrayList<>();
    for (Found found : own) {
      Path directory = found.path().getParent();
      if (directory == null) {
        continue;
      }
      Path work = workDirectory(directory);
      try {
        move(found.path(), work.resolve("removed"));
        removed.add(found.path());
      } catch (IOException e) {
        throw new PluginFault("cannot write to " + directory + ": " + described(e), e);
      } finally {
        PluginCache.delete(work);
      }
    }
    return removed;
  }

  /**
   * The plugins of an id, at least one.
   *
   * @throws PluginFault when there is none
   */
  List<Found> known(String id) throws PluginFault {
    List<Found> all = found().stream().filter(found -> found.id().equals(id)).toList();
    if (all.isEmpty()) {
      throw new PluginFault("no such plugin in " + shown(settings.searched()));
    }
    return all;
  }

  private static String shown(List<Path> directories) {
    return String.join(", ", directories.stream().map(Path::toString).toList());
  }

  /**
   * Switches a plugin off.
   *
   * @param directory the one whose {@code disabled.txt} shall name it
   * @return false when it was off
   */
  boolean disable(String id, Path directory) throws PluginFault {
    known(id);
    if (scanner.disabled().contains(id)) {
      return false;
    }
    List<String> lines = new ArrayList<>(lines(directory));
    if (lines.isEmpty()) {
      lines.add("# Plugins that are not started, one id a line.");
    }
    lines.add(id);
    write(directory, lines);
    return true;
  }

  /**
   * Switches a plugin on.
   *
   * @return false when it was on
   */
  boolean enable(String id) throws PluginFault {
    boolean changed = false;
    for (Path directory : settings.searched()) {
      if (scanner.disabled(directory).contains(id)) {
        write(
            directory, lines(directory).stream().filter(line -> !line.strip().equals(id)).toList());
        changed = true;
      }
    }
    if (!changed) {
      known(id);
      if (settings.disabled().contains(id)) {
        throw new PluginFault("it is switched off in the configuration, plugins.disabled");
      }
    }
    return changed;
  }

  private static List<String> lines(Path directory) throws PluginFault {
    Path file = directory.resolve(PluginScanner.DISABLED);
    try {
      return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    } catch (IOException e) {
      throw new PluginFault("cannot read " + file + ": " + described(e), e);
    }
  }

  private static void write(Path directory, List<String> lines) throws PluginFault {
    Path work = workDirectory(directory);
    try {
      Path made = work.resolve(PluginScanner.DISABLED);
      Files.write(made, lines, StandardCharsets.UTF_8);
      Files.move(
          made,
          directory.resolve(PluginScanner.DISABLED),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new PluginFault("cannot write to " + directory + ": " + described(e), e);
    } finally {
      PluginCache.delete(work);
    }
  }
}
