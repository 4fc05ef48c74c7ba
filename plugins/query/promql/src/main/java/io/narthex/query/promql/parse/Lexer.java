package io.narthex.query.promql.parse;

import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a query into tokens, one at a time, skipping blanks and comments.
 *
 * <p>What a character means depends on where it stands: inside braces words are never keywords, and
 * inside brackets a colon is a separator and only the words of duration expressions are known.
 * After an error token the lexer must not be asked again.
 */
final class Lexer {
  private static final int END = -1;
  private static final int REPLACEMENT = 0xfffd;
  private static final String DECIMAL = "0123456789";
  private static final String HEXADECIMAL = "0123456789abcdefABCDEF";

  private final byte[] in;
  private int pos;
  private int start;
  private int width;
  private int lastStart;

  private int parens;
  private boolean inBraces;
  private boolean inBrackets;

  /** Between an opening bracket and the first number in it, where stricter rules hold. */
  private boolean inDuration;

  private boolean sawColon;

  private boolean sawDuration;

  /**
   * In the values of a series, where there are no hexadecimal numbers: {@code 0x59} is sixty zeros.
   */
  private boolean inValues;

  Lexer(byte[] utf8) {
    this.in = utf8;
  }

  int length() {
    return in.length;
  }

  /** Start of the token that {@link #next()} gave last. */
  int lastStart() {
    return lastStart;
  }

  byte byteAt(int offset) {
    return in[offset];
  }

  Token next() {
    Token token;
    do {
      token = inBraces ? insideBraces() : inDuration ? insideDuration() : statement();
    } while (token == null);
    lastStart = token.start();
    return token;
  }

  /** The next token of the values of a series, where blanks are tokens. */
  Token nextValue() {
    inValues = true;
    Token token = value();
    lastStart = token.start();
    return token;
  }

  private Token value() {
    int c = read();
    switch (c) {
      case END:
        return token(TokenType.EOF);
      case ' ', '\t', '\n', '\r':
        Token space = token(TokenType.SPACE);
        skipBlanks();
        return space;
      case '+':
        return token(TokenType.ADD);
      case '-':
        return token(TokenType.SUB);
      case 'x':
        return token(TokenType.TIMES);
      case '_':
        return token(TokenType.BLANK);
      case '{':
        return peek() == '{' ? histogram() : notOfValues(c);
      default:
        if (isDigit(c) || (c == '.' && isDigit(peek()))) {
          back();
          return scanNumber()
              ? token(TokenType.NUMBER)
              : error("bad number syntax: " + Quoting.quote(text()));
        }
        return isAlpha(c) ? word() : notOfValues(c);
    }
  }

  private Token notOfValues(int c) {
    return error("unexpected character in series sequence: " + quote(c));
  }

  /** A histogram, whose first brace has been read. */
  private Token histogram() {
    for (int i = pos + 1; i + 1 < in.length; i++) {
      if (in[i] == '}' && in[i + 1] == '}') {
        pos = i + 2;
        return token(TokenType.HISTOGRAM);
      }
    }
    return error("histogram description incomplete unexpected: " + quote(END));
  }

  private @Nullable Token statement() {
    int c = read();
    switch (c) {
      case END:
        if (parens != 0) {
          return error("unclosed left parenthesis");
        }
        if (inBrackets) {
          return error("unclosed left bracket");
        }
        return token(TokenType.EOF);
      case ' ', '\t', '\n', '\r':
        skipBlanks();
        return null;
      case '#':
        skipComment();
        return null;
      case ',':
        return token(TokenType.COMMA);
      case '*':
        return token(TokenType.MUL);
      case '/':
        return token(TokenType.DIV);
      case '%':
        return token(TokenType.MOD);
      case '+':
        return token(TokenType.ADD);
      case '-':
        return token(TokenType.SUB);
      case '^':
        return token(TokenType.POW);
      case '@':
        return token(TokenType.AT);
      case '=':
        if (accept('=')) {
          return token(TokenType.EQLC);
        }
        if (peek() == '~') {
          return error("unexpected character after '=': '~'");
        }
        return token(TokenType.EQL);
      case '!':
        int after = read();
        return after == '='
            ? token(TokenType.NEQ)
            : error("unexpected character after '!': " + quote(after));
      case '<':
        return token(
            accept('=') ? TokenType.LTE : accept('/') ? TokenType.TRIM_UPPER : TokenType.LSS);
      case '>':
        return token(
            accept('=') ? TokenType.GTE : accept('/') ? TokenType.TRIM_LOWER : TokenType.GTR);
      case '"', '\'':
        return string(c);
      case '`':
        return rawString();
      case '(':
        parens++;
        return token(TokenType.LEFT_PAREN);
      case ')':
        return rightParen();
      case '{':
        inBraces = true;
        return token(TokenType.LEFT_BRACE);
      case '[':
        if (inBrackets) {
          return error("unexpected left bracket '['");
        }
        sawColon = false;
        sawDuration = false;
        inBrackets = true;
        inDuration = true;
        return token(TokenType.LEFT_BRACKET);
      case ']':
        if (!inBrackets) {
          return error("unexpected right bracket ']'");
        }
        inBrackets = false;
        return token(TokenType.RIGHT_BRACKET);
      default:
        if (isDigit(c) || (c == '.' && isDigit(peek()))) {
          back();
          return numberOrDuration();
        }
        if (isAlpha(c) || c == ':') {
          return inBrackets ? wordInBrackets(c) : word();
        }
        return error("unexpected character: " + quote(c));
    }
  }

