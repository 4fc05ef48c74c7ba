package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateLimits;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.Templates;
import io.narthex.api.template.Templates.Kind;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever is given as a template, it is expanded, or refused in the language's words. */
class HostileTemplateTest {
  private static final String[] PIECES = {
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "if ",
    "else",
    "else if ",
    "end",
    "range ",
    "with ",
    "define \"x\"",
    "template \"x\" ",
    "block \"y\" .",
    "break",
    "continue",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ".",
    ".S",
    ".Any",
    ".Mixed",
    ".Labels.job",
    "$",
    "nil",
    "true",
    "1",
    "-2.5e3",
    "0x1p",
    "'a'",
    "\"s\"",
    "`r`",
    ",",
    "/*",
    "*/",
    "print ",
    "printf \"%[2]*.[1]*d%!\" ",
    "index ",
    "slice ",
    "len ",
    "eq ",
    "lt ",
    "and ",
    "or ",
    "not ",
    "html ",
    "js ",
    "urlquery ",
    "call .Fn ",
    "humanize ",
    "humanizeDuration ",
    "reReplaceAll \"(a|b)*\" ",
    "match ",
    "title ",
    "toJson ",
    "stripDomain ",
    "parseDuration ",
    "é",
    "\uD800",
    "\0",
    "<script>",
    "</script>",
    "<a href=\"",
    "'",
    ">",
    "<style>",
    "</style>",
    "url(",
    "`",
    "${",
    "//",
    "<!--",
    "-->",
    "\\",
    "onclick=",
  };

  private static final TemplateLimits LIMITS =
      new TemplateLimits(100, 100_000, 100_000, Duration.ofSeconds(10));

  @Property(tries = 3_000)
  void piecesOfTemplatesInAnyOrder(@ForAll long seed) throws TemplateException {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder("{{$x := 1}}");
    int pieces = random.nextInt(40);
    for (int i = 0; i < pieces; i++) {
      if (random.nextInt(3) == 0) {
        text.append("{{").append(piece(random)).append(' ').append(piece(random)).append("}}");
      } else {
        text.append(piece(random));
      }
    }
    check(text.toString());
  }

  private static String piece(Random random) {
    return PIECES[random.nextInt(PIECES.length)];
  }

  @Property(tries = 500)
  void anyText(@ForAll String text, @ForAll String action) throws TemplateException {
    check(text + "{{" + action + "}}" + text);
  }

  private static void check(String text) throws TemplateException {
    TemplateOptions options =
        Fixture.options()
            .withFunctionSet("prometheus")
            .withFunctionSet("alertmanager")
            .withLimits(LIMITS);
    Templates templates = new GoTemplateEngine().parse(Map.of(), options);
    for (Kind kind : Kind.values()) {
      try {
        templates.expand("t", text, kind, Fixture.create());
      } catch (TemplateException e) {
        if (String.valueOf(e.getMessage()).contains("Exception")) {
          throw new AssertionError(text, e); // a mistake of ours, not of the template
        }
      }
    }
  }
}
