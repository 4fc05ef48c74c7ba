package io.narthex.query.promql.parse;

import static io.narthex.query.promql.parse.TokenType.ADD;
import static io.narthex.query.promql.parse.TokenType.COMMA;
import static io.narthex.query.promql.parse.TokenType.EOF;
import static io.narthex.query.promql.parse.TokenType.EQL;
import static io.narthex.query.promql.parse.TokenType.ERROR;
import static io.narthex.query.promql.parse.TokenType.HISTOGRAM;
import static io.narthex.query.promql.parse.TokenType.LEFT_BRACE;
import static io.narthex.query.promql.parse.TokenType.NUMBER;
import static io.narthex.query.promql.parse.TokenType.RIGHT_BRACE;
import static io.narthex.query.promql.parse.TokenType.SPACE;
import static io.narthex.query.promql.parse.TokenType.STRING;
import static io.narthex.query.promql.parse.TokenType.SUB;
import static io.narthex.query.promql.parse.TokenType.TIMES;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.StaleMarker;
import io.narthex.query.promql.parse.TokenStream.Context;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the names of series, and series with values as tests write them. Messages and positions
 * are those of Prometheus 3.14, {@code promql/parser}; an item of the values is as long as its
 * text, however many steps it stands for.
 */
final class SeriesParser {
  private final String text;
  private final byte[] utf8;
  private final Lexer lexer;
  private final TokenStream tokens;

  /** The next token of the values, once it has been read. */
  private @Nullable Token ahead;

  SeriesParser(String text, byte[] utf8) {
    this.text = text;
    this.utf8 = utf8;
    lexer = new Lexer(utf8);
    tokens = new TokenStream(lexer, 1);
  }

  Labels parseMetric() throws ParseException {
    try {
      Labels.Builder labels = Labels.builder();
      if (tokens.peek().type().isMetricName()) {
        labels.set(LabelNames.METRIC_NAME, tokens.take().text());
      }
      if (tokens.at(LEFT_BRACE)) {
        labels(labels);
      }
      if (!tokens.at(EOF)) {
        throw tokens.unexpected();
      }
      return labels.build();
    } catch (TokenStream.Abort _) {
      throw new ParseException(text, tokens.errors());
    }
  }

  SeriesSyntax parseSeries() throws ParseException {
    try {
      Labels.Builder labels = Labels.builder();
      if (startsName()) {
        Token name = tokens.peek();
        if (!name.type().isMetricName()) {
          throw tokens.unexpected();
        }
        tokens.take();
        labels.set(LabelNames.METRIC_NAME, name.text());
        // Nothing may stand between a name and its braces.
        if (name.end() < utf8.length && utf8[name.end()] == '{') {
          labels(labels);
        }
      } else if (utf8.length > 0 && utf8[0] == '{') {
        labels(labels);
      } else {
        tokens.enter(Context.VALUES);
        throw unexpected();
      }
      return new SeriesSyntax(labels.build(), values());
    } catch (TokenStream.Abort _) {
      throw new ParseException(text, tokens.errors());
    }
  }

  private boolean startsName() {
    int c = utf8.length == 0 ? 0 : utf8[0];
    return Character.isLetter(c) || c == '_' || c == ':';
  }

  private void labels(Labels.Builder labels) {
    Context outer = tokens.context();
    tokens.take(LEFT_BRACE);
    tokens.enter(Context.SERIES_LABEL);
    while (!tokens.at(RIGHT_BRACE)) {
      Token label = tokens.peek();
      if (label.type() != TokenType.IDENTIFIER && label.type() != STRING) {
        throw tokens.unexpected();
      }
      tokens.take();
      boolean quoted = label.type() == STRING;
      String name = quoted ? StringText.unquote(label.text()) : label.text();
      tokens.enter(quoted ? Context.SERIES_LABEL_END : Context.SERIES_EQUAL);
      if (!quoted || tokens.at(EQL)) {
        tokens.take(EQL);
        tokens.enter(Context.SERIES_VALUE);
        set(labels, label, name, StringText.unquote(tokens.take(STRING).text()));
      } else {
        set(labels, label, LabelNames.METRIC_NAME, name);
      }
      tokens.enter(Context.SERIES_LABEL_END);
      if (!tokens.accept(COMMA)) {
        break;
      }
      tokens.enter(Context.SERIES_LABEL);
    }
    tokens.take(RIGHT_BRACE);
    tokens.enter(outer);
  }

