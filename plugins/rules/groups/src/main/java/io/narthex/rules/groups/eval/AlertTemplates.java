package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateEngine;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateSample;
import io.narthex.api.template.Templates;
import io.narthex.rules.groups.file.AlertText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Expands the texts of alerts. They are templates of the language {@code gotemplate}, with what
 * Prometheus gives to them: {@code $labels $externalLabels $externalURL $value}, and the functions
 * {@code query}, {@code externalURL}, {@code pathPrefix} and {@code now}, which know the
 * evaluation; all others are the language's own. A sample of {@code query} is a map with {@code
 * Labels} and {@code Value}. Safe for any number of threads.
 */
public final class AlertTemplates {
  private static final Logger LOG = LoggerFactory.getLogger(AlertTemplates.class);
  private static final String LANGUAGE = "gotemplate";
  private static final String MISSING =
      "no template engine is installed (plugin template-gotemplate)";

  private final Extensions extensions;
  private final Supplier<Map<String, String>> externalLabels;
  private final Supplier<String> externalUrl;
  private final boolean logged;

  /**
   * Makes one that logs what cannot be expanded.
   *
   * @param externalLabels of the configuration in force
   * @param externalUrl of this server, without a slash at its end
   */
  public AlertTemplates(
      Extensions extensions,
      Supplier<Map<String, String>> externalLabels,
      Supplier<String> externalUrl) {
    this(extensions, externalLabels, externalUrl, true);
  }

  /**
   * Makes one.
   *
   * @param externalLabels of the configuration in force
   * @param externalUrl of this server, without a slash at its end
   * @param logged whether it is logged what cannot be expanded
   */
  public AlertTemplates(
      Extensions extensions,
      Supplier<Map<String, String>> externalLabels,
      Supplier<String> externalUrl,
      boolean logged) {
    this.extensions = extensions;
    this.externalLabels = externalLabels;
    this.externalUrl = externalUrl;
    this.logged = logged;
  }

  private @Nullable TemplateEngine engine() {
    for (TemplateEngine engine : extensions.all(TemplateEngine.class)) {
      if (engine.name().equals(LANGUAGE)) {
        return engine;
      }
    }
    return null;
  }

  /**
   * Looks at a template without expanding it. Where no template engine is loaded, it is taken to be
   * right.
   */
  public void check(String name, String text) throws TemplateException {
    TemplateEngine engine = engine();
    if (engine != null) {
      TemplateFunction none = arguments -> null;
      engine.parse(
          Map.of(name, text),
          Map.of("query", none, "externalURL", none, "pathPrefix", none, "now", none));
    }
  }

  /** The texts of one rule. */
  Texts of(String alert) {
    return new Texts(alert);
  }

  /**
   * What texts see: the dot.
   *
   * @param value a number or a native histogram
   */
  record Data(
      Map<String, String> labels,
      Map<String, String> externalLabels,
      String externalURL,
      Object value) {}

  /** A text that was read, or why it could not be. */
  private record Read(@Nullable Template template, String error) {}

  /**
   * The texts of one rule, each read once as long as the engine is the same. Used by one thread at
   * a time.
   */
  final class Texts {
    private final String alert;
    private final String name;
    private final Map<String, Read> known = new HashMap<>();
    private @Nullable TemplateEngine engine;

    /** The evaluation that functions are asked for. */
    private Rule.@Nullable Due due;

    private @Nullable Queries queries;

    private Labels labels = Labels.empty();

    /** A number or a native histogram. */
    private Object value = 0.0;

    /** Of the series; made when the first template wants it. */
    private @Nullable Data data;

    /** Whether a text could not be expanded, in the evaluation before and in this one. */
    private boolean failedBefore;

    private boolean failed;

    private Texts(String alert) {
      this.alert = alert;
      name = AlertText.name(alert);
    }

