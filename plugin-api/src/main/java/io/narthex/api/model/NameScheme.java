package io.narthex.api.model;

import io.narthex.api.Api;

/**
 * Which names of labels and metrics are valid: {@code metric_name_validation_scheme}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public enum NameScheme {
  /** Every text that is not empty. */
  UTF8,
  /** The classic character set. */
  LEGACY;

  /**
   * Reads the name of a scheme.
   *
   * @param text {@code utf8} (also when empty) or {@code legacy}
   * @throws IllegalArgumentException with Prometheus's text when it is neither
   */
  public static NameScheme parse(String text) {
    return switch (text) {
      case "", "utf8" -> UTF8;
      case "legacy" -> LEGACY;
      default ->
          throw new IllegalArgumentException(
              "unrecognized ValidationScheme: " + Quoting.quote(text));
    };
  }

  /** Whether it may be a label's name. */
  public boolean isLabelName(String name) {
    return this == LEGACY ? LabelNames.isLegacy(name) : LabelNames.isValid(name);
  }

  /** Whether it may be a metric's name. */
  public boolean isMetricName(String name) {
    return this == LEGACY ? LabelNames.isLegacyMetric(name) : LabelNames.isValid(name);
  }

  /** As the configuration writes it. */
  @Override
  public String toString() {
    return this == LEGACY ? "legacy" : "utf8";
  }
}
