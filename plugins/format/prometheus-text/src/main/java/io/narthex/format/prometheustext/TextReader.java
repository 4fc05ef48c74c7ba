package io.narthex.format.prometheustext;

import io.narthex.api.format.ByteScan;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.format.FloatText;
import io.narthex.api.format.SeriesLabels;
import io.narthex.api.format.SeriesLexer;
import io.narthex.api.format.SeriesLexer.Token;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import java.util.List;

/**
 * Reads a text exposition in place, allocating nothing for a sample.
 *
 * <p>A series' text is only searched for its end here, which is enough for one that is known
 * already. {@link SeriesLexer} looks closely at new ones, and at every line that the quick look
 * does not understand.
 */
final class TextReader implements ExpositionReader {
  private final byte[] data;
  private final int length;
  private final boolean quick;
  private final FloatText number = new FloatText();
  private final SeriesLexer lexer;
  private final SeriesLabels labels;
  private int at;

  TextReader(byte[] data, int length, ExpositionOptions options) {
    this(data, length, options, true);
  }

  /**
   * Makes a reader.
   *
   * @param quick whether it has the quick look; a test compares it with one that has not
   */
  TextReader(byte[] data, int length, ExpositionOptions options, boolean quick) {
    this.data = data;
    this.length = length;
    this.quick = quick;
    this.lexer = new SeriesLexer(data, length, SeriesLexer.Dialect.PROMETHEUS_TEXT);
    this.labels = new SeriesLabels(data, options);
  }

  @Override
  public int read(ExpositionBatch batch) throws ExpositionException {
    byte[] bytes = data;
    int end = length;
    int n = 0;
    int capacity = batch.capacity();
    batch.keys = bytes;
    batch.size = 0;
    int i = at;
    while (n < capacity) {
      int lineStart = i;
      while (i < end && ByteScan.isBlank(bytes[i])) {
        i++;
      }
      if (i >= end || bytes[i] == 0) {
        i = end;
        break;
      }
      byte c = bytes[i];
      if (c == '\n') {
        i++;
      } else if (c == '#') {
        i = comments(batch, lineStart, i);
      } else {
        i = quick ? quickly(batch, n, i) : -1;
        if (i < 0) {
          i = closely(batch, n, lineStart);
        }
        n++;
      }
    }
    at = i;
    batch.size = n;
    return n;
  }

  /**
   * Reads the sample of a line into slot {@code n} and returns where the next line begins; −1 when
   * it does not understand the line.
   */
  private int quickly(ExpositionBatch batch, int n, int from) {
    byte[] bytes = data;
    int end = length;
    int i = from;
    if (bytes[i] != '{' && !ByteScan.isMetricStart(bytes[i])) {
      return -1;
    }
    // Whether all of it may stand in a name is seen when the series is new. What cannot, and is no
    // less than a digit, cannot begin a number either: the line has no other meaning.
    i = ByteScan.nameEnd(bytes, i, end);
    int keyEnd = i;
    while (i < end && ByteScan.isBlank(bytes[i])) {
      i++;
    }
    boolean labelled = i < end && bytes[i] == '{';
    if (labelled) {
      i = ByteScan.closingBrace(bytes, i + 1, end) + 1;
      if (i == 0) {
        return -1;
      }
      keyEnd = i;
      while (i < end && ByteScan.isBlank(bytes[i])) {
        i++;
      }
    }
    if (i == keyEnd && !labelled) {
      return -1;
    }
    int valueFrom = i;
    while (i < end && (bytes[i] > ' ' || bytes[i] < 0) && bytes[i] != '{') {
      i++;
    }
    if (i == valueFrom || number.read(bytes, valueFrom, i) != FloatText.Outcome.OK) {
      return -1;
    }
    batch.values[n] = number.value();
    while (i < end && ByteScan.isBlank(bytes[i])) {
      i++;
    }
    batch.hasTimestamp[n] = false;
    if (i < end && bytes[i] != '\n') {
      i = timestamp(batch, n, i);
      if (i < 0) {
        return -1;
      }
    }
    batch.setSeries(n, from, keyEnd);
    return i + 1;
  }

