package io.narthex.template.gotemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateLimits;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateSample;
import io.narthex.api.template.Templates.Kind;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What templates take of time and memory on the way, whatever they give at the end. */
class BoundsTest {
  private static final TemplateLimits LIMITS =
      new TemplateLimits(1_000, 1 << 20, 50_000_000, Duration.ofSeconds(60));

  /** Larger than that, all texts that are there at once may not be. */
  private static final String TOO_MANY = "texts and lists of more than 4194304 characters at once";

  private static String expand(TemplateLimits limits, String text, Kind kind)
      throws TemplateException {
    return expand(limits, text, kind, null);
  }

  private static String expand(TemplateLimits limits, String text, Kind kind, @Nullable Object data)
      throws TemplateException {
    TemplateOptions options =
        TemplateOptions.DEFAULT
            .withFunctionSet("alertmanager")
            .withFunctionSet("prometheus")
            .withLimits(limits)
            .withFunction(
                "interrupt",
                a -> {
                  Thread.currentThread().interrupt();
                  return "";
                });
    return new GoTemplateEngine().parse(Map.of(), options).expand("t", text, kind, data);
  }

  private static void refused(String text, String message) {
    for (Kind kind : Kind.values()) {
      assertThatThrownBy(() -> expand(LIMITS, text, kind))
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining(message);
    }
  }

  private static final TemplateLimits SHORT =
      new TemplateLimits(1_000, 16 << 20, Long.MAX_VALUE, Duration.ofMillis(1));

  @Test
  void regularExpressionsOverLongTextsEndWithTheTime() {
    // Were the whole text read, there would be more than that.
    TemplateLimits limits =
        new TemplateLimits(1_000, 100_000, Long.MAX_VALUE, Duration.ofMillis(1));
    assertThatThrownBy(() ->
            expand(
                limits,
                "{{reReplaceAll \"( ?){300}z|\" \"12345\" .}}",
                Kind.TEXT,
                " ".repeat(99_999)))
        .hasMessageEndingWith("error calling reReplaceAll: longer than PT0.001S");
    assertThatThrownBy(
            () -> expand(limits, "{{match \"( ?){300}z\" .}}", Kind.TEXT, " ".repeat(99_999)))
        .hasMessageEndingWith("error calling match: longer than PT0.001S");
  }

  @Test
  void functionsOverLongTextsEndWithTheTime() {
    assertThatThrownBy(() ->
            expand(
                SHORT,
                "{{$x := printf \"%1000000d\" 1}}{{range 100}}{{$y := js $x}}{{end}}",
                Kind.TEXT))
        .hasMessageEndingWith(": longer than PT0.001S");
  }

  @Test
  void theTimeIsLookedAtBehindEachFunctionOfTheProgram() {
    assertThatThrownBy(() -> expand(LIMITS, "{{interrupt}}", Kind.TEXT))
        .hasMessageContaining("error calling interrupt: interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void textsThatAreThereAtOnceAreLimited() {
    String text = "(printf \"%1000000d\" 1)";
    refused("{{print" + (" " + text).repeat(2) + "}}", "text of more than 1048576 characters");
    refused("{{eq" + (" " + text).repeat(10) + "}}", TOO_MANY);
    refused(("{{with " + text + "}}").repeat(10) + "{{end}}".repeat(10), TOO_MANY);
    refused("{{$x := args}}{{range 100}}{{$x = args $x " + text + "}}{{end}}{{len $x}}", TOO_MANY);
    refused("{{$x := list}}{{range 100}}{{$x = append $x " + text + "}}{{end}}", TOO_MANY);
    refused("{{$x := args}}{{range 10000000}}{{$x = args $x $x}}{{end}}", TOO_MANY);
    refused(
        "{{define \"a\"}}{{$x := " + text + "}}{{template \"a\"}}{{end}}{{template \"a\"}}",
        TOO_MANY);
    refused("{{define \"a\"}}{{template \"a\" " + text + "}}{{end}}{{template \"a\"}}", TOO_MANY);
    StringBuilder variables = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      variables.append("{{$x").append(i).append(" := ").append(text).append("}}");
    }
    refused(variables.toString(), TOO_MANY);
  }

