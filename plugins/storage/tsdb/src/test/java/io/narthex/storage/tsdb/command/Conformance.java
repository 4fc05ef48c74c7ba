package io.narthex.storage.tsdb.command;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The conformance data, and Debian's promtool; tests are skipped where they are missing. */
final class Conformance {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

  private Conformance() {}

  /** A folder of the conformance data. */
  static Path folder(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      for (String shared : List.of("shared", "work/shared")) {
        Path folder = at.resolve(shared).resolve("conformance").resolve(name);
        if (Files.exists(folder)) {
          return folder;
        }
      }
    }
    System.out.println("SKIPPED: no shared/conformance/" + name);
    assumeTrue(false, "no shared/conformance/" + name);
    throw new AssertionError();
  }

  /** What a program printed, and how it ended. */
  record Ended(int status, String out, String err) {}

  /** Runs Debian's promtool. */
  static Ended promtool(Path directory, String... arguments)
      throws IOException, InterruptedException {
    if (!Files.isExecutable(PROMTOOL)) {
      System.out.println("SKIPPED: no " + PROMTOOL);
      assumeTrue(false, "no " + PROMTOOL);
    }
    Path out = Files.createTempFile("promtool", ".out");
    Path err = Files.createTempFile("promtool", ".err");
    try {
      Process process =
          new ProcessBuilder(
                  Stream.concat(Stream.of(PROMTOOL.toString()), Stream.of(arguments)).toList())
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("promtool did not end");
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Copies a folder, so that the copy may be changed. */
  static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(p -> {
        try {
          Path target = to.resolve(from.relativize(p).toString());
          if (Files.isDirectory(p)) {
            Files.createDirectories(target);
          } else {
            Files.write(target, Files.readAllBytes(p));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    return to;
  }
}
