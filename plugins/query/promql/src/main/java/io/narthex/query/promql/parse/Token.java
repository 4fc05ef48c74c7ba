package io.narthex.query.promql.parse;

import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;

/**
 * A token of a query.
 *
 * @param start offset of its first byte
 * @param end offset behind its last byte
 * @param text its source text; of an error the message
 */
record Token(TokenType type, int start, int end, String text) {
  private static final int SHOWN_CHARACTERS = 10;

  PositionRange position() {
    return new PositionRange(start, end);
  }

  /** What messages call the token, for example {@code identifier "foo"} or {@code <op:+>}. */
  String describe() {
    return switch (type.kind()) {
      case END -> type.text();
      case LITERAL -> type.text() + " " + shown();
      case PUNCTUATION, PREPROCESSOR -> shown();
      case OPERATOR, WORD_OPERATOR -> "<op:" + text + ">";
      case AGGREGATOR -> "<aggr:" + text + ">";
      case KEYWORD -> "<" + text + ">";
    };
  }

  private String shown() {
    if (type == TokenType.IDENTIFIER
        || type == TokenType.METRIC_IDENTIFIER
        || text.getBytes(StandardCharsets.UTF_8).length <= SHOWN_CHARACTERS) {
      return Quoting.quote(text);
    }
    int shown = Math.min(text.codePointCount(0, text.length()), SHOWN_CHARACTERS);
    return Quoting.quote(text.substring(0, text.offsetByCodePoints(0, shown))) + "...";
  }
}