  @Test
  void textsThatAreLetGoOfDoNotCount() throws TemplateException {
    String text = "(printf \"%100000d\" 1)";
    assertThat(
            expand(
                LIMITS,
                "{{$x := 1}}{{range 100}}{{$x = "
                    + text
                    + "}}{{$y := "
                    + text
                    + "}}{{if "
                    + text
                    + "}}{{template \"a\" $x}}{{end}}{{end}}{{len $x}}"
                    + "{{define \"a\"}}{{$z := "
                    + text
                    + "}}{{end}}",
                Kind.TEXT))
        .isEqualTo("100000");
    assertThat(expand(LIMITS, "{{range 50}}{{$x := args " + "1 }}{{end}}ok", Kind.HTML))
        .isEqualTo("ok");
  }

  @Test
  void textsOfTemplatesThatAreCalledByNameAreTogetherNoLongerThanOne() {
    String text =
        "{{define \"a\"}}{{printf \"%300000d\" 1}}{{tmpl \"a\" 1}}{{end}}{{tmpl \"a\" 1}}";

    assertThatThrownBy(() -> expand(LIMITS, text, Kind.HTML))
        .hasMessageEndingWith("text of more than 1048576 characters");
  }

  @Test
  void textsOfTemplatesThatAreCalledByNameCountAsOthers() {
    String call = " (tmpl \"a\" 1)";
    String text = "{{define \"a\"}}{{printf \"%900000d\" 1}}{{end}}{{eq" + call.repeat(10) + "}}";

    assertThatThrownBy(() -> expand(LIMITS, text, Kind.HTML)).hasMessageEndingWith(TOO_MANY);
  }

  @Test
  void loopsInLoopsAreEscapedOnce() throws TemplateException {
    int deep = 60;
    String open = "{{range 1}} <b title='{{.}}'>".repeat(deep);

    assertThat(expand(LIMITS, open + "{{end}}".repeat(deep), Kind.HTML))
        .isEqualTo(" <b title='0'>".repeat(deep));
    // Where the context changes in each of them, they have to be looked at again.
    String script = "<script>" + "{{range 1}}x=".repeat(deep) + "x" + "{{end}}".repeat(deep);
    assertThatThrownBy(() -> expand(LIMITS, script, Kind.HTML))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining(": more than 10000000 statements, with those of loops again");
  }

  @Test
  void longPartsOfTemplatesAreNotQuotedWhole() {
    String text = "x".repeat(2_000_000);

    assertThatThrownBy(() -> expand(LIMITS, text, Kind.TEXT))
        .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(70_000))
        .hasMessageEndingWith("xxx...>: text of more than 1048576 characters");
  }

  @Test
  void styleSheetsTakeTimeInProportion() throws TemplateException {
    String style = "<style>" + "(".repeat(500_000);

    assertThat(expand(LIMITS, style + "{{1}}</style>", Kind.HTML)).endsWith("(1</style>");
  }

  @Test
  void aFunctionOfTheProgramMayGiveAnyNumberOfSamples() throws TemplateException {
    TemplateOptions options =
        TemplateOptions.DEFAULT
            .withFunctionSet("prometheus")
            .withFunction(
                "query", TemplateFunction.of("func(string) template.queryResult", a -> SAMPLES));
    String rows = "{{$r := query \"x\"}}{{range 10}}{{range $r | sortByLabel \"a\"}}{{end}}{{end}}";

    assertThat(
            new GoTemplateEngine()
                .parse(Map.of(), options)
                .expand("t", rows + "{{len $r}}", Kind.TEXT, null))
        .isEqualTo("100000");
  }

  private static final List<TemplateSample> SAMPLES =
      Collections.nCopies(100_000, new TemplateSample(Map.of("a", "b"), 1));
}
