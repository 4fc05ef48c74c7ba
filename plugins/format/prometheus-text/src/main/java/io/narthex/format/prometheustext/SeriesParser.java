package io.narthex.format.prometheustext;

import io.narthex.api.format.ExpositionException;
import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one line of a sample token by token, slowly and with Prometheus's messages. {@link
 * TextReader} hands it what its quick look does not understand, and series that are new.
 *
 * <p>The tokens are those of Prometheus's lexer: what is one depends on what was before. Source:
 * Prometheus 3.14, {@code model/textparse/promlex.l}.
 */
final class SeriesParser {
  /** How much of an exposition a message quotes at most, in bytes. */
  private static final int MAX_QUOTED = 4096;

  private enum State {
    START,
    AFTER_NAME,
    LABELS,
    LABEL_VALUE,
    AFTER_VALUE
  }

  private enum Token {
    INVALID,
    EOF,
    LINEBREAK,
    MNAME,
    QSTRING,
    BOPEN,
    BCLOSE,
    LNAME,
    LVALUE,
    COMMA,
    EQUAL,
    TIMESTAMP,
    VALUE
  }

  private final byte[] data;

  /** One more than there are bytes: the text is read as if a line feed followed it. */
  private final int end;

  private final int lineStart;
  private State state = State.START;

  /** Begin of the token read last. */
  private int start;

  /** Its end, and where the next one is looked for. */
  private int at;

  /** Where the metric's name stands; −1 while it has not been seen. */
  int nameFrom = -1;

  int nameTo = -1;

  /** Label i is {@code [4i] .. [4i+1]} for the name and {@code [4i+2] .. [4i+3]} for the value. */
  int[] labels = new int[32];

  int labelCount;
  private final Numbers numbers = new Numbers();

  SeriesParser(byte[] data, int length, int lineStart) {
    this.data = data;
    this.end = length + 1;
    this.lineStart = lineStart;
    this.at = lineStart;
  }

