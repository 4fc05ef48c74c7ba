package io.narthex.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Archives that mean harm, made by hand. */
final class PluginArchiveTest {
  private static final ArchiveLimits SMALL = new ArchiveLimits(20, 4 << 20, 50, 1 << 20);

  @TempDir Path temporary;
  private HostFixture at;
  private byte[] jar;

  @BeforeEach
  void make() throws IOException {
    at = new HostFixture(temporary);
    jar = SamplePlugin.of("sample").jar(false);
  }

  private interface Entries<O extends OutputStream> {
    void write(O out) throws IOException;
  }

  private Path zip(Entries<ZipArchiveOutputStream> more) throws IOException {
    Path file = at.root.resolve("hostile.zip");
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(Files.newOutputStream(file))) {
      zipped(
          out,
          "plugin.properties",
          SamplePlugin.of("sample").properties().getBytes(StandardCharsets.UTF_8));
      zipped(out, "lib/sample.jar", jar);
      more.write(out);
    }
    return file;
  }

  private static void zipped(ZipArchiveOutputStream out, String name, byte[] content)
      throws IOException {
    zipped(out, new ZipArchiveEntry(name), content);
  }

  private static void zipped(ZipArchiveOutputStream out, ZipArchiveEntry entry, byte[] content)
      throws IOException {
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  private Path tar(Entries<TarArchiveOutputStream> more) throws IOException {
    Path file = at.root.resolve("hostile.tar.gz");
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(new GzipCompressorOutputStream(Files.newOutputStream(file)))) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tarred(
          out,
          new TarArchiveEntry("plugin.properties"),
          SamplePlugin.of("sample").properties().getBytes(StandardCharsets.UTF_8));
      tarred(out, new TarArchiveEntry("lib/sample.jar"), jar);
      more.write(out);
    }
    return file;
  }

  private static void tarred(TarArchiveOutputStream out, TarArchiveEntry entry, byte[] content)
      throws IOException {
    entry.setSize(content.length);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
  }

  /** Tries to install it, and looks whether anything is left of the attempt, here or elsewhere. */
  private void refused(Path archive, String message) throws IOException {
    List<Path> before = everything();
    assertThatThrownBy(
            () -> new PluginInstaller(at.settings, SMALL).install(archive, at.plugins, false))
        .isInstanceOf(PluginFault.class)
        .hasMessageContaining(message);
    assertThat(everything()).isEqualTo(before);
    assertThat(at.root.resolve("home/plugins")).isEmptyDirectory();
    assertThat(at.root.resolve("evil")).doesNotExist();
  }

  private List<Path> everything() throws IOException {
    try (Stream<Path> all = Files.walk(at.root)) {
      return all.sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "../evil|it would be written outside of the plugin",
        "lib/../../evil|it would be written outside of the plugin",
        "lib/..|it would be written outside of the plugin",
        "/tmp/evil|its name is absolute",
        "C:/evil|its name is absolute",
        "..\\evil|its name has a backslash",
        "lib\\evil.jar|its name has a backslash",
        "lib//evil.jar|its name has an empty part",
        "lib/./evil.jar|its name has an empty part",
        "lib/evil.jar:stream|characters that file names may not have",
        "plugin.properties|it is there twice",
        "LIB/other.jar|only in case",
        "lib/SAMPLE.jar|only in case",
        "lib|it is both a file and a directory",
        "lib/sample.jar/evil|it is both a file and a directory",
      })
  void namesThatLeadElsewhereAreRefused(String name, String message) throws IOException {
    byte[] content = "evil".getBytes(StandardCharsets.UTF_8);
    // The library would mend backslashes while writing, so they are put in afterwards.
    String written = name.replace('\\', '!');
    Path zip = zip(out -> zipped(out, written, content));
    String bytes = Files.readString(zip, StandardCharsets.ISO_8859_1);
    Files.writeString(zip, bytes.replace(written, name), StandardCharsets.ISO_8859_1);
    refused(zip, message);
    refused(tar(out -> tarred(out, new TarArchiveEntry(name, true), content)), message);
  }

  @Test
  void overlongNamesAreRefused() throws IOException {
    String segment = "n".repeat(300);
    String path = "lib/" + "d/".repeat(600) + "x";
    refused(
        zip(out -> zipped(out, segment, new byte[1])),
        "a part of its name is longer than 255 bytes");
    refused(zip(out -> zipped(out, path, new byte[1])), "its name is longer than 1024 characters");
    refused(
        tar(out -> tarred(out, new TarArchiveEntry(path), new byte[1])),
        "its name is longer than 1024 characters");
  }

  @Test
  void linksAndDevicesAreRefused() throws IOException {
    refused(
        zip(out -> {
          ZipArchiveEntry link = new ZipArchiveEntry("lib/link.jar");
          link.setUnixMode(0120777);
          zipped(out, link, "/etc/passwd".getBytes(StandardCharsets.UTF_8));
        }),
        "it is a symbolic link");
    refused(
        zip(out -> {
          ZipArchiveEntry device = new ZipArchiveEntry("lib/device");
          device.setUnixMode(0060666);
          zipped(out, device, new byte[0]);
        }),
        "it is neither a file nor a directory");
    for (byte kind :
        new byte[] {
          TarConstants.LF_SYMLINK,
          TarConstants.LF_LINK,
          TarConstants.LF_CHR,
          TarConstants.LF_BLK,
          TarConstants.LF_FIFO,
          TarConstants.LF_CONTIG,
          'Z'
        }) {
      Path file =
          tar(out -> {
            TarArchiveEntry entry = new TarArchiveEntry("lib/entry", kind);
            entry.setLinkName("/etc/passwd");
            tarred(out, entry, new byte[0]);
          });
      refused(
          file,
          kind == TarConstants.LF_SYMLINK
              ? "it is a symbolic link"
              : kind == TarConstants.LF_LINK
                  ? "it is a hard link"
                  : "it is neither a file nor a directory");
    }
  }

  @Test
  void aLinkAndAFileBelowItAreRefusedTogether() throws IOException {
    refused(
        tar(out -> {
          TarArchiveEntry link = new TarArchiveEntry("out", TarConstants.LF_SYMLINK);
          link.setLinkName("../..");
          out.putArchiveEntry(link);
          out.closeArchiveEntry();
          tarred(out, new TarArchiveEntry("out/evil"), new byte[1]);
        }),
        "it is a symbolic link");
  }

  @Test
  void bombsAreRefused() throws IOException {
    byte[] zeros = new byte[2 << 20];
    refused(zip(out -> zipped(out, "lib/zeros", zeros)), "more than 50 times its size");
    refused(
        tar(out -> tarred(out, new TarArchiveEntry("lib/zeros"), zeros)),
        "more than 50 times its size");

    byte[] noise = new byte[5 << 20];
    new java.util.Random(1).nextBytes(noise);
    refused(zip(out -> zipped(out, "lib/noise", noise)), "it expands to more than 4 MiB");
    refused(
        tar(out -> tarred(out, new TarArchiveEntry("lib/noise"), noise)),
        "it expands to more than 4 MiB");

    refused(
        zip(out -> {
          for (int i = 0; i < 30; i++) {
            zipped(out, "lib/" + i, new byte[0]);
          }
        }),
        "it has more than 20 entries");
    refused(
        tar(out -> {
          for (int i = 0; i < 30; i++) {
            tarred(out, new TarArchiveEntry("lib/" + i), new byte[0]);
          }
        }),
        "it has more than 20 entries");
  }

  @Test
  void aBombInTheHeadersOfATarIsRefused() throws IOException {
    refused(
        tar(out -> {
          TarArchiveEntry header = new TarArchiveEntry("x", TarConstants.LF_GNUTYPE_LONGNAME);
          tarred(out, header, new byte[3 << 20]);
        }),
        "is too large");
  }

  @Test
  void encryptedEntriesAreRefused() throws IOException {
    Path file = zip(out -> {});
    byte[] bytes = Files.readAllBytes(file);
    // The flag of each entry in the central directory, 8 bytes behind its signature.
    for (int i = 0; i < bytes.length - 10; i++) {
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] == 1 && bytes[i + 3] == 2) {
        bytes[i + 8] |= 1;
      }
    }
    Files.write(file, bytes);
    refused(file, "it is encrypted");
  }

  @Test
  void truncatedAndBentArchivesAreRefused() throws IOException {
    Path zip = zip(out -> {});
    byte[] whole = Files.readAllBytes(zip);
    for (int length : new int[] {4, whole.length / 2, whole.length - 30}) {
      Files.write(zip, java.util.Arrays.copyOf(whole, length));
      refused(zip, "is damaged");
    }
    byte[] bent = whole.clone();
    int inside = new String(whole, StandardCharsets.ISO_8859_1).indexOf("lib/sample.jar") + 200;
    bent[inside] ^= 0x55;
    Files.write(zip, bent);
    refused(zip, "damaged");

    Path tar = tar(out -> {});
    byte[] packed = Files.readAllBytes(tar);
    for (int length : new int[] {20, packed.length / 2, packed.length - 4}) {
      Files.write(tar, java.util.Arrays.copyOf(packed, length));
      refused(tar, "is damaged");
    }
  }

  /** Any byte may be wrong: the answer is a plugin or one message, never another exception. */
  @Test
  void randomDamageGivesOneMessage() throws IOException {
    long seed = 42;
    java.util.Random random = new java.util.Random(seed);
    for (Path file : List.of(zip(out -> {}), tar(out -> {}))) {
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < 300; i++) {
        byte[] bent = whole.clone();
        for (int n = 0; n <= random.nextInt(4); n++) {
          bent[random.nextInt(bent.length)] = (byte) random.nextInt();
        }
        Files.write(file, bent);
        Path target = Files.createTempDirectory(at.root, "expanded");
        try {
          PluginArchive.read(file, SMALL).expandInto(target);
        } catch (PluginFault e) {
          assertThat(e.reason()).as("seed %d, round %d", seed, i).isNotBlank().doesNotContain("\n");
        }
        PluginCache.delete(target);
      }
    }
  }

  @Test
  void whatIsNoPluginIsRefused() throws IOException {
    Path text = at.root.resolve("text.zip");
    Files.writeString(text, "hello");
    refused(text, "is no archive: want a jar, a zip or a tar.gz");
    refused(at.root.resolve("nowhere.zip"), "no such file");

    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(bytes)) {
      zipped(out, "readme.txt", new byte[3]);
    }
    Files.write(text, bytes.toByteArray());
    refused(text, "is no plugin: it has neither a plugin.properties nor a manifest with Plugin-Id");
  }

  @Test
  void badDescriptorsAreRefusedBeforeAnythingIsWritten() throws IOException {
    for (String[] bad :
        new String[][] {
          {"Id", "../../evil", "cannot use plugin id"},
          {"Id", "Upper", "cannot use plugin id"},
          {"Version", "../1", "cannot use plugin version"},
          {"Requires", ">=9.0.0", "requires Narthex >=9.0.0, this is 0.1.0"}
        }) {
      SamplePlugin plugin = SamplePlugin.of("sample").with(bad[0], bad[1]);
      refused(plugin.zip(at.root.resolve("a.zip")), bad[2]);
      refused(plugin.jar(at.root.resolve("a.jar")), bad[2]);
    }
    refused(
        SamplePlugin.of("sample").withoutIndex().zip(at.root.resolve("a.zip")),
        "has no META-INF/extensions.idx");
  }

  @Test
  void innerArchivesStayPackedAndModesAreNotTaken() throws Exception {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(inner)) {
      zipped(out, "../../evil", new byte[1]);
    }
    Path file =
        tar(out -> {
          TarArchiveEntry tool = new TarArchiveEntry("tool.sh");
          tool.setMode(0106755);
          tarred(out, tool, new byte[1]);
          tarred(out, new TarArchiveEntry("lib/inner.zip"), inner.toByteArray());
        });
    Path target = Files.createDirectory(at.root.resolve("target"));
    PluginArchive.read(file, SMALL).expandInto(target);

    assertThat(target.resolve("lib/inner.zip")).isRegularFile();
    assertThat(target.resolve("lib")).isDirectoryNotContaining("glob:**/evil");
    assertThat((int) Files.getAttribute(target.resolve("tool.sh"), "unix:mode") & 07111).isZero();
  }

  @Test
  void oneDirectoryAroundEverythingIsTakenOff() throws Exception {
    Path file = at.root.resolve("wrapped.tar.gz");
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(new GzipCompressorOutputStream(Files.newOutputStream(file)))) {
      TarArchiveEntry directory = new TarArchiveEntry("./sample-1.0.0/");
      out.putArchiveEntry(directory);
      out.closeArchiveEntry();
      tarred(
          out,
          new TarArchiveEntry("./sample-1.0.0/plugin.properties"),
          SamplePlugin.of("sample").properties().getBytes(StandardCharsets.UTF_8));
      tarred(out, new TarArchiveEntry("./sample-1.0.0/lib/sample.jar"), jar);
    }
    PluginInstaller.Installed done =
        new PluginInstaller(at.settings, SMALL).install(file, at.plugins, false);
    assertThat(done.path()).isEqualTo(at.plugins.resolve("sample-1.0.0"));
    assertThat(done.path().resolve("lib/sample.jar")).hasBinaryContent(jar);
    try (HostFixture open = at.open()) {
      assertThat(open.reason("sample")).isEmpty();
    }
  }

  @Test
  void aHostileZipThatIsDroppedInIsRefusedToo() throws IOException {
    Path file = zip(out -> zipped(out, "../../../evil", new byte[1]));
    Files.move(file, at.plugins.resolve("hostile.zip"));
    try (HostFixture open = at.open()) {
      assertThat(open.reason("hostile.zip"))
          .isEqualTo("entry \"../../../evil\": it would be written outside of the plugin");
    }
  }
}
