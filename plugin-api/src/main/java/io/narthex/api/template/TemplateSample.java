package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.Map;

/**
 * A series with its value, as the function {@code query} gives it to templates: a list of these.
 *
 * @param labels with the metric name as {@code __name__}
 * @param value of the sample
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateSample(Map<String, String> labels, double value) implements TemplateObject {
  public TemplateSample {
    labels = Map.copyOf(labels);
  }

  @Override
  public String type() {
    return "*template.sample";
  }
}
