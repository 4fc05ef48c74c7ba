package io.narthex.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An installation as a user has it: unpacked from the tarball, in a directory with a space in its
 * name.
 *
 * @param home where {@code bin}, {@code lib}, {@code plugins} and {@code conf} are
 * @param tools the only directory on the search path of what is started: no Java is in it
 */
record Installation(Path home, Path tools) {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  /** Unpacks the tarball that the build has made. */
  static Installation unpackInto(Path directory) throws IOException {
    Path tarball;
    try (Stream<Path> built = Files.list(TARGET)) {
      List<Path> found =
          built
              .filter(p -> p.getFileName().toString().matches("narthex-.*-linux-x64\\.tar\\.gz"))
              .toList();
      if (found.size() != 1) {
        throw new IllegalStateException(
            "cannot find the tarball: got " + found + " in " + TARGET + ", want one");
      }
      tarball = found.get(0);
    }
    Path place = Files.createDirectories(directory.resolve("an installation"));
    Ended tar =
        Launch.of(Path.of("/bin/tar"), "xzf", tarball.toString())
            .with("PATH", "/usr/bin:/bin")
            .in(place)
            .run();
    if (tar.status() != 0) {
      throw new IOException("cannot unpack " + tarball + ": " + tar.err());
    }
    Path tools = Files.createDirectories(directory.resolve("tools"));
    // The one program that a launcher may need besides Java; of all else the shell has its own.
    Files.copy(
        Path.of("/usr/bin/readlink"),
        tools.resolve("readlink"),
        StandardCopyOption.COPY_ATTRIBUTES);
    try (Stream<Path> unpacked = Files.list(place)) {
      return new Installation(unpacked.findFirst().orElseThrow(), tools);
    }
  }

  Path bin(String program) {
    return home.resolve("bin").resolve(program);
  }

  Path plugins() {
    return home.resolve("plugins");
  }

  /** One of its programs, to be started. */
  Launch launch(String program, String... arguments) {
    return launch(bin(program), arguments);
  }

  /** One of its programs by another path, to be started. */
  Launch launch(Path launcher, String... arguments) {
    return Launch.of(launcher, arguments).with("PATH", tools.toString());
  }

  /** Every file with its size and time: what a read-only installation could not change. */
  TreeMap<String, String> contents() throws IOException {
    TreeMap<String, String> contents = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(home)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        contents.put(
            home.relativize(path).toString(),
            Files.isDirectory(path)
                ? "directory"
                : Files.size(path) + " bytes of " + Files.getLastModifiedTime(path));
      }
    }
    return contents;
  }
}