  private void set(Labels.Builder labels, Token at, String name, String value) {
    // One name before the braces and another within is what Prometheus takes.
    if (labels.has(name) && !name.equals(LabelNames.METRIC_NAME)) {
      throw tokens.abort(
          at.position(), "label name " + Quoting.quote(name) + " is not unique: invalid sample");
    }
    labels.set(name, value);
  }

  // Values. What follows a finished item is named without saying where it stands, as upstream.

  private List<SeriesSyntax.Item> values() {
    List<SeriesSyntax.Item> items = new ArrayList<>();
    tokens.enter(Context.NONE);
    while (!at(EOF)) {
      take(SPACE);
      if (!at(EOF)) {
        items.add(item());
        tokens.enter(Context.NONE);
      }
    }
    return items;
  }

  private SeriesSyntax.Item item() {
    Token first = take();
    tokens.enter(Context.VALUES);
    return switch (first.type()) {
      case BLANK -> new SeriesSyntax.Nothing(accept(TIMES) ? repetitions(0) : 1);
      case ADD, SUB -> floats(first.type() == SUB ? -number() : number());
      case NUMBER -> floats(value(first));
      case IDENTIFIER -> {
        if (!first.text().equals("stale")) {
          tokens.enter(Context.VALUE);
          throw tokens.unexpected(first);
        }
        yield floats(StaleMarker.value());
      }
      case HISTOGRAM -> histograms(first);
      default -> {
        tokens.enter(Context.NONE);
        throw tokens.unexpected(first);
      }
    };
  }

  private SeriesSyntax.Item floats(double first) {
    if (accept(TIMES)) {
      return new SeriesSyntax.Floats(first, 0, repetitions(1));
    }
    boolean down = at(SUB);
    if (!down && !at(ADD)) {
      return new SeriesSyntax.Floats(first, 0, 1);
    }
    take();
    double step = down ? -number() : number();
    take(TIMES);
    return new SeriesSyntax.Floats(first, step, repetitions(1));
  }

  private SeriesSyntax.Item histograms(Token first) {
    String step = null;
    int count = 1;
    boolean down = at(SUB);
    if (accept(TIMES)) {
      count = repetitions(1);
    } else if (down || at(ADD)) {
      take();
      step = inner(take(HISTOGRAM));
      take(TIMES);
      count = repetitions(1);
    }
    return new SeriesSyntax.Histograms(
        inner(first),
        step,
        down,
        count,
        new PositionRange(first.start(), Math.max(first.end(), lexer.lastStart())));
  }

  private String inner(Token histogram) {
    return new String(
        utf8,
        histogram.start() + 2,
        histogram.end() - histogram.start() - 4,
        StandardCharsets.UTF_8);
  }

  private double number() {
    return value(take(NUMBER));
  }

  private double value(Token number) {
    try {
      return NumberText.parse(number.text());
    } catch (IllegalArgumentException e) {
      throw tokens.abort(number.position(), "error parsing number: " + e.getMessage());
    }
  }

  /**
   * How often something stands there.
   *
   * @param more what is to be added to what is written
   */
  private int repetitions(int more) {
    Token number = take(NUMBER);
    String digits = number.text();
    String problem = "invalid syntax";
    if (digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      problem = "value out of range";
      try {
        return Math.addExact(Integer.parseInt(digits), more);
      } catch (NumberFormatException | ArithmeticException _) {
        // Said below.
      }
    }
    throw tokens.abort(
        number.position(),
        "invalid repetition in series values: strconv.ParseUint: parsing "
            + Quoting.quote(digits)
            + ": "
            + problem);
  }

  // Tokens of values: the stream of the language's own tokens has ended with the labels.

  private Token peek() {
    Token token = ahead;
    if (token == null) {
      token = lexer.nextValue();
      if (token.type() == ERROR) {
        throw tokens.abort(token.position(), token.text());
      }
      ahead = token;
    }
    return token;
  }

  private Token take() {
    Token token = peek();
    ahead = null;
    return token;
  }

  private Token take(TokenType type) {
    if (!at(type)) {
      throw unexpected();
    }
    return take();
  }

  private boolean at(TokenType type) {
    return peek().type() == type;
  }

  private boolean accept(TokenType type) {
    boolean is = at(type);
    if (is) {
      take();
    }
    return is;
  }

  private TokenStream.Abort unexpected() {
    return tokens.unexpected(peek());
  }
}
