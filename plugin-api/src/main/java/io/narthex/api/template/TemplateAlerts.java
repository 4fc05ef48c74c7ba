package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Alerts, as notification templates know them: with the methods {@code Firing} and {@code
 * Resolved}.
 *
 * @param alerts in order
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateAlerts(List<TemplateAlert> alerts) implements TemplateObject {
  public TemplateAlerts {
    alerts = List.copyOf(alerts);
  }

  @Override
  public String type() {
    return "template.Alerts";
  }

  @Override
  public String shape() {
    return "[]template.Alert";
  }

  @Override
  public Object content() {
    return alerts;
  }

  @Override
  public @Nullable TemplateFunction method(String name) {
    return switch (name) {
      case "Firing" -> withStatus("firing");
      case "Resolved" -> withStatus("resolved");
      default -> null;
    };
  }

  private TemplateFunction withStatus(String status) {
    return TemplateFunction.of(
        "func() []template.Alert",
        a -> alerts.stream().filter(alert -> alert.status().equals(status)).toList());
  }
}
