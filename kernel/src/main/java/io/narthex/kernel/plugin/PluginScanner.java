package io.narthex.kernel.plugin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks into the plugin directories. Used by one thread. */
final class PluginScanner {
  private static final Logger LOG = LoggerFactory.getLogger(PluginScanner.class);

  /** PF4J's file of ids that are switched off, one a line. */
  static final String DISABLED = "disabled.txt";

  /**
   * Something that may be a plugin.
   *
   * @param directory position of its directory
   */
  record Sighting(String fingerprint, Found.Kind kind, int directory) {}

  private final List<Path> directories;
  private final Path installed;
  private final ApplicationClassPath classPath;
  private final Map<Path, Map<Path, Sighting>> last = new HashMap<>();
  private final Map<Path, Set<String>> disabled = new HashMap<>();
  private final Set<Path> unreadable = new HashSet<>();

  PluginScanner(PluginSettings settings, ApplicationClassPath classPath) {
    this.directories = settings.searched();
    this.installed = settings.installed();
    this.classPath = classPath;
  }

  /** Everything that may be a plugin, by path; reads no contents. */
  Map<Path, Sighting> scan() {
    Map<Path, Sighting> all = new TreeMap<>();
    for (int i = 0; i < directories.size(); i++) {
      Path directory = directories.get(i);
      Map<Path, Sighting> seen;
      try {
        seen = look(directory, i);
      } catch (NoSuchFileException | NotDirectoryException e) {
        seen = Map.of();
      } catch (IOException e) {
        // A file system that is away for a moment is no reason to stop its plugins.
        seen = last.getOrDefault(directory, Map.of());
      }
      last.put(directory, seen);
      all.putAll(seen);
    }
    return all;
  }

  private static Map<Path, Sighting> look(Path directory, int position) throws IOException {
    Map<Path, Sighting> seen = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path path : entries) {
        String name = String.valueOf(path.getFileName());
        if (name.startsWith(".")) {
          continue;
        }
        BasicFileAttributes attributes;
        try {
          attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (IOException e) {
          continue; // It went away while we looked, or is a link to nothing.
        }
        if (attributes.isDirectory()) {
          if (Files.exists(path.resolve(Descriptor.PROPERTIES))
              || Files.isDirectory(path.resolve("lib"))) {
            seen.put(path, new Sighting(ofTree(path), Found.Kind.DIRECTORY, position));
          }
        } else if (attributes.isRegularFile() && name.endsWith(".jar")) {
          seen.put(path, new Sighting(of(attributes), Found.Kind.JAR, position));
        } else if (attributes.isRegularFile() && name.endsWith(".zip")) {
          seen.put(path, new Sighting(of(attributes), Found.Kind.ZIP, position));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return seen;
  }

  /** The file's key is in it because a file may be replaced by one of the same size and time. */
  private static String of(BasicFileAttributes attributes) {
    return attributes.lastModifiedTime().toInstant()
        + " "
        + attributes.size()
        + " "
        + attributes.fileKey();
  }

  private static String ofTree(Path directory) {
    StringBuilder print = new StringBuilder();
    List<Path> files = new ArrayList<>(List.of(directory.resolve(Descriptor.PROPERTIES)));
    try (Stream<Path> lib = Files.list(directory.resolve("lib"))) {
      lib.sorted().forEach(files::add);
    } catch (IOException e) {
      print.append("no lib");
    }
    files.add(directory.resolve("classes"));
    for (Path file : files) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        print.append('\n').append(file.getFileName()).append(' ').append(of(attributes));
      } catch (IOException e) {
        print.append('\n').append(file.getFileName()).append(" is not there");
      }
    }
    return print.toString();
  }

  /** Reads what a sighting says about itself. */
  Found read(Path path, Sighting sighting) {
    Descriptor descriptor;
    try {
      descriptor =
          switch (sighting.kind) {
            case JAR -> ofJar(path);
            case ZIP -> ofZip(path);
            case DIRECTORY -> ofDirectory(path);
          };
    } catch (PluginFault e) {
      return new Found(
          path,
          sighting.fingerprint,
          sighting.kind,
          2 * sighting.directory + 1,
          false,
          null,
          e.reason());
    }
    boolean bundled =
        sighting.kind == Found.Kind.DIRECTORY
            && path.equals(installed.resolve(descriptor.getPluginId()))
            && (descriptor.markedBundled() || classPath.holds(PluginFiles.libraries(path)));
    return new Found(
        path,
        sighting.fingerprint,
        sighting.kind,
        2 * sighting.directory + (bundled ? 0 : 1),
        bundled,
        descriptor,
        "");
  }

  private static Descriptor ofJar(Path path) throws PluginFault {
    try (JarFile jar = new JarFile(path.toFile(), false)) {
      Manifest manifest = jar.getManifest();
      if (manifest == null) {
        throw new PluginFault("is no plugin: the jar has no manifest");
      }
      return Descriptor.of(manifest);
    } catch (IOException | IllegalArgumentException e) {
      throw new PluginFault("is damaged: " + e.getMessage(), e);
    }
  }

  private static Descriptor ofZip(Path path) throws PluginFault {
    return PluginArchive.read(path, ArchiveLimits.DEFAULT).descriptor();
  }

  private static Descriptor ofDirectory(Path path) throws PluginFault {
    byte[] properties;
    try {
      properties = PluginArchive.small(path.resolve(Descriptor.PROPERTIES));
    } catch (IOException e) {
      throw new PluginFault("cannot read " + Descriptor.PROPERTIES + ": " + e.getMessage(), e);
    }
    if (properties == null) {
      throw new PluginFault("is no plugin: it has no " + Descriptor.PROPERTIES);
    }
    return PluginArchive.properties(properties);
  }

  /** Ids that the directories' {@link #DISABLED} name. */
  Set<String> disabled() {
    Set<String> ids = new TreeSet<>();
    for (Path directory : directories) {
      ids.addAll(disabled(directory));
    }
    return Collections.unmodifiableSet(ids);
  }

  /**
   * Ids that one directory's {@link #DISABLED} names; none when there is no such file. While it
   * cannot be read, those that it named before: a plugin that was switched off must not come back
   * for that.
   */
  Set<String> disabled(Path directory) {
    Path file = directory.resolve(DISABLED);
    String text;
    try {
      // A byte that is no UTF-8 spoils the line that it is in, and no other.
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      text = "";
    } catch (IOException e) {
      if (unreadable.add(directory)) {
        LOG.atWarn()
            .addKeyValue("file", file)
            .addKeyValue("reason", e.toString())
            .log("Cannot read which plugins are disabled, keeping those that were");
      }
      return disabled.getOrDefault(directory, Set.of());
    }
    Set<String> ids = new TreeSet<>();
    for (String line : text.lines().toList()) {
      String id = line.strip();
      if (!id.isEmpty() && !id.startsWith("#")) {
        ids.add(id);
      }
    }
    unreadable.remove(directory);
    disabled.put(directory, Set.copyOf(ids));
    return Collections.unmodifiableSet(ids);
  }
}
