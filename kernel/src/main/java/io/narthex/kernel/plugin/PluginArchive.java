package io.narthex.kernel.plugin;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A plugin in an archive: a plain jar, or a zip or tar.gz with {@code plugin.properties} and {@code
 * lib/}, at its top or in one directory at its top.
 *
 * <p>Whoever made it may mean harm. {@link #read} looks at every entry and every byte and writes
 * nothing; {@link #expandInto} checks it all again while writing, since the file may have changed.
 * Only plain files and directories are taken; permissions, owners and times are not.
 */
final class PluginArchive {
  private static final int MAX_DESCRIPTOR = 64 << 10;
  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  private final ArchiveEntries entries;
  private final String top;
  private final boolean plainJar;
  private final Descriptor descriptor;

  private PluginArchive(
      ArchiveEntries entries, String top, boolean plainJar, Descriptor descriptor) {
    this.entries = entries;
    this.top = top;
    this.plainJar = plainJar;
    this.descriptor = descriptor;
  }

  Descriptor descriptor() {
    return descriptor;
  }

  /** Whether the archive itself is what a class loader opens. */
  boolean plainJar() {
    return plainJar;
  }

  /**
   * Reads and checks an archive.
   *
   * @throws PluginFault when it is no plugin, is damaged, or could do harm
   */
  static PluginArchive read(Path file, ArchiveLimits limits) throws PluginFault {
    ArchiveEntries entries = ArchiveEntries.of(file, limits);
    Map<String, byte[]> kept = new HashMap<>();
    TreeSet<String> names = new TreeSet<>();
    entries.each((name, directory, content) -> {
      names.add(directory ? name + "/" : name);
      boolean wanted =
          name.equals(MANIFEST)
              || name.equals(Descriptor.PROPERTIES)
              || (name.endsWith("/" + Descriptor.PROPERTIES) && depth(name) == 1);
      if (directory) {
        return;
      }
      if (wanted) {
        kept.put(name, content.readNBytes(MAX_DESCRIPTOR));
      }
      content.transferTo(OutputStream.nullOutputStream());
    });
    String top = top(names);
    byte[] properties = kept.get(top + Descriptor.PROPERTIES);
    boolean libraries =
        names.stream()
            .anyMatch(n ->
                (n.startsWith(top + "lib/") && n.endsWith(".jar"))
                    || (n.startsWith(top + "classes/") && n.endsWith(".class")));
    try {
      byte[] manifestBytes = kept.get(MANIFEST);
      Manifest manifest =
          manifestBytes == null ? null : new Manifest(new ByteArrayInputStream(manifestBytes));
      if (entries.zipped() && !libraries && manifest != null && Descriptor.isPlugin(manifest)) {
        return new PluginArchive(entries, "", true, Descriptor.of(manifest));
      }
    } catch (IOException e) {
      throw new PluginFault("its manifest cannot be read: " + e.getMessage(), e);
    }
    if (properties == null) {
      throw new PluginFault(
          "is no plugin: it has neither a "
              + Descriptor.PROPERTIES
              + " nor a manifest with Plugin-Id");
    }
    if (!libraries) {
      throw new PluginFault("is no plugin: it has no lib/ with jars");
    }
    return new PluginArchive(entries, top, false, properties(properties));
  }

  static Descriptor properties(byte[] bytes) throws PluginFault {
    Properties properties = new Properties();
    try (InputStreamReader reader =
        new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new PluginFault(Descriptor.PROPERTIES + " cannot be read: " + e.getMessage(), e);
    }
    return Descriptor.of(properties);
  }

  /**
   * Writes the entries below a directory, which must exist and be empty.
   *
   * @throws PluginFault when the archive is damaged, could do harm, or cannot be written; what was
   *     written until then stays
   */
  void expandInto(Path directory) throws PluginFault {
    entries.each((name, isDirectory, content) -> {
      String relative = (isDirectory ? name + "/" : name);
      if (!relative.startsWith(top) || relative.length() == top.length()) {
        return;
      }
      Path target = directory.resolve(name.substring(top.length())).normalize();
      if (!target.startsWith(directory)) {
        throw EntryNames.refused(name, "it would be written outside of the plugin");
      }
      if (isDirectory) {
        Files.createDirectories(target);
        return;
      }
      Files.createDirectories(target.getParent());
      try (OutputStream out =
          Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.transferTo(out);
      }
    });
  }

  private static int depth(String name) {
    return (int) name.chars().filter(c -> c == '/').count();
  }

  /** The one directory that everything is in, with a slash, or empty. */
  private static String top(TreeSet<String> names) {
    if (names.isEmpty() || names.contains(Descriptor.PROPERTIES)) {
      return "";
    }
    int slash = names.first().indexOf('/');
    if (slash < 0) {
      return "";
    }
    String top = names.first().substring(0, slash + 1);
    return names.stream().allMatch(n -> n.startsWith(top)) ? top : "";
  }

  /** Reads a small file of an unpacked plugin. */
  static byte @Nullable [] small(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      out.write(in.readNBytes(MAX_DESCRIPTOR));
      return out.toByteArray();
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
