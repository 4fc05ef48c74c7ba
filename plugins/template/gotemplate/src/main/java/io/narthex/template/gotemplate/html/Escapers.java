package io.narthex.template.gotemplate.html;

import io.narthex.template.gotemplate.html.Context.Delim;
import io.narthex.template.gotemplate.html.Context.Element;
import io.narthex.template.gotemplate.html.Context.State;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoFormat;
import io.narthex.template.gotemplate.value.GoJson;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that {@link HtmlEscaper} puts behind actions. */
public final class Escapers {
  /** What stands where a value would have been dangerous. */
  static final String FAILSAFE = "ZgotmplZ";

  private static final String PREFIX = "_html_template_";

  private Escapers() {}

  /** What a text is known to be by its type. */
  private enum Content {
    PLAIN,
    CSS,
    HTML,
    HTML_ATTR,
    JS,
    JS_STRING,
    URL,
    SRCSET
  }

  private record Text(String text, Content content) {}

  /** One function. */
  @FunctionalInterface
  private interface Escaper {
    String escape(Text text);
  }

  /** All of them, for texts of at most so many characters. */
  public static Map<String, Function> all(int limit) {
    Map<String, Function> all = new HashMap<>();
    put(all, limit, "attrescaper", t -> attribute(t));
    put(all, limit, "commentescaper", t -> "");
    put(all, limit, "cssescaper", t -> Css.escape(t.text()));
    put(
        all,
        limit,
        "cssvaluefilter",
        t -> t.content() == Content.CSS ? t.text() : Css.filter(t.text()));
    put(all, limit, "htmlnamefilter", Escapers::name);
    put(
        all,
        limit,
        "htmlescaper",
        t -> t.content() == Content.HTML ? t.text() : replace(t.text(), Table.HTML));
    put(
        all,
        limit,
        "rcdataescaper",
        t -> replace(t.text(), t.content() == Content.HTML ? Table.HTML_KEEPING : Table.HTML));
    put(all, limit, "nospaceescaper", Escapers::nospace);
    put(all, limit, "jsregexpescaper", t -> t.text().isEmpty() ? "(?:)" : JsText.regexp(t.text()));
    put(all, limit, "jsstrescaper", t -> JsText.string(t.text(), t.content() == Content.JS_STRING));
    put(all, limit, "jstmpllitescaper", t -> JsText.template(t.text()));
    put(all, limit, "srcsetescaper", Escapers::srcset);
    put(all, limit, "urlescaper", t -> Urls.process(t.text(), t.content() == Content.URL));
    put(
        all,
        limit,
        "urlfilter",
        t -> t.content() == Content.URL || Urls.isSafe(t.text()) ? t.text() : "#" + FAILSAFE);
    put(all, limit, "urlnormalizer", t -> Urls.process(t.text(), true));
    GoType any = GoType.of("func(...interface {}) string");
    all.put(PREFIX + "jsvalescaper", new Function(any, a -> javaScript(a, limit)));
    all.put("_eval_args_", new Function(any, a -> printed(a, limit)));
    return all;
  }

  private static void put(Map<String, Function> all, int limit, String name, Escaper escaper) {
    all.put(
        PREFIX + name,
        new Function(
            GoType.of("func(...interface {}) string"), a -> escaper.escape(text(a, limit))));
  }

  private static @Nullable Object indirect(@Nullable Object value) {
    Object inner = Values.unbox(value);
    while (inner instanceof Pointer pointer && pointer.target() != null) {
      inner = pointer.target();
    }
    return inner;
  }

  private static Text text(@Nullable Object[] arguments, int limit) throws GoError {
    if (arguments.length == 1) {
      Object value = indirect(arguments[0]);
      if (value instanceof String text) {
        return new Text(text, Content.PLAIN);
      }
      if (value instanceof Scalar scalar && scalar.value() instanceof String text) {
        switch (scalar.type().name()) {
          case "template.CSS" -> {
            return new Text(text, Content.CSS);
          }
          case "template.HTML" -> {
            return new Text(text, Content.HTML);
          }
          case "template.HTMLAttr" -> {
            return new Text(text, Content.HTML_ATTR);
          }
          case "template.JS" -> {
            return new Text(text, Content.JS);
          }
          case "template.JSStr" -> {
            return new Text(text, Content.JS_STRING);
          }
          case "template.URL" -> {
            return new Text(text, Content.URL);
          }
          case "template.Srcset" -> {
            return new Text(text, Content.SRCSET);
          }
          default -> {}
        }
      }
    }
    List<@Nullable Object> some = new ArrayList<>();
    for (Object argument : arguments) {
      Object value = indirect(argument);
      if (value != null && !(value instanceof Boxed)) {
        some.add(value);
      }
    }
    return new Text(GoFormat.sprint(limit, some.toArray()), Content.PLAIN);
  }

  /** What arguments are together, with those that are nothing. */
  private static String printed(@Nullable Object[] arguments, int limit) throws GoError {
    @Nullable Object[] values = new Object[arguments.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = indirect(arguments[i]);
    }
    return GoFormat.sprint(limit, values);
  }

  private static String attribute(Text text) {
    return text.content() == Content.HTML
        ? replace(stripTags(text.text()), Table.HTML_KEEPING)
        : replace(text.text(), Table.HTML);
  }

