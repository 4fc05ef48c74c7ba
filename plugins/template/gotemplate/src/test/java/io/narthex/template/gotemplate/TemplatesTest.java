package io.narthex.template.gotemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateAlert;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateKv;
import io.narthex.api.template.TemplateLimits;
import io.narthex.api.template.TemplateObject;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.api.template.TemplateSample;
import io.narthex.api.template.Templates;
import io.narthex.api.template.Templates.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What users of the SPI see, besides the language. */
class TemplatesTest {
  private static final GoTemplateEngine ENGINE = new GoTemplateEngine();

  /** What the rules give to the templates of an alert. */
  record AlertData(
      Map<String, String> labels,
      Map<String, String> externalLabels,
      String externalURL,
      double value) {}

  private static final String PROLOGUE =
      "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
          + "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

  private static Templates none(TemplateOptions options) {
    try {
      return ENGINE.parse(Map.of(), options);
    } catch (TemplateException e) {
      throw new AssertionError(e);
    }
  }

  private static String expand(String text, Object data) throws TemplateException {
    return none(TemplateOptions.DEFAULT).expand("t", text, Kind.TEXT, data);
  }

  @Test
  void componentsOfRecordsAreFieldsUnderNamesWithACapital() throws TemplateException {
    AlertData data = new AlertData(Map.of("job", "api"), Map.of(), "http://x", 0.5);
    TemplateOptions options =
        TemplateOptions.DEFAULT.withFunctionSet("prometheus").withMissingKey(MissingKey.ZERO);

    String text =
        none(options)
            .expand(
                "__alert_A",
                PROLOGUE
                    + "{{$labels.job}} [{{$labels.none}}] {{$value | humanizePercentage}}"
                    + " {{$externalURL}} {{printf \"%T\" .}}",
                Kind.TEXT,
                data);

    assertThat(text)
        .isEqualTo(
            "api [] 50% http://x struct { Labels map[string]string;"
                + " ExternalLabels map[string]string; ExternalURL string; Value float64 }");
  }

  @Test
  void anErrorNamesTheTemplateItsLineAndItsColumn() {
    AlertData data = new AlertData(Map.of(), Map.of(), "", 1);

    assertThatThrownBy(() -> expand("a\nb {{ .Labels.job }} {{ .Lables }}", data))
        .isInstanceOf(TemplateException.class)
        .hasMessageStartingWith(
            "template: t:2:23: executing \"t\" at <.Lables>: can't evaluate field Lables in type"
                + " struct { Labels map[string]string;");
    assertThatThrownBy(() -> none(TemplateOptions.DEFAULT).compile("t", "{{ $x }}", Kind.TEXT))
        .hasMessage("template: t:1: undefined variable \"$x\"");
  }

  /** Go keeps the bytes and writes each as U+FFFD into JSON, which is where alerts go. */
  @Test
  void eachByteOfACharacterThatIsCutIsReplaced() throws TemplateException {
    AlertData data = new AlertData(Map.of("s", "日本"), Map.of(), "", 1);

    assertThat(expand("{{ slice .Labels.s 0 2 }}|{{ slice .Labels.s 1 4 }}", data))
        .isEqualTo("\ufffd\ufffd|\ufffd\ufffd\ufffd");
    assertThat(expand("{{ slice .Labels.s 0 5 }}|{{ slice .Labels.s 3 }}", data))
        .isEqualTo("日\ufffd\ufffd|本");
    assertThat(expand("{{ \"\\xe6\\x97a\\xff日\\xf0\\x9f\" }}", data))
        .isEqualTo("\ufffd\ufffda\ufffd日\ufffd\ufffd");
  }

  @Test
  void aFunctionMayBeReplacedForOneExpansion() throws TemplateException {
    TemplateOptions options =
        TemplateOptions.DEFAULT.withFunctionSet("prometheus").withMissingKey(MissingKey.ZERO);
    Template template =
        none(options)
            .compile("t", "{{ query \"up\" | first | value }} {{ query \"up\" | len }}", Kind.TEXT);

    TemplateFunction one = a -> List.of(new TemplateSample(Map.of(), 1));
    TemplateFunction two =
        a -> List.of(new TemplateSample(Map.of(), 2), new TemplateSample(Map.of(), 3));

    assertThat(template.expand(null, Map.of("query", one))).isEqualTo("1 1");
    assertThat(template.expand(null, Map.of("query", two))).isEqualTo("2 2");
    assertThatThrownBy(() -> template.expand(null))
        .hasMessageContaining("error calling query: query is not available here");
  }

