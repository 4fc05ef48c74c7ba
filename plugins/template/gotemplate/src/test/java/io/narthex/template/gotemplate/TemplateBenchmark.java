package io.narthex.template.gotemplate;

import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.api.template.Templates;
import io.narthex.api.template.Templates.Kind;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the annotation of an alert costs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class TemplateBenchmark {
  /** What the rules give. */
  public record Data(
      Map<String, String> labels,
      Map<String, String> externalLabels,
      String externalURL,
      double value) {}

  private static final String ANNOTATION =
      "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
          + "{{$externalURL := .ExternalURL}}{{$value := .Value}}"
          + "Instance {{ $labels.instance }} of job {{ $labels.job }} is at"
          + " {{ $value | humanizePercentage }}{{ if gt $value 0.9 }}, which is too much{{ end }}"
          + " ({{ printf \"%.2f\" $value }})";

  private static final String PAGE =
      "<table>{{ range $k, $v := .Labels }}<tr><td>{{ $k }}</td><td title=\"{{ $v }}\">"
          + "<a href=\"/x?{{ $v }}\">{{ $v }}</a></td></tr>{{ end }}</table>";

  private Templates templates;
  private Template annotation;
  private Template page;
  private Data data;

  /** Reads the templates. */
  @Setup
  public void read() throws TemplateException {
    TemplateOptions options =
        TemplateOptions.DEFAULT.withFunctionSet("prometheus").withMissingKey(MissingKey.ZERO);
    templates = new GoTemplateEngine().parse(Map.of(), options);
    annotation = templates.compile("__alert_x", ANNOTATION, Kind.TEXT);
    page = templates.compile("page", PAGE, Kind.HTML);
    data =
        new Data(
            Map.of("instance", "node-7:9100", "job", "node", "alertname", "Full", "severity", "p"),
            Map.of(),
            "http://localhost:9090",
            0.93);
  }

  /** Expands what was read. */
  @Benchmark
  public String annotation() throws TemplateException {
    return annotation.expand(data);
  }

  /** Reads, and expands. */
  @Benchmark
  public String annotationReadEachTime() throws TemplateException {
    return templates.expand("__alert_x", ANNOTATION, Kind.TEXT, data);
  }

  /** Expands a page, with escaping. */
  @Benchmark
  public String page() throws TemplateException {
    return page.expand(data);
  }
}