  private Token rightParen() {
    Token token = token(TokenType.RIGHT_PAREN);
    parens--;
    return parens < 0 ? error("unexpected right parenthesis ')'") : token;
  }

  private Token wordInBrackets(int c) {
    if (c == ':') {
      if (sawColon) {
        return error("unexpected colon ':'");
      }
      sawColon = true;
      return token(TokenType.COLON);
    }
    if (startsDurationWord(c)) {
      Token token = durationWord();
      if (token != null) {
        return token;
      }
    }
    return error("unexpected character: " + quote(c) + ", expected ':'");
  }

  private @Nullable Token insideDuration() {
    int c = read();
    switch (c) {
      case END:
        return error("unexpected end of input in duration expression");
      case ' ', '\t', '\n', '\r':
        skipBlanks();
        return null;
      case ']':
        inBrackets = false;
        inDuration = false;
        sawColon = false;
        return token(TokenType.RIGHT_BRACKET);
      case ':':
        Token colon = token(TokenType.COLON);
        if (!sawDuration) {
          return error("unexpected colon before duration in duration expression");
        }
        if (sawColon) {
          return error("unexpected repeated colon in duration expression");
        }
        sawColon = true;
        return colon;
      case '(':
        parens++;
        return token(TokenType.LEFT_PAREN);
      case ')':
        return rightParen();
      case '+':
        return token(TokenType.ADD);
      case '-':
        return token(TokenType.SUB);
      case '*':
        return token(TokenType.MUL);
      case '/':
        return token(TokenType.DIV);
      case '%':
        return token(TokenType.MOD);
      case '^':
        return token(TokenType.POW);
      case ',':
        return token(TokenType.COMMA);
      default:
        if (startsDurationWord(c)) {
          Token word = durationWord();
          if (word != null) {
            // Prometheus 3.14 forgets this, and refuses foo[step():1m].
            sawDuration = true;
            return word;
          }
        } else if (isDigit(c) || (c == '.' && isDigit(peek()))) {
          back();
          sawDuration = true;
          inDuration = false;
          return numberOrDuration();
        }
        return error("unexpected character in duration expression: " + quote(c));
    }
  }

  private @Nullable Token insideBraces() {
    int c = read();
    switch (c) {
      case END:
        return error("unexpected end of input inside braces");
      case ' ', '\t', '\n', '\r':
        skipBlanks();
        return null;
      case '#':
        skipComment();
        return null;
      case ',':
        return token(TokenType.COMMA);
      case '"', '\'':
        return string(c);
      case '`':
        return rawString();
      case '=':
        return token(accept('~') ? TokenType.EQL_REGEX : TokenType.EQL);
      case '!':
        int after = read();
        return switch (after) {
          case '~' -> token(TokenType.NEQ_REGEX);
          case '=' -> token(TokenType.NEQ);
          default -> error("unexpected character after '!' inside braces: " + quote(after));
        };
      case '{':
        return error("unexpected left brace '{'");
      case '}':
        inBraces = false;
        return token(TokenType.RIGHT_BRACE);
      default:
        if (!isAlpha(c)) {
          return error("unexpected character inside braces: " + quote(c));
        }
        skipAlphaNumerics();
        return token(TokenType.IDENTIFIER);
    }
  }

