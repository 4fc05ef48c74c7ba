package io.narthex.template.gotemplate.value;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Go's strings: literals, quotes, and lengths in bytes of UTF-8. */
public final class GoText {
  private GoText() {}

  /** Whether Go would print a character as it is. */
  public static boolean isPrint(int c) {
    if (c < 0x80) {
      return c >= 0x20 && c < 0x7f;
    }
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.LETTER_NUMBER,
          Character.OTHER_NUMBER,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.CONNECTOR_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          true;
      default -> false;
    };
  }

  /** A string as Go's source has it, in double quotes. */
  public static String quote(String text) {
    return quote(text, '"', false);
  }

  /** Quoted, and with nothing beyond ASCII. */
  public static String quoteAscii(String text) {
    return quote(text, '"', true);
  }

  /** A character in single quotes. */
  public static String quoteRune(long c, boolean ascii) {
    int rune = validRune(c);
    StringBuilder out = new StringBuilder(8).append('\'');
    escape(out, rune, '\'', ascii);
    return out.append('\'').toString();
  }

  /** A character, or the one that stands for what is none. */
  public static int validRune(long c) {
    return c < 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0xfffd : (int) c;
  }

  private static String quote(String text, char quote, boolean ascii) {
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      escape(out, c, quote, ascii);
    }
    return out.append(quote).toString();
  }

  private static void escape(StringBuilder out, int c, char quote, boolean ascii) {
    if (c == quote || c == '\\') {
      out.append('\\').append((char) c);
    } else if (c < 0x80 ? isPrint(c) : !ascii && isPrint(c)) {
      out.appendCodePoint(c);
    } else {
      switch (c) {
        case 7 -> out.append("\\a");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case 11 -> out.append("\\v");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            hex(out.append("\\x"), c, 2);
          } else if (c < 0x10000) {
            hex(out.append("\\u"), c, 4);
          } else {
            hex(out.append("\\U"), c, 8);
          }
        }
      }
    }
  }

  private static void hex(StringBuilder out, int value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      out.append(Character.forDigit((value >> shift) & 15, 16));
    }
  }

  /** Capitals, one for each character: the letter ß has none. */
  public static String toUpper(String text) {
    return mapped(text, Character::toUpperCase);
  }

  /** Small letters, one for each character, whatever stands beside it. */
  public static String toLower(String text) {
    return mapped(text, Character::toLowerCase);
  }

  private static String mapped(String text, IntUnaryOperator mapping) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().map(mapping).forEach(out::appendCodePoint);
    return out.toString();
  }

  /** A text without space around it, where no-break spaces are space. */
  public static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || c == 0x85 || Character.isSpaceChar(c);
  }

  /** Whether a string can stand between backquotes. */
  public static boolean canBackquote(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0xfeff || (c < ' ' && c != '\t') || c == '`' || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** A character as Go's messages have it: {@code U+0021 '!'}. */
  public static String unicode(int c) {
    String hex = Integer.toHexString(c).toUpperCase(java.util.Locale.ROOT);
    String text = "U+" + "0".repeat(Math.max(0, 4 - hex.length())) + hex;
    return isPrint(c) ? text + " '" + Character.toString(c) + "'" : text;
  }

  /** The content of a string literal with its quotes; null when it is malformed. */
  public static @Nullable String unquote(String literal) {
    if (literal.length() < 2) {
      return null;
    }
    char quote = literal.charAt(0);
    if (literal.charAt(literal.length() - 1) != quote) {
      return null;
    }
    String body = literal.substring(1, literal.length() - 1);
    if (quote == '`') {
      return body.indexOf('`') >= 0 ? null : body.replace("\r", "");
    }
    if (body.indexOf('\\') < 0) {
      return body.indexOf('"') >= 0 || body.indexOf('\n') >= 0 ? null : body;
    }
    Unquoter unquoter = new Unquoter(body, quote);
    while (unquoter.at < body.length()) {
      if (unquoter.next() < 0) {
        return null;
      }
    }
    return unquoter.text();
  }

  /**
   * The character of a literal such as {@code 'a'}.
   *
   * @return it; -1 when the literal is malformed; -2 when more than one character is in it
   */
  public static int unquoteCharacter(String literal) {
    Unquoter unquoter = new Unquoter(literal.substring(1), '\'');
    int c = unquoter.next();
    if (c < 0) {
      return -1;
    }
    return unquoter.rest().equals("'") ? c : -2;
  }

  /** Undoes escapes, one at a time. */
  private static final class Unquoter {
    private final String body;
    private final char quote;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int at;

    Unquoter(String body, char quote) {
      this.body = body;
      this.quote = quote;
    }

    String text() {
      return decode(ByteBuffer.wrap(bytes.toByteArray()));
    }

    String rest() {
      return body.substring(at);
    }

    /** The next character or byte; -1 when malformed. */
    int next() {
      if (at >= body.length()) {
        return -1;
      }
      int c = body.codePointAt(at);
      at += Character.charCount(c);
      if (c == quote || c == '\n') {
        return -1;
      }
      if (c != '\\') {
        return character(c);
      }
      if (at >= body.length()) {
        return -1;
      }
      char escaped = body.charAt(at++);
      return switch (escaped) {
        case 'a' -> character(7);
        case 'b' -> character('\b');
        case 'f' -> character('\f');
        case 'n' -> character('\n');
        case 'r' -> character('\r');
        case 't' -> character('\t');
        case 'v' -> character(11);
        case '\\' -> character('\\');
        case 'x' -> number(2, 16);
        case 'u' -> number(4, 16);
        case 'U' -> number(8, 16);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          at--;
          yield number(3, 8);
        }
        case '\'', '"' -> escaped == quote ? character(escaped) : -1;
        default -> -1;
      };
    }

    private int number(int digits, int radix) {
      if (at + digits > body.length()) {
        return -1;
      }
      long value = 0;
      for (int i = 0; i < digits; i++) {
        int digit = Character.digit(body.charAt(at++), radix);
        if (digit < 0 || body.charAt(at - 1) > 127) {
          return -1;
        }
        value = value * radix + digit;
      }
      if (digits <= 3) {
        if (value > 255) {
          return -1;
        }
        bytes.write((int) value);
        return (int) value;
      }
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return -1;
      }
      return character((int) value);
    }

    private int character(int c) {
      byte[] encoded = Character.toString(c).getBytes(StandardCharsets.UTF_8);
      bytes.write(encoded, 0, encoded.length);
      return c;
    }
  }

  /** The length in bytes of UTF-8. */
  public static int length(String text) {
    int length = text.length();
    int bytes = length;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        bytes++;
        // A pair of surrogates, two chars, is four bytes; a lone one is three, as any other.
        if (c >= 0x800) {
          if (Character.isHighSurrogate(c)
              && i + 1 < length
              && Character.isLowSurrogate(text.charAt(i + 1))) {
            bytes++;
            i++;
          } else {
            bytes++;
          }
        }
      }
    }
    return bytes;
  }

  /** Whether chars are bytes. */
  public static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /** Bytes {@code from} to {@code to} of a string. */
  public static String slice(String text, int from, int to) {
    if (isAscii(text)) {
      return text.substring(from, to);
    }
    return decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8), from, to - from));
  }

  /** UTF-8 as text. Each byte of what is none becomes U+FFFD, as when Go writes it as JSON. */
  private static String decode(ByteBuffer bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    while (true) {
      CoderResult result = decoder.decode(bytes, text, true);
      if (!result.isError()) {
        return text.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        bytes.get();
        text.put('\ufffd');
      }
    }
  }

  /** The byte at an offset. */
  public static int byteAt(String text, int index) {
    return isAscii(text) ? text.charAt(index) : text.getBytes(StandardCharsets.UTF_8)[index] & 0xff;
  }
}
