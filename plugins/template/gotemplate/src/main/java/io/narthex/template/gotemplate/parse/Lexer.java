package io.narthex.template.gotemplate.parse;

import io.narthex.template.gotemplate.value.GoText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Cuts a template into tokens, one at a time. After an error it gives nothing but that error. */
final class Lexer {
  private static final String LEFT = "{{";
  private static final String RIGHT = "}}";
  private static final int END = -1;

  private static final Map<String, Token.Type> KEYWORDS =
      Map.ofEntries(
          Map.entry("block", Token.Type.BLOCK),
          Map.entry("break", Token.Type.BREAK),
          Map.entry("continue", Token.Type.CONTINUE),
          Map.entry("define", Token.Type.DEFINE),
          Map.entry("else", Token.Type.ELSE),
          Map.entry("end", Token.Type.END),
          Map.entry("if", Token.Type.IF),
          Map.entry("nil", Token.Type.NIL),
          Map.entry("range", Token.Type.RANGE),
          Map.entry("template", Token.Type.TEMPLATE),
          Map.entry("with", Token.Type.WITH));

  private final String input;
  private int at;
  private int start;
  private int line = 1;
  private int startLine = 1;
  private int depth;
  private boolean inside;
  private @Nullable Token last;

  /** An error that comes after the token before it. */
  private @Nullable Token pending;

  Lexer(String input) {
    this.input = input;
  }

  Token next() {
    if (last != null) {
      return last;
    }
    if (pending != null) {
      last = pending;
      return pending;
    }
    Token token = null;
    while (token == null) {
      token = inside ? insideAction() : text();
    }
    if (token.type() == Token.Type.ERROR || token.type() == Token.Type.EOF) {
      last = token;
    }
    return token;
  }

  private Token emit(Token.Type type) {
    Token token = new Token(type, start, input.substring(start, at), startLine);
    ignore();
    return token;
  }

  /** Forgets what was read, but for its lines. */
  private void ignore() {
    for (int i = start; i < at; i++) {
      if (input.charAt(i) == '\n') {
        line++;
      }
    }
    start = at;
    startLine = line;
  }

  private Token error(String message) {
    return new Token(Token.Type.ERROR, start, message, startLine);
  }

  private int peek() {
    return at < input.length() ? input.codePointAt(at) : END;
  }

  private int read() {
    int c = peek();
    if (c != END) {
      at += Character.charCount(c);
    }
    return c;
  }

  private @Nullable Token text() {
    int delimiter = input.indexOf(LEFT, at);
    if (delimiter >= 0) {
      int end = delimiter;
      if (leftTrim(delimiter + 2)) {
        while (end > start && isSpace(input.charAt(end - 1))) {
          end--;
        }
      }
      at = end;
      Token token = end > start ? emit(Token.Type.TEXT) : null;
      at = delimiter;
      ignore();
      if (token != null) {
        return token;
      }
      return leftDelimiter();
    }
    at = input.length();
    return at > start ? emit(Token.Type.TEXT) : emit(Token.Type.EOF);
  }

  private @Nullable Token leftDelimiter() {
    boolean trim = leftTrim(at + 2);
    int afterMarker = trim ? 2 : 0;
    at += 2;
    if (input.startsWith("/*", at + afterMarker)) {
      at += afterMarker;
      ignore();
      return comment();
    }
    Token token = emit(Token.Type.LEFT_DELIM);
    at += afterMarker;
    ignore();
    depth = 0;
    inside = true;
    return token;
  }

  private @Nullable Token comment() {
    int close = input.indexOf("*/", at + 2);
    if (close < 0) {
      return error("unclosed comment");
    }
    at = close + 2;
    boolean trim = rightTrim(at) && input.startsWith(RIGHT, at + 2);
    if (!trim && !input.startsWith(RIGHT, at)) {
      return error("comment ends before closing delimiter");
    }
    at += trim ? 4 : 2;
    if (trim) {
      skipSpaces();
    }
    ignore();
    return null;
  }

  private void skipSpaces() {
    while (at < input.length() && isSpace(input.charAt(at))) {
      at++;
    }
  }

  private Token rightDelimiter() {
    boolean trim = rightTrim(at);
    if (trim) {
      at += 2;
      ignore();
    }
    at += 2;
    Token token = emit(Token.Type.RIGHT_DELIM);
    if (trim) {
      skipSpaces();
      ignore();
    }
    inside = false;
    return token;
  }

  private boolean atRight() {
    return input.startsWith(RIGHT, at) || (rightTrim(at) && input.startsWith(RIGHT, at + 2));
  }