  /** A keyword or the name of a metric or function; the first character has been read. */
  private Token word() {
    int c;
    boolean colon = in[start] == ':';
    do {
      c = read();
      colon |= c == ':';
    } while (isAlphaNumeric(c) || c == ':');
    back();
    TokenType type = TokenType.ofWord(text().toLowerCase(Locale.ROOT));
    if (type == null) {
      return token(colon ? TokenType.METRIC_IDENTIFIER : TokenType.IDENTIFIER);
    }
    return switch (type) {
      // Words that came late to the language stay names unless they can only be modifiers.
      case FILL, FILL_LEFT, FILL_RIGHT -> token(leftParenFollows() ? type : TokenType.IDENTIFIER);
      default -> token(type);
    };
  }

  private boolean leftParenFollows() {
    int i = pos;
    while (i < in.length && isBlank(in[i])) {
      i++;
    }
    return i < in.length && in[i] == '(';
  }

  private static boolean startsDurationWord(int c) {
    return switch (c) {
      case 's', 'S', 'm', 'M', 'r', 'R' -> true;
      default -> false;
    };
  }

  /** A word of duration expressions, or null for any other word, which is consumed. */
  private @Nullable Token durationWord() {
    int c;
    do {
      c = read();
    } while (isAlpha(c));
    back();
    TokenType type = TokenType.ofWord(text().toLowerCase(Locale.ROOT));
    return type == TokenType.STEP
            || type == TokenType.RANGE
            || type == TokenType.MIN_OF
            || type == TokenType.MAX_OF
        ? token(type)
        : null;
  }

  private Token numberOrDuration() {
    if (scanNumber()) {
      return token(TokenType.NUMBER);
    }
    if (scanRestOfDuration()) {
      back();
      return token(TokenType.DURATION);
    }
    return error("bad number or duration syntax: " + Quoting.quote(text()));
  }

  /**
   * Reads what may be a number; whether it is one is found out when its value is taken. False if it
   * cannot be one, with the position where that was seen.
   */
  private boolean scanNumber() {
    int first = pos;
    String digits = DECIMAL;
    if (!inValues && accept('0') && acceptAny("xX")) {
      accept('_');
      digits = HEXADECIMAL;
    }
    accept('.');
    acceptAny(digits);
    boolean sawDot = false;
    boolean sawExponent = false;
    while (true) {
      int c = peek();
      if (c == '.') {
        read();
        if (sawDot || acceptAny("_.") || digits.equals(HEXADECIMAL)) {
          return false;
        }
        sawDot = true;
      } else if (c == 'e' || c == 'E') {
        read();
        if (sawExponent) {
          return false;
        }
        sawExponent = true;
        acceptAny("+-");
        if (acceptAny("._eE") || peek() == END) {
          return false;
        }
      } else if (c == '_') {
        read();
        if (acceptAny("._eE") || peek() == END) {
          return false;
        }
      } else if (c != END && digits.indexOf(c) >= 0) {
        do {
          read();
        } while (peek() != END && digits.indexOf(peek()) >= 0);
      } else {
        break;
      }
    }
    int next = peek();
    return pos != first && (!isAlphaNumeric(next) || (inValues && next == 'x'));
  }

  /**
   * Reads units and further numbers behind the first number of a duration, and one character more,
   * which must not belong to a word.
   */
  private boolean scanRestOfDuration() {
    if (!acceptAny("smhdwy")) {
      return false;
    }
    accept('s');
    while (acceptAny(DECIMAL)) {
      while (acceptAny(DECIMAL)) {
        // The number's length does not matter.
      }
      if (!acceptAny("smhdw")) {
        return false;
      }
      accept('s');
    }
    return !isAlphaNumeric(read());
  }

  /** A string in quotes that has escapes; the opening quote has been read. */
  private Token string(int quote) {
    while (true) {
      int c = read();
      if (c == quote) {
        return token(TokenType.STRING);
      }
      switch (c) {
        case '\\' -> {
          String problem = escape(quote);
          if (problem != null) {
            return error(problem);
          }
        }
        case REPLACEMENT -> {
          return error("invalid UTF-8 rune");
        }
        case END, '\n' -> {
          return error("unterminated quoted string");
        }
        default -> {}
      }
    }
  }

  private Token rawString() {
    while (true) {
      switch (read()) {
        case '`' -> {
          return token(TokenType.STRING);
        }
        case REPLACEMENT -> {
          return error("invalid UTF-8 rune");
        }
        case END -> {
          return error("unterminated raw string");
        }
        default -> {}
      }
    }
  }

