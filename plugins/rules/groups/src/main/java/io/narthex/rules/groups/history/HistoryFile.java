package io.narthex.rules.groups.history;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Changes on disk: lines of JSON in two files, {@code alerts.jsonl} which grows and {@code
 * alerts.old.jsonl} before it. When the first is full it takes the place of the second, so that
 * half of what is kept at least is there at any time.
 *
 * <pre>
 * {"time":1700000000000,"file":"/etc/r.yml","group":"g","alert":"Down","labels":{"job":"a"},
 *  "from":"pending","to":"firing","value":"0"}
 * </pre>
 *
 * <p>A line that was not written to its end, as when power failed, is left out. Used by one thread
 * at a time.
 */
final class HistoryFile {
  /** Characters that are written at once, more or less. */
  private static final int CHUNK = 64 << 10;

  private final Path present;
  private final Path old;
  private final long mostBytes;
  private final ConfigFiles files;

  /**
   * Names the files; opens nothing.
   *
   * @param mostBytes of both together, below 2 GiB
   */
  HistoryFile(Path directory, long mostBytes, ConfigFiles files) {
    present = directory.resolve("alerts.jsonl");
    old = directory.resolve("alerts.old.jsonl");
    this.mostBytes = mostBytes;
    this.files = files;
  }

  /** All changes, oldest first. */
  List<AlertChange> read() throws IOException {
    List<AlertChange> all = new ArrayList<>();
    read(old, all);
    read(present, all);
    return all;
  }

  private void read(Path file, List<AlertChange> into) throws IOException {
    byte[] content = end(file);
    int begin = 0;
    for (int i = 0; i < content.length; i++) {
      if (content[i] == '\n') {
        byte[] line = Arrays.copyOfRange(content, begin, i);
        begin = i + 1;
        try {
          into.add(
              files.parse(
                  file.toString(),
                  line,
                  ConfigShape.of(AlertChange.class),
                  ConfigFiles.Syntax.LENIENT_JSON));
        } catch (ConfigException e) {
          // Torn or damaged; the others are worth having.
          continue;
        }
      }
    }
  }

  /** The end of a file; somebody else may have made it larger than we do. */
  private byte[] end(Path file) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long size = Math.min(channel.size(), mostBytes);
      channel.position(channel.size() - size);
      return Channels.newInputStream(channel).readNBytes((int) size);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  /** Adds changes at the end. */
  void append(List<AlertChange> changes) throws IOException {
    Files.createDirectories(present.toAbsolutePath().getParent());
    // Less than a file has room for, however many bytes a character has.
    long most = Math.min(CHUNK, mostBytes / 8);
    StringBuilder lines = new StringBuilder();
    StringBuilder line = new StringBuilder();
    for (AlertChange change : changes) {
      line.setLength(0);
      change.json(line);
      line.append('\n');
      if (lines.length() + line.length() > most) {
        append(lines);
        lines.setLength(0);
      }
      lines.append(line);
    }
    append(lines);
  }

  private void append(StringBuilder lines) throws IOException {
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > mostBytes / 2) {
      // One change of several megabytes would take the place of all others.
      return;
    }
    long size = Files.exists(present) ? Files.size(present) : 0;
    if (size > 0 && size + bytes.length > mostBytes / 2) {
      Files.move(present, old, StandardCopyOption.REPLACE_EXISTING);
      size = 0;
    }
    if (size > 0 && !endsLine(size)) {
      // What follows a torn line must not become part of it.
      lines.insert(0, '\n');
      bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    }
    Files.write(present, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private boolean endsLine(long size) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(present)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      channel.position(size - 1).read(last);
      return last.get(0) == '\n';
    }
  }
}
