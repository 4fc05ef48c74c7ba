package io.narthex.ingest.otlp;

/** What is odd about a request and no reason to refuse it. */
enum Warning {
  LABEL_NAME_COLLISION("label_name_collision"),
  HISTOGRAM_ZERO_COUNT_NON_ZERO_SUM("histogram_zero_count_non_zero_sum");

  final String category;

  Warning(String category) {
    this.category = category;
  }
}
