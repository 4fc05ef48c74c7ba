package io.narthex.query.promql.parse;

/** An aggregation operator. */
public enum AggregateOp {
  AVG("avg"),
  BOTTOMK("bottomk"),
  COUNT("count"),
  COUNT_VALUES("count_values"),
  GROUP("group"),
  LIMITK("limitk"),
  LIMIT_RATIO("limit_ratio"),
  MAX("max"),
  MIN("min"),
  QUANTILE("quantile"),
  STDDEV("stddev"),
  STDVAR("stdvar"),
  SUM("sum"),
  TOPK("topk");

  private final String text;

  AggregateOp(String text) {
    this.text = text;
  }

  /** The operator as it is written. */
  public String text() {
    return text;
  }

  /** Whether the operator takes a parameter before the vector. */
  public boolean hasParam() {
    return switch (this) {
      case BOTTOMK, COUNT_VALUES, LIMITK, LIMIT_RATIO, QUANTILE, TOPK -> true;
      case AVG, COUNT, GROUP, MAX, MIN, STDDEV, STDVAR, SUM -> false;
    };
  }

  /** Whether the operator needs {@link ParserOptions#experimentalFunctions()}. */
  public boolean experimental() {
    return this == LIMITK || this == LIMIT_RATIO;
  }

  /** Whether the parameter is a string; the others take a scalar. */
  public boolean stringParam() {
    return this == COUNT_VALUES;
  }
}
