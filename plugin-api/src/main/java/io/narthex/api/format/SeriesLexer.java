package io.narthex.api.format;

import io.narthex.api.Api;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import java.util.Arrays;

/**
 * Takes lines of the text formats apart token by token, slowly and with Prometheus's messages. A
 * reader that has a quick look of its own for series that were seen before uses it for what the
 * quick look does not understand, and for new series.
 *
 * <p>The tokens are those of Prometheus's lexers: what is one depends on what was before. Both
 * dialects know names in quotes, with any UTF-8 in them: {@code {"http.status","label.x"="v"}}. No
 * recursion; one token is read in time proportional to its length. Made once for an exposition, and
 * {@linkplain #begin begun} anew for each line. Not safe for several threads.
 *
 * <p>Source: Prometheus 3.14, {@code model/textparse/promlex.l} and {@code openmetricslex.l}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class SeriesLexer {
  /** No target has a use for more labels of a series; each takes some memory before any limit. */
  private static final int MAX_LABELS = 1 << 16;

  /**
   * Which of the formats it is.
   *
   * @since 0.1
   */
  public enum Dialect {
    /** Prometheus's: blanks may stand between tokens, the last line needs no line feed. */
    PROMETHEUS_TEXT,
    /** One space and none else between tokens, exemplars, an end that is marked. */
    OPENMETRICS
  }

  /**
   * Kinds of tokens; messages name them.
   *
   * @since 0.1
   */
  public enum Token {
    /** What can be no token here. */
    INVALID,
    /** Nothing more. */
    EOF,
    LINEBREAK,
    /** {@code # HELP }, of OpenMetrics only as the next ones. */
    HELP,
    TYPE,
    UNIT,
    /** {@code # EOF} with its line feed, if there is one. */
    EOFWORD,
    /** What is behind the name in metadata: a space, the text, a line feed. */
    TEXT,
    /** The beginning of an exemplar: <code> # {</code>. */
    COMMENT,
    /** A metric's name; in metadata it may be in quotes, which belong to the token. */
    MNAME,
    /** Something in quotes that is no value. */
    QSTRING,
    BOPEN,
    BCLOSE,
    LNAME,
    /** A label's value with its quotes. */
    LVALUE,
    COMMA,
    EQUAL,
    /** In OpenMetrics with the space before it, as {@link #VALUE}. */
    TIMESTAMP,
    VALUE
  }

  private enum State {
    START,
    META_NAME,
    META_TEXT,
    AFTER_NAME,
    LABELS,
    LABEL_VALUE,
    AFTER_VALUE,
    EXEMPLAR,
    EXEMPLAR_VALUE,
    AFTER_EXEMPLAR
  }

  /** What is wrong with OpenMetrics that ends too early. */
  public static final String NO_END = "data does not end with # EOF";

  private final byte[] data;
  private final int length;
  private final Dialect dialect;

  /** Where it ends; one more than there are bytes where a line feed is thought behind the text. */
  private final int end;

  private int lineStart;
  private State state = State.START;

  /** Begin of the token read last. */
  private int start;

  /** Its end, and where the next one is looked for. */
  private int at;

  private int nameStart = -1;
  private int nameEnd = -1;
  private int seriesStart;
  private int seriesEnd;

  /** Label i is {@code [4i] .. [4i+1]} for the name and {@code [4i+2] .. [4i+3]} for the value. */
  private int[] labels = new int[32];

  private int labelCount;
  private final FloatText number = new FloatText();

  /**
   * Makes a lexer of the first {@code length} bytes of an exposition, which it only reads.
   *
   * @param dialect which tokens there are
   */
  public SeriesLexer(byte[] data, int length, Dialect dialect) {
    this.data = data;
    this.length = length;
    this.dialect = dialect;
    this.end = dialect == Dialect.PROMETHEUS_TEXT ? length + 1 : length;
  }

  /** Goes to a line; messages show it from there. */
  public void begin(int position) {
    lineStart = position;
    start = position;
    at = position;
    state = State.START;
    nameStart = -1;
    nameEnd = -1;
    labelCount = 0;
  }

  /** Lets messages show the text from here on; what a token is does not change. */
  public void beginHere() {
    lineStart = at;
  }

  /** Where the token read last begins. */
  public int tokenStart() {
    return start;
  }

  /** Where it ends, exclusive; at an invalid one, the byte that cannot be. */
  public int tokenEnd() {
    return at;
  }

  /**
   * Where the text of the series begins that {@link #series} has read, without blanks before it.
   */
  public int seriesStart() {
    return seriesStart;
  }

  /** Where it ends, exclusive: with the name, or with the brace that closes the labels. */
  public int seriesEnd() {
    return seriesEnd;
  }

  /** Where the metric's name stands, without quotes; −1 while it has not been seen. */
  public int nameStart() {
    return nameStart;
  }

  /** Where it ends, exclusive. */
  public int nameEnd() {
    return nameEnd;
  }

  /** The number of labels read since {@link #begin}, without the metric's name. */
  public int labelCount() {
    return labelCount;
  }

  /** Where the name of label {@code i} begins, without quotes. */
  public int labelNameStart(int i) {
    return labels[4 * i];
  }

  /** Where it ends, exclusive. */
  public int labelNameEnd(int i) {
    return labels[4 * i + 1];
  }

  /** Where the value of label {@code i} begins, without quotes. */
  public int labelValueStart(int i) {
    return labels[4 * i + 2];
  }

  /** Where it ends, exclusive. */
  public int labelValueEnd(int i) {
    return labels[4 * i + 3];
  }

  /**
   * Reads the name and the labels of a series and returns the token after them.
   *
   * @throws ExpositionException when there is something wrong with them; also when the token after
   *     them has been read and they have no name
   */
  public Token series() throws ExpositionException {
    Token token = next();
    seriesStart = start;
    switch (token) {
      case MNAME -> {
        nameStart = start;
        nameEnd = at;
        seriesEnd = at;
        token = next();
        if (token == Token.BOPEN) {
          labels(false);
          seriesEnd = at;
          token = next();
        }
      }
      case BOPEN -> {
        labels(false);
        seriesEnd = at;
        token = next();
        if (nameStart < 0) {
          throw new ExpositionException(
              "metric name not set while parsing: " + quoted(lineStart, at));
        }
      }
      default -> throw unexpected("expected a valid start token", token);
    }
    return token;
  }

  /**
   * Reads the labels of an exemplar, after {@link Token#COMMENT}; those of the series are
   * forgotten.
   */
  public void exemplarLabels() throws ExpositionException {
    labelCount = 0;
    labels(true);
  }

  /**
   * Reads what follows the labels of an exemplar of OpenMetrics, to the end of the line.
   *
   * @param own its labels
   * @throws ExpositionException when it is malformed
   */
  public Exemplar exemplar(Labels own) throws ExpositionException {
    expectValue(next(), "exemplar labels");
    double value = number();
    Token token = next();
    long timestamp = 0;
    boolean hasTimestamp = token == Token.TIMESTAMP;
    if (hasTimestamp) {
      timestamp = millis("exemplar timestamp");
      token = next();
      if (token != Token.LINEBREAK) {
        throw unexpected("expected next entry after exemplar timestamp", token);
      }
    } else if (token == Token.EOF) {
      throw new ExpositionException(NO_END);
    } else if (token != Token.LINEBREAK) {
      throw unexpected("expected timestamp or comment", token);
    }
    return new Exemplar(own, value, timestamp, hasTimestamp);
  }

  /**
   * Checks that a token is a value.
   *
   * @param after what it was expected after, for the message
   * @throws ExpositionException when it is another one
   */
  public void expectValue(Token token, String after) throws ExpositionException {
    if (token != Token.VALUE) {
      throw unexpected("expected value after " + after, token);
    }
  }

  /**
   * Reads the metadata of OpenMetrics in a line, after its first token: the name is between {@link
   * #nameStart} and {@link #nameEnd}, the text is that of the token read last, without the space
   * and the line feed.
   *
   * @param keyword the first token
   * @throws ExpositionException when there is something wrong with it; with the text of {@link
   *     Token#TYPE} see {@link #metricType}
   */
  public void metadata(Token keyword) throws ExpositionException {
    if (keyword != Token.HELP && keyword != Token.TYPE && keyword != Token.UNIT) {
      throw unexpected("expected a valid start token", keyword);
    }
    Token token = next();
    if (token != Token.MNAME) {
      throw unexpected("expected metric name after " + keyword, token);
    }
    int quote = data[start] == '"' ? 1 : 0;
    nameStart = start + quote;
    nameEnd = at - quote;
    if (next() != Token.TEXT) {
      throw new ExpositionException("expected text in " + keyword);
    }
    if (keyword == Token.HELP && !ByteScan.isUtf8(data, start + 1, at - 1)) {
      throw new ExpositionException(
          "help text " + quoted(start + 1, at - 1) + " is not a valid utf8 string");
    }
    if (keyword == Token.UNIT && !isUnitOfName(start + 1, at - 1)) {
      throw new ExpositionException(
          "unit "
              + quoted(start + 1, at - 1)
              + " not a suffix of metric "
              + quoted(nameStart, nameEnd));
    }
  }

  /** Whether a unit is none, or what the name ends with after an underscore. */
  private boolean isUnitOfName(int from, int to) {
    int nameFrom = nameEnd - (to - from);
    return from == to
        || (nameFrom > nameStart
            && data[nameFrom - 1] == '_'
            && Arrays.equals(data, nameFrom, nameEnd, data, from, to));
  }

  /**
   * The type that metadata of OpenMetrics names which was read last.
   *
   * @throws ExpositionException when there is no such type
   */
  public MetricType metricType() throws ExpositionException {
    String text = ByteScan.text(data, start + 1, at - 1);
    for (MetricType type : MetricType.values()) {
      if (type.text().equals(text)) {
        return type;
      }
    }
    throw new ExpositionException("invalid metric type " + quoted(start + 1, at - 1));
  }

  private void labels(boolean exemplar) throws ExpositionException {
    Token token = next();
    while (token != Token.BCLOSE) {
      if (token != Token.LNAME && token != Token.QSTRING) {
        throw unexpected("expected label name", token);
      }
      boolean quoted = token == Token.QSTRING;
      int from = quoted ? start + 1 : start;
      int to = quoted ? at - 1 : at;
      token = next();
      if (quoted && (token == Token.COMMA || token == Token.BCLOSE)) {
        if (exemplar) {
          throw unexpected("expected label name", token);
        }
        if (nameStart >= 0) {
          throw new ExpositionException(
              "metric name already set while parsing: " + quoted(lineStart, at));
        }
        nameStart = from;
        nameEnd = to;
        if (token == Token.BCLOSE) {
          return;
        }
        token = next();
        continue;
      }
      if (token != Token.EQUAL) {
        throw unexpected("expected equal", token);
      }
      token = next();
      if (token != Token.LVALUE) {
        throw unexpected("expected label value", token);
      }
      if (!ByteScan.isUtf8(data, start, at)) {
        throw new ExpositionException("invalid UTF-8 label value: " + quoted(start, at));
      }
      addLabel(from, to, start + 1, at - 1);
      token = next();
      if (token == Token.COMMA) {
        token = next();
      } else if (dialect == Dialect.OPENMETRICS && token != Token.BCLOSE) {
        throw unexpected("expected comma or brace close", token);
      }
    }
  }

  private void addLabel(int nameFrom, int nameTo, int valueFrom, int valueTo)
      throws ExpositionException {
    if (labelCount == MAX_LABELS) {
      throw new ExpositionException(
          "cannot read a series: got more than "
              + MAX_LABELS
              + " labels while parsing: "
              + quoted(lineStart, at));
    }
    if (4 * labelCount == labels.length) {
      labels = Arrays.copyOf(labels, 2 * labels.length);
    }
    int i = 4 * labelCount++;
    labels[i] = nameFrom;
    labels[i + 1] = nameTo;
    labels[i + 2] = valueFrom;
    labels[i + 3] = valueTo;
  }

  /**
   * The token read last as a float; a space that belongs to it does not belong to the number.
   *
   * @throws ExpositionException when it is none
   */
  public double number() throws ExpositionException {
    int from = dialect == Dialect.OPENMETRICS ? start + 1 : start;
    for (int i = from; i < at; i++) {
      if (data[i] == 'p' || data[i] == 'P' || data[i] == '_') {
        throw new ExpositionException(
            "unsupported character in float while parsing: " + quoted(lineStart, at));
      }
    }
    return switch (number.read(data, from, at)) {
      case OK -> number.value();
      case SYNTAX -> throw notANumber("ParseFloat", from, "invalid syntax");
      case RANGE -> throw notANumber("ParseFloat", from, "value out of range");
    };
  }

  /**
   * The token read last, seconds of OpenMetrics, in milliseconds.
   *
   * @param what what it is, for the message
   * @throws ExpositionException when it is no number, or not finite
   */
  public long millis(String what) throws ExpositionException {
    double seconds = number();
    if (!Double.isFinite(seconds)) {
      throw new ExpositionException("invalid " + what + " " + FloatText.text(seconds));
    }
    return FloatText.millis(seconds);
  }

  /**
   * The token read last, a {@link Token#TIMESTAMP} of Prometheus's format, as an integer.
   *
   * @throws ExpositionException when it is too large for 64 bits
   */
  public long integer() throws ExpositionException {
    long value = 0;
    for (int i = start; i < at; i++) {
      int digit = data[i] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw notANumber("ParseInt", start, "value out of range");
      }
      value = 10 * value + digit;
    }
    return value;
  }

  /** Reads the next token. */
  public Token next() {
    return dialect == Dialect.OPENMETRICS ? nextOfOpenMetrics() : nextOfPrometheus();
  }

  private byte byteAt(int i) {
    return i < length ? data[i] : (byte) '\n';
  }

  private Token nextOfPrometheus() {
    while (at < end && ByteScan.isBlank(byteAt(at))) {
      at++;
    }
    start = at;
    if (at >= end) {
      return Token.EOF;
    }
    byte c = byteAt(at);
    return switch (state) {
      case START -> {
        if (c == 0) {
          yield Token.EOF;
        }
        if (c == '\n') {
          yield one(State.START, Token.LINEBREAK);
        }
        yield c == '{' ? one(State.LABELS, Token.BOPEN) : metricName(State.AFTER_NAME);
      }
      case AFTER_NAME -> {
        if (c == '{') {
          yield one(State.LABELS, Token.BOPEN);
        }
        while (c != '{' && c != '\n' && c != 0 && !ByteScan.isBlank(c)) {
          c = byteAt(++at);
        }
        if (at == start) {
          yield Token.INVALID;
        }
        state = State.AFTER_VALUE;
        yield Token.VALUE;
      }
      case LABELS -> inLabels(c);
      case LABEL_VALUE -> c == '"' ? string(State.LABELS, Token.LVALUE, true, true) : Token.INVALID;
      case AFTER_VALUE -> {
        if (c == '\n') {
          yield one(State.START, Token.LINEBREAK);
        }
        while (c >= '0' && c <= '9') {
          c = byteAt(++at);
        }
        yield at == start ? Token.INVALID : Token.TIMESTAMP;
      }
      case META_NAME, META_TEXT, EXEMPLAR, EXEMPLAR_VALUE, AFTER_EXEMPLAR -> Token.INVALID;
    };
  }

  private Token nextOfOpenMetrics() {
    if (at >= end) {
      // Upstream shows the token before this one as what was got instead of more.
      return Token.EOF;
    }
    start = at;
    byte c = data[at];
    return switch (state) {
      case START ->
          switch (c) {
            case '#' -> hash();
            case '{' -> one(State.LABELS, Token.BOPEN);
            default -> metricName(State.AFTER_NAME);
          };
      case META_NAME ->
          c == '"'
              ? string(State.META_TEXT, Token.MNAME, true, false)
              : metricName(State.META_TEXT);
      case META_TEXT -> {
        if (c != ' ') {
          yield Token.INVALID;
        }
        at = ByteScan.lineFeed(data, at, end);
        yield at == end ? Token.INVALID : one(State.START, Token.TEXT);
      }
      case AFTER_NAME ->
          c == '{' ? one(State.LABELS, Token.BOPEN) : spaced(c, State.AFTER_VALUE, Token.VALUE);
      case LABELS -> inLabels(c);
      case LABEL_VALUE ->
          c == '"' ? string(State.LABELS, Token.LVALUE, false, true) : Token.INVALID;
      case AFTER_VALUE -> {
        if (c == '\n') {
          yield one(State.START, Token.LINEBREAK);
        }
        if (c == ' ' && at + 2 < end && data[at + 1] == '#' && data[at + 2] == ' ') {
          at += 3;
          yield at < end && data[at] == '{' ? one(State.EXEMPLAR, Token.COMMENT) : Token.INVALID;
        }
        yield spaced(c, State.AFTER_VALUE, Token.TIMESTAMP);
      }
      case EXEMPLAR ->
          switch (c) {
            case '}' -> one(State.EXEMPLAR_VALUE, Token.BCLOSE);
            case '=' -> one(State.EXEMPLAR_VALUE, Token.EQUAL);
            case ',' -> one(State.EXEMPLAR, Token.COMMA);
            case '"' -> string(State.EXEMPLAR, Token.QSTRING, false, false);
            default -> labelName();
          };
      case EXEMPLAR_VALUE ->
          c == '"'
              ? string(State.EXEMPLAR, Token.LVALUE, false, false)
              : spaced(c, State.AFTER_EXEMPLAR, Token.VALUE);
      case AFTER_EXEMPLAR ->
          c == '\n'
              ? one(State.START, Token.LINEBREAK)
              : spaced(c, State.AFTER_EXEMPLAR, Token.TIMESTAMP);
    };
  }

  private Token inLabels(byte c) {
    return switch (c) {
      case '}' -> one(State.AFTER_NAME, Token.BCLOSE);
      case '=' -> one(State.LABEL_VALUE, Token.EQUAL);
      case ',' -> one(State.LABELS, Token.COMMA);
      case '"' -> string(State.LABELS, Token.QSTRING, true, false);
      default -> labelName();
    };
  }

  private Token one(State next, Token token) {
    at++;
    state = next;
    return token;
  }

  private Token metricName(State next) {
    if (!ByteScan.isMetricStart(byteAt(at))) {
      return Token.INVALID;
    }
    at++;
    while (at < end && ByteScan.isMetricPart(byteAt(at))) {
      at++;
    }
    state = next;
    return Token.MNAME;
  }

  private Token labelName() {
    if (!ByteScan.isLabelStart(byteAt(at))) {
      return Token.INVALID;
    }
    at++;
    while (at < end && ByteScan.isLabelPart(byteAt(at))) {
      at++;
    }
    return Token.LNAME;
  }

  /** A space and what follows it up to the next one, or the end of the line. */
  private Token spaced(byte c, State next, Token token) {
    if (c != ' ') {
      return Token.INVALID;
    }
    at++;
    int from = at;
    while (at < end && data[at] != ' ' && data[at] != '\n' && data[at] != 0) {
      at++;
    }
    if (at == from) {
      return Token.INVALID;
    }
    state = next;
    return token;
  }

  /** What begins with a hash is metadata, or the end. */
  private Token hash() {
    at++;
    if (at >= end || data[at] != ' ') {
      return Token.INVALID;
    }
    at++;
    if (at >= end) {
      return Token.INVALID;
    }
    return switch (data[at]) {
      case 'H' -> keyword("HELP ", Token.HELP);
      case 'T' -> keyword("TYPE ", Token.TYPE);
      case 'U' -> keyword("UNIT ", Token.UNIT);
      case 'E' -> {
        Token token = keyword("EOF", Token.EOFWORD);
        if (token == Token.EOFWORD) {
          state = State.START;
          at += at < end && data[at] == '\n' ? 1 : 0;
        }
        yield token;
      }
      default -> Token.INVALID;
    };
  }

  private Token keyword(String word, Token token) {
    for (int i = 0; i < word.length(); i++) {
      if (at >= end || data[at] != word.charAt(i)) {
        return Token.INVALID;
      }
      at++;
    }
    state = State.META_NAME;
    return token;
  }

  private Token string(State next, Token token, boolean lineFeeds, boolean nulls) {
    at++;
    while (at < end) {
      byte c = byteAt(at);
      if (c == '"') {
        return one(next, token);
      }
      if ((c == 0 && !nulls) || (c == '\n' && !lineFeeds)) {
        return Token.INVALID;
      }
      if (c == '\\') {
        at++;
        if (at < end && (byteAt(at) == '\n' || (byteAt(at) == 0 && !nulls))) {
          return Token.INVALID;
        }
      }
      at++;
    }
    at = end;
    return Token.INVALID;
  }

  /**
   * What is wrong, in Prometheus's words: what was expected, the token that was got instead, and
   * the line as far as it has been read.
   *
   * @param got the token read last
   */
  public ExpositionException unexpected(String expected, Token got) {
    int shown = Math.min(end, at + 1);
    return new ExpositionException(
        expected
            + ", got "
            + quoted(start, shown)
            + " (\""
            + got
            + "\") while parsing: "
            + quoted(lineStart, shown));
  }

  private ExpositionException notANumber(String function, int from, String problem) {
    return new ExpositionException(
        "strconv."
            + function
            + ": parsing "
            + quoted(from, at)
            + ": "
            + problem
            + " while parsing: "
            + quoted(lineStart, at));
  }

  private String quoted(int from, int to) {
    return to > length ? ByteScan.quoteLine(data, from, length) : ByteScan.quote(data, from, to);
  }
}
