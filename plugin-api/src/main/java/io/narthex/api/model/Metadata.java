package io.narthex.api.model;

import io.narthex.api.Api;
import java.util.Objects;

/**
 * What is known about a metric family.
 *
 * @param type its type
 * @param help free text, may be empty
 * @param unit the unit's name as exposed ({@code seconds}, {@code bytes}), may be empty
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record Metadata(MetricType type, String help, String unit) {
  public Metadata {
    Objects.requireNonNull(type);
    Objects.requireNonNull(help);
    Objects.requireNonNull(unit);
  }
}
