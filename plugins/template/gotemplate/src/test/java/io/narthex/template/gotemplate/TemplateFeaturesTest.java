package io.narthex.template.gotemplate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TemplateFeaturesTest {
  /** {@code templating_functions} of Prometheus 3.14. */
  private static final String[] OF_PROMETHEUS = {
    "args",
    "externalURL",
    "first",
    "graphLink",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "label",
    "match",
    "now",
    "parseDuration",
    "pathPrefix",
    "query",
    "reReplaceAll",
    "safeHtml",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "title",
    "toDuration",
    "toLower",
    "toTime",
    "toUpper",
    "urlQueryEscape",
    "value"
  };

  @Test
  void tellsTheFunctionsThatPrometheusTells() {
    assertThat(new TemplateFeatures().features()).containsOnlyKeys("templating_functions");
    assertThat(new TemplateFeatures().features().get("templating_functions"))
        .containsOnlyKeys(OF_PROMETHEUS)
        .doesNotContainValue(false);
  }
}
