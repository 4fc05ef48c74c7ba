package io.narthex.format.openmetrics;

import io.narthex.api.format.ByteScan;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.format.FloatText;
import io.narthex.api.format.SeriesLabels;
import io.narthex.api.format.SeriesLexer;
import io.narthex.api.format.SeriesLexer.Token;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an OpenMetrics exposition in place, allocating nothing for a sample.
 *
 * <p>A line has two readers. The quick one looks for the end of the series' text, which is enough
 * for one that is known already, and takes the usual forms of value, timestamp and exemplar; it
 * either understands a line wholly or leaves it alone. The close one is {@link SeriesLexer}, which
 * reads what the quick one has left, with Prometheus's messages, and takes the text of new series
 * apart.
 */
final class OpenMetricsReader implements ExpositionReader {
  private final byte[] data;
  private final int length;
  private final boolean quick;
  private final boolean startTimestamps;
  private final FloatText number = new FloatText();
  private final SeriesLexer lexer;
  private final SeriesLabels labels;
  private final CreatedSeries created;

  /** Where the next line begins. */
  private int at;

  private boolean ended;

  /** What is wrong with the rest of a line of which the sample counts. */
  private @Nullable ExpositionException broken;

  OpenMetricsReader(byte[] data, int length, ExpositionOptions options) {
    this(data, length, options, true);
  }

  /**
   * Makes a reader.
   *
   * @param quick whether it has the quick look; a test compares it with one that has not
   */
  OpenMetricsReader(byte[] data, int length, ExpositionOptions options, boolean quick) {
    this.data = data;
    this.length = length;
    this.quick = quick;
    this.startTimestamps = options.startTimestamps();
    this.lexer = new SeriesLexer(data, length, SeriesLexer.Dialect.OPENMETRICS);
    this.labels = new SeriesLabels(data, options);
    this.created = new CreatedSeries(data, length, lexer);
  }

