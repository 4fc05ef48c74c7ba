package io.narthex.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A table of cases in a resource: a line a case, columns separated by tabs (several count as one),
 * lines that begin with {@code #} left out. In a column {@code \n \t \\ \s} (a blank) and {@code
 * \}{@code uXXXX} stand for a character and {@code \0} for nothing, so that a column can be empty.
 */
public final class Table {
  private Table() {}

  /** The cases of a resource beside {@code test}, each with {@code columns} columns. */
  public static List<String[]> read(Class<?> test, String name, int columns) {
    List<String[]> rows = new ArrayList<>();
    int number = 0;
    for (String line : lines(test, name)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] row = line.split("\t+");
      if (row.length != columns) {
        throw new IllegalStateException(
            name + ":" + number + ": got " + row.length + " columns, want " + columns);
      }
      for (int i = 0; i < row.length; i++) {
        row[i] = unescape(row[i]);
      }
      rows.add(row);
    }
    if (rows.isEmpty()) {
      throw new IllegalStateException(name + " has no cases");
    }
    return rows;
  }

  /** The lines of a resource beside {@code test}. */
  public static List<String> lines(Class<?> test, String name) {
    try (InputStream in = test.getResourceAsStream(name)) {
      byte[] content = Objects.requireNonNull(in, name).readAllBytes();
      return new String(content, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Undoes the escapes. */
  public static String unescape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escaped = text.charAt(++i);
      switch (escaped) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 's' -> out.append(' ');
        case '\\', '"' -> out.append(escaped);
        case '0' -> {}
        case 'u' -> {
          out.append((char) Integer.parseInt(text, i + 1, i + 5, 16));
          i += 4;
        }
        default -> throw new IllegalStateException("unknown escape \\" + escaped);
      }
    }
    return out.toString();
  }
}
