package io.narthex.api.query;

import io.narthex.api.Api;

/**
 * Types of values, with the names of the HTTP API.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public enum ValueType {
  SCALAR("scalar"),
  VECTOR("vector"),
  MATRIX("matrix"),
  STRING("string");

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /** The name, as {@code resultType} has it. */
  public String text() {
    return text;
  }
}
