package io.narthex.api.model;

import io.narthex.api.Api;

/**
 * Strings in double quotes as Go's {@code strconv.Quote} writes them; the form that Prometheus
 * prints everywhere.
 *
 * <p>A Java string cannot hold bytes that are no UTF-8. Where the kernel reads such bytes (binary
 * values of the configuration file) it keeps the byte {@code xx} as the unpaired surrogate {@code
 * U+DCxx}; those are written as Go writes the byte, {@code \xff}. Any other unpaired surrogate
 * becomes {@code \ufffd}: Go knows no such character, and refuses to read {@code \ud800} back.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Quoting {
  private static final String HEX = "0123456789abcdef";

  /** What stands for the bytes 0x80 to 0xff where they are no UTF-8. */
  private static final int BYTE_80 = 0xdc80;

  private static final int BYTE_FF = 0xdcff;

  private Quoting() {}

  /** Quotes {@code s}. */
  public static String quote(String s) {
    StringBuilder out = new StringBuilder(s.length() + 2);
    quote(s, out);
    return out.toString();
  }

  /**
   * Appends {@code s} as Go's {@code encoding/json} writes a string: in quotes, and with what could
   * mean something in a page of HTML escaped.
   */
  public static void json(String s, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
            String hex = Integer.toHexString(c);
            out.append("\\u").repeat('0', 4 - hex.length()).append(hex);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Appends {@code s}, quoted. */
  public static void quote(String s, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); ) {
      int c = s.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case 0x07 -> out.append("\\a");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case 0x0b -> out.append("\\v");
        default -> {
          if (isPrintable(c)) {
            out.appendCodePoint(c);
          } else if (c < ' ' || c == 0x7f) {
            out.append("\\x");
            hex(c, 2, out);
          } else if (c >= BYTE_80 && c <= BYTE_FF) {
            out.append("\\x");
            hex(c & 0xff, 2, out);
          } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            out.append("\\ufffd");
          } else if (c < 0x10000) {
            out.append("\\u");
            hex(c, 4, out);
          } else {
            out.append("\\U");
            hex(c, 8, out);
          }
        }
      }
    }
    out.append('"');
  }

  private static void hex(int c, int digits, StringBuilder out) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.append(HEX.charAt((c >> shift) & 0xf));
    }
  }

  /**
   * Go's {@code unicode.IsPrint}: letters, marks, numbers, punctuation, symbols, and the ASCII
   * space.
   */
  private static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
