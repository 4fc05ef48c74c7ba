package io.narthex.kernel.plugin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * The jars of one plugin, as they are opened.
 *
 * @param jars jars and directories of classes, in class path order
 * @param shared whether they are on the application's class path and are loaded from there
 * @param copy our own copy of them, deleted at the end; null when they are used where they lie
 */
record PluginFiles(List<Path> jars, boolean shared, @Nullable Path copy) {
  private static final String INDEX = "META-INF/extensions.idx";

  /**
   * Makes a plugin's jars ready.
   *
   * <p>Third-party plugins are opened from a private copy: the JDK reads an open jar by offsets
   * that it remembers, so that overwriting it in place would turn each later class loading into
   * garbage, and deleting it on a network file system likewise. Bundled plugins, which belong to
   * the installation and are not touched while it runs, are opened where they lie.
   */
  static PluginFiles open(Found found, PluginCache cache, ApplicationClassPath classPath)
      throws PluginFault {
    Path path = found.path();
    if (found.bundled()) {
      List<Path> jars = classPathOf(path);
      return new PluginFiles(jars, classPath.holds(jars), null);
    }
    Path copy = null;
    try {
      copy = cache.fresh(found.id());
      List<Path> jars =
          switch (found.kind()) {
            case JAR -> copyJar(path, copy);
            case ZIP -> {
              PluginArchive archive = PluginArchive.read(path, ArchiveLimits.DEFAULT);
              if (archive.plainJar()) {
                yield copyJar(path, copy);
              }
              archive.expandInto(copy);
              yield classPathOf(copy);
            }
            case DIRECTORY -> {
              copyTree(path, copy);
              yield classPathOf(copy);
            }
          };
      if (jars.isEmpty()) {
        throw new PluginFault("has no jars in lib/");
      }
      return new PluginFiles(jars, false, copy);
    } catch (IOException e) {
      delete(copy);
      throw new PluginFault("cannot copy it to " + cache.root() + ": " + e.getMessage(), e);
    } catch (PluginFault e) {
      delete(copy);
      throw e;
    }
  }

  private static List<Path> copyJar(Path jar, Path directory) throws IOException {
    return List.of(Files.copy(jar, directory.resolve(String.valueOf(jar.getFileName()))));
  }

  private static void delete(@Nullable Path copy) {
    if (copy != null) {
      PluginCache.delete(copy);
    }
  }

  /** What an unpacked plugin's classes are loaded from. */
  static List<Path> classPathOf(Path directory) {
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(directory.resolve("classes"))) {
      all.add(directory.resolve("classes"));
    }
    all.addAll(libraries(directory));
    return all;
  }

  /**
   * The jars in {@code lib/} of an unpacked plugin, sorted; none when there is no such directory.
   */
  static List<Path> libraries(Path directory) {
    try (Stream<Path> lib = Files.list(directory.resolve("lib"))) {
      return lib.filter(p -> p.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    for (String part : List.of("classes", "lib")) {
      Path source = from.resolve(part);
      if (!Files.isDirectory(source)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Path target = to.resolve(from.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
          } else if (Files.isRegularFile(file)) {
            Files.copy(file, target);
          }
        }
      }
    }
  }

  /** The jars as URLs for a class loader. */
  List<URL> urls() throws PluginFault {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars) {
      try {
        urls.add(jar.toUri().toURL());
      } catch (IOException e) {
        throw new PluginFault("cannot open " + jar + ": " + e.getMessage(), e);
      }
    }
    return urls;
  }

  /**
   * Class names in the indexes that PF4J's annotation processor wrote. They are read from the jars
   * themselves, because a shared class loader would give those of all plugins.
   *
   * @throws PluginFault when there is no index, or a jar is damaged
   */
  List<String> extensionNames(boolean required) throws PluginFault {
    Set<String> names = new LinkedHashSet<>();
    boolean indexed = false;
    for (Path jar : jars) {
      try {
        if (Files.isDirectory(jar)) {
          Path index = jar.resolve(INDEX);
          if (Files.exists(index)) {
            indexed = true;
            try (InputStream in = Files.newInputStream(index)) {
              read(in, names);
            }
          }
          continue;
        }
        try (JarFile file = new JarFile(jar.toFile(), false)) {
          ZipEntry index = file.getEntry(INDEX);
          if (index != null) {
            indexed = true;
            try (InputStream in = file.getInputStream(index)) {
              read(in, names);
            }
          }
        }
      } catch (IOException | IllegalArgumentException e) {
        throw new PluginFault(jar.getFileName() + " is damaged: " + e.getMessage(), e);
      }
    }
    if (required && names.isEmpty()) {
      throw new PluginFault(
          indexed
              ? "has no extensions: " + INDEX + " is empty"
              : "has no "
                  + INDEX
                  + ": was it compiled with PF4J's annotation processor, and is a class annotated"
                  + " with @Extension?");
    }
    return List.copyOf(names);
  }

  private static void read(InputStream in, Set<String> names) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      int comment = line.indexOf('#');
      String name = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
  }

  /** Deletes our copy. */
  void close() {
    delete(copy);
  }
}
