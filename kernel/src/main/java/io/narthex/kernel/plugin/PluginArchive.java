package io.narthex.kernel.plugin;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
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

  /** How the archive is packed. */
  enum Format {
    ZIP,
    TAR_GZ
  }

  private final Path file;
  private final ArchiveLimits limits;
  private final Format format;
  private final String top;
  private final boolean plainJar;
  private final Descriptor descriptor;

  private PluginArchive(
      Path file,
      ArchiveLimits limits,
      Format format,
      String top,
      boolean plainJar,
      Descriptor descriptor) {
    this.file = file;
    this.limits = limits;
    this.format = format;
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
    Format format = format(file);
    Map<String, byte[]> kept = new HashMap<>();
    TreeSet<String> names = new TreeSet<>();
    walk(
        file,
        format,
        limits,
        (name, directory, content) -> {
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
      if (format == Format.ZIP && !libraries && manifest != null && Descriptor.isPlugin(manifest)) {
        return new PluginArchive(file, limits, format, "", true, Descriptor.of(manifest));
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
    return new PluginArchive(file, limits, format, top, false, properties(properties));
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
    walk(
        file,
        format,
        limits,
        (name, isDirectory, content) -> {
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
              Files.newOutputStream(
                  target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
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

  private static Format format(Path file) throws PluginFault {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(4);
    } catch (NoSuchFileException e) {
      throw new PluginFault("no such file", e);
    } catch (IOException e) {
      throw new PluginFault("cannot be read: " + e.getMessage(), e);
    }
    if (start.length == 4 && start[0] == 'P' && start[1] == 'K' && start[2] < 9) {
      return Format.ZIP;
    }
    if (start.length >= 2 && (start[0] & 0xFF) == 0x1F && (start[1] & 0xFF) == 0x8B) {
      return Format.TAR_GZ;
    }
    throw new PluginFault("is no archive: want a jar, a zip or a tar.gz");
  }

  private interface Visitor {
    /** The content is only good during the call; what is left unread is not looked at. */
    void visit(String name, boolean directory, InputStream content) throws IOException, PluginFault;
  }

  private static void walk(Path file, Format format, ArchiveLimits limits, Visitor visitor)
      throws PluginFault {
    try {
      Budget budget = new Budget(limits, Files.size(file));
      switch (format) {
        case ZIP -> walkZip(file, budget, visitor);
        case TAR_GZ -> walkTar(file, budget, visitor);
      }
    } catch (TooLarge e) {
      throw new PluginFault(e.reason, e);
    } catch (EOFException e) {
      throw new PluginFault("is damaged: it ends too early", e);
    } catch (IOException | IllegalArgumentException e) {
      // Commons Compress throws the latter on broken headers.
      throw new PluginFault("is damaged: " + firstLine(e), e);
    }
  }

  private static String firstLine(Exception e) {
    String message = e.getMessage();
    return message == null
        ? e.getClass().getSimpleName()
        : EntryNames.shown(message.lines().findFirst().orElse(""));
  }

  private static void walkZip(Path file, Budget budget, Visitor visitor)
      throws IOException, PluginFault {
    EntryNames names = new EntryNames();
    try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
      Enumeration<ZipArchiveEntry> entries = zip.getEntries();
      while (entries.hasMoreElements()) {
        ZipArchiveEntry entry = entries.nextElement();
        budget.entry();
        int type = entry.getUnixMode() & 0xF000;
        if (entry.isUnixSymlink() || type == 0xA000) {
          throw EntryNames.refused(entry.getName(), "it is a symbolic link");
        }
        if (type != 0 && type != 0x8000 && type != 0x4000) {
          throw EntryNames.refused(entry.getName(), "it is neither a file nor a directory");
        }
        if (entry.getGeneralPurposeBit().usesEncryption()) {
          throw EntryNames.refused(entry.getName(), "it is encrypted");
        }
        // The library has mended names with backslashes by now.
        byte[] raw = entry.getRawName();
        String name =
            names.check(
                raw != null && indexOf(raw, (byte) '\\') >= 0
                    ? new String(raw, StandardCharsets.UTF_8)
                    : entry.getName(),
                entry.isDirectory());
        if (entry.isDirectory()) {
          if (!name.isEmpty()) {
            visitor.visit(name, true, InputStream.nullInputStream());
          }
          continue;
        }
        if (!zip.canReadEntryData(entry)) {
          throw EntryNames.refused(entry.getName(), "it is packed in a way that is not supported");
        }
        try (Counted content = new Counted(zip.getInputStream(entry), budget)) {
          visitor.visit(name, false, content);
          content.transferTo(OutputStream.nullOutputStream());
          if (content.count != entry.getSize() || content.crc.getValue() != entry.getCrc()) {
            throw EntryNames.refused(entry.getName(), "it is damaged (checksum or size)");
          }
        }
      }
    }
  }

  private static int indexOf(byte[] bytes, byte wanted) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static void walkTar(Path file, Budget budget, Visitor visitor)
      throws IOException, PluginFault {
    EntryNames names = new EntryNames();
    // The budget is charged below the tar reader, which would keep hostile headers in memory.
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new Counted(
                GzipCompressorInputStream.builder()
                    .setInputStream(new BufferedInputStream(Files.newInputStream(file)))
                    .setDecompressConcatenated(true)
                    .get(),
                budget),
            StandardCharsets.UTF_8.name())) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        budget.entry();
        if (entry.isSymbolicLink()) {
          throw EntryNames.refused(entry.getName(), "it is a symbolic link");
        }
        if (entry.isLink()) {
          throw EntryNames.refused(entry.getName(), "it is a hard link");
        }
        if (entry.isGlobalPaxHeader()) {
          continue;
        }
        if (!entry.isDirectory() && !plain(entry)) {
          throw EntryNames.refused(entry.getName(), "it is neither a file nor a directory");
        }
        String name = names.check(entry.getName(), entry.isDirectory());
        if (entry.isDirectory()) {
          if (!name.isEmpty()) {
            visitor.visit(name, true, InputStream.nullInputStream());
          }
          continue;
        }
        ByteCount passed = new ByteCount(tar);
        visitor.visit(name, false, passed);
        passed.transferTo(OutputStream.nullOutputStream());
        if (passed.count != entry.getSize()) {
          throw EntryNames.refused(entry.getName(), "it is damaged: it ends too early");
        }
      }
    }
  }

  /** {@code isFile} says yes to kinds that it does not know. */
  private static boolean plain(TarArchiveEntry entry) {
    byte kind = entry.getLinkFlag();
    return (kind == TarConstants.LF_NORMAL || kind == TarConstants.LF_OLDNORM) && !entry.isSparse();
  }

  /** Does not close what it reads, which goes on behind an entry. */
  private static final class ByteCount extends FilterInputStream {
    private long count;

    ByteCount(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b >= 0 ? 1 : 0;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      count += Math.max(n, 0);
      return n;
    }

    @Override
    public void close() {}
  }

  /** Counts expanded bytes, and charges them to a budget before they are handed out. */
  private static final class Counted extends FilterInputStream {
    private final Budget budget;
    private final CRC32 crc = new CRC32();
    private long count;

    Counted(InputStream in, Budget budget) {
      super(in);
      this.budget = budget;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        crc.update(b);
        count++;
        budget.bytes(1);
      }
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        crc.update(buffer, offset, n);
        count += n;
        budget.bytes(n);
      }
      return n;
    }

    @Override
    public long skip(long n) throws IOException {
      long skipped = super.skip(n);
      budget.bytes(skipped);
      return skipped;
    }
  }

  private static final class TooLarge extends IOException {
    private final String reason;

    TooLarge(String reason) {
      super(reason);
      this.reason = reason;
    }
  }

  private static final class Budget {
    private final ArchiveLimits limits;
    private final long packed;
    private long bytes;
    private int entries;

    Budget(ArchiveLimits limits, long packed) {
      this.limits = limits;
      this.packed = packed;
    }

    void entry() throws TooLarge {
      if (++entries > limits.entries()) {
        throw new TooLarge("is too large: it has more than " + limits.entries() + " entries");
      }
    }

    void bytes(long more) throws TooLarge {
      bytes += more;
      if (bytes > limits.bytes()) {
        throw new TooLarge(
            "is too large: it expands to more than " + (limits.bytes() >> 20) + " MiB");
      }
      if (bytes > limits.ratioFrom() && bytes > packed * limits.ratio()) {
        throw new TooLarge(
            "is too large: it expands to more than " + limits.ratio() + " times its size");
      }
    }
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
