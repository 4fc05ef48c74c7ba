package io.narthex.template.gotemplate.parse;

import io.narthex.template.gotemplate.value.GoText;

/**
 * A token of a template.
 *
 * @param position offset in the text, in chars
 * @param text as it stands there; the message, of an error
 * @param line on which it starts, from 1
 */
record Token(Type type, int position, String text, int line) {
  enum Type {
    ERROR,
    BOOL,
    CHAR,
    CHAR_CONSTANT,
    COMPLEX,
    ASSIGN,
    DECLARE,
    EOF,
    FIELD,
    IDENTIFIER,
    LEFT_DELIM,
    LEFT_PAREN,
    NUMBER,
    PIPE,
    RAW_STRING,
    RIGHT_DELIM,
    RIGHT_PAREN,
    SPACE,
    STRING,
    TEXT,
    VARIABLE,
    DOT,
    BLOCK,
    BREAK,
    CONTINUE,
    DEFINE,
    ELSE,
    END,
    IF,
    NIL,
    RANGE,
    TEMPLATE,
    WITH
  }

  /** As messages have it. */
  @Override
  public String toString() {
    if (type == Type.EOF) {
      return "EOF";
    }
    if (type == Type.ERROR) {
      return text;
    }
    if (type.compareTo(Type.DOT) >= 0) {
      return "<" + text + ">";
    }
    if (GoText.length(text) > 10) {
      int end = text.offsetByCodePoints(0, Math.min(10, text.codePointCount(0, text.length())));
      return GoText.quote(text.substring(0, end)) + "...";
    }
    return GoText.quote(text);
  }
}
