package io.narthex.template.gotemplate.html;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What the values of attributes are made of. */
final class Attributes {
  /** What a value is made of. UNSAFE ones change what the page means. */
  enum Content {
    PLAIN,
    CSS,
    HTML,
    JS,
    URL,
    SRCSET,
    UNSAFE
  }

  private static final Map<String, Content> KNOWN = new HashMap<>();

  static {
    put(
        Content.PLAIN,
        "accept alt autocomplete autofocus autoplay border checked class cols colspan"
            + " contenteditable contextmenu controls coords datetime default dir dirname disabled"
            + " draggable dropzone for formtarget headers height hidden high hreflang id ismap kind"
            + " label lang list loop low max maxlength media mediagroup min multiple name open"
            + " optimum placeholder preload pubdate radiogroup readonly required reversed rows"
            + " rowspan spellcheck scope scoped seamless selected shape size sizes span srclang"
            + " start step tabindex target title width wrap");
    put(
        Content.UNSAFE,
        "accept-charset async challenge charset content crossorigin defer enctype form formenctype"
            + " formmethod formnovalidate http-equiv keytype language method novalidate pattern rel"
            + " sandbox type value");
    put(
        Content.URL,
        "action archive background cite classid codebase data formaction href icon longdesc"
            + " manifest poster profile src usemap xmlns");
    put(Content.HTML, "srcdoc");
    put(Content.SRCSET, "srcset");
    put(Content.CSS, "style");
  }

  private Attributes() {}

  private static void put(Content content, String names) {
    for (String name : names.split(" ")) {
      KNOWN.put(name, content);
    }
  }

  /** By the name of the attribute in small letters. */
  static Content content(String attribute) {
    String name = attribute;
    if (name.startsWith("data-")) {
      // Names that people make up say what they are made of as others do.
      name = name.substring(5);
    } else {
      int colon = name.indexOf(':');
      if (colon >= 0) {
        if (name.startsWith("xmlns:")) {
          return Content.URL;
        }
        name = name.substring(colon + 1);
      }
    }
    Content known = KNOWN.get(name);
    if (known != null) {
      return known;
    }
    if (name.startsWith("on")) {
      return Content.JS;
    }
    return name.contains("src") || name.contains("uri") || name.contains("url")
        ? Content.URL
        : Content.PLAIN;
  }

  /** Whether the type of a script says that it is one. */
  static boolean isScript(String mimeType) {
    int semicolon = mimeType.indexOf(';');
    String type = semicolon < 0 ? mimeType : mimeType.substring(0, semicolon);
    return switch (type.toLowerCase(Locale.ROOT).strip()) {
      case "application/ecmascript",
          "application/javascript",
          "application/json",
          "application/ld+json",
          "application/x-ecmascript",
          "application/x-javascript",
          "module",
          "text/ecmascript",
          "text/javascript",
          "text/javascript1.0",
          "text/javascript1.1",
          "text/javascript1.2",
          "text/javascript1.3",
          "text/javascript1.4",
          "text/javascript1.5",
          "text/jscript",
          "text/livescript",
          "text/x-ecmascript",
          "text/x-javascript" ->
          true;
      default -> false;
    };
  }
}
