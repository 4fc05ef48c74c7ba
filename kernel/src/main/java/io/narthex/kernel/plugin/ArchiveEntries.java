package io.narthex.kernel.plugin;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * The entries of a zip or tar.gz that may be hostile. Each is checked before it is shown: its name,
 * that it is a plain file or directory, that it is not encrypted, its checksum where there is one,
 * and that all together stay within limits. Permissions, owners and times are not looked at.
 */
final class ArchiveEntries {
  private enum Format {
    ZIP,
    TAR_GZ
  }

  private final Path file;
  private final ArchiveLimits limits;
  private final Format format;

  private ArchiveEntries(Path file, ArchiveLimits limits, Format format) {
    this.file = file;
    this.limits = limits;
    this.format = format;
  }

  /**
   * Opens nothing yet but looks what it is.
   *
   * @throws PluginFault when it is neither
   */
  static ArchiveEntries of(Path file, ArchiveLimits limits) throws PluginFault {
    return new ArchiveEntries(file, limits, format(file));
  }

  /** Whether it is a zip, as jars are. */
  boolean zipped() {
    return format == Format.ZIP;
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

  /** Is shown the entries. */
  interface Visitor {
    /**
     * Takes an entry.
     *
     * @param name checked by {@link EntryNames}; without a trailing slash
     * @param content only good during the call; what is left unread is read and checked afterwards
     */
    void visit(String name, boolean directory, InputStream content) throws IOException, PluginFault;
  }

  /**
   * Shows all entries, in the archive's order, but for that of the archive's own top.
   *
   * @throws PluginFault when the archive is damaged or could do harm, which may be found after some
   *     entries were shown
   */
  void each(Visitor visitor) throws PluginFault {
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
}
