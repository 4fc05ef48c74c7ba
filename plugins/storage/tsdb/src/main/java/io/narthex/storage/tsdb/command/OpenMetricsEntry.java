package io.narthex.storage.tsdb.command;

import io.narthex.api.model.Quoting;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One entry of OpenMetrics text, taken apart step by step as the lexer and the parser of Prometheus
 * 3.14 ({@code model/textparse/openmetricslex.l}) do it, with the same leniencies and the same
 * errors. It is what {@link OpenMetricsReader} asks for whatever it has not seen before; it is
 * exact, not fast. Not safe for several threads.
 *
 * <p>Grammar, with the tokens' names in brackets:
 *
 * <pre>
 * # HELP name text\n   # TYPE name text\n   # UNIT name text\n   # EOF\n?
 * name[MNAME] ( { labels } )? value[VALUE] ( time[TIMESTAMP] )? exemplar? \n
 * { "name" , labels } value ...                        the name in quotes, among the labels
 * exemplar: # { labels } value ( time )?
 * labels:   ( name = "value" , )*  ( name = "value" )?  names may stand in quotes
 * </pre>
 *
 * Each blank is exactly one space.
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

  private enum Token {
    INVALID("INVALID"),
    EOF("EOF"),
    LINEBREAK("LINEBREAK"),
    HELP("HELP"),
    TYPE("TYPE"),
    UNIT("UNIT"),
    EOF_WORD("EOFWORD"),
    TEXT("TEXT"),
    COMMENT("COMMENT"),
    METRIC_NAME("MNAME"),
    QUOTED("QSTRING"),
    BRACE_OPEN("BOPEN"),
    BRACE_CLOSE("BCLOSE"),
    LABEL_NAME("LNAME"),
    LABEL_VALUE("LVALUE"),
    COMMA("COMMA"),
    EQUAL("EQUAL"),
    TIMESTAMP("TIMESTAMP"),
    VALUE("VALUE");

    private final String word;

    Token(String word) {
      this.word = word;
    }
  }

  private enum State {
    START,
    COMMENT,
    NAME_OF_METADATA,
    TEXT_OF_METADATA,
    LABELS,
    LABEL_VALUE,
    VALUE,
    TIMESTAMP,
    EXEMPLAR,
    EXEMPLAR_VALUE,
    EXEMPLAR_TIMESTAMP
  }

  /** Thrown, without a stack, where more bytes are needed. */
  private static final class NeedsMore extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NeedsMore() {
      super(null, null, false, false);
    }
  }

  private static final NeedsMore NEEDS_MORE = new NeedsMore();

  private static final String NO_EOF = "data does not end with # EOF";

  private final Floats floats = new Floats();

  private byte[] data = new byte[0];
  private int limit;
  private boolean last;
  private int entryStart;
  private int tokenStart;
  private int i;
  private State state = State.START;

  /**
   * The type of the family that the last TYPE line named. Says whether {@code le} and {@code
   * quantile} are brought into one form.
   */
  private MetricMode mode = MetricMode.OTHER;

  /** Where the entry that was taken ends, exclusive. */
  private int end;

  /** First and last+1 byte of the metric's name and of names and values of labels, in turn. */
  private int[] offsets = new int[32];

  private int offsetCount;
  private int seriesEnd;
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
    return seriesEnd;
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
    return (offsetCount - 2) / 4;
  }

  /** The metric's name, unescaped. */
  byte[] metricName() {
    return unescaped(offsets[0], offsets[1]);
  }

  /** The name of label {@code n}, unescaped. */
  byte[] labelName(int n) {
    return unescaped(offsets[2 + 4 * n], offsets[3 + 4 * n]);
  }

  /** The value of label {@code n}, unescaped; not brought into one form. */
  byte[] labelValue(int n) {
    return unescaped(offsets[4 + 4 * n], offsets[5 + 4 * n]);
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
  Kind read(byte[] bytes, int from, int to, boolean complete) throws OpenMetricsException {
    data = bytes;
    limit = to;
    last = complete;
    entryStart = from;
    i = from;
    state = State.START;
    try {
      Kind kind = next();
      end = i;
      return kind;
    } catch (NeedsMore e) {
      return Kind.INCOMPLETE;
    }
  }

  /** The byte at the position, 0 at the end of the text. */
  private int current() {
    if (i < limit) {
      return data[i] & 0xff;
    }
    if (!last) {
      throw NEEDS_MORE;
    }
    return 0;
  }

  /** Goes to the next byte; where they are allowed, zero bytes are passed over. */
  private int advance() {
    i++;
    int c = current();
    while (c == 0
        && i < limit
        && (state == State.LABEL_VALUE
            || state == State.TEXT_OF_METADATA
            || state == State.COMMENT)) {
      i++;
      c = current();
    }
    return c;
  }

  private Token lex() {
    if (i >= limit) {
      if (!last) {
        throw NEEDS_MORE;
      }
      return Token.EOF;
    }
    int c = current();
    tokenStart = i;
    return switch (state) {
      case START -> lexStart(c);
      case COMMENT -> throw new IllegalStateException("a comment is taken within one token");
      case NAME_OF_METADATA -> {
        if (c == '"') {
          yield quoted(true) ? become(State.TEXT_OF_METADATA, Token.METRIC_NAME) : Token.INVALID;
        }
        yield name(c, true) ? become(State.TEXT_OF_METADATA, Token.METRIC_NAME) : Token.INVALID;
      }
      case TEXT_OF_METADATA -> {
        if (c != ' ') {
          yield Token.INVALID;
        }
        do {
          c = advance();
        } while (c != '\n' && c != 0);
        if (c == 0) {
          yield Token.INVALID;
        }
        i++;
        yield become(State.START, Token.TEXT);
      }
      case LABELS -> lexLabels(c);
      case LABEL_VALUE -> {
        boolean taken = c == '"' && quoted(false);
        yield taken ? become(State.LABELS, Token.LABEL_VALUE) : Token.INVALID;
      }
      case VALUE -> {
        if (c == '{') {
          i++;
          yield become(State.LABELS, Token.BRACE_OPEN);
        }
        yield blankAndWord(c) ? become(State.TIMESTAMP, Token.VALUE) : Token.INVALID;
      }
      case TIMESTAMP -> lexTimestamp(c);
      case EXEMPLAR -> lexExemplar(c);
      case EXEMPLAR_VALUE -> {
        if (c == '"') {
          yield quoted(false) ? become(State.EXEMPLAR, Token.LABEL_VALUE) : Token.INVALID;
        }
        yield blankAndWord(c) ? become(State.EXEMPLAR_TIMESTAMP, Token.VALUE) : Token.INVALID;
      }
      case EXEMPLAR_TIMESTAMP -> {
        if (c == '\n') {
          i++;
          yield become(State.START, Token.LINEBREAK);
        }
        yield blankAndWord(c) ? Token.TIMESTAMP : Token.INVALID;
      }
    };
  }

  private Token become(State next, Token token) {
    state = next;
    return token;
  }

  private Token lexStart(int c) {
    if (c == '{') {
      i++;
      return become(State.LABELS, Token.BRACE_OPEN);
    }
    if (c != '#') {
      return name(c, true) ? become(State.VALUE, Token.METRIC_NAME) : Token.INVALID;
    }
    if (advance() != ' ') {
      return Token.INVALID;
    }
    i++;
    state = State.COMMENT;
    Token token =
        switch (current()) {
          case 'H' -> word("HELP ") ? Token.HELP : Token.INVALID;
          case 'T' -> word("TYPE ") ? Token.TYPE : Token.INVALID;
          case 'U' -> word("UNIT ") ? Token.UNIT : Token.INVALID;
          case 'E' -> word("EOF") ? Token.EOF_WORD : Token.INVALID;
          default -> Token.INVALID;
        };
    if (token == Token.EOF_WORD) {
      if (i < limit || !last) {
        i += current() == '\n' ? 1 : 0;
      }
      return become(State.START, token);
    }
    return token == Token.INVALID ? token : become(State.NAME_OF_METADATA, token);
  }

  /** Takes a word byte by byte; stops where it differs. */
  private boolean word(String word) {
    for (int k = 0; k < word.length(); k++) {
      if (current() != word.charAt(k)) {
        return false;
      }
      i++;
    }
    return true;
  }

  /** Takes a name; metrics' names may have colons. */
  private boolean name(int first, boolean metric) {
    int c = first;
    if (!isLetter(c, metric)) {
      return false;
    }
    do {
      c = advance();
    } while (isLetter(c, metric) || (c >= '0' && c <= '9'));
    return true;
  }

  private static boolean isLetter(int c, boolean metric) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && metric);
  }

  /** Takes a string from its first quote to behind its last. */
  private boolean quoted(boolean lineFeeds) {
    int c = advance();
    while (c != '"') {
      if (c == '\\') {
        c = advance();
        if (c == '\n') {
          return false;
        }
      } else if (c == '\n' && !lineFeeds) {
        return false;
      }
      if (c == 0) {
        return false;
      }
      c = advance();
    }
    i++;
    return true;
  }

  /** Takes one space and all up to the next space or line feed, which is at least one byte. */
  private boolean blankAndWord(int first) {
    if (first != ' ') {
      return false;
    }
    int c = advance();
    if (c == ' ' || c == '\n' || c == 0) {
      return false;
    }
    do {
      c = advance();
    } while (c != ' ' && c != '\n' && c != 0);
    return true;
  }

  private Token lexLabels(int c) {
    switch (c) {
      case '"' -> {
        return quoted(true) ? Token.QUOTED : Token.INVALID;
      }
      case '}' -> {
        i++;
        return become(State.VALUE, Token.BRACE_CLOSE);
      }
      case '=' -> {
        i++;
        return become(State.LABEL_VALUE, Token.EQUAL);
      }
      case ',' -> {
        i++;
        return Token.COMMA;
      }
      default -> {
        return name(c, false) ? Token.LABEL_NAME : Token.INVALID;
      }
    }
  }

  private Token lexTimestamp(int c) {
    if (c == '\n') {
      i++;
      return become(State.START, Token.LINEBREAK);
    }
    if (c != ' ') {
      return Token.INVALID;
    }
    c = advance();
    if (c == '#') {
      c = advance();
      if (c == ' ') {
        if (advance() != '{') {
          return Token.INVALID;
        }
        i++;
        return become(State.EXEMPLAR, Token.COMMENT);
      }
    } else if (c == ' ' || c == '\n' || c == 0) {
      return Token.INVALID;
    }
    while (c != ' ' && c != '\n' && c != 0) {
      c = advance();
    }
    return Token.TIMESTAMP;
  }

  private Token lexExemplar(int c) {
    switch (c) {
      case '"' -> {
        return quoted(false) ? Token.QUOTED : Token.INVALID;
      }
      case '}' -> {
        i++;
        return become(State.EXEMPLAR_VALUE, Token.BRACE_CLOSE);
      }
      case '=' -> {
        i++;
        return become(State.EXEMPLAR_VALUE, Token.EQUAL);
      }
      case ',' -> {
        i++;
        return Token.COMMA;
      }
      default -> {
        return name(c, false) ? Token.LABEL_NAME : Token.INVALID;
      }
    }
  }

  private Kind next() throws OpenMetricsException {
    offsetCount = 0;
    Token t = lex();
    switch (t) {
      case EOF_WORD -> {
        if (lex() != Token.EOF) {
          throw new OpenMetricsException("unexpected data after # EOF");
        }
        return Kind.END;
      }
      case EOF -> throw new OpenMetricsException(NO_EOF);
      case HELP, TYPE, UNIT -> {
        metadata(t);
        return Kind.METADATA;
      }
      case BRACE_OPEN -> {
        addOffsets(-1, -1);
        labels(false);
        seriesEnd = i;
        if (offsets[0] == -1) {
          lex();
          throw new OpenMetricsException(
              "metric name not set while parsing: " + quote(entryStart, i));
        }
        rest(lex());
        return Kind.SERIES;
      }
      case METRIC_NAME -> {
        addOffsets(entryStart, i);
        seriesEnd = i;
        Token following = lex();
        if (following == Token.BRACE_OPEN) {
          labels(false);
          seriesEnd = i;
          following = lex();
        }
        rest(following);
        return Kind.SERIES;
      }
      default -> throw unexpected("expected a valid start token", t);
    }
  }

  private void metadata(Token t) throws OpenMetricsException {
    Token name = lex();
    if (name != Token.METRIC_NAME) {
      throw unexpected("expected metric name after " + t.word, name);
    }
    int nameFrom = tokenStart;
    int nameTo = i;
    if (data[nameFrom] == '"') {
      nameFrom++;
      nameTo--;
    }
    if (lex() != Token.TEXT) {
      throw new OpenMetricsException("expected text in " + t.word);
    }
    int textFrom = Math.min(tokenStart + 1, i - 1);
    int textTo = i - 1;
    if (t == Token.TYPE) {
      String type = new String(data, textFrom, textTo - textFrom, StandardCharsets.UTF_8);
      mode =
          switch (type) {
            case "histogram" -> MetricMode.HISTOGRAM;
            case "summary" -> MetricMode.SUMMARY;
            case "counter", "gauge", "gaugehistogram", "info", "stateset", "unknown" ->
                MetricMode.OTHER;
            default ->
                throw new OpenMetricsException("invalid metric type " + quote(textFrom, textTo));
          };
    } else if (t == Token.HELP) {
      if (!isUtf8(textFrom, textTo)) {
        throw new OpenMetricsException(
            "help text " + quote(textFrom, textTo) + " is not a valid utf8 string");
      }
    } else {
      int length = textTo - textFrom;
      if (length > 0
          && (nameTo - nameFrom < length + 1
              || data[nameTo - length - 1] != '_'
              || !Arrays.equals(data, nameTo - length, nameTo, data, textFrom, textTo))) {
        throw new OpenMetricsException(
            "unit "
                + quote(textFrom, textTo)
                + " not a suffix of metric "
                + quote(nameFrom, nameTo));
      }
    }
  }

  private void addOffsets(int from, int to) {
    if (offsetCount + 2 > offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * offsets.length);
    }
    offsets[offsetCount++] = from;
    offsets[offsetCount++] = to;
  }

  private void labels(boolean exemplar) throws OpenMetricsException {
    Token t = lex();
    while (true) {
      int from = tokenStart;
      int to = i;
      if (t == Token.BRACE_CLOSE) {
        return;
      }
      if (t != Token.LABEL_NAME && t != Token.QUOTED) {
        throw unexpected("expected label name", t);
      }
      boolean quoted = t == Token.QUOTED;
      t = lex();
      if (quoted && (t == Token.COMMA || t == Token.BRACE_CLOSE)) {
        // A string alone is the metric's name.
        if (exemplar) {
          throw unexpected("expected label name", t);
        }
        if (offsets[0] != -1) {
          throw new OpenMetricsException(
              "metric name already set while parsing: " + quote(entryStart, i));
        }
        offsets[0] = from + 1;
        offsets[1] = to - 1;
        if (t == Token.BRACE_CLOSE) {
          return;
        }
        t = lex();
        continue;
      }
      int nameFrom = quoted ? from + 1 : from;
      int nameTo = quoted ? to - 1 : to;
      if (t != Token.EQUAL) {
        throw unexpected("expected equal", t);
      }
      t = lex();
      if (t != Token.LABEL_VALUE) {
        throw unexpected("expected label value", t);
      }
      if (!isUtf8(tokenStart, i)) {
        throw new OpenMetricsException("invalid UTF-8 label value: " + quote(tokenStart, i));
      }
      if (!exemplar) {
        addOffsets(nameFrom, nameTo);
        addOffsets(tokenStart + 1, i - 1);
      }
      t = lex();
      if (t == Token.COMMA) {
        t = lex();
      } else if (t != Token.BRACE_CLOSE) {
        throw unexpected("expected comma or brace close", t);
      }
    }
  }

  /** Value, time, exemplar. */
  private void rest(Token first) throws OpenMetricsException {
    value = number(first, "metric");
    hasTime = false;
    Token t = lex();
    switch (t) {
      case EOF -> throw new OpenMetricsException(NO_EOF);
      case COMMENT -> exemplar();
      case TIMESTAMP -> {
        double seconds = float64(tokenStart + 1);
        if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
          throw new OpenMetricsException("invalid timestamp " + Floats.text(seconds));
        }
        hasTime = true;
        time = Floats.toLong(seconds * 1000);
        t = lex();
        if (t == Token.COMMENT) {
          exemplar();
        } else if (t != Token.LINEBREAK) {
          throw unexpected("expected next entry after timestamp", t);
        }
      }
      default -> {
        // Upstream goes on here; what follows is refused with the next entry, or before it because
        // there is no timestamp.
      }
    }
  }

  private void exemplar() throws OpenMetricsException {
    labels(true);
    number(lex(), "exemplar labels");
    Token t = lex();
    switch (t) {
      case EOF -> throw new OpenMetricsException(NO_EOF);
      case LINEBREAK -> {}
      case TIMESTAMP -> {
        double seconds = float64(tokenStart + 1);
        if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
          throw new OpenMetricsException("invalid exemplar timestamp " + Floats.text(seconds));
        }
        t = lex();
        if (t != Token.LINEBREAK) {
          throw unexpected("expected next entry after exemplar timestamp", t);
        }
      }
      default -> throw unexpected("expected timestamp or comment", t);
    }
  }

  private double number(Token t, String after) throws OpenMetricsException {
    if (t != Token.VALUE) {
      throw unexpected("expected value after " + after, t);
    }
    return float64(tokenStart + 1);
  }

  /** The number from {@code from} to the end of the token. */
  private double float64(int from) throws OpenMetricsException {
    switch (floats.read(data, from, i)) {
      case OK -> {
        return floats.value;
      }
      case SYNTAX ->
          throw new OpenMetricsException(
              "strconv.ParseFloat: parsing "
                  + quote(from, i)
                  + ": invalid syntax while parsing: "
                  + quote(entryStart, i));
      case RANGE ->
          throw new OpenMetricsException(
              "strconv.ParseFloat: parsing "
                  + quote(from, i)
                  + ": value out of range while parsing: "
                  + quote(entryStart, i));
      case UNSUPPORTED ->
          throw new OpenMetricsException(
              "unsupported character in float while parsing: " + quote(entryStart, i));
    }
    throw new IllegalStateException("unreachable");
  }

  private OpenMetricsException unexpected(String expected, Token got) {
    if (i + 1 > limit && !last) {
      throw NEEDS_MORE;
    }
    int to = Math.min(limit, i + 1);
    return new OpenMetricsException(
        expected
            + ", got "
            + quote(tokenStart, to)
            + " (\""
            + got.word
            + "\") while parsing: "
            + quote(entryStart, to));
  }

  private boolean isUtf8(int from, int to) {
    for (int k = from; k < to; k++) {
      if (data[k] < 0) {
        try {
          decoder().decode(ByteBuffer.wrap(data, from, to - from));
          return true;
        } catch (CharacterCodingException e) {
          return false;
        }
      }
    }
    return true;
  }

  private static CharsetDecoder decoder() {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** The bytes in quotes as Go writes them. */
  private String quote(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int k = from; k < to; ) {
      int length = sequence(k, to);
      if (length == 0) {
        // Quoting's way to say a byte that is no UTF-8.
        text.append((char) (0xdc00 + (data[k] & 0xff)));
        k++;
      } else {
        text.append(new String(data, k, length, StandardCharsets.UTF_8));
        k += length;
      }
    }
    return Quoting.quote(text.toString());
  }

  /** Bytes of the valid UTF-8 sequence at {@code k}; 0 when there is none. */
  private int sequence(int k, int to) {
    int c = data[k] & 0xff;
    int length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    return length > 0 && k + length <= to && isUtf8(k, k + length) ? length : 0;
  }
}
