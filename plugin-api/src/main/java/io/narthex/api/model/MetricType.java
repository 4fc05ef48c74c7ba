package io.narthex.api.model;

import io.narthex.api.Api;

/**
 * The types of metric families, with OpenMetrics's names.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public enum MetricType {
  COUNTER("counter"),
  GAUGE("gauge"),
  HISTOGRAM("histogram"),
  GAUGE_HISTOGRAM("gaugehistogram"),
  SUMMARY("summary"),
  INFO("info"),
  STATESET("stateset"),
  UNKNOWN("unknown");

  private final String text;

  MetricType(String text) {
    this.text = text;
  }

  /** The name as the HTTP API and OpenMetrics write it. */
  public String text() {
    return text;
  }
}
