package io.narthex.rules.groups.file;

import io.narthex.api.template.TemplateException;

/** How the texts of alerting rules are templates. */
public final class AlertText {
  /** Variables that all templates of alerts have. */
  private static final String DEFINITIONS =
      "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
          + "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

  private AlertText() {}

  /** Whether there is something in it to be expanded. */
  public static boolean isTemplate(String text) {
    return text.contains("{{");
  }

  /** The template with its variables. */
  public static String withVariables(String text) {
    return DEFINITIONS + text;
  }

  /** The name of the templates of an alert, in messages. */
  public static String name(String alert) {
    return "__alert_" + alert;
  }

  static void check(RuleFileReader.TemplateCheck templates, String alert, String text)
      throws TemplateException {
    if (isTemplate(text)) {
      templates.check(name(alert), withVariables(text));
    }
  }
}