  /** Reads a timestamp and returns where the line ends; −1 when it is not in the usual form. */
  private int timestamp(ExpositionBatch batch, int n, int from) {
    int i = from;
    long timestamp = 0;
    while (i < length && data[i] >= '0' && data[i] <= '9') {
      timestamp = 10 * timestamp + data[i] - '0';
      i++;
    }
    if (i == from || i - from > 18) {
      return -1;
    }
    while (i < length && ByteScan.isBlank(data[i])) {
      i++;
    }
    if (i < length && data[i] != '\n') {
      return -1;
    }
    batch.timestamps[n] = timestamp;
    batch.hasTimestamp[n] = true;
    return i;
  }

  /** As {@link #quickly}, for all that may stand in a line, which blanks may begin. */
  private int closely(ExpositionBatch batch, int n, int lineStart) throws ExpositionException {
    lexer.begin(lineStart);
    lexer.expectValue(lexer.series(), "metric");
    batch.values[n] = lexer.number();
    batch.hasTimestamp[n] = false;
    Token token = lexer.next();
    if (token == Token.TIMESTAMP) {
      batch.timestamps[n] = lexer.integer();
      batch.hasTimestamp[n] = true;
      token = lexer.next();
      if (token != Token.LINEBREAK) {
        throw lexer.unexpected("expected next entry after timestamp", token);
      }
    } else if (token != Token.LINEBREAK) {
      throw lexer.unexpected("expected timestamp or new record", token);
    }
    batch.setSeries(n, lexer.seriesStart(), lexer.seriesEnd());
    return lexer.tokenEnd();
  }

  /**
   * Reads lines that begin with a hash, of which the first one's is at {@code from}, and returns
   * where the line after them begins.
   */
  private int comments(ExpositionBatch batch, int lineStart, int from) throws ExpositionException {
    int to = from;
    while (to < length && data[to] == '#') {
      to = Math.min(length, ByteScan.lineFeed(data, to, length) + 1);
    }
    if (batch.addKnownMetadata(data, from, to)) {
      return to;
    }
    batch.beginMetadata();
    int line = lineStart;
    int i = from;
    // A name in quotes may go over line feeds, so that the lines end later than they seemed to.
    while (i < to) {
      i = comment(batch, line, i);
      line = i;
    }
    if (i == to) {
      batch.rememberMetadata(data, from, to);
    }
    return i;
  }

