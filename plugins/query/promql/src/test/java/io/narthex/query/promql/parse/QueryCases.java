package io.narthex.query.promql.parse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Reads the files of queries and expectations beside the tests: blocks divided by blank lines,
 * lines of comment behind {@code ##}.
 */
final class QueryCases {

  /**
   * One block.
   *
   * @param expected the lines behind {@code => } or {@code !> }
   */
  record Case(ParserOptions options, String query, String expected) {
    @Override
    public String toString() {
      return query;
    }
  }

  static final ParserOptions NONE =
      new ParserOptions(
          false,
          false,
          false,
          false,
          ParserOptions.DEFAULT.maxDepth(),
          ParserOptions.DEFAULT.maxBytes());

  private QueryCases() {}

  static List<Case> read(String file, ParserOptions options) throws IOException {
    String text;
    try (InputStream in = QueryCases.class.getResourceAsStream(file)) {
      text = new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Case> cases = new ArrayList<>();
    for (String block : text.replaceAll("(?m)^##.*\n", "").split("\n{2,}")) {
      if (!block.isBlank()) {
        cases.add(parse(block, options));
      }
    }
    return cases;
  }

  private static Case parse(String block, ParserOptions fileOptions) {
    ParserOptions options = fileOptions;
    List<String> query = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (String line : block.strip().split("\n")) {
      if (line.startsWith("=> ") || line.startsWith("!> ")) {
        expected.add(line.substring(3));
      } else if (line.equals("[all]")) {
        options = ParserOptions.ALL;
      } else if (line.equals("[none]")) {
        options = NONE;
      } else {
        query.add(line);
      }
    }
    if (query.isEmpty() || expected.isEmpty()) {
      throw new IllegalArgumentException("not a query with an expectation: " + block);
    }
    return new Case(options, String.join("\n", query), String.join("\n", expected));
  }
}