  private static String nospace(Text text) {
    if (text.text().isEmpty()) {
      return FAILSAFE; // nothing there would make of what follows the value
    }
    return text.content() == Content.HTML
        ? replace(stripTags(text.text()), Table.NOSPACE_KEEPING)
        : replace(text.text(), Table.NOSPACE);
  }

  private static String srcset(Text text) {
    return switch (text.content()) {
      case SRCSET -> text.text();
      case URL -> Urls.process(text.text(), true).replace(",", "%2c");
      default -> Urls.srcset(text.text());
    };
  }

  private static String name(Text text) {
    if (text.content() == Content.HTML_ATTR) {
      return text.text();
    }
    String name = text.text().toLowerCase(Locale.ROOT);
    if (name.isEmpty() || Attributes.content(name) != Attributes.Content.PLAIN) {
      return FAILSAFE;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'z')) {
        return FAILSAFE;
      }
    }
    return name;
  }

  private static String javaScript(@Nullable Object[] arguments, int limit) throws GoError {
    Object value;
    if (arguments.length == 1) {
      value = indirect(arguments[0]);
      if (value instanceof Scalar scalar && scalar.value() instanceof String text) {
        switch (scalar.type().name()) {
          case "template.JS" -> {
            return text;
          }
          case "template.JSStr" -> {
            return "\"" + text + "\"";
          }
          default -> {}
        }
      }
      String text = Values.methods(value).text();
      if (text != null && !(GoType.of("time.Time").equals(Values.type(value)))) {
        value = text;
      }
    } else {
      value = text(arguments, limit).text();
    }
    String json;
    try {
      json = GoJson.write(value, limit);
    } catch (GoError e) {
      return " /* "
          + e.text().replace("*/", "* /").replace("</script", "\\x3C/script")
          + " */null ";
    }
    boolean pad =
        Transitions.isJsIdentifier(json.charAt(0))
            || Transitions.isJsIdentifier(json.charAt(json.length() - 1));
    return pad ? " " + json + " " : json;
  }

  /** What characters become in HTML. KEEPING tables leave references alone. */
  enum Table {
    HTML,
    HTML_KEEPING,
    NOSPACE,
    NOSPACE_KEEPING;

    /** What a character becomes; empty when it stays. */
    String of(char c) {
      boolean nospace = this == NOSPACE || this == NOSPACE_KEEPING;
      return switch (c) {
        case 0 -> nospace ? "&#xfffd;" : "\uFFFD";
        case '"' -> "&#34;";
        case '&' -> this == HTML || this == NOSPACE ? "&amp;" : "";
        case '\'' -> "&#39;";
        case '+' -> "&#43;";
        case '<' -> "&lt;";
        case '>' -> "&gt;";
        case '\t' -> nospace ? "&#9;" : "";
        case '\n' -> nospace ? "&#10;" : "";
        case 11 -> nospace ? "&#11;" : "";
        case '\f' -> nospace ? "&#12;" : "";
        case '\r' -> nospace ? "&#13;" : "";
        case ' ' -> nospace ? "&#32;" : "";
        case '=' -> nospace ? "&#61;" : "";
        case '`' -> nospace ? "&#96;" : "";
        default ->
            nospace && ((c >= 0xfdd0 && c <= 0xfdef) || c >= 0xfff0)
                ? "&#x" + Integer.toHexString(c) + ";"
                : "";
      };
    }
  }

  private static String replace(String s, Table table) {
    StringBuilder out = null;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      String escaped = table.of(c);
      if (!escaped.isEmpty() && out == null) {
        out = new StringBuilder(s.length() + 16).append(s, 0, i);
      }
      if (out != null) {
        if (escaped.isEmpty()) {
          out.append(c);
        } else {
          out.append(escaped);
        }
      }
    }
    return out == null ? s : out.toString();
  }

  /** The text of a piece of HTML. */
  static String stripTags(String html) {
    StringBuilder out = new StringBuilder();
    Context c = Context.TEXT;
    int i = 0;
    boolean allText = true;
    while (i != html.length()) {
      if (c.delim() == Delim.NONE) {
        State state = c.state();
        if (c.element() != Element.NONE && !state.isInTag()) {
          state = State.RCDATA;
        }
        Context here = c;
        State shown = state;
        Transitions.Step step =
            Transitions.within(html, i, rest -> Transitions.step(here, shown, rest));
        int end = i + step.length();
        if (c.state() == State.TEXT || c.state() == State.RCDATA) {
          int j = end;
          if (step.context().state() != c.state()) {
            int tag = html.lastIndexOf('<', end - 1);
            j = tag >= i ? tag : end;
          }
          out.append(html, i, j);
        } else {
          allText = false;
        }
        c = step.context();
        i = end;
        continue;
      }
      int end = Transitions.indexOfAny(html, i, c.delim().ends);
      if (end < 0) {
        break;
      }
      if (c.delim() != Delim.SPACE_OR_TAG_END) {
        end++;
      }
      c = Context.TEXT.with(State.TAG).with(c.element());
      i = end;
    }
    if (allText) {
      return html;
    }
    if (c.state() == State.TEXT || c.state() == State.RCDATA) {
      out.append(html, i, html.length());
    }
    return out.toString();
  }
}