    /** What follows is for this evaluation. */
    void begin(Rule.Due next, Queries asked) {
      if (failedBefore && !failed) {
        LOG.info("Expanding alert template succeeds again alert={}", alert);
      }
      failedBefore = failed;
      failed = false;
      due = next;
      queries = asked;
      TemplateEngine present = engine();
      if (present == null || !present.equals(engine)) {
        engine = present;
        known.clear();
      }
    }

    /** What follows is for this series. */
    void series(Labels ofSeries, double number, @Nullable NativeHistogram histogram) {
      labels = ofSeries;
      value = histogram == null ? (Object) number : histogram;
      data = null;
    }

    private Data data() {
      Data made = data;
      if (made == null) {
        made = new Data(labels.toMap(), externalLabels.get(), externalUrl.get(), value);
        data = made;
      }
      return made;
    }

    /** The expanded text; where that fails, a text that says so. */
    String expand(String text) {
      if (!AlertText.isTemplate(text)) {
        return text;
      }
      Read read = known.computeIfAbsent(text, this::read);
      Template template = read.template;
      String error = read.error;
      if (template != null) {
        try {
          return template.expand(data());
        } catch (TemplateException e) {
          error = worded(name, String.valueOf(e.getMessage()));
        } catch (RuntimeException | StackOverflowError e) {
          error = "error executing template " + name + ": " + e;
        }
      }
      // Of a hundred thousand alerts each would have a line, at each evaluation.
      if (logged && !failed && !failedBefore) {
        LOG.warn("Expanding alert template failed alert={} err={}", alert, error);
      }
      failed = true;
      return "<error expanding template: " + error + ">";
    }

    private Read read(String text) {
      TemplateEngine present = engine;
      if (present == null) {
        return new Read(null, MISSING);
      }
      try {
        Template template =
            present
                .parse(Map.of(), functions())
                .compile(name, AlertText.withVariables(text), Templates.Kind.TEXT);
        return new Read(template, "");
      } catch (TemplateException e) {
        return new Read(null, worded(name, String.valueOf(e.getMessage())));
      } catch (RuntimeException | StackOverflowError e) {
        return new Read(null, "error parsing template " + name + ": " + e);
      }
    }

    private Map<String, TemplateFunction> functions() {
      return Map.of(
          "query",
          TemplateFunction.of("func(string) (template.queryResult, error)", this::query),
          "externalURL",
          TemplateFunction.of("func() string", arguments -> externalUrl.get()),
          "pathPrefix",
          TemplateFunction.of("func() string", arguments -> path(externalUrl.get())),
          "now",
          TemplateFunction.of(
              "func() float64",
              arguments -> Math.floorDiv(Objects.requireNonNull(due).time(), 1_000_000L) / 1000.0));
    }

    private Object query(List<@Nullable Object> arguments) throws TemplateException {
      Rule.Due now = Objects.requireNonNull(due);
      try {
        // Not moved by the offset, as with Prometheus.
        Vector vector =
            Objects.requireNonNull(queries)
                .evaluate(
                    String.valueOf(arguments.getFirst()),
                    Math.floorDiv(now.time(), 1_000_000L),
                    now.options());
        List<TemplateSample> samples = new ArrayList<>(vector.size());
        for (int i = 0; i < vector.size(); i++) {
          NativeHistogram histogram = vector.histogram(i);
          samples.add(
              new TemplateSample(
                  vector.labels(i).toMap(),
                  histogram == null ? (Object) vector.value(i) : histogram));
        }
        return samples;
      } catch (RuleFailure e) {
        throw new TemplateException(String.valueOf(e.getMessage()), e);
      }
    }
  }

  /** Prometheus says which of both went wrong, before what Go says. */
  private static String worded(String name, String message) {
    if (!message.startsWith("template: ")) {
      return message;
    }
    String verb = message.contains(": executing \"") ? "executing" : "parsing";
    return "error " + verb + " template " + name + ": " + message;
  }

  /** The path of a URL. */
  private static String path(String url) {
    int host = url.indexOf("://");
    int path = host < 0 ? -1 : url.indexOf('/', host + 3);
    return path < 0 ? "" : url.substring(path);
  }
}