  /** Checks the escape behind a backslash; null if it is good. */
  private @Nullable String escape(int quote) {
    int c = read();
    if (c == quote) {
      return null;
    }
    int digits;
    int base;
    long max = Character.MAX_CODE_POINT;
    switch (c) {
      case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\' -> {
        return null;
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        digits = 3;
        base = 8;
        max = 255;
      }
      case 'x' -> {
        c = read();
        digits = 2;
        base = 16;
        max = 255;
      }
      case 'u' -> {
        c = read();
        digits = 4;
        base = 16;
      }
      case 'U' -> {
        c = read();
        digits = 8;
        base = 16;
      }
      case END -> {
        return "escape sequence not terminated";
      }
      default -> {
        return "unknown escape sequence " + unicode(c);
      }
    }
    long value = 0;
    for (int i = 0; i < digits; i++) {
      if (i > 0) {
        c = read();
      }
      if (c == END) {
        return "escape sequence not terminated";
      }
      int digit = c < 0x80 ? Character.digit(c, base) : -1;
      if (digit < 0) {
        return "illegal character " + unicode(c) + " in escape sequence";
      }
      value = value * base + digit;
    }
    boolean surrogate = 0xd800 <= value && value < 0xe000;
    return value > max || surrogate ? "escape sequence is an invalid Unicode code point" : null;
  }

  private void skipBlanks() {
    while (pos < in.length && isBlank(in[pos])) {
      pos++;
    }
    start = pos;
  }

  private void skipComment() {
    while (pos < in.length && in[pos] != '\n' && in[pos] != '\r') {
      pos++;
    }
    start = pos;
  }

  private void skipAlphaNumerics() {
    while (pos < in.length && isAlphaNumeric(in[pos])) {
      pos++;
    }
  }

  private Token token(TokenType type) {
    String text =
        switch (type.kind()) {
          case PUNCTUATION, OPERATOR -> type.text();
          case END -> "";
          case LITERAL, WORD_OPERATOR, AGGREGATOR, KEYWORD, PREPROCESSOR -> text();
        };
    Token token = new Token(type, start, pos, text);
    start = pos;
    return token;
  }

  private Token error(String message) {
    return new Token(TokenType.ERROR, start, in.length, message);
  }

  private String text() {
    return new String(in, start, pos - start, StandardCharsets.UTF_8);
  }

  /** Reads a code point; {@link #END} behind the last. The input is well-formed UTF-8. */
  private int read() {
    if (pos >= in.length) {
      width = 0;
      return END;
    }
    int b = in[pos];
    int codePoint;
    if (b >= 0) {
      width = 1;
      codePoint = b;
    } else if ((b & 0xe0) == 0xc0) {
      width = 2;
      codePoint = (b & 0x1f) << 6 | (in[pos + 1] & 0x3f);
    } else if ((b & 0xf0) == 0xe0) {
      width = 3;
      codePoint = (b & 0x0f) << 12 | (in[pos + 1] & 0x3f) << 6 | (in[pos + 2] & 0x3f);
    } else {
      width = 4;
      codePoint =
          (b & 0x07) << 18
              | (in[pos + 1] & 0x3f) << 12
              | (in[pos + 2] & 0x3f) << 6
              | (in[pos + 3] & 0x3f);
    }
    pos += width;
    return codePoint;
  }

  /** Undoes the last {@link #read()}; once only. */
  private void back() {
    pos -= width;
    width = 0;
  }

  private int peek() {
    int c = read();
    back();
    return c;
  }

  private boolean accept(char c) {
    if (pos < in.length && in[pos] == c) {
      pos++;
      return true;
    }
    return false;
  }

  private boolean acceptAny(String ascii) {
    if (pos < in.length && in[pos] > 0 && ascii.indexOf(in[pos]) >= 0) {
      pos++;
      return true;
    }
    return false;
  }

  static boolean isBlank(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isDigit(int c) {
    return '0' <= c && c <= '9';
  }

  private static boolean isAlpha(int c) {
    return c == '_' || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
  }

  private static boolean isAlphaNumeric(int c) {
    return isAlpha(c) || isDigit(c);
  }

  /** A character in single quotes, as Go's {@code %q} shows it. */
  private static String quote(int c) {
    if (c == '\'') {
      return "'\\''";
    }
    if (c == '"') {
      return "'\"'";
    }
    String quoted = Quoting.quote(Character.toString(c == END ? REPLACEMENT : c));
    return "'" + quoted.substring(1, quoted.length() - 1) + "'";
  }

  /** A character as Go's {@code %#U} shows it, for example {@code U+0071 'q'}. */
  private static String unicode(int c) {
    String code = String.format(Locale.ROOT, "U+%04X", c);
    String shown = Character.toString(c);
    boolean printable = c == '"' || c == '\\' || Quoting.quote(shown).equals('"' + shown + '"');
    return printable ? code + " '" + shown + "'" : code;
  }
}
