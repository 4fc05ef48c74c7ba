package io.narthex.template.gotemplate.html;

import org.jspecify.annotations.Nullable;

/**
 * Where in a page a place is.
 *
 * @param state the language that is spoken there, and the part of it
 * @param delim what ends the value of the attribute that surrounds the place
 * @param url the part of a URL
 * @param js whether a slash starts a regular expression
 * @param attribute the kind of the attribute that is read
 * @param element the element whose tag or content is read, if it is a special one
 * @param braces how many braces are open in each expression of JavaScript's template literals that
 *     surround the place, innermost last
 * @param error what is wrong, in state ERROR
 */
record Context(
    State state,
    Delim delim,
    UrlPart url,
    JsSlash js,
    Attribute attribute,
    Element element,
    Braces braces,
    @Nullable Problem error) {
  static final Context TEXT =
      new Context(
          State.TEXT,
          Delim.NONE,
          UrlPart.NONE,
          JsSlash.REGEXP,
          Attribute.NONE,
          Element.NONE,
          Braces.NONE,
          null);

  /** Something wrong. The contexts that it leads to share it, and loops around it add to it. */
  static final class Problem {
    private final @Nullable String location;
    private String description;
    private int line;

    /**
     * @param location of the node where it is, for messages; null when only the line is known
     * @param line 0 when it is not known either
     */
    Problem(String description, @Nullable String location, int line) {
      this.description = description;
      this.location = location;
      this.line = line;
    }

    void behind(String prefix, int newLine) {
      description = prefix + description;
      line = newLine;
    }

    /** The message, for the template of a name. */
    String message(String name) {
      if (location != null) {
        return "html/template:" + location + ": " + description;
      }
      return "html/template:" + name + (line != 0 ? ":" + line : "") + ": " + description;
    }

    @Override
    public String toString() {
      return "html/template: " + description;
    }
  }

  /** A stack of counters. */
  record Braces(int depth, @Nullable Braces outer) {
    static final Braces NONE = new Braces(0, null);

    Braces with(int change) {
      return new Braces(depth + change, outer);
    }
  }

  enum State {
    TEXT("stateText"),
    TAG("stateTag"),
    ATTR_NAME("stateAttrName"),
    AFTER_NAME("stateAfterName"),
    BEFORE_VALUE("stateBeforeValue"),
    HTML_COMMENT("stateHTMLCmt"),
    RCDATA("stateRCDATA"),
    ATTR("stateAttr"),
    URL("stateURL"),
    SRCSET("stateSrcset"),
    JS("stateJS"),
    JS_DQ_STRING("stateJSDqStr"),
    JS_SQ_STRING("stateJSSqStr"),
    JS_TEMPLATE("stateJSTmplLit"),
    JS_REGEXP("stateJSRegexp"),
    JS_BLOCK_COMMENT("stateJSBlockCmt"),
    JS_LINE_COMMENT("stateJSLineCmt"),
    JS_HTML_OPEN_COMMENT("stateJSHTMLOpenCmt"),
    JS_HTML_CLOSE_COMMENT("stateJSHTMLCloseCmt"),
    CSS("stateCSS"),
    CSS_DQ_STRING("stateCSSDqStr"),
    CSS_SQ_STRING("stateCSSSqStr"),
    CSS_DQ_URL("stateCSSDqURL"),
    CSS_SQ_URL("stateCSSSqURL"),
    CSS_URL("stateCSSURL"),
    CSS_BLOCK_COMMENT("stateCSSBlockCmt"),
    CSS_LINE_COMMENT("stateCSSLineCmt"),
    ERROR("stateError"),
    DEAD("stateDead");

    private final String text;

    State(String text) {
      this.text = text;
    }

    boolean isComment() {
      return switch (this) {
        case HTML_COMMENT,
            JS_BLOCK_COMMENT,
            JS_LINE_COMMENT,
            JS_HTML_OPEN_COMMENT,
            JS_HTML_CLOSE_COMMENT,
            CSS_BLOCK_COMMENT,
            CSS_LINE_COMMENT ->
            true;
        default -> false;
      };
    }

    /** Whether it is a string, template literal or regular expression of JavaScript. */
    boolean isScriptLiteral() {
      return switch (this) {
        case JS_DQ_STRING, JS_SQ_STRING, JS_TEMPLATE, JS_REGEXP -> true;
        default -> false;
      };
    }

    boolean isInTag() {
      return switch (this) {
        case TAG, ATTR_NAME, AFTER_NAME, BEFORE_VALUE, ATTR -> true;
        default -> false;
      };
    }

    @Override
    public String toString() {
      return text;
    }
  }

  enum Delim {
    NONE("delimNone", ""),
    DOUBLE_QUOTE("delimDoubleQuote", "\""),
    SINGLE_QUOTE("delimSingleQuote", "'"),
    SPACE_OR_TAG_END("delimSpaceOrTagEnd", " \t\n\f\r>");

    private final String text;
    final String ends;

    Delim(String text, String ends) {
      this.text = text;
      this.ends = ends;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  enum UrlPart {
    NONE("urlPartNone"),
    PRE_QUERY("urlPartPreQuery"),
    QUERY_OR_FRAGMENT("urlPartQueryOrFrag"),
    UNKNOWN("urlPartUnknown");

    private final String text;

    UrlPart(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  enum JsSlash {
    REGEXP("jsCtxRegexp"),
    DIVISION("jsCtxDivOp"),
    UNKNOWN("jsCtxUnknown");

    private final String text;

    JsSlash(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  enum Element {
    NONE("elementNone", ""),
    SCRIPT("elementScript", "script"),
    STYLE("elementStyle", "style"),
    TEXTAREA("elementTextarea", "textarea"),
    TITLE("elementTitle", "title");

    private final String text;
    final String tag;

    Element(String text, String tag) {
      this.text = text;
      this.tag = tag;
    }

    static Element named(String tag) {
      for (Element element : values()) {
        if (element != NONE && element.tag.equalsIgnoreCase(tag)) {
          return element;
        }
      }
      return NONE;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  enum Attribute {
    NONE("attrNone", State.ATTR),
    SCRIPT("attrScript", State.JS),
    SCRIPT_TYPE("attrScriptType", State.ATTR),
    STYLE("attrStyle", State.CSS),
    URL("attrURL", State.URL),
    SRCSET("attrSrcset", State.SRCSET);

    private final String text;
    final State start;

    Attribute(String text, State start) {
      this.text = text;
      this.start = start;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  Context with(State other) {
    return new Context(other, delim, url, js, attribute, element, braces, error);
  }

  Context with(Delim other) {
    return new Context(state, other, url, js, attribute, element, braces, error);
  }

  Context with(UrlPart other) {
    return new Context(state, delim, other, js, attribute, element, braces, error);
  }

  Context with(JsSlash other) {
    return new Context(state, delim, url, other, attribute, element, braces, error);
  }

  Context with(Attribute other) {
    return new Context(state, delim, url, js, other, element, braces, error);
  }

  Context with(Element other) {
    return new Context(state, delim, url, js, attribute, other, braces, error);
  }

  Context with(Braces other) {
    return new Context(state, delim, url, js, attribute, element, other, error);
  }

  boolean isError() {
    return state == State.ERROR;
  }

  static Context error(String description) {
    return error(new Problem(description, null, 0));
  }

  static Context error(Problem problem) {
    return new Context(
        State.ERROR,
        Delim.NONE,
        UrlPart.NONE,
        JsSlash.REGEXP,
        Attribute.NONE,
        Element.NONE,
        Braces.NONE,
        problem);
  }

  /** Where an action stands that follows here: what is nothing is skipped. */
  Context nudged() {
    return switch (state) {
      case TAG -> with(State.ATTR_NAME);
      case BEFORE_VALUE -> with(attribute.start).with(Delim.SPACE_OR_TAG_END).with(Attribute.NONE);
      case AFTER_NAME -> with(State.ATTR_NAME).with(Attribute.NONE);
      default -> this;
    };
  }

  /** The name of a template where it is called in this context. */
  String mangle(String template) {
    if (state == State.TEXT) {
      return template;
    }
    StringBuilder out = new StringBuilder(template).append("$htmltemplate_").append(state);
    if (delim != Delim.NONE) {
      out.append('_').append(delim);
    }
    if (url != UrlPart.NONE) {
      out.append('_').append(url);
    }
    if (js != JsSlash.REGEXP) {
      out.append('_').append(js);
    }
    for (Braces b = braces; b != null; b = b.outer()) {
      if (b.depth() != 0 || b.outer() != null) {
        out.append('_').append(b.depth());
      }
    }
    if (attribute != Attribute.NONE) {
      out.append('_').append(attribute);
    }
    if (element != Element.NONE) {
      out.append('_').append(element);
    }
    return out.toString();
  }

  /** As messages have it. */
  @Override
  public String toString() {
    return "{"
        + state
        + " "
        + delim
        + " "
        + url
        + " "
        + js
        + " "
        + attribute
        + " "
        + element
        + " "
        + (error == null ? "<nil>" : error)
        + "}";
  }
}