  @Override
  public int read(ExpositionBatch batch) throws ExpositionException {
    batch.keys = data;
    batch.size = 0;
    int n = 0;
    int i = at;
    while (n < batch.capacity() && !ended) {
      if (broken != null) {
        throw broken;
      }
      if (i >= length) {
        throw new ExpositionException(SeriesLexer.NO_END);
      }
      if (data[i] == '#') {
        i = metadata(batch, i);
        continue;
      }
      int line = i;
      i = quick ? quickly(batch, n, line) : -1;
      if (i < 0) {
        i = closely(batch, n, line);
      }
      if (startTimestamps && created.isPossible()) {
        if (created.isCreated(batch, n)) {
          check(batch, n);
          continue;
        }
        batch.startTimestamps[n] = created.of(batch, n);
      }
      n++;
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
    // Whether all of it may stand in a name is seen when the series is new.
    i = ByteScan.nameEnd(bytes, i, end);
    if (i < end && bytes[i] == '{') {
      i = ByteScan.closingBrace(bytes, i + 1, end) + 1;
      if (i == 0) {
        return -1;
      }
    }
    int keyEnd = i;
    if (i >= end || bytes[i] != ' ') {
      return -1;
    }
    i = numberEnd(i + 1);
    if (i < 0) {
      return -1;
    }
    batch.values[n] = number.value();
    batch.setSeries(n, from, keyEnd);
    batch.hasTimestamp[n] = false;
    if (bytes[i] == ' ' && i + 1 < end && bytes[i + 1] != '#') {
      i = numberEnd(i + 1);
      if (i < 0 || !Double.isFinite(number.value())) {
        return -1;
      }
      batch.timestamps[n] = FloatText.millis(number.value());
      batch.hasTimestamp[n] = true;
    }
    if (bytes[i] == ' ') {
      i = exemplarEnd(i);
      if (i < 0) {
        return -1;
      }
      batch.hasExemplars[n] = true;
    }
    return i + 1;
  }

  /**
   * Reads a number and returns where it ends, at a space or a line feed; −1 when it is none, or
   * ends in another way.
   */
  private int numberEnd(int from) {
    int i = from;
    while (i < length && (data[i] > ' ' || data[i] < 0)) {
      i++;
    }
    boolean ends = i < length && (data[i] == ' ' || data[i] == '\n');
    return ends && number.read(data, from, i) == FloatText.Outcome.OK ? i : -1;
  }

  /**
   * Checks an exemplar that begins with the space at {@code from} and returns where the line ends;
   * −1 when it is not in the usual form.
   */
  private int exemplarEnd(int from) {
    byte[] bytes = data;
    int end = length;
    if (from + 4 >= end
        || bytes[from + 1] != '#'
        || bytes[from + 2] != ' '
        || bytes[from + 3] != '{') {
      return -1;
    }
    int i = usualLabelsEnd(from + 4);
    if (i < 0 || i >= end || bytes[i] != ' ') {
      return -1;
    }
    i = numberEnd(i + 1);
    if (i >= 0 && bytes[i] == ' ') {
      i = numberEnd(i + 1);
      if (i < 0 || !Double.isFinite(number.value())) {
        return -1;
      }
    }
    return i >= 0 && bytes[i] == '\n' ? i : -1;
  }

  /**
   * Checks labels from behind their brace and returns where they end, behind the other one; −1 when
   * they are not in the usual form.
   */
  private int usualLabelsEnd(int from) {
    byte[] bytes = data;
    int end = length;
    int i = from;
    while (i < end && bytes[i] != '}') {
      if (!ByteScan.isLabelStart(bytes[i])) {
        return -1;
      }
      while (i < end && ByteScan.isLabelPart(bytes[i])) {
        i++;
      }
      if (i + 1 >= end || bytes[i] != '=' || bytes[i + 1] != '"') {
        return -1;
      }
      i += 2;
      while (i < end && bytes[i] != '"') {
        // Line feeds, bytes that may be no UTF-8, and escapes are for the close look.
        if (bytes[i] < ' ' || bytes[i] == '\\') {
          return -1;
        }
        i++;
      }
      i++;
      if (i < end && bytes[i] == ',') {
        i++;
      } else if (i < end && bytes[i] != '}') {
        return -1;
      }
    }
    return i < end ? i + 1 : -1;
  }

  /** Looks closely at a series that nobody will ask the labels of. */
  private void check(ExpositionBatch batch, int n) throws ExpositionException {
    int from = batch.keyOffsets[n];
    int to = from + batch.keyLengths[n];
    int i = from;
    while (i < to && ByteScan.isMetricPart(data[i])) {
      i++;
    }
    if (i < to && (i == from || data[i] != '{' || usualLabelsEnd(i + 1) != to)) {
      lexer.begin(from);
      lexer.expectValue(lexer.series(), "metric");
    }
  }

  /** As {@link #quickly}, for all that may stand in a line. */
  private int closely(ExpositionBatch batch, int n, int from) throws ExpositionException {
    lexer.begin(from);
    Token token = lexer.series();
    batch.setSeries(n, from, lexer.seriesEnd());
    lexer.expectValue(token, "metric");
    batch.values[n] = lexer.number();
    batch.hasTimestamp[n] = false;
    token = lexer.next();
    if (token == Token.TIMESTAMP) {
      batch.timestamps[n] = lexer.millis("timestamp");
      batch.hasTimestamp[n] = true;
      token = lexer.next();
      if (token != Token.LINEBREAK && token != Token.COMMENT) {
        throw lexer.unexpected("expected next entry after timestamp", token);
      }
    }
    switch (token) {
      case LINEBREAK -> {}
      case COMMENT -> {
        lexer.exemplarLabels();
        lexer.exemplar(Labels.empty());
        batch.hasExemplars[n] = true;
      }
      case EOF -> throw new ExpositionException(SeriesLexer.NO_END);
      default -> {
        // Upstream takes the sample, and stumbles over the rest of the line as if it were the next
        // one.
        lexer.beginHere();
        token = lexer.next();
        broken =
            token == Token.EOF
                ? new ExpositionException(SeriesLexer.NO_END)
                : lexer.unexpected("expected a valid start token", token);
      }
    }
    return lexer.tokenEnd();
  }

  /**
   * Reads lines that begin with a hash: metadata, or the end. Returns where the line after them
   * begins.
   */
  private int metadata(ExpositionBatch batch, int from) throws ExpositionException {
    int to = from;
    while (to < length && data[to] == '#' && !isEnd(to)) {
      to = Math.min(length, ByteScan.lineFeed(data, to, length) + 1);
    }
    int i = from;
    if (to > from && batch.addKnownMetadata(data, from, to)) {
      i = to;
    } else {
      batch.beginMetadata();
      // A name in quotes may go over line feeds, so that the lines end later than they seemed to.
      while (i < to) {
        i = metadataLine(batch, i);
      }
      if (i == to && to > from) {
        batch.rememberMetadata(data, from, to);
      }
    }
    if (startTimestamps && i > from) {
      Family typed = labels.typed(batch, batch.families.size() - 1);
      created.begin(from, i, typed == null ? null : typed.type());
    }
    if (isEnd(i)) {
      end(i);
    }
    return i;
  }

  private boolean isEnd(int line) {
    return line + 4 < length
        && data[line + 1] == ' '
        && data[line + 2] == 'E'
        && data[line + 3] == 'O'
        && data[line + 4] == 'F';
  }

  private void end(int line) throws ExpositionException {
    lexer.begin(line);
    lexer.next();
    if (lexer.next() != Token.EOF) {
      throw new ExpositionException("unexpected data after # EOF");
    }
    ended = true;
  }

  private int metadataLine(ExpositionBatch batch, int from) throws ExpositionException {
    lexer.begin(from);
    Token keyword = lexer.next();
    lexer.metadata(keyword);
    int textFrom = lexer.tokenStart() + 1;
    int textTo = lexer.tokenEnd() - 1;
    String name = ByteScan.unescaped(data, lexer.nameStart(), lexer.nameEnd(), true);
    switch (keyword) {
      case TYPE -> batch.addMetadata(name, lexer.metricType(), null, null);
      case HELP ->
          batch.addMetadata(name, null, ByteScan.unescaped(data, textFrom, textTo, true), null);
      default -> batch.addMetadata(name, null, null, ByteScan.text(data, textFrom, textTo));
    }
    return lexer.tokenEnd();
  }

  @Override
  public Labels labels(ExpositionBatch batch, int sample) throws ExpositionException {
    series(batch, sample);
    return labels.labels(lexer, batch, batch.familyIndexes[sample]);
  }

  @Override
  public List<String> emptyLabels(ExpositionBatch batch, int sample) throws ExpositionException {
    series(batch, sample);
    return labels.emptyLabels(lexer);
  }

  /** Takes the series of a sample apart, up to its value. */
  private void series(ExpositionBatch batch, int sample) throws ExpositionException {
    lexer.begin(batch.keyOffsets[sample]);
    lexer.expectValue(lexer.series(), "metric");
  }

  /** At most one. */
  @Override
  public List<Exemplar> exemplars(ExpositionBatch batch, int sample) throws ExpositionException {
    if (!batch.hasExemplars[sample]) {
      return List.of();
    }
    series(batch, sample);
    Token token = lexer.next();
    if (token == Token.TIMESTAMP) {
      token = lexer.next();
    }
    if (token != Token.COMMENT) {
      throw lexer.unexpected("expected timestamp or comment", token);
    }
    lexer.exemplarLabels();
    return List.of(lexer.exemplar(labels.exemplarLabels(lexer)));
  }
}
