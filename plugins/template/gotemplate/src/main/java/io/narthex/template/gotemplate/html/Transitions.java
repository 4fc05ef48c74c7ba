package io.narthex.template.gotemplate.html;

import io.narthex.template.gotemplate.html.Context.Attribute;
import io.narthex.template.gotemplate.html.Context.Braces;
import io.narthex.template.gotemplate.html.Context.Delim;
import io.narthex.template.gotemplate.html.Context.Element;
import io.narthex.template.gotemplate.html.Context.JsSlash;
import io.narthex.template.gotemplate.html.Context.State;
import io.narthex.template.gotemplate.html.Context.UrlPart;
import io.narthex.template.gotemplate.value.GoText;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** How text changes the context: one step at a time, each of at least one character or state. */
final class Transitions {
  /** A context, and how much of the text led to it. */
  record Step(Context context, int length) {}

  private static final Set<String> BEFORE_REGEXP =
      Set.of(
          "break",
          "case",
          "continue",
          "delete",
          "do",
          "else",
          "finally",
          "in",
          "instanceof",
          "return",
          "throw",
          "try",
          "typeof",
          "void");

  private static final String SCRIPT_END = "</script";
  private static final String JS_LINE_ENDS = "\n\r\u2028\u2029";
  private static final String JS_SPACE =
      "\f\n\r\t\u000b \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
          + "\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

  private Transitions() {}

  /** More than any mark is long that a step has to see whole. */
  private static final int MARGIN = 32;

  private static final int WINDOW = 1_024;

  /**
   * A step from the middle of a text, without a copy of all that follows: it is taken in a window
   * of the text, and again in a larger one when it came near the end of that.
   */
  static Step within(String s, int from, Function<String, Step> stepper) {
    for (long window = WINDOW; from + window < s.length(); window *= 4) {
      Step step = stepper.apply(s.substring(from, (int) (from + window)));
      if (step.length() <= window - MARGIN && !step.context().isError()) {
        return step;
      }
    }
    return stepper.apply(s.substring(from));
  }

  /** What a piece of text leads to. */
  static Step step(Context c, String s) {
    return step(c, c.state(), s);
  }

  /** As if the context were in another state. */
  static Step step(Context c, State state, String s) {
    return switch (state) {
      case TEXT -> text(c, s);
      case TAG -> tag(c, s);
      case ATTR_NAME -> attributeName(c, s);
      case AFTER_NAME -> afterName(c, s);
      case BEFORE_VALUE -> beforeValue(c, s);
      case HTML_COMMENT -> {
        int end = s.indexOf("-->");
        yield end < 0 ? new Step(c, s.length()) : new Step(Context.TEXT, end + 3);
      }
      case RCDATA -> specialTagEnd(c, s);
      case ATTR -> new Step(c, s.length());
      case URL, SRCSET -> url(c, s);
      case JS -> javaScript(c, s);
      case JS_DQ_STRING, JS_SQ_STRING, JS_REGEXP -> jsDelimited(c, s);
      case JS_TEMPLATE -> jsTemplate(c, s);
      case JS_BLOCK_COMMENT -> blockComment(c, State.JS, s);
      case CSS_BLOCK_COMMENT -> blockComment(c, State.CSS, s);
      case JS_LINE_COMMENT, JS_HTML_OPEN_COMMENT, JS_HTML_CLOSE_COMMENT ->
          lineComment(c, State.JS, JS_LINE_ENDS, s);
      case CSS_LINE_COMMENT -> lineComment(c, State.CSS, "\n\f\r", s);
      case CSS -> css(c, s);
      case CSS_DQ_STRING, CSS_SQ_STRING, CSS_DQ_URL, CSS_SQ_URL, CSS_URL -> cssString(c, s);
      case ERROR, DEAD -> new Step(c, s.length());
    };
  }

  private static Step failed(String description, String s) {
    return new Step(Context.error(description), s.length());
  }

