package io.narthex.query.promql.parse;

/** The type of the value that an expression gives at each evaluation time. */
public enum ValueType {
  NONE("none", "none"),
  SCALAR("scalar", "scalar"),
  STRING("string", "string"),
  VECTOR("vector", "instant vector"),
  MATRIX("matrix", "range vector");

  private final String apiName;
  private final String documentedName;

  ValueType(String apiName, String documentedName) {
    this.apiName = apiName;
    this.documentedName = documentedName;
  }

  /** The {@code resultType} of the HTTP API. */
  public String apiName() {
    return apiName;
  }

  /** The name that the documentation and error messages use. */
  public String documentedName() {
    return documentedName;
  }
}