  /** Reads a comment, which may be metadata, and returns where the next line begins. */
  private int comment(ExpositionBatch batch, int lineStart, int from) throws ExpositionException {
    int lineEnd = ByteScan.lineFeed(data, from, length);
    int i = from + 1;
    while (i < lineEnd && ByteScan.isBlank(data[i])) {
      i++;
    }
    if (i == from + 1 || lineEnd - i < 5 || !ByteScan.isBlank(data[i + 4])) {
      return Math.min(length, lineEnd + 1);
    }
    boolean help = data[i] == 'H' && data[i + 1] == 'E' && data[i + 2] == 'L' && data[i + 3] == 'P';
    boolean type = data[i] == 'T' && data[i + 1] == 'Y' && data[i + 2] == 'P' && data[i + 3] == 'E';
    if (!help && !type) {
      return Math.min(length, lineEnd + 1);
    }
    i += 4;
    while (i < lineEnd && ByteScan.isBlank(data[i])) {
      i++;
    }
    int nameFrom = i;
    boolean quoted = i < lineEnd && data[i] == '"';
    boolean named;
    if (quoted) {
      i = quotedName(i + 1);
      named = i < length && data[i] == '"';
      i += named ? 1 : 0;
    } else {
      named = i < lineEnd && ByteScan.isMetricStart(data[i]);
      while (named && i < lineEnd && ByteScan.isMetricPart(data[i])) {
        i++;
      }
    }
    if (!named) {
      throw new ExpositionException(
          "expected metric name after "
              + (help ? "HELP" : "TYPE")
              + ", got "
              + quotedLine(nameFrom, i + 1)
              + " (\"INVALID\") while parsing: "
              + quotedLine(lineStart, i + 1));
    }
    lineEnd = ByteScan.lineFeed(data, i, length);
    int nameTo = quoted ? i - 1 : i;
    nameFrom = quoted ? nameFrom + 1 : nameFrom;
    // The text begins after one blank; a rest of blanks alone is none.
    int textFrom = Math.min(i + 1, lineEnd);
    int blanks = i;
    while (blanks < lineEnd && ByteScan.isBlank(data[blanks])) {
      blanks++;
    }
    if (blanks == lineEnd) {
      textFrom = lineEnd;
    }
    String name = ByteScan.unescaped(data, nameFrom, nameTo, true);
    if (type) {
      batch.addMetadata(name, type(textFrom, lineEnd), null, null);
    } else {
      if (!ByteScan.isUtf8(data, textFrom, lineEnd)) {
        throw new ExpositionException(
            "help text " + ByteScan.quote(data, textFrom, lineEnd) + " is not a valid utf8 string");
      }
      batch.addMetadata(name, null, ByteScan.unescaped(data, textFrom, lineEnd, false), null);
    }
    return Math.min(length, lineEnd + 1);
  }

  /** Where the quote is that ends a name, or what cannot be in one. */
  private int quotedName(int from) {
    int i = from;
    while (i < length && data[i] != '"' && data[i] != 0) {
      if (data[i] == '\\') {
        i++;
        if (i < length && (data[i] == '\n' || data[i] == 0)) {
          return i;
        }
      }
      i++;
    }
    return Math.min(i, length);
  }

  /** Quotes the text as if a line feed followed it. */
  private String quotedLine(int from, int to) {
    if (to <= length) {
      return ByteScan.quote(data, from, to);
    }
    String quoted = ByteScan.quote(data, from, length);
    return quoted.substring(0, quoted.length() - 1) + "\\n\"";
  }

  private MetricType type(int from, int to) throws ExpositionException {
    return switch (ByteScan.text(data, from, to)) {
      case "counter" -> MetricType.COUNTER;
      case "gauge" -> MetricType.GAUGE;
      case "histogram" -> MetricType.HISTOGRAM;
      case "summary" -> MetricType.SUMMARY;
      case "untyped" -> MetricType.UNKNOWN;
      default ->
          throw new ExpositionException("invalid metric type " + ByteScan.quote(data, from, to));
    };
  }

  @Override
  public Labels labels(ExpositionBatch batch, int sample) throws ExpositionException {
    readSeries(batch, sample);
    return labels.labels(lexer, batch, batch.familyIndexes[sample]);
  }

  @Override
  public List<String> emptyLabels(ExpositionBatch batch, int sample) throws ExpositionException {
    readSeries(batch, sample);
    return labels.emptyLabels(lexer);
  }

  private void readSeries(ExpositionBatch batch, int sample) throws ExpositionException {
    int from = batch.keyOffsets[sample];
    // Messages show the line from its begin on.
    while (from > 0 && ByteScan.isBlank(data[from - 1])) {
      from--;
    }
    lexer.begin(from);
    lexer.expectValue(lexer.series(), "metric");
    if (lexer.seriesEnd() != batch.keyOffsets[sample] + batch.keyLengths[sample]) {
      // The name ends earlier than it seemed to; then what follows is no number.
      lexer.number();
    }
  }

  /** The format has no exemplars. */
  @Override
  public List<Exemplar> exemplars(ExpositionBatch batch, int sample) {
    return List.of();
  }
}
