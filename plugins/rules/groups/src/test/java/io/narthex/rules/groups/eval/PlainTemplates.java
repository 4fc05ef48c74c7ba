package io.narthex.rules.groups.eval;

import io.narthex.api.template.TemplateEngine;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.Templates;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks names of variables; knows {@code {{ $labels.NAME }}}, {@code {{ $value }}} and {@code {{
 * query "..." }}}.
 */
public final class PlainTemplates implements TemplateEngine {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\w+");
  private static final Set<String> VARIABLES =
      Set.of("$labels", "$externalLabels", "$externalURL", "$value");
  private static final Pattern ACTION = Pattern.compile("\\{\\{ (.*?) }}");

  @Override
  public String name() {
    return "gotemplate";
  }

  @Override
  public Templates parse(Map<String, String> sources, Map<String, TemplateFunction> functions)
      throws TemplateException {
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Matcher variable = VARIABLE.matcher(source.getValue());
      while (variable.find()) {
        if (!VARIABLES.contains(variable.group())) {
          throw new TemplateException(
              "template: "
                  + source.getKey()
                  + ":1: undefined variable \""
                  + variable.group()
                  + "\"");
        }
      }
    }
    return (name, text, kind, data) -> {
      AlertTemplates.Data values = (AlertTemplates.Data) data;
      String own = text.substring(text.indexOf(".Value}}") + 8);
      Matcher action = ACTION.matcher(own);
      StringBuilder out = new StringBuilder();
      while (action.find()) {
        String word = action.group(1);
        String value;
        if (word.startsWith("$labels.")) {
          value = String.valueOf(values.labels().get(word.substring(8)));
        } else if (word.equals("$value")) {
          value = String.valueOf(values.value());
        } else if (word.startsWith("query ")) {
          value =
              String.valueOf(
                  functions.get("query").call(List.of(word.substring(7, word.length() - 1))));
        } else {
          throw new TemplateException(
              "template: " + name + ":1:2: executing \"" + name + "\": " + word);
        }
        action.appendReplacement(out, Matcher.quoteReplacement(value));
      }
      return action.appendTail(out).toString();
    };
  }
}
