package io.narthex.exporter.node;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over the lines and fields of a text file in a byte array, without making strings. A field
 * is what stands between blanks (spaces and tabs). Not safe for several threads.
 */
final class ByteCursor {
  private String name = "";
  private byte[] bytes = {};
  private int limit;

  /** Where the next line starts. */
  private int next;

  private int lineStart;
  private int lineEnd;
  private int lineNumber;
  private int at;

  /** Starts at the beginning of a file's content. */
  ByteCursor over(String fileName, byte[] content, int length) {
    name = fileName;
    bytes = content;
    limit = length;
    next = 0;
    lineStart = 0;
    lineEnd = 0;
    lineNumber = 0;
    at = 0;
    return this;
  }

  /** The array behind it, filled up to {@link #length()}. */
  byte[] array() {
    return bytes;
  }

  int length() {
    return limit;
  }

  /**
   * Goes to the next line.
   *
   * @return false at the end
   */
  boolean nextLine() {
    if (next >= limit) {
      return false;
    }
    lineStart = next;
    at = next;
    int end = next;
    while (end < limit && bytes[end] != '\n') {
      end++;
    }
    lineEnd = end;
    next = end + 1;
    lineNumber++;
    return true;
  }

  /**
   * Goes to the next line of a file of which each line ends in a line feed. The kernel's do; one
   * that does not was cut off while it was read, and its last number may lack digits.
   */
  boolean nextWholeLine() throws MalformedFileException {
    if (!nextLine()) {
      return false;
    }
    if (lineEnd == limit) {
      throw malformed("a line that is cut off", "one that ends in a line feed");
    }
    return true;
  }

  /** Whether the rest of the line begins with {@code prefix}; if so, goes past it. */
  boolean skip(byte[] prefix) {
    int end = at + prefix.length;
    if (end > lineEnd || !Arrays.equals(bytes, at, end, prefix, 0, prefix.length)) {
      return false;
    }
    at = end;
    return true;
  }

  /** Goes past blanks. */
  void skipBlanks() {
    while (at < lineEnd && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
  }

  /** Whether there is a further field in this line; goes to its start. */
  boolean hasField() {
    skipBlanks();
    return at < lineEnd;
  }

  /** How many fields the rest of the line has. Does not move. */
  int countFields() {
    int count = 0;
    boolean blank = true;
    for (int i = at; i < lineEnd; i++) {
      boolean isBlank = bytes[i] == ' ' || bytes[i] == '\t';
      if (blank && !isBlank) {
        count++;
      }
      blank = isBlank;
    }
    return count;
  }

  /** Goes past the next field, and tells whether it is {@code expected}. */
  boolean fieldIs(byte[] expected) {
    skipBlanks();
    int start = at;
    skipField();
    return Arrays.equals(bytes, start, at, expected, 0, expected.length);
  }

  /** Goes past the next field. */
  void skipField() {
    skipBlanks();
    while (at < lineEnd && bytes[at] != ' ' && bytes[at] != '\t') {
      at++;
    }
  }

  /** The next field as text. */
  String field() throws MalformedFileException {
    if (!hasField()) {
      throw malformed("the end of the line", "a field");
    }
    int start = at;
    skipField();
    return new String(bytes, start, at - start, StandardCharsets.UTF_8);
  }

  /** The rest of the line as text, without blanks at its ends. */
  String rest() {
    skipBlanks();
    int end = lineEnd;
    while (end > at
        && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '\r')) {
      end--;
    }
    String text = new String(bytes, at, end - at, StandardCharsets.UTF_8);
    at = lineEnd;
    return text;
  }

  /**
   * What stands before {@code delimiter}, as text without blanks at its ends; goes past the
   * delimiter.
   */
  String before(char delimiter) throws MalformedFileException {
    int end = at;
    while (end < lineEnd && bytes[end] != delimiter) {
      end++;
    }
    if (end == lineEnd) {
      throw malformed("the end of the line", "'" + delimiter + "'");
    }
    String text = new String(bytes, at, end - at, StandardCharsets.UTF_8).strip();
    at = end + 1;
    return text;
  }

  /** Whether {@code c} stands in the rest of the line. Does not move. */
  boolean has(char c) {
    for (int i = at; i < lineEnd; i++) {
      if (bytes[i] == c) {
        return true;
      }
    }
    return false;
  }

  /** Where the cursor stands, for {@link #back}. */
  int mark() {
    return at;
  }

  /** Goes back to a mark in this line. */
  void back(int mark) {
    at = mark;
  }

  /**
   * The next field as an unsigned number of 64 bits, read as one of Java's signed ones; {@link
   * #toDouble} gives its value.
   */
  long unsigned() throws MalformedFileException {
    skipBlanks();
    int start = at;
    long value = digits();
    if (at < lineEnd && bytes[at] != ' ' && bytes[at] != '\t') {
      at = start;
      throw malformed("\"" + field() + "\"", "a number");
    }
    return value;
  }

  /** The digits here as an unsigned number; stops at the first byte that is none. */
  long digits() throws MalformedFileException {
    int start = at;
    long value = 0;
    while (at < lineEnd) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      // Unsigned: beyond 1844674407370955161 another digit may not fit.
      if (Long.compareUnsigned(value, 1844674407370955161L) > 0
          || (value == 1844674407370955161L && digit > 5)) {
        throw malformed("a number of more than 64 bits", "one of at most 64");
      }
      value = value * 10 + digit;
      at++;
    }
    if (at == start) {
      throw malformed(
          at == lineEnd ? "the end of the line" : "'" + (char) (bytes[at] & 0xff) + "'",
          "a number");
    }
    return value;
  }

  /** The next field as a decimal fraction such as {@code 0.21}. */
  double decimal() throws MalformedFileException {
    String text = field();
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw malformed("\"" + text + "\"", "a number");
    }
  }

  /** The value of an unsigned number of 64 bits. */
  static double toDouble(long unsigned) {
    if (unsigned >= 0) {
      return unsigned;
    }
    // The lowest bit is kept sticky, so that halving and doubling round only once.
    return ((unsigned >>> 1) | (unsigned & 1)) * 2.0;
  }

  /** An error that says where in the file the cursor stands. */
  MalformedFileException malformed(String got, String want) {
    return new MalformedFileException(
        "cannot parse "
            + name
            + ":"
            + lineNumber
            + ":"
            + (at - lineStart + 1)
            + ": got "
            + got
            + ", want "
            + want);
  }
}