  private Token insideAction() {
    if (atRight()) {
      return depth == 0 ? rightDelimiter() : error("unclosed left paren");
    }
    int c = read();
    switch (c) {
      case END:
        return error("unclosed action");
      case ' ', '\t', '\r', '\n':
        return space();
      case '=':
        return emit(Token.Type.ASSIGN);
      case ':':
        return read() == '=' ? emit(Token.Type.DECLARE) : error("expected :=");
      case '|':
        return emit(Token.Type.PIPE);
      case '"':
        return quoted('"', Token.Type.STRING, "unterminated quoted string");
      case '`':
        return raw();
      case '$':
        return atTerminator() ? emit(Token.Type.VARIABLE) : word(Token.Type.VARIABLE);
      case '\'':
        return quoted('\'', Token.Type.CHAR_CONSTANT, "unterminated character constant");
      case '(':
        depth++;
        return emit(Token.Type.LEFT_PAREN);
      case ')':
        depth--;
        return depth < 0 ? rightParenTooMuch() : emit(Token.Type.RIGHT_PAREN);
      default:
        break;
    }
    if (c == '.' && at < input.length() && !isDigit(input.charAt(at))) {
      return atTerminator() ? emit(Token.Type.DOT) : word(Token.Type.FIELD);
    }
    if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) {
      at--;
      return number();
    }
    if (isAlphaNumeric(c)) {
      return identifier();
    }
    if (c <= 0x7f && GoText.isPrint(c)) {
      return emit(Token.Type.CHAR);
    }
    return error("unrecognized character in action: " + GoText.unicode(c));
  }

  private Token rightParenTooMuch() {
    Token token = emit(Token.Type.RIGHT_PAREN);
    pending = error("unexpected right paren " + GoText.unicode(')'));
    return token;
  }

  private Token space() {
    int spaces = 1;
    while (at < input.length() && isSpace(input.charAt(at))) {
      at++;
      spaces++;
    }
    if (rightTrim(at - 1) && input.startsWith(RIGHT, at + 1)) {
      at--;
      if (spaces == 1) {
        return rightDelimiter();
      }
    }
    return emit(Token.Type.SPACE);
  }

  private Token identifier() {
    while (isAlphaNumeric(peek())) {
      read();
    }
    String word = input.substring(start, at);
    if (!atTerminator()) {
      return badCharacter();
    }
    Token.Type keyword = KEYWORDS.get(word);
    if (keyword != null) {
      return emit(keyword);
    }
    return emit(
        word.equals("true") || word.equals("false") ? Token.Type.BOOL : Token.Type.IDENTIFIER);
  }

  private Token badCharacter() {
    int c = peek();
    return error("bad character " + GoText.unicode(c));
  }

  private Token word(Token.Type type) {
    while (isAlphaNumeric(peek())) {
      read();
    }
    return atTerminator() ? emit(type) : badCharacter();
  }

  private boolean atTerminator() {
    int c = peek();
    return switch (c) {
      case END, ' ', '\t', '\r', '\n', '.', ',', '|', ':', ')', '(' -> true;
      default -> input.startsWith(RIGHT, at);
    };
  }

  private Token quoted(char quote, Token.Type type, String unterminated) {
    while (true) {
      int c = read();
      if (c == '\\') {
        c = read();
        if (c != END && c != '\n') {
          continue;
        }
      }
      if (c == END || c == '\n') {
        return error(unterminated);
      }
      if (c == quote) {
        return emit(type);
      }
    }
  }

  private Token raw() {
    int close = input.indexOf('`', at);
    if (close < 0) {
      at = input.length();
      return error("unterminated raw quoted string");
    }
    at = close + 1;
    return emit(Token.Type.RAW_STRING);
  }

  private Token number() {
    if (!scanNumber()) {
      return badNumber();
    }
    int sign = peek();
    if (sign == '+' || sign == '-') {
      return scanNumber() && input.charAt(at - 1) == 'i' ? emit(Token.Type.COMPLEX) : badNumber();
    }
    return emit(Token.Type.NUMBER);
  }

  private Token badNumber() {
    return error("bad number syntax: " + GoText.quote(input.substring(start, at)));
  }

  private boolean accept(String valid) {
    if (at < input.length() && valid.indexOf(input.charAt(at)) >= 0) {
      at++;
      return true;
    }
    return false;
  }

  private void acceptRun(String valid) {
    while (accept(valid)) {
      // goes on
    }
  }

  private boolean scanNumber() {
    accept("+-");
    String digits = "0123456789_";
    char base = 'd';
    if (accept("0")) {
      if (accept("xX")) {
        digits = "0123456789abcdefABCDEF_";
        base = 'x';
      } else if (accept("oO")) {
        digits = "01234567_";
        base = 'o';
      } else if (accept("bB")) {
        digits = "01_";
        base = 'b';
      }
    }
    acceptRun(digits);
    if (accept(".")) {
      acceptRun(digits);
    }
    if ((base == 'd' && accept("eE")) || (base == 'x' && accept("pP"))) {
      accept("+-");
      acceptRun("0123456789_");
    }
    accept("i");
    if (isAlphaNumeric(peek())) {
      read();
      return false;
    }
    return true;
  }

  private boolean leftTrim(int offset) {
    return offset + 1 < input.length()
        && input.charAt(offset) == '-'
        && isSpace(input.charAt(offset + 1));
  }

  private boolean rightTrim(int offset) {
    return offset + 1 < input.length()
        && isSpace(input.charAt(offset))
        && input.charAt(offset + 1) == '-';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isAlphaNumeric(int c) {
    return c == '_' || (c >= 0 && (Character.isLetter(c) || Character.isDigit(c)));
  }
}