  /** Reads the whole line; returns only if there is nothing wrong with it. */
  void checkLine() throws ExpositionException {
    Token token = series();
    if (nameFrom < 0) {
      throw new ExpositionException("metric name not set while parsing: " + quoted(lineStart, at));
    }
    if (token != Token.VALUE) {
      throw unexpected("expected value after metric", token);
    }
    String text = new String(data, start, at - start, StandardCharsets.UTF_8);
    if (text.indexOf('p') >= 0 || text.indexOf('P') >= 0 || text.indexOf('_') >= 0) {
      throw new ExpositionException(
          "unsupported character in float while parsing: " + quoted(lineStart, at));
    }
    switch (numbers.read(data, start, at)) {
      case OK -> {}
      case SYNTAX -> throw number("ParseFloat", "invalid syntax");
      case RANGE -> throw number("ParseFloat", "value out of range");
    }
    token = next();
    if (token == Token.TIMESTAMP) {
      if (at - start > 18) {
        try {
          Long.parseLong(new String(data, start, at - start, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
          throw number("ParseInt", "value out of range");
        }
      }
      token = next();
      if (token != Token.LINEBREAK) {
        throw unexpected("expected next entry after timestamp", token);
      }
    } else if (token != Token.LINEBREAK) {
      throw unexpected("expected timestamp or new record", token);
    }
  }

  /** Reads the name and the labels and returns the token after them. */
  Token series() throws ExpositionException {
    Token token = next();
    switch (token) {
      case MNAME -> {
        nameFrom = start;
        nameTo = at;
        token = next();
        if (token == Token.BOPEN) {
          labels();
          token = next();
        }
      }
      case BOPEN -> {
        labels();
        token = next();
      }
      default -> throw unexpected("expected a valid start token", token);
    }
    return token;
  }

  private void labels() throws ExpositionException {
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
        if (nameFrom >= 0) {
          throw new ExpositionException(
              "metric name already set while parsing: " + quoted(lineStart, at));
        }
        nameFrom = from;
        nameTo = to;
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
      if (!Bytes.isUtf8(data, start, at)) {
        throw new ExpositionException("invalid UTF-8 label value: " + quoted(start, at));
      }
      addLabel(from, to, start + 1, at - 1);
      token = next();
      if (token == Token.COMMA) {
        token = next();
      }
    }
  }

  private void addLabel(int nameFrom, int nameTo, int valueFrom, int valueTo) {
    if (4 * labelCount == labels.length) {
      labels = Arrays.copyOf(labels, 2 * labels.length);
    }
    int i = 4 * labelCount++;
    labels[i] = nameFrom;
    labels[i + 1] = nameTo;
    labels[i + 2] = valueFrom;
    labels[i + 3] = valueTo;
  }

  private byte byteAt(int i) {
    return i == end - 1 ? (byte) '\n' : data[i];
  }

  private Token next() {
    while (at < end && Bytes.isBlank(byteAt(at))) {
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
          at++;
          yield Token.LINEBREAK;
        }
        if (c == '{') {
          yield one(State.LABELS, Token.BOPEN);
        }
        yield name(Bytes.NAME_START, Bytes.NAME, State.AFTER_NAME, Token.MNAME);
      }
      case AFTER_NAME -> {
        if (c == '{') {
          yield one(State.LABELS, Token.BOPEN);
        }
        while (c != '{' && c != '\n' && c != 0 && !Bytes.isBlank(c)) {
          c = byteAt(++at);
        }
        if (at == start) {
          yield Token.INVALID;
        }
        state = State.AFTER_VALUE;
        yield Token.VALUE;
      }
      case LABELS ->
          switch (c) {
            case '}' -> one(State.AFTER_NAME, Token.BCLOSE);
            case '=' -> one(State.LABEL_VALUE, Token.EQUAL);
            case ',' -> one(State.LABELS, Token.COMMA);
            case '"' -> string(Token.QSTRING);
            default -> name(Bytes.LABEL_START, Bytes.LABEL, State.LABELS, Token.LNAME);
          };
      case LABEL_VALUE -> c == '"' ? string(Token.LVALUE) : Token.INVALID;
      case AFTER_VALUE -> {
        if (c == '\n') {
          yield one(State.START, Token.LINEBREAK);
        }
        while (c >= '0' && c <= '9') {
          c = byteAt(++at);
        }
        yield at == start ? Token.INVALID : Token.TIMESTAMP;
      }
    };
  }

  private Token one(State next, Token token) {
    at++;
    state = next;
    return token;
  }

  private Token name(byte first, byte rest, State next, Token token) {
    if (!Bytes.is(byteAt(at), first)) {
      return Token.INVALID;
    }
    at++;
    while (Bytes.is(byteAt(at), rest)) {
      at++;
    }
    state = next;
    return token;
  }

  private Token string(Token token) {
    at++;
    while (at < end) {
      byte c = byteAt(at);
      if (c == '"') {
        return one(State.LABELS, token);
      }
      if (c == 0 && token == Token.QSTRING) {
        return Token.INVALID;
      }
      if (c == '\\') {
        at++;
        if (at < end && byteAt(at) == '\n') {
          return Token.INVALID;
        }
      }
      at++;
    }
    at = end;
    return Token.INVALID;
  }

  private ExpositionException unexpected(String expected, Token got) {
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

  private ExpositionException number(String function, String problem) {
    return new ExpositionException(
        "strconv."
            + function
            + ": parsing "
            + quoted(start, at)
            + ": "
            + problem
            + " while parsing: "
            + quoted(lineStart, at));
  }

  private String quoted(int from, int to) {
    return quote(data, end - 1, from, to);
  }

  /**
   * Quotes bytes as Go's {@code %q} does: what is no UTF-8 becomes {@code \xNN}.
   *
   * @param length where a line feed is to be thought
   */
  static String quote(byte[] data, int length, int from, int to) {
    int last = Math.min(to, from + MAX_QUOTED);
    byte[] text = Arrays.copyOfRange(data, from, Math.min(last, length));
    if (last > length) {
      text = Arrays.copyOf(text, text.length + 1);
      text[text.length - 1] = '\n';
    }
    StringBuilder out = new StringBuilder("\"");
    int i = 0;
    while (i < text.length) {
      int n = sequence(text, i);
      if (n == 0) {
        out.append(String.format("\\x%02x", text[i] & 0xff));
        i++;
        continue;
      }
      String q = Quoting.quote(new String(text, i, n, StandardCharsets.UTF_8));
      out.append(q, 1, q.length() - 1);
      i += n;
    }
    return out.append('"').toString();
  }

  /** The length of the UTF-8 sequence at {@code i}, 0 when there is none. */
  private static int sequence(byte[] text, int i) {
    int first = text[i] & 0xff;
    int n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return n > 0 && i + n <= text.length && Bytes.isUtf8(text, i, i + n) ? n : 0;
  }
}
