package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.template.TemplateEngine;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.Templates;
import io.narthex.rules.groups.file.AlertText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /**
   * Makes one.
   *
   * @param externalLabels of the configuration in force
   * @param externalUrl of this server, without a slash at its end
   */
  public AlertTemplates(
      Extensions extensions,
      Supplier<Map<String, String>> externalLabels,
      Supplier<String> externalUrl) {
    this.extensions = extensions;
    this.externalLabels = externalLabels;
    this.externalUrl = externalUrl;
  }

  /** Expands texts of one evaluation of one rule. */
  interface Expansion {
    /** The expanded text; where that fails, a text that says so. */
    String expand(String text, Labels labels, double value, @Nullable NativeHistogram histogram);
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

  /** For one evaluation. */
  Expansion of(String alert, Rule.Due due, Queries queries) {
    String name = AlertText.name(alert);
    Map<String, String> external = externalLabels.get();
    String url = externalUrl.get();
    return new Expansion() {
      /** Made when a text needs it. */
      private @Nullable Templates templates;

      @Override
      public String expand(
          String text, Labels labels, double value, @Nullable NativeHistogram histogram) {
        if (!AlertText.isTemplate(text)) {
          return text;
        }
        Map<String, Object> data = new HashMap<>();
        data.put("Labels", labels.toMap());
        data.put("ExternalLabels", external);
        data.put("ExternalURL", url);
        data.put("Value", histogram == null ? (Object) value : histogram);
        String error;
        try {
          return templates().expand(name, AlertText.withVariables(text), Templates.Kind.TEXT, data);
        } catch (TemplateException e) {
          error = worded(name, String.valueOf(e.getMessage()));
        } catch (RuntimeException | StackOverflowError e) {
          error = "error executing template " + name + ": " + e;
        }
        LOG.warn("Expanding alert template failed alert={} err={}", alert, error);
        return "<error expanding template: " + error + ">";
      }

      private Templates templates() throws TemplateException {
        Templates made = templates;
        if (made == null) {
          TemplateEngine engine = engine();
          if (engine == null) {
            throw new TemplateException(MISSING);
          }
          made = engine.parse(Map.of(), functions(due, queries, url));
          templates = made;
        }
        return made;
      }
    };
  }

  /** Prometheus says which of both went wrong, before what Go says. */
  private static String worded(String name, String message) {
    if (!message.startsWith("template: ")) {
      return message;
    }
    String verb = message.contains(": executing \"") ? "executing" : "parsing";
    return "error " + verb + " template " + name + ": " + message;
  }

  private static Map<String, TemplateFunction> functions(
      Rule.Due due, Queries queries, String externalUrl) {
    Map<String, TemplateFunction> functions = new LinkedHashMap<>();
    functions.put("query", arguments -> query(arguments, due, queries));
    functions.put("externalURL", arguments -> externalUrl);
    functions.put("pathPrefix", arguments -> path(externalUrl));
    functions.put("now", arguments -> Math.floorDiv(due.time(), 1_000_000L) / 1000.0);
    return functions;
  }

  private static Object query(List<@Nullable Object> arguments, Rule.Due due, Queries queries)
      throws TemplateException {
    if (arguments.size() != 1 || !(arguments.getFirst() instanceof String query)) {
      throw new TemplateException("query wants one text");
    }
    try {
      // Not moved by the offset, as with Prometheus.
      QueryOptions options = due.options();
      Vector vector = queries.evaluate(query, Math.floorDiv(due.time(), 1_000_000L), options);
      List<Object> samples = new ArrayList<>(vector.size());
      for (int i = 0; i < vector.size(); i++) {
        Map<String, Object> sample = new LinkedHashMap<>();
        sample.put("Labels", vector.labels(i).toMap());
        sample.put("Value", vector.value(i));
        samples.add(sample);
      }
      return samples;
    } catch (RuleFailure e) {
      throw new TemplateException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The path of a URL. */
  private static String path(String url) {
    int host = url.indexOf("://");
    int path = host < 0 ? -1 : url.indexOf('/', host + 3);
    return path < 0 ? "" : url.substring(path);
  }
}