  @Test
  void aNativeHistogramPrintsItselfAndHasFields() throws TemplateException {
    NativeHistogram histogram =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.GAUGE,
            0,
            0.001,
            1,
            4,
            2.5,
            List.of(new NativeHistogram.Span(1, 1)),
            new double[] {3},
            List.of(),
            new double[0],
            new double[0]);
    Templates templates =
        ENGINE.parse(
            Map.of(),
            Map.of(
                "query",
                a ->
                    List.of(
                        new TemplateSample(Map.of("job", "a"), histogram),
                        Map.of("Labels", Map.of("job", "b"), "Value", histogram))));
    Map<String, Object> data = Map.of("Value", histogram);
    String text = "{count:4, sum:2.5, [-0.001,0.001]:1, (1,2]:3}";

    assertThat(templates.expand("t", "{{ .Value }}", Kind.TEXT, data)).isEqualTo(text);
    assertThat(templates.expand("t", "{{ .Value.String }}", Kind.TEXT, data)).isEqualTo(text);
    assertThat(templates.expand("t", "{{ printf \"%v %T\" .Value .Value }}", Kind.TEXT, data))
        .isEqualTo(text + " *histogram.FloatHistogram");
    assertThat(
            templates.expand(
                "t",
                "{{ with .Value }}{{ .Count }} {{ .Sum | humanize }} {{ .Schema }}"
                    + " {{ .CounterResetHint }} {{ index .PositiveBuckets 0 }}"
                    + " {{ range .PositiveSpans }}{{ .Offset }}+{{ .Length }}{{ end }}{{ end }}",
                Kind.TEXT,
                data))
        .isEqualTo("4 2.5 0 3 3 1+1");
    assertThat(
            templates.expand(
                "t",
                "{{ query \"x\" | first | value }}"
                    + "{{ range query \"x\" }} {{ .Labels.job }} {{ .Value.Count }}{{ end }}",
                Kind.TEXT,
                data))
        .isEqualTo(text + " a 4 b 4");
    assertThatThrownBy(() -> templates.expand("t", "{{ humanize .Value }}", Kind.TEXT, data))
        .hasMessageContaining("can't convert *histogram.FloatHistogram to float");
    assertThat(templates.expand("t", "<p>{{ .Value }}</p>", Kind.HTML, data))
        .isEqualTo("<p>" + text + "</p>");
  }

  @Test
  void withoutOptionsTemplatesAreThoseOfPrometheusAndPlainMapsWillDo() throws TemplateException {
    Map<String, Object> sample = Map.of("Labels", Map.of("job", "a"), "Value", 2);
    Templates templates = ENGINE.parse(Map.of(), Map.of("query", a -> List.of(sample)));
    Map<String, Object> data =
        Map.of("Labels", Map.of("job", "api"), "ExternalLabels", Map.of(), "Value", 1500.0);

    assertThat(
            templates.expand(
                "t",
                "{{ .Labels.job }}[{{ .Labels.none }}{{ .ExternalLabels.none }}]"
                    + "{{ .Value | humanize }} {{ query \"up\" | first | value }}"
                    + " {{ range query \"up\" }}{{ .Labels.job }}{{ end }}",
                Kind.TEXT,
                data))
        .isEqualTo("api[]1.5k 2 a");
  }

  @Test
  void theCauseOfAnErrorIsKept() {
    TemplateException cause = new TemplateException("no such metric");
    TemplateOptions options =
        TemplateOptions.DEFAULT.withFunction(
            "find",
            a -> {
              throw cause;
            });

    assertThatThrownBy(() -> none(options).expand("t", "{{ find 1 }}", Kind.TEXT, null))
        .hasMessage(
            "template: t:1:3: executing \"t\" at <find 1>: error calling find: no such metric")
        .hasCause(cause);
  }

  @Test
  void templatesOfLaterFilesReplaceThoseOfEarlierOnes() throws TemplateException {
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put("a.tmpl", "{{ define \"x\" }}1{{ end }}{{ define \"y\" }}y{{ end }}");
    sources.put("b.tmpl", "{{ define \"x\" }}2{{ end }}{{ define \"y\" }} {{ end }}");
    Templates templates = ENGINE.parse(sources, TemplateOptions.DEFAULT);

    assertThat(templates.names()).contains("a.tmpl", "b.tmpl", "x", "y");
    assertThat(templates.expand("t", "{{ template \"x\" }}{{ template \"y\" }}", Kind.TEXT, null))
        .isEqualTo("2y");
    assertThat(
            templates.expand(
                "t", "{{ define \"x\" }}3{{ end }}{{ template \"x\" }}", Kind.TEXT, null))
        .isEqualTo("3");
    assertThat(templates.expand("t", "{{ template \"x\" }}", Kind.TEXT, null)).isEqualTo("2");
  }

  @Test
  void aTextWithoutAnythingIsEmpty() throws TemplateException {
    assertThat(expand("", null)).isEmpty();
    assertThat(none(TemplateOptions.DEFAULT).expand("t", "", Kind.HTML, null)).isEmpty();
  }

  @Test
  void aSetOfFunctionsThatIsUnknownIsRefused() {
    assertThatThrownBy(
            () -> ENGINE.parse(Map.of(), TemplateOptions.DEFAULT.withFunctionSet("grafana")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no set of functions is called \"grafana\"; there are \"prometheus\" and"
                + " \"alertmanager\"");
  }

  @Test
  void dataThatTemplatesCannotReadIsRefused() {
    assertThatThrownBy(() -> expand("{{.}}", new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot give a java.lang.Object to a template");
  }

  private static TemplateOptions limited(TemplateLimits limits) {
    return TemplateOptions.DEFAULT.withLimits(limits);
  }

  private static final TemplateLimits SMALL =
      new TemplateLimits(50, 10_000, 100_000, Duration.ofSeconds(30));

  private static void refused(TemplateLimits limits, String text, String message) {
    assertThatThrownBy(() -> none(limited(limits)).expand("t", text, Kind.TEXT, null))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining(message);
  }

  @Test
  void recursionWithoutEndIsAnError() {
    refused(
        SMALL,
        "{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}",
        "exceeded maximum template depth (50)");
    refused(
        new TemplateLimits(Integer.MAX_VALUE, 1_000, Long.MAX_VALUE, Duration.ofDays(1)),
        "{{ define \"r\" }}{{ if 1 }}{{ template \"r\" }}{{ end }}{{ end }}{{ template \"r\" }}",
        "exceeded maximum template depth");
  }

  @Test
  void textsThatGrowWithoutEndAreAnError() {
    refused(SMALL, "{{ range 10000000 }}xxxxxxxxxxxxxxxxxxxx{{ end }}", "more than 10000 char");
    refused(
        SMALL,
        "{{ $x := \"xxxxxxxx\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}",
        "error calling print: text of more than 10000 characters");
    refused(SMALL, "{{ printf \"%999999d\" 1 }}", "error calling printf: text of more than 10000");
    refused(SMALL, "{{ printf \"%.999999f\" 1.5 }}", "error calling printf: text of more than");
    assertThatThrownBy(() ->
            none(limited(SMALL).withFunctionSet("prometheus"))
                .expand(
                    "t",
                    "{{ $x := printf \"%5000s\" \"\" }}{{ reReplaceAll \" \" $x $x }}",
                    Kind.TEXT,
                    null))
        .hasMessageContaining("error calling reReplaceAll: text of more than 10000 characters");
    assertThatThrownBy(() ->
            none(limited(SMALL).withFunctionSet("alertmanager"))
                .expand(
                    "t",
                    "{{ $l := list 1 2 3 4 }}{{ range 40 }}{{ $l = list $l $l $l }}{{ end }}"
                        + "{{ toJson $l }}",
                    Kind.TEXT,
                    null))
        .hasMessageContaining("text of more than 10000 characters");
  }

  @Test
  void loopsWithoutEndAreAnError() {
    refused(SMALL, "{{ range 9223372036854775807 }}{{ end }}", "more than 100000 steps");
    refused(
        new TemplateLimits(50, 1_000, Long.MAX_VALUE, Duration.ofMillis(1)),
        "{{ range 9223372036854775807 }}{{ end }}",
        "longer than PT0.001S");
  }

  @Test
  void anInterruptedExpansionEnds() throws InterruptedException, TemplateException {
    Template template =
        none(limited(new TemplateLimits(9, 9_999, Long.MAX_VALUE, Duration.ofDays(1))))
            .compile("t", "{{ range 9223372036854775807 }}{{ end }}", Kind.TEXT);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread expansion =
        Thread.ofVirtual()
            .start(() -> {
              try {
                template.expand(null);
              } catch (TemplateException e) {
                thrown.set(e);
              }
            });
    expansion.interrupt();

    assertThat(expansion.join(Duration.ofSeconds(30))).isTrue();
    assertThat(thrown.get()).hasMessageContaining("interrupted");
  }

  @Test
  void deepNestingIsAnErrorInEveryShape() {
    for (Kind kind : Kind.values()) {
      for (String open : List.of("{{if 1}}", "{{with 1}}", "{{range 1}}", "{{block \"x\" 1}}")) {
        assertThatThrownBy(
                () -> none(TemplateOptions.DEFAULT).compile("t", open.repeat(100_000), kind))
            .isInstanceOf(TemplateException.class)
            .hasMessageContaining("nested more than 1000 levels deep");
      }
      assertThatThrownBy(
              () -> none(TemplateOptions.DEFAULT).compile("t", "{{" + "(".repeat(100_000), kind))
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining("nested more than 1000 levels deep");
      assertThatThrownBy(() ->
              none(TemplateOptions.DEFAULT)
                  .compile("t", "{{if 0}}" + "{{else if 0}}".repeat(100_000) + "{{end}}", kind))
          .isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void expressionsThatTakeMuchMemoryAreRefused() {
    Templates templates = none(limited(SMALL).withFunctionSet("prometheus"));

    assertThatThrownBy(() ->
            templates.expand(
                "t", "{{ match \"((((a{100}){100}){100}){100})\" \"a\" }}", Kind.TEXT, null))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("error calling match: error parsing regexp: ");
  }

  @Test
  void longTextsTakeTimeInProportion() throws TemplateException {
    int many = 200_000;
    Templates templates = none(TemplateOptions.DEFAULT.withFunctionSet("prometheus"));
    String tags = "<b a='c'>".repeat(many);
    assertThat(templates.expand("t", tags + "{{ . }}", Kind.HTML, "<")).hasSize(tags.length() + 4);
    String script = "<script>" + "a='b';".repeat(many) + "{{ . }}</script>";
    assertThat(templates.expand("t", script, Kind.HTML, 1)).endsWith("; 1 </script>");
    String style = "<style>a{b:'" + "\\3f".repeat(many) + "{{ . }}'}</style>";
    assertThat(templates.expand("t", style, Kind.HTML, "&")).contains("%26");
    assertThat(
            templates.expand("t", "<a title='{{ safeHtml . }}'>", Kind.HTML, "<b>x".repeat(many)))
        .isEqualTo("<a title='" + "x".repeat(many) + "'>");
    StringBuilder variables = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      variables.append("{{$v").append(i).append(":=1}}");
    }
    assertThat(templates.expand("t", variables + "{{$v1}}".repeat(20_000), Kind.TEXT, null))
        .hasSize(20_000);
  }

  @Test
  void anObjectSaysWhatItIsMadeOf() throws TemplateException {
    record Kv(Map<String, String> map) implements TemplateObject {
      @Override
      public String type() {
        return "template.KV";
      }

      @Override
      public String shape() {
        return "map[string]string";
      }

      @Override
      public Object content() {
        return map;
      }

      @Override
      public TemplateFunction method(String name) {
        return name.equals("Size")
            ? TemplateFunction.of("func() int", a -> map.size())
            : TemplateFunction.of("func(string) string", a -> name + a.get(0));
      }

      @Override
      public String text() {
        return "a kv";
      }
    }

    Kv kv = new Kv(Map.of("a", "1"));
    assertThat(
            none(TemplateOptions.DEFAULT.withMissingKey(MissingKey.ZERO))
                .expand(
                    "t",
                    "{{ . }} {{ .Size }} {{ .Other \"x\" }} {{ printf \"%T\" . }} {{ len . }}"
                        + " {{ range $k, $v := . }}{{ $k }}{{ $v }}{{ end }} {{ index . \"b\" }}|",
                    Kind.TEXT,
                    kv))
        .isEqualTo("a kv 1 Otherx template.KV 1 a1 |");
  }

  @Test
  void fieldsHaveSmallLettersInJsonWhereTheirTypeIsTagged() throws TemplateException {
    TemplateAlert alert =
        new TemplateAlert(
            "firing",
            new TemplateKv(Map.of("a", "b")),
            null,
            Instant.parse("2021-02-03T04:05:06Z"),
            TemplateAlert.NEVER,
            "http://g",
            "f1");
    TemplateOptions options = TemplateOptions.DEFAULT.withFunctionSet("alertmanager");

    assertThat(
            none(options)
                .expand("t", "{{ toJson . }}{{ toJson .Labels.SortedPairs }}", Kind.TEXT, alert))
        .isEqualTo(
            "{\"status\":\"firing\",\"labels\":{\"a\":\"b\"},\"annotations\":null,"
                + "\"startsAt\":\"2021-02-03T04:05:06Z\",\"endsAt\":\"0001-01-01T00:00:00Z\","
                + "\"generatorURL\":\"http://g\",\"fingerprint\":\"f1\"}"
                + "[{\"Name\":\"a\",\"Value\":\"b\"}]");
  }

  @Test
  void safeTextStaysSafeOnlyWhereItsLanguageIsSpoken() throws TemplateException {
    TemplateOptions options = TemplateOptions.DEFAULT.withFunctionSet("alertmanager");

    assertThat(
            none(options)
                .expand(
                    "t",
                    "{{ safeHtml \"<b>\" }}<a title=\"{{ safeHtml \"<b>x\" }}\" href=\"{{ safeUrl"
                        + " \"a:b\" }}\">{{ safeUrl \"<\" }}",
                    Kind.HTML,
                    null))
        .isEqualTo("<b><a title=\"x\" href=\"a:b\">&lt;");
  }
}
