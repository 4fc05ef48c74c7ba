package io.narthex.web.access;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads selectors of series as PromQL writes them. Of its own, because who may see what must not
 * depend on which query engine is in use, and is known before there is one.
 *
 * <p>Strings are texts: an escape that makes a byte which is no UTF-8 is refused, since no label
 * has such a value.
 */
final class SelectorParser {
  private static final int MOST_SHOWN = 20;

  private final String text;
  private final List<Matcher> matchers = new ArrayList<>();
  private int at;

  private SelectorParser(String text) {
    this.text = text;
  }

  /**
   * Reads one.
   *
   * @return its matchers; that of a name before the braces is the first
   * @throws IllegalArgumentException when it is none; says at which character
   */
  static List<Matcher> parse(String text) {
    SelectorParser parser = new SelectorParser(text);
    parser.selector();
    return List.copyOf(parser.matchers);
  }

  private void selector() {
    skipBlanks();
    boolean named = at < text.length() && isNameStart(text.charAt(at), true);
    if (named) {
      matchers.add(Matcher.equal(LabelNames.METRIC_NAME, name(true)));
      skipBlanks();
    }
    if (at < text.length() && text.charAt(at) == '{') {
      at++;
      matchers(named);
      skipBlanks();
    } else if (!named) {
      throw unexpected("the name of a metric, or {");
    }
    if (at < text.length()) {
      throw unexpected("nothing more: a selector without a range, an offset or an operator");
    }
  }

  /** What stands between the braces, and the second of these. */
  private void matchers(boolean named) {
    boolean nameInQuotes = false;
    while (true) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == '}') {
        at++;
        return;
      }
      int start = at;
      boolean quoted = at < text.length() && isQuote(text.charAt(at));
      String label = quoted ? string() : label();
      skipBlanks();
      if (quoted && at < text.length() && (text.charAt(at) == ',' || text.charAt(at) == '}')) {
        if (named || nameInQuotes) {
          throw problem(start, "the name of the metric is said twice");
        }
        nameInQuotes = true;
        matchers.add(Matcher.equal(LabelNames.METRIC_NAME, label));
      } else {
        matcher(label, named, start);
      }
      skipBlanks();
      if (at < text.length() && text.charAt(at) == ',') {
        at++;
      } else if (at >= text.length() || text.charAt(at) != '}') {
        throw unexpected(", or }");
      }
    }
  }

  private void matcher(String label, boolean named, int start) {
    if (label.isEmpty()) {
      throw problem(start, "want the name of a label");
    }
    if (named && label.equals(LabelNames.METRIC_NAME)) {
      throw problem(start, "the name of the metric is said twice");
    }
    Matcher.Type type = operator();
    skipBlanks();
    if (at >= text.length() || !isQuote(text.charAt(at))) {
      throw unexpected("a string in quotes");
    }
    int value = at;
    String pattern = string();
    try {
      matchers.add(Matcher.of(type, label, pattern));
    } catch (IllegalArgumentException e) {
      throw problem(value, String.valueOf(e.getMessage()));
    }
  }

  private Matcher.Type operator() {
    for (Matcher.Type type :
        new Matcher.Type[] {
          Matcher.Type.REGEX, Matcher.Type.NOT_REGEX, Matcher.Type.NOT_EQUAL, Matcher.Type.EQUAL
        }) {
      if (text.startsWith(type.operator(), at)) {
        at += type.operator().length();
        return type;
      }
    }
    throw unexpected("one of = != =~ !~");
  }

  private String label() {
    if (at >= text.length() || !isNameStart(text.charAt(at), false)) {
      throw unexpected("the name of a label, or }");
    }
    return name(false);
  }

  private String name(boolean colons) {
    int start = at;
    while (at < text.length()
        && (isNameStart(text.charAt(at), colons) || isDigit(text.charAt(at)))) {
      at++;
    }
    return text.substring(start, at);
  }

  private static boolean isNameStart(char c, boolean colons) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'' || c == '`';
  }

  private String string() {
    int start = at;
    char quote = text.charAt(at++);
    StringBuilder value = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == quote) {
        return value.toString();
      }
      if (c == '\n' && quote != '`') {
        break;
      }
      if (c == '\\' && quote != '`') {
        escape(quote, value);
      } else {
        value.append(c);
      }
    }
    throw problem(start, "a string without its closing quote");
  }

  private void escape(char quote, StringBuilder value) {
    int start = at - 1;
    char c = at < text.length() ? text.charAt(at++) : '\0';
    switch (c) {
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append('\u000b');
      case '\\' -> value.append('\\');
      case 'x' -> value.append((char) number(start, 2, 16, 0x7f));
      case 'u' -> value.appendCodePoint(number(start, 4, 16, 0x10ffff));
      case 'U' -> value.appendCodePoint(number(start, 8, 16, 0x10ffff));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        value.append((char) number(start, 3, 8, 0x7f));
      }
      default -> {
        if (c != quote) {
          throw problem(start, "an escape that PromQL does not have");
        }
        value.append(c);
      }
    }
  }

  private int number(int start, int digits, int radix, int most) {
    long number = 0;
    for (int i = 0; i < digits; i++, at++) {
      char c = at < text.length() ? text.charAt(at) : ' ';
      // Of ASCII alone: Character.digit knows the digits of many scripts.
      int digit = c < 0x80 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        throw problem(start, "an escape that has no " + digits + " digits");
      }
      number = number * radix + digit;
    }
    if (number > most || (number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE)) {
      throw problem(start, "an escape that is no character of a text in UTF-8");
    }
    return (int) number;
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private IllegalArgumentException unexpected(String wanted) {
    String rest = text.substring(at, Math.min(text.length(), at + MOST_SHOWN));
    String got = rest.isEmpty() ? "the end" : Quoting.quote(rest);
    return problem(at, "got " + got + ", want " + wanted);
  }

  private IllegalArgumentException problem(int where, String what) {
    return new IllegalArgumentException(
        "cannot parse selector " + text + ": character " + (where + 1) + ": " + what);
  }
}
