package io.narthex.query.promql.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value of an answer. Read here rather than by a library: what a command loads, its user
 * waits for.
 */
sealed interface Json {
  /** A string. */
  record Text(String value) implements Json {}

  /** A number, as it is written. */
  record Number(String text) implements Json {}

  /** {@code true}, {@code false} or {@code null}. */
  record Word(String word) implements Json {}

  /** An array. */
  record Array(List<Json> items) implements Json {}

  /** An object; of keys that are there twice, the last counts. */
  record Fields(Map<String, Json> fields) implements Json {
    /** A field; {@code null}, the JSON value, where there is none. */
    Json get(String name) {
      return fields.getOrDefault(name, NULL);
    }
  }

  /** The value null. */
  Json NULL = new Word("null");

  /** A text that is no JSON. */
  final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** Reads a text that holds one value. */
  static Json read(String text) throws Malformed {
    Reader reader = new Reader(text);
    Json value = reader.value(0);
    reader.blanks();
    if (reader.at < text.length()) {
      throw reader.unexpected("after top-level value");
    }
    return value;
  }

  /** Goes through a text. */
  final class Reader {
    private static final int MAX_DEPTH = 100;

    private final String text;
    private int at;

    private Reader(String text) {
      this.text = text;
    }

    private void blanks() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private Malformed unexpected(String where) {
      return new Malformed(
          at >= text.length()
              ? "unexpected end of JSON input"
              : "invalid character '" + text.charAt(at) + "' " + where);
    }

    private boolean next(char c) {
      blanks();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private Json value(int depth) throws Malformed {
      if (depth > MAX_DEPTH) {
        throw new Malformed("exceeded max depth");
      }
      blanks();
      char c = at < text.length() ? text.charAt(at) : 0;
      if (c == '{') {
        return fields(depth);
      }
      if (c == '[') {
        return array(depth);
      }
      if (c == '"') {
        return new Text(string());
      }
      int start = at;
      while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      if (at > start && c != 'e' && c != 'E') {
        return new Number(text.substring(start, at));
      }
      at = start;
      for (String word : List.of("true", "false", "null")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return new Word(word);
        }
      }
      throw unexpected("looking for beginning of value");
    }

    private Json fields(int depth) throws Malformed {
      at++;
      Map<String, Json> fields = new LinkedHashMap<>();
      if (next('}')) {
        return new Fields(fields);
      }
      do {
        blanks();
        if (at >= text.length() || text.charAt(at) != '"') {
          throw unexpected("looking for beginning of object key string");
        }
        String key = string();
        if (!next(':')) {
          throw unexpected("after object key");
        }
        fields.put(key, value(depth + 1));
      } while (next(','));
      if (!next('}')) {
        throw unexpected("after object key:value pair");
      }
      return new Fields(fields);
    }

    private Json array(int depth) throws Malformed {
      at++;
      List<Json> items = new ArrayList<>();
      if (next(']')) {
        return new Array(items);
      }
      do {
        items.add(value(depth + 1));
      } while (next(','));
      if (!next(']')) {
        throw unexpected("after array element");
      }
      return new Array(items);
    }

    private String string() throws Malformed {
      int start = ++at;
      int end = start;
      while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\\') {
        end++;
      }
      StringBuilder out = new StringBuilder(text.substring(start, end));
      at = end;
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == '"') {
          return out.toString();
        }
        out.append(c == '\\' ? escaped() : c);
      }
      throw new Malformed("unexpected end of JSON input");
    }

    private char escaped() throws Malformed {
      char c = at < text.length() ? text.charAt(at) : 0;
      int simple = "\"\\/bfnrt".indexOf(c);
      if (c != 0 && simple >= 0) {
        at++;
        return "\"\\/\b\f\n\r\t".charAt(simple);
      }
      if (c == 'u' && at + 5 <= text.length()) {
        try {
          char decoded = (char) Integer.parseInt(text, at + 1, at + 5, 16);
          at += 5;
          return decoded;
        } catch (NumberFormatException _) {
          throw new Malformed("invalid character in \\u hexadecimal character escape");
        }
      }
      throw unexpected("in string escape code");
    }
  }
}
