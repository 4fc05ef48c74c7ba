package io.narthex.query.promql.parse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** String literals. */
final class StringText {
  private StringText() {}

  /**
   * The value of a string literal that the lexer has passed, with its quotes. Bytes given by {@code
   * \x} or octal escapes that are not UTF-8 become replacement characters.
   */
  static String unquote(String literal) {
    char quote = literal.charAt(0);
    String body = literal.substring(1, literal.length() - 1);
    if (quote == '`' || body.indexOf('\\') < 0) {
      return body;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length());
    int i = 0;
    while (i < body.length()) {
      int escape = body.indexOf('\\', i);
      if (escape < 0) {
        escape = body.length();
      }
      out.writeBytes(body.substring(i, escape).getBytes(StandardCharsets.UTF_8));
      if (escape == body.length()) {
        break;
      }
      char c = body.charAt(escape + 1);
      i = escape + 2;
      switch (c) {
        case 'a' -> out.write(0x07);
        case 'b' -> out.write('\b');
        case 'f' -> out.write('\f');
        case 'n' -> out.write('\n');
        case 'r' -> out.write('\r');
        case 't' -> out.write('\t');
        case 'v' -> out.write(0x0b);
        case 'x' -> {
          out.write(Integer.parseInt(body, i, i + 2, 16));
          i += 2;
        }
        case 'u', 'U' -> {
          int end = i + (c == 'u' ? 4 : 8);
          String character = Character.toString(Integer.parseInt(body, i, end, 16));
          out.writeBytes(character.getBytes(StandardCharsets.UTF_8));
          i = end;
        }
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          out.write(Integer.parseInt(body, i - 1, i + 2, 8));
          i += 2;
        }
        default -> out.write(c);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
