package io.narthex.storage.tsdb.command;

import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.SeriesLexer;
import io.narthex.api.format.SeriesLexer.Token;
import io.narthex.api.model.Labels;
import java.util.Arrays;

/**
 * One entry of OpenMetrics text, taken apart by {@link SeriesLexer} with Prometheus's leniencies
 * and errors. It is what {@link OpenMetricsReader} asks for whatever it has not seen before; it is
 * exact, not fast. Not safe for several threads.
 */
final class OpenMetricsEntry {
  /** What an entry is. */
  enum Kind {
    SERIES,
    METADATA,
    /** The text has ended as it should. */
    END,
    /** The bytes given end within the entry, and more may follow. */
    INCOMPLETE
  }

  private byte[] data = new byte[0];
  private int limit;
  private SeriesLexer lexer = new SeriesLexer(data, 0, SeriesLexer.Dialect.OPENMETRICS);

  /**
   * The type of the family that the last TYPE line named. Says whether {@code le} and {@code
   * quantile} are brought into one form.
   */
  private MetricMode mode = MetricMode.OTHER;

  /** Whether the series read last has an exemplar. */
  private boolean exemplar;

  /** Whether nothing that may follow can change what the entry read last is. */
  private boolean closed;

  private int end;
  private double value;
  private boolean hasTime;
  private long time;

  /** Position behind the entry. */
  int end() {
    return end;
  }

  /** What the last TYPE line said. */
  MetricMode mode() {
    return mode;
  }

  /** Behind the last byte of the series: of its name, or of the brace. */
  int seriesEnd() {
    return lexer.seriesEnd();
  }

  double value() {
    return value;
  }

  boolean hasTime() {
    return hasTime;
  }

  /** Milliseconds; only when {@link #hasTime}. */
  long time() {
    return time;
  }

  /** Labels without the metric's name. */
  int labelCount() {
    return lexer.labelCount();
  }

  /** The metric's name, unescaped. */
  byte[] metricName() {
    return unescaped(lexer.nameStart(), lexer.nameEnd());
  }

  /** The name of label {@code n}, unescaped. */
  byte[] labelName(int n) {
    return unescaped(lexer.labelNameStart(n), lexer.labelNameEnd(n));
  }

  /** The value of label {@code n}, unescaped; not brought into one form. */
  byte[] labelValue(int n) {
    return unescaped(lexer.labelValueStart(n), lexer.labelValueEnd(n));
  }

  /** Only {@code \"}, {@code \\} and {@code \n} are escapes; all else stays. */
  private byte[] unescaped(int from, int to) {
    byte[] out = new byte[to - from];
    int n = 0;
    for (int k = from; k < to; k++) {
      byte c = data[k];
      if (c == '\\' && k + 1 < to && (data[k + 1] == '"' || data[k + 1] == '\\')) {
        c = data[++k];
      } else if (c == '\\' && k + 1 < to && data[k + 1] == 'n') {
        c = '\n';
        k++;
      }
      out[n++] = c;
    }
    return n == out.length ? out : Arrays.copyOf(out, n);
  }

  /**
   * Takes the entry that begins at {@code from}.
   *
   * @param from where it begins
   * @param to where the bytes end
   * @param complete whether the text ends there
   */
  @SuppressWarnings("ReferenceEquality") // What is in the array may change, the lexer keeps none.
  Kind read(byte[] bytes, int from, int to, boolean complete) throws OpenMetricsException {
    if (bytes != data || to != limit) {
      data = bytes;
      limit = to;
      lexer = new SeriesLexer(bytes, to, SeriesLexer.Dialect.OPENMETRICS);
    }
    closed = false;
    lexer.begin(from);
    ExpositionException problem = null;
    Kind kind = Kind.INCOMPLETE;
    try {
      kind = next(from);
    } catch (ExpositionException e) {
      problem = e;
    }
    // What ends with the bytes may go on in others.
    if (!complete && !closed && lexer.tokenEnd() >= limit) {
      return Kind.INCOMPLETE;
    }
    if (problem != null) {
      throw new OpenMetricsException(String.valueOf(problem.getMessage()));
    }
    return kind;
  }

  private Kind next(int from) throws ExpositionException {
    if (from < limit && data[from] != '#') {
      series();
      end = lexer.tokenEnd();
      if (exemplar) {
        // Its labels took the place of the series'.
        lexer.begin(from);
        lexer.series();
      }
      return Kind.SERIES;
    }
    Token token = lexer.next();
    switch (token) {
      case EOF -> throw new ExpositionException(SeriesLexer.NO_END);
      case EOFWORD -> {
        if (lexer.next() != Token.EOF) {
          throw new ExpositionException("unexpected data after # EOF");
        }
        return Kind.END;
      }
      default -> {
        lexer.metadata(token);
        closed = true;
        end = lexer.tokenEnd();
        if (token == Token.TYPE) {
          mode =
              switch (lexer.metricType()) {
                case HISTOGRAM -> MetricMode.HISTOGRAM;
                case SUMMARY -> MetricMode.SUMMARY;
                default -> MetricMode.OTHER;
              };
        }
        return Kind.METADATA;
      }
    }
  }

  private void series() throws ExpositionException {
    Token token = lexer.series();
    lexer.expectValue(token, "metric");
    value = lexer.number();
    hasTime = false;
    token = lexer.next();
    if (token == Token.TIMESTAMP) {
      time = lexer.millis("timestamp");
      hasTime = true;
      token = lexer.next();
      if (token != Token.LINEBREAK && token != Token.COMMENT) {
        throw lexer.unexpected("expected next entry after timestamp", token);
      }
    } else if (token == Token.EOF) {
      throw new ExpositionException(SeriesLexer.NO_END);
    }
    exemplar = token == Token.COMMENT;
    if (exemplar) {
      lexer.exemplarLabels();
      lexer.exemplar(Labels.empty());
      token = Token.LINEBREAK;
    }
    // Any other token upstream takes for the begin of the next entry, which it refuses.
    closed = token == Token.LINEBREAK;
  }
}