  static int indexOfAny(String s, int from, String any) {
    for (int i = from; i < s.length(); i++) {
      if (any.indexOf(s.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static Step text(Context c, String s) {
    int k = 0;
    while (true) {
      int i = s.indexOf('<', k);
      if (i < 0 || i + 1 == s.length()) {
        return new Step(c, s.length());
      }
      if (s.startsWith("<!--", i)) {
        return new Step(Context.TEXT.with(State.HTML_COMMENT), i + 4);
      }
      i++;
      boolean end = false;
      if (s.charAt(i) == '/') {
        if (i + 1 == s.length()) {
          return new Step(c, s.length());
        }
        end = true;
        i++;
      }
      int j = tagName(s, i);
      if (j != i) {
        Element element = end ? Element.NONE : Element.named(s.substring(i, j));
        return new Step(Context.TEXT.with(State.TAG).with(element), j);
      }
      k = j;
    }
  }

  private static State contentOf(Element element) {
    return switch (element) {
      case NONE -> State.TEXT;
      case SCRIPT -> State.JS;
      case STYLE -> State.CSS;
      case TEXTAREA, TITLE -> State.RCDATA;
    };
  }

  private static Step tag(Context c, String s) {
    int i = skipSpace(s, 0);
    if (i == s.length()) {
      return new Step(c, i);
    }
    if (s.charAt(i) == '>') {
      return new Step(Context.TEXT.with(contentOf(c.element())).with(c.element()), i + 1);
    }
    int j = attributeNameEnd(s, i);
    if (j < 0) {
      return badName(s.charAt(-j - 1), s);
    }
    if (i == j) {
      return failed(
          "expected space, attr name, or end of tag, but got " + GoText.quote(s.substring(i)), s);
    }
    String name = s.substring(i, j).toLowerCase(Locale.ROOT);
    Attribute attribute = Attribute.NONE;
    if (c.element() == Element.SCRIPT && name.equals("type")) {
      attribute = Attribute.SCRIPT_TYPE;
    } else {
      attribute =
          switch (Attributes.content(name)) {
            case URL -> Attribute.URL;
            case CSS -> Attribute.STYLE;
            case JS -> Attribute.SCRIPT;
            case SRCSET -> Attribute.SRCSET;
            case PLAIN, HTML, UNSAFE -> Attribute.NONE;
          };
    }
    State state = j == s.length() ? State.ATTR_NAME : State.AFTER_NAME;
    return new Step(Context.TEXT.with(state).with(c.element()).with(attribute), j);
  }

  private static Step badName(char found, String s) {
    int end = s.offsetByCodePoints(0, Math.min(32, s.codePointCount(0, s.length())));
    return failed(
        GoText.quote(String.valueOf(found))
            + " in attribute name: "
            + GoText.quote(s.substring(0, end)),
        s);
  }

  private static Step attributeName(Context c, String s) {
    int i = attributeNameEnd(s, 0);
    if (i < 0) {
      return badName(s.charAt(-i - 1), s);
    }
    return new Step(i == s.length() ? c : c.with(State.AFTER_NAME), i);
  }

  private static Step afterName(Context c, String s) {
    int i = skipSpace(s, 0);
    if (i == s.length()) {
      return new Step(c, i);
    }
    return s.charAt(i) == '='
        ? new Step(c.with(State.BEFORE_VALUE), i + 1)
        : new Step(c.with(State.TAG), i);
  }

  private static Step beforeValue(Context c, String s) {
    int i = skipSpace(s, 0);
    if (i == s.length()) {
      return new Step(c, i);
    }
    Delim delim = Delim.SPACE_OR_TAG_END;
    if (s.charAt(i) == '\'') {
      delim = Delim.SINGLE_QUOTE;
      i++;
    } else if (s.charAt(i) == '"') {
      delim = Delim.DOUBLE_QUOTE;
      i++;
    }
    return new Step(c.with(c.attribute().start).with(delim), i);
  }

  /** Where the content of a special element ends. */
  static Step specialTagEnd(Context c, String s) {
    if (c.element() == Element.SCRIPT && (c.state().isScriptLiteral() || c.state().isComment())) {
      // For HTML it would be an end there too, so that it is made none.
      return new Step(c, s.length());
    }
    if (c.element() != Element.NONE) {
      int end = tagEnd(s, c.element().tag);
      if (end >= 0) {
        return new Step(Context.TEXT, end);
      }
    }
    return new Step(c, s.length());
  }

  private static int tagEnd(String s, String tag) {
    int at = s.indexOf("</");
    while (at >= 0) {
      int after = at + 2 + tag.length();
      if (s.regionMatches(true, at + 2, tag, 0, tag.length())
          && after < s.length()
          && "> \t\n\f/".indexOf(s.charAt(after)) >= 0) {
        return at;
      }
      at = s.indexOf("</", at + 2);
    }
    return -1;
  }

  static Step url(Context c, String s) {
    Context next = c;
    if (indexOfAny(s, 0, "#?") >= 0) {
      next = c.with(UrlPart.QUERY_OR_FRAGMENT);
    } else if (skipSpace(s, 0) != s.length() && c.url() == UrlPart.NONE) {
      next = c.with(UrlPart.PRE_QUERY);
    }
    return new Step(next, s.length());
  }

  private static Step javaScript(Context c, String s) {
    int i = indexOfAny(s, 0, "\"`'/{}<-#");
    if (i < 0) {
      return new Step(c.with(slashAfter(s, c.js())), s.length());
    }
    Context next = c.with(slashAfter(s.substring(0, i), c.js()));
    switch (s.charAt(i)) {
      case '"' -> next = next.with(State.JS_DQ_STRING).with(JsSlash.REGEXP);
      case '\'' -> next = next.with(State.JS_SQ_STRING).with(JsSlash.REGEXP);
      case '`' -> next = next.with(State.JS_TEMPLATE).with(JsSlash.REGEXP);
      case '/' -> {
        if (s.startsWith("//", i)) {
          return new Step(next.with(State.JS_LINE_COMMENT), i + 2);
        }
        if (s.startsWith("/*", i)) {
          return new Step(next.with(State.JS_BLOCK_COMMENT), i + 2);
        }
        switch (next.js()) {
          case REGEXP -> next = next.with(State.JS_REGEXP);
          case DIVISION -> next = next.with(JsSlash.REGEXP);
          case UNKNOWN -> {
            String rest = s.substring(i);
            int end =
                rest.offsetByCodePoints(0, Math.min(32, rest.codePointCount(0, rest.length())));
            return failed(
                "'/' could start a division or regexp: " + GoText.quote(rest.substring(0, end)), s);
          }
        }
      }
      case '<' -> {
        if (s.startsWith("<!--", i)) {
          return new Step(next.with(State.JS_HTML_OPEN_COMMENT), i + 4);
        }
        next = next.with(JsSlash.REGEXP);
      }
      case '-' -> {
        if (s.startsWith("-->", i)) {
          return new Step(next.with(State.JS_HTML_CLOSE_COMMENT), i + 3);
        }
        // The sign may be one of two, which only all of them together tell.
        int end = i;
        while (end < s.length() && s.charAt(end) == '-' && !s.startsWith("-->", end)) {
          end++;
        }
        return new Step(c.with(slashAfter(s.substring(0, end), c.js())), end);
      }
      case '#' -> {
        if (i == 0 && s.startsWith("#!")) {
          return new Step(next.with(State.JS_LINE_COMMENT), 2);
        }
        next = next.with(slashAfter("#", next.js()));
      }
      case '{' -> {
        if (next.braces().outer() != null) {
          next = next.with(next.braces().with(1));
        }
        next = next.with(JsSlash.REGEXP);
      }
      case '}' -> {
        Braces braces = next.braces();
        Braces outer = braces.outer();
        if (outer != null) {
          if (braces.depth() == 0) {
            return new Step(next.with(State.JS_TEMPLATE).with(outer), i + 1);
          }
          next = next.with(braces.with(-1));
        }
        next = next.with(JsSlash.REGEXP);
      }
      default -> throw new IllegalStateException();
    }
    return new Step(next, i + 1);
  }

  private static Step jsTemplate(Context c, String s) {
    int k = 0;
    while (true) {
      int i = indexOfAny(s, k, "`\\$");
      if (i < 0) {
        return new Step(c, s.length());
      }
      switch (s.charAt(i)) {
        case '\\' -> {
          i++;
          if (i == s.length()) {
            return failed("unfinished escape sequence in JS string: " + GoText.quote(s), s);
          }
        }
        case '$' -> {
          if (s.startsWith("${", i)) {
            Context inner = c.with(State.JS).with(JsSlash.REGEXP);
            return new Step(inner.with(new Braces(0, c.braces())), i + 2);
          }
        }
        default -> {
          return new Step(c.with(State.JS).with(JsSlash.DIVISION), i + 1);
        }
      }
      k = i + 1;
    }
  }

  private static Step jsDelimited(Context c, String s) {
    String specials =
        switch (c.state()) {
          case JS_SQ_STRING -> "\\'";
          case JS_REGEXP -> "\\/[]";
          default -> "\\\"";
        };
    boolean charset = false;
    int k = 0;
    while (true) {
      int i = indexOfAny(s, k, specials);
      if (i < 0) {
        break;
      }
      switch (s.charAt(i)) {
        case '\\' -> {
          i++;
          if (i == s.length()) {
            return failed("unfinished escape sequence in JS string: " + GoText.quote(s), s);
          }
        }
        case '[' -> charset = true;
        case ']' -> charset = false;
        default -> {
          if (s.charAt(i) == '/' && i > 0 && s.regionMatches(true, i - 1, SCRIPT_END, 0, 8)) {
            i++; // it will be none
          } else if (!charset) {
            return new Step(c.with(State.JS).with(JsSlash.DIVISION), i + 1);
          }
        }
      }
      k = i + 1;
    }
    if (charset) {
      return failed("unfinished JS regexp charset: " + GoText.quote(s), s);
    }
    return new Step(c, s.length());
  }

  private static Step blockComment(Context c, State outer, String s) {
    int end = s.indexOf("*/");
    return end < 0 ? new Step(c, s.length()) : new Step(c.with(outer), end + 2);
  }

  private static Step lineComment(Context c, State outer, String ends, String s) {
    int end = indexOfAny(s, 0, ends);
    return end < 0 ? new Step(c, s.length()) : new Step(c.with(outer), end);
  }

  private static Step css(Context c, String s) {
    int k = 0;
    while (true) {
      int i = indexOfAny(s, k, "(\"'/");
      if (i < 0) {
        return new Step(c, s.length());
      }
      switch (s.charAt(i)) {
        case '(' -> {
          int end = i;
          while (end > 0 && isSpace(s.charAt(end - 1))) {
            end--;
          }
          if (Css.endsWithKeyword(s, end, "url")) {
            int j = skipSpace(s, i + 1);
            if (j < s.length() && s.charAt(j) == '"') {
              return new Step(c.with(State.CSS_DQ_URL), j + 1);
            }
            if (j < s.length() && s.charAt(j) == '\'') {
              return new Step(c.with(State.CSS_SQ_URL), j + 1);
            }
            return new Step(c.with(State.CSS_URL), j);
          }
        }
        case '/' -> {
          if (s.startsWith("//", i)) {
            return new Step(c.with(State.CSS_LINE_COMMENT), i + 2);
          }
          if (s.startsWith("/*", i)) {
            return new Step(c.with(State.CSS_BLOCK_COMMENT), i + 2);
          }
        }
        case '"' -> {
          return new Step(c.with(State.CSS_DQ_STRING), i + 1);
        }
        default -> {
          return new Step(c.with(State.CSS_SQ_STRING), i + 1);
        }
      }
      k = i + 1;
    }
  }

  private static Step cssString(Context start, String s) {
    Context c = start;
    String ends =
        switch (c.state()) {
          case CSS_DQ_STRING, CSS_DQ_URL -> "\\\"";
          case CSS_SQ_STRING, CSS_SQ_URL -> "\\'";
          default -> "\\\t\n\f\r )";
        };
    int k = 0;
    int escape = 0;
    while (true) {
      int i = indexOfAny(s, k, ends);
      if (i < 0) {
        return new Step(url(c, Css.decode(s.substring(k))).context(), s.length());
      }
      if (s.charAt(i) != '\\') {
        return new Step(c.with(State.CSS), i + 1);
      }
      if (i + 1 == s.length()) {
        return failed("unfinished escape sequence in CSS string: " + GoText.quote(s), s);
      }
      // From the last escape on, as only here it is seen whole.
      c = url(c, Css.decode(s.substring(escape, i + 2))).context();
      escape = i;
      k = i + 2;
    }
  }

  /** Whether a slash behind a piece of JavaScript starts a regular expression. */
  static JsSlash slashAfter(String s, JsSlash before) {
    int end = s.length();
    while (end > 0 && JS_SPACE.indexOf(s.charAt(end - 1)) >= 0) {
      end--;
    }
    if (end == 0) {
      return before;
    }
    char last = s.charAt(end - 1);
    switch (last) {
      case '+', '-' -> {
        int start = end - 1;
        while (start > 0 && s.charAt(start - 1) == last) {
          start--;
        }
        return (end - start) % 2 == 1 ? JsSlash.REGEXP : JsSlash.DIVISION;
      }
      case '.' -> {
        boolean number = end > 1 && s.charAt(end - 2) >= '0' && s.charAt(end - 2) <= '9';
        return number ? JsSlash.DIVISION : JsSlash.REGEXP;
      }
      case ',',
          '<',
          '>',
          '=',
          '*',
          '%',
          '&',
          '|',
          '^',
          '?',
          '!',
          '~',
          '(',
          '[',
          ':',
          ';',
          '{',
          '}' -> {
        return JsSlash.REGEXP;
      }
      default -> {
        int start = end;
        while (start > 0 && isJsIdentifier(s.charAt(start - 1))) {
          start--;
        }
        return BEFORE_REGEXP.contains(s.substring(start, end)) ? JsSlash.REGEXP : JsSlash.DIVISION;
      }
    }
  }

  static boolean isJsIdentifier(int c) {
    return c == '$'
        || c == '_'
        || (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z');
  }

  /** The end of a name; −1 − index where a character is that may not be in one. */
  private static int attributeNameEnd(String s, int from) {
    for (int i = from; i < s.length(); i++) {
      switch (s.charAt(i)) {
        case ' ', '\t', '\n', '\f', '\r', '=', '>' -> {
          return i;
        }
        case '\'', '"', '<' -> {
          return -1 - i;
        }
        default -> {}
      }
    }
    return s.length();
  }

  private static int tagName(String s, int from) {
    if (from == s.length() || !isLetter(s.charAt(from))) {
      return from;
    }
    int i = from + 1;
    while (i < s.length()) {
      char c = s.charAt(i);
      if (isLetter(c) || (c >= '0' && c <= '9')) {
        i++;
      } else if ((c == ':' || c == '-')
          && i + 1 < s.length()
          && (isLetter(s.charAt(i + 1)) || (s.charAt(i + 1) >= '0' && s.charAt(i + 1) <= '9'))) {
        i += 2;
      } else {
        break;
      }
    }
    return i;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
  }

  static int skipSpace(String s, int from) {
    int i = from;
    while (i < s.length() && isSpace(s.charAt(i))) {
      i++;
    }
    return i;
  }
}
