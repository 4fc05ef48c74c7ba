package io.narthex.rules.groups.backfill;

/** A question that a server did not answer; the message is as promtool puts it. */
final class QueryFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private QueryFailure(String message, boolean ofResult) {
    super(ofResult ? message : "query range: " + message);
  }

  QueryFailure(String message) {
    this(message, false);
  }

  QueryFailure(String type, String message) {
    this(type + ": " + message, false);
  }

  /** There was an answer, but not to what was asked. */
  static QueryFailure wrongType(String type) {
    return new QueryFailure("rule result is wrong type " + type, true);
  }
}
