package io.narthex.api.template;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram;
import java.util.Map;

/**
 * A series with its value, as the function {@code query} gives it to templates: a list of these.
 *
 * @param labels with the metric name as {@code __name__}
 * @param value a {@code Double} or a {@link NativeHistogram}
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateSample(Map<String, String> labels, Object value) implements TemplateObject {
  public TemplateSample {
    labels = Map.copyOf(labels);
    if (!(value instanceof Double || value instanceof NativeHistogram)) {
      throw new IllegalArgumentException(
          "cannot make a sample: got " + value.getClass() + ", want a number or a histogram");
    }
  }

  /** A sample with a number. */
  public TemplateSample(Map<String, String> labels, double value) {
    this(labels, (Object) value);
  }

  @Override
  public String type() {
    return "*template.sample";
  }
}
