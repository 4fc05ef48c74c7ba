package io.narthex.query.promql.parse;

import java.util.List;

/**
 * A query that is not valid PromQL. The message is that of the first error in the form {@code
 * line:column: parse error: text}, as Prometheus prints it.
 */
public final class ParseException extends Exception {
  private static final long serialVersionUID = 1L;

  /** How the error of a query that nests too deeply begins. */
  static final String TOO_DEEP = "expression is nested too deeply";

  private final transient List<ParseError> errors;

  /** One thing that is wrong, and where. */
  public record ParseError(PositionRange position, String message) {}

  ParseException(String query, List<ParseError> errors) {
    super(describe(query, errors.getFirst()), null, false, false);
    this.errors = List.copyOf(errors);
  }

  /** One that says of a part of a text what is wrong with it. */
  public static ParseException at(String text, PositionRange position, String message) {
    return new ParseException(text, List.of(new ParseError(position, message)));
  }

  /** All errors, in the order in which they were found; at least one. */
  public List<ParseError> errors() {
    return errors;
  }

  /** Whether the query was given up because it nests too deeply. */
  public boolean tooDeep() {
    return errors.getLast().message().startsWith(TOO_DEEP);
  }

  private static String describe(String query, ParseError error) {
    return error.position().startIn(query) + ": parse error: " + error.message();
  }
}
