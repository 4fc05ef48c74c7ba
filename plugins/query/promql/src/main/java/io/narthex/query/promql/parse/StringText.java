package io.narthex.query.promql.parse;

import io.narthex.api.model.Quoting;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * String literals.
 *
 * <p>PromQL's strings are bytes, which escapes may make into something that is not UTF-8. Such a
 * byte becomes the unpaired surrogate U+DC00 plus the byte, so that nothing is lost: names and
 * values with it are recognised as invalid, and the canonical text shows the byte again.
 */
final class StringText {
  private static final char ESCAPED_BYTE = '\udc00';
  private static final char REPLACEMENT = '\ufffd';

  private StringText() {}

  /** The value of a string literal that the lexer has passed, with its quotes. */
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
    return decode(out.toByteArray());
  }

  /** Appends a literal with the value {@code s}. */
  static void quote(String s, StringBuilder out) {
    int plain = 0;
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      boolean pair = i > 0 && Character.isSurrogatePair(s.charAt(i - 1), c);
      boolean escapedByte = ESCAPED_BYTE + 0x80 <= c && c <= ESCAPED_BYTE + 0xff && !pair;
      if (!escapedByte && c != REPLACEMENT) {
        continue;
      }
      quoteInner(s, plain, i, out);
      if (escapedByte) {
        out.append("\\x").append(Integer.toHexString(c - ESCAPED_BYTE));
      } else {
        // The lexer takes this character itself for a sign of broken input.
        out.append("\\ufffd");
      }
      plain = i + 1;
    }
    quoteInner(s, plain, s.length(), out);
    out.append('"');
  }

  private static void quoteInner(String s, int start, int end, StringBuilder out) {
    if (start < end) {
      String quoted = Quoting.quote(s.substring(start, end));
      out.append(quoted, 1, quoted.length() - 1);
    }
  }

  private static String decode(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isError()) {
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPED_BYTE + (in.get() & 0xff)));
      }
      result = decoder.decode(in, out, true);
    }
    return out.flip().toString();
  }
}
