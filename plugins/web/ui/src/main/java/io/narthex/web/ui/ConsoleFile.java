package io.narthex.web.ui;

import io.narthex.api.web.HttpError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Reads templates and libraries, and says as Prometheus does why it cannot. */
final class ConsoleFile {
  private static final int MAX_BYTES = 16 << 20;

  private ConsoleFile() {}

  /**
   * The text of a file of a {@link PublicDirectory}.
   *
   * @throws HttpError 404 when there is none that may be seen; 500 for a directory, and for more
   *     than 16 MiB
   */
  static String read(String directory, String name) throws HttpError {
    String shown = shown(directory, name);
    Path file =
        PublicDirectory.find(directory, name)
            .orElseThrow(() -> new HttpError(404, "open " + shown + ": no such file or directory"));
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new HttpError(500, "read " + shown + ": is a directory");
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      // Reading a pipe would wait for somebody to write.
      throw new HttpError(404, "open " + shown + ": not a regular file");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (AccessDeniedException e) {
      throw new HttpError(404, "open " + shown + ": permission denied");
    } catch (IOException e) {
      throw new HttpError(404, "open " + shown + ": no such file or directory");
    }
    if (bytes.length > MAX_BYTES) {
      throw new HttpError(500, "read " + shown + ": more than " + MAX_BYTES + " bytes");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The path, as messages show it. */
  private static String shown(String directory, String name) throws HttpError {
    try {
      String below = Path.of("/" + name).normalize().toString();
      return Path.of(directory.isEmpty() ? "." : directory, below).normalize().toString();
    } catch (InvalidPathException e) {
      throw new HttpError(404, "http: invalid or unsafe file path");
    }
  }
}
