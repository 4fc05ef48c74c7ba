package io.narthex.query.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every query of the conformance scripts parses, and prints to text that parses to the same. */
class ConformanceQueriesTest {
  private static final Pattern EVAL =
      Pattern.compile(
          "(?i)^\\s*eval(?:_\\w+)?\\s+(?:instant\\s+at\\s+\\S+|range\\s+from\\s+\\S+\\s+to\\s+\\S+"
              + "\\s+step\\s+\\S+)\\s+(.+)$");

  @Test
  void everyQueryParses() throws IOException {
    Path scripts = projectRoot().resolve("../shared/conformance/promql").normalize();
    if (!Files.isDirectory(scripts)) {
      System.out.println("SKIPPED: no conformance scripts at " + scripts);
    }
    assumeTrue(Files.isDirectory(scripts), () -> "no conformance scripts at " + scripts);
    PromqlParser parser = new PromqlParser(ParserOptions.ALL, new StandardFunctions());
    List<String> failures = new ArrayList<>();
    int queries = 0;
    try (Stream<Path> files = Files.list(scripts)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".test")).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          Matcher eval = EVAL.matcher(line);
          if (!eval.matches()) {
            continue;
          }
          queries++;
          String query = eval.group(1);
          try {
            Expr expr = parser.parse(query);
            Expr again = parser.parse(expr.toString());
            Expr laidOut = parser.parse(PrettyPrinter.print(expr));
            if (!PositionFree.of(again).equals(PositionFree.of(expr))
                || !PositionFree.of(laidOut).equals(PositionFree.of(expr))) {
              failures.add(file.getFileName() + ": " + query + "\n  printed as " + expr);
            }
          } catch (ParseException e) {
            failures.add(file.getFileName() + ": " + query + "\n  " + e.getMessage());
          }
        }
      }
    }
    assertThat(failures).isEmpty();
    assertThat(queries).isGreaterThan(1000);
  }

  /** The nearest directory above this module that holds the whole build. */
  private static Path projectRoot() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory.getParent() != null && !Files.isDirectory(directory.resolve("plugin-api"))) {
      directory = directory.getParent();
    }
    return directory;
  }
}
