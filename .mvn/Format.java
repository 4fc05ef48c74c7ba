import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Checks ({@code check}) or mends ({@code write}) the formatting of all Java files below the given
 * directories. The root pom runs it; it is a program of its own rather than google-java-format's
 * because that one looks at every file each time, which costs seconds that the build has better use
 * for: files found in order are remembered by path, size and time in {@code target/formatted}.
 */
final class Format {
  private static final Path MEMORY = Path.of("target", "formatted");

  /** Exists afterwards if, and only if, there were problems; the pom turns it into a failure. */
  private static final Path PROBLEMS = Path.of("target", "unformatted");

  private static final Set<String> SKIPPED_DIRECTORIES =
      Set.of("target", "data", "node_modules", ".git");

  public static void main(String[] args) throws IOException {
    boolean write = args[0].equals("write");
    Set<String> known = recall();
    Set<String> formatted = Collections.synchronizedSet(new TreeSet<>(known));
    List<String> problems = Collections.synchronizedList(new ArrayList<>());
    List<Path> files = new ArrayList<>();
    for (String root : Arrays.asList(args).subList(1, args.length)) {
      files.addAll(javaFilesBelow(Path.of(root).normalize()));
    }
    files.parallelStream()
        .filter(file -> !known.contains(key(file)))
        .forEach(file -> {
          try {
            String before = Files.readString(file);
            String after = new Formatter().formatSourceAndFixImports(before);
            if (!after.equals(before)) {
              if (!write) {
                problems.add(file + ": not formatted");
                return;
              }
              Files.writeString(file, after);
            }
            formatted.add(key(file));
          } catch (FormatterException e) {
            e.diagnostics().stream().map(d -> file + ":" + d).forEach(problems::add);
          } catch (IOException e) {
            problems.add("cannot format " + file + ": " + e);
          }
        });
    remember(formatted);
    Files.deleteIfExists(PROBLEMS);
    if (!problems.isEmpty()) {
      List<String> sorted = problems.stream().sorted().toList();
      sorted.forEach(System.err::println);
      Files.write(PROBLEMS, sorted);
    }
  }

  private static List<Path> javaFilesBelow(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            return SKIPPED_DIRECTORIES.contains(String.valueOf(dir.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java") && attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // Another build may remove files while this one walks past them.
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  /** The version of the formatter is part of it: a new one looks at everything again. */
  private static String key(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return "%s %s %d %d"
          .formatted(
              System.getProperty("format.version"),
              file,
              attributes.size(),
              attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> recall() throws IOException {
    if (!Files.exists(MEMORY)) {
      return Set.of();
    }
    try (Stream<String> lines = Files.lines(MEMORY)) {
      return new HashSet<>(lines.toList());
    }
  }

  private static void remember(Set<String> formatted) throws IOException {
    // Keys of files that have changed or gone are dropped here, so the list does not grow for ever.
    List<String> current =
        formatted.stream()
            .filter(line -> {
              String[] parts = line.split(" ");
              Path file = parts.length == 4 ? Path.of(parts[1]) : Path.of("");
              return Files.isRegularFile(file) && key(file).equals(line);
            })
            .toList();
    Files.createDirectories(MEMORY.getParent());
    Files.write(MEMORY, current);
  }
}
