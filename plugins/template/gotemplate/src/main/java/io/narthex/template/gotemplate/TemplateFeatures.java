package io.narthex.template.gotemplate;

import io.narthex.api.plugin.FeaturesView;
import io.narthex.api.template.TemplateLimits;
import java.util.Map;
import java.util.TreeMap;
import org.pf4j.Extension;

/** The functions that templates of rules and consoles have, by Prometheus's names. */
@Extension
public final class TemplateFeatures implements FeaturesView {
  /** Part of the language with names for templates rather than a function; upstream has it so. */
  private static final String BY_NAME = "tmpl";

  public TemplateFeatures() {}

  @Override
  public Map<String, Map<String, Boolean>> features() {
    Map<String, Boolean> functions = new TreeMap<>();
    FunctionSets.named("prometheus", TemplateLimits.DEFAULT).keySet().stream()
        .filter(name -> !name.equals(BY_NAME))
        .forEach(name -> functions.put(name, true));
    return Map.of("templating_functions", functions);
  }
}
