package io.narthex.format.prometheustext;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text exposition in place, allocating nothing for a sample.
 *
 * <p>A series' text is only searched for its end here, which is enough for one that is known
 * already. {@link SeriesParser} looks closely at new ones, and at every line that the quick look
 * does not understand.
 */
final class TextReader implements ExpositionReader {
  private final byte[] data;
  private final int length;
  private final ExpositionOptions options;
  private final Numbers numbers = new Numbers();
  private int at;

  TextReader(byte[] data, int length, ExpositionOptions options) {
    this.data = data;
    this.length = length;
    this.options = options;
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
      while (i < end && Bytes.isBlank(bytes[i])) {
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
        i = comment(batch, lineStart, i);
      } else {
        i = sample(batch, n, lineStart, i);
        n++;
      }
    }
    at = i;
    batch.size = n;
    return n;
  }

  /** Reads a sample at {@code from} into slot {@code n} and returns where the next line begins. */
  private int sample(ExpositionBatch batch, int n, int lineStart, int from)
      throws ExpositionException {
    byte[] bytes = data;
    int end = length;
    int i = from;
    while (i < end && Bytes.is(bytes[i], Bytes.NAME)) {
      i++;
    }
    int keyEnd = i;
    while (i < end && Bytes.isBlank(bytes[i])) {
      i++;
    }
    if (i < end && bytes[i] == '{') {
      i = closingBrace(i + 1);
      if (i < 0) {
        throw malformed(lineStart);
      }
      keyEnd = ++i;
      while (i < end && Bytes.isBlank(bytes[i])) {
        i++;
      }
    }
    if (keyEnd == from || (bytes[from] >= '0' && bytes[from] <= '9')) {
      throw malformed(lineStart);
    }
    int valueFrom = i;
    while (i < end && (bytes[i] > ' ' || bytes[i] < 0) && bytes[i] != '{') {
      i++;
    }
    if (i == valueFrom || numbers.read(bytes, valueFrom, i) != Numbers.Outcome.OK) {
      throw malformed(lineStart);
    }
    batch.values[n] = numbers.value;
    while (i < end && Bytes.isBlank(bytes[i])) {
      i++;
    }
    batch.hasTimestamp[n] = false;
    if (i < end && bytes[i] != '\n') {
      i = timestamp(batch, n, lineStart, i);
    }
    batch.keyOffsets[n] = from;
    batch.keyLengths[n] = keyEnd - from;
    batch.keyHashes[n] = Bytes.hash(bytes, from, keyEnd - from);
    batch.startTimestamps[n] = 0;
    batch.histograms[n] = null;
    batch.hasExemplars[n] = false;
    batch.familyIndexes[n] = batch.families.size() - 1;
    return i + 1;
  }

  /** Reads a timestamp and returns where the line ends. */
  private int timestamp(ExpositionBatch batch, int n, int lineStart, int from)
      throws ExpositionException {
    int i = from;
    long timestamp = 0;
    while (i < length && data[i] >= '0' && data[i] <= '9') {
      int digit = data[i] - '0';
      if (timestamp > (Long.MAX_VALUE - digit) / 10) {
        throw malformed(lineStart);
      }
      timestamp = 10 * timestamp + digit;
      i++;
    }
    if (i == from) {
      throw malformed(lineStart);
    }
    while (i < length && Bytes.isBlank(data[i])) {
      i++;
    }
    if (i < length && data[i] != '\n') {
      throw malformed(lineStart);
    }
    batch.timestamps[n] = timestamp;
    batch.hasTimestamp[n] = true;
    return i;
  }

  /** The position of the brace that closes the labels, −1 when a line ends before. */
  private int closingBrace(int from) {
    byte[] bytes = data;
    int end = length;
    int i = from;
    while (i < end) {
      byte c = bytes[i];
      if (c == '}') {
        return i;
      }
      if (c == '\n') {
        return -1;
      }
      i++;
      if (c == '"') {
        while (true) {
          i = Bytes.quoteOrBackslash(bytes, i, end);
          if (i >= end) {
            return -1;
          }
          if (bytes[i] == '"') {
            i++;
            break;
          }
          i += 2;
        }
      }
    }
    return -1;
  }

  /** What is wrong with a line. */
  private ExpositionException malformed(int lineStart) {
    try {
      new SeriesParser(data, length, lineStart).checkLine();
    } catch (ExpositionException e) {
      return e;
    }
    // Not reached as long as the quick look takes all that the close one takes.
    return new ExpositionException(
        "cannot read a line: "
            + SeriesParser.quote(data, length, lineStart, Bytes.lineFeed(data, lineStart, length)));
  }

  /** Reads a comment, which may be metadata, and returns where the next line begins. */
  private int comment(ExpositionBatch batch, int lineStart, int from) throws ExpositionException {
    int lineEnd = Bytes.lineFeed(data, from, length);
    int i = from + 1;
    while (i < lineEnd && Bytes.isBlank(data[i])) {
      i++;
    }
    if (i == from + 1 || lineEnd - i < 5 || !Bytes.isBlank(data[i + 4])) {
      return lineEnd + 1;
    }
    boolean help = data[i] == 'H' && data[i + 1] == 'E' && data[i + 2] == 'L' && data[i + 3] == 'P';
    boolean type = data[i] == 'T' && data[i + 1] == 'Y' && data[i + 2] == 'P' && data[i + 3] == 'E';
    if (!help && !type) {
      return lineEnd + 1;
    }
    i += 4;
    while (i < lineEnd && Bytes.isBlank(data[i])) {
      i++;
    }
    int nameFrom = i;
    int nameTo;
    boolean quoted = i < lineEnd && data[i] == '"';
    if (quoted) {
      i = closingQuote(i + 1, lineEnd);
    } else if (i < lineEnd && Bytes.is(data[i], Bytes.NAME_START)) {
      while (i < lineEnd && Bytes.is(data[i], Bytes.NAME)) {
        i++;
      }
    }
    if (i == nameFrom || i < 0) {
      int shown = i < 0 ? lineEnd + 1 : nameFrom + 1;
      throw new ExpositionException(
          "expected metric name after "
              + (help ? "HELP" : "TYPE")
              + ", got "
              + SeriesParser.quote(data, length, nameFrom, shown)
              + " (\"INVALID\") while parsing: "
              + SeriesParser.quote(data, length, lineStart, shown));
    }
    nameTo = quoted ? i - 1 : i;
    nameFrom = quoted ? nameFrom + 1 : nameFrom;
    // The text begins after one blank; a rest of blanks alone is none.
    int textFrom = Math.min(i + 1, lineEnd);
    int blanks = i;
    while (blanks < lineEnd && Bytes.isBlank(data[blanks])) {
      blanks++;
    }
    if (blanks == lineEnd) {
      textFrom = lineEnd;
    }
    String name =
        unescape(new String(data, nameFrom, nameTo - nameFrom, StandardCharsets.UTF_8), true);
    if (type) {
      addType(batch, name, type(textFrom, lineEnd));
    } else {
      if (!Bytes.isUtf8(data, textFrom, lineEnd)) {
        throw new ExpositionException(
            "help text "
                + SeriesParser.quote(data, length, textFrom, lineEnd)
                + " is not a valid utf8 string");
      }
      addHelp(
          batch,
          name,
          unescape(new String(data, textFrom, lineEnd - textFrom, StandardCharsets.UTF_8), false));
    }
    return lineEnd + 1;
  }

  /** One after the quote that ends a string, −1 when there is none. */
  private int closingQuote(int from, int end) {
    int i = from;
    while (true) {
      i = Bytes.quoteOrBackslash(data, i, end);
      if (i >= end) {
        return -1;
      }
      if (data[i] == '"') {
        return i + 1;
      }
      i += 2;
    }
  }

  private MetricType type(int from, int to) throws ExpositionException {
    String text = new String(data, from, to - from, StandardCharsets.UTF_8);
    return switch (text) {
      case "counter" -> MetricType.COUNTER;
      case "gauge" -> MetricType.GAUGE;
      case "histogram" -> MetricType.HISTOGRAM;
      case "summary" -> MetricType.SUMMARY;
      case "untyped" -> MetricType.UNKNOWN;
      default ->
          throw new ExpositionException(
              "invalid metric type " + SeriesParser.quote(data, length, from, to));
    };
  }

  private static void addType(ExpositionBatch batch, String name, MetricType type) {
    ExpositionBatch.Family last = last(batch, name);
    if (last == null) {
      batch.families.add(new ExpositionBatch.Family(name, type, null, null));
    } else {
      batch.families.set(
          batch.families.size() - 1, new ExpositionBatch.Family(name, type, last.help(), null));
    }
  }

  private static void addHelp(ExpositionBatch batch, String name, String help) {
    ExpositionBatch.Family last = last(batch, name);
    if (last == null) {
      batch.families.add(new ExpositionBatch.Family(name, null, help, null));
    } else {
      batch.families.set(
          batch.families.size() - 1, new ExpositionBatch.Family(name, last.type(), help, null));
    }
  }

  private static ExpositionBatch.@Nullable Family last(ExpositionBatch batch, String name) {
    if (batch.families.isEmpty()) {
      return null;
    }
    ExpositionBatch.Family last = batch.families.getLast();
    return last.name().equals(name) ? last : null;
  }

  @Override
  public Labels labels(ExpositionBatch batch, int sample) throws ExpositionException {
    SeriesParser series = new SeriesParser(data, length, batch.keyOffsets[sample]);
    series.series();
    if (series.nameFrom < 0) {
      // The message shows the line as far as it has been read, which is up to the value.
      throw malformed(batch.keyOffsets[sample]);
    }
    String metric = text(series.nameFrom, series.nameTo, "metric name");
    Family family = family(batch, batch.familyIndexes[sample]);
    Labels.Builder labels = Labels.builder();
    if (!metric.isEmpty()) {
      labels.set(LabelNames.METRIC_NAME, metric);
    }
    boolean typed =
        options.typeAndUnitLabels()
            && family.type != MetricType.UNKNOWN
            && partOf(metric, family.typedName, family.type);
    if (typed) {
      labels.set("__type__", family.type.text());
    }
    for (int i = 0; i < 4 * series.labelCount; i += 4) {
      String name = text(series.labels[i], series.labels[i + 1], "label name");
      String value = text(series.labels[i + 2], series.labels[i + 3], "label value");
      if (name.isEmpty()) {
        throw new ExpositionException(
            "invalid metric name or label names: " + labels.build() + " and an empty one");
      }
      if (typed && name.equals("__type__")) {
        continue;
      }
      if (labels.has(name)) {
        throw new ExpositionException(
            "label name " + Quoting.quote(name) + " is not unique: invalid sample");
      }
      boolean number =
          family.type == MetricType.HISTOGRAM
              ? name.equals(LabelNames.BUCKET)
              : family.type == MetricType.SUMMARY && name.equals(LabelNames.QUANTILE);
      labels.set(name, number ? Numbers.canonical(value) : value);
    }
    return labels.build();
  }

  /** The type that was exposed last, and of which family. */
  private record Family(MetricType type, String typedName) {}

  private static Family family(ExpositionBatch batch, int index) {
    for (int i = index; i >= 0; i--) {
      ExpositionBatch.Family f = batch.families.get(i);
      MetricType type = f.type();
      if (type != null) {
        return new Family(type, f.name());
      }
    }
    return new Family(MetricType.UNKNOWN, "");
  }

  /** Whether a series of this name can belong to a family. */
  private static boolean partOf(String metric, String family, MetricType type) {
    return switch (type) {
      case COUNTER -> cut(metric, "_total").equals(cut(family, "_total"));
      case HISTOGRAM -> cut(metric, "_bucket", "_sum", "_count").equals(family);
      case SUMMARY -> cut(metric, "_sum", "_count").equals(family);
      case GAUGE, GAUGE_HISTOGRAM, INFO, STATESET, UNKNOWN -> metric.equals(family);
    };
  }

  private static String cut(String name, String... suffixes) {
    for (String suffix : suffixes) {
      if (name.endsWith(suffix)) {
        return name.substring(0, name.length() - suffix.length());
      }
    }
    return name;
  }

  private String text(int from, int to, String what) throws ExpositionException {
    if (!Bytes.isUtf8(data, from, to)) {
      throw new ExpositionException(
          "invalid UTF-8 " + what + ": " + SeriesParser.quote(data, length, from, to));
    }
    return unescape(new String(data, from, to - from, StandardCharsets.UTF_8), true);
  }

  /** Undoes {@code \\}, {@code \n} and, where quotes are escaped, {@code \"}; others stay. */
  private static String unescape(String text, boolean quotes) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char next = c == '\\' && i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (next == '\\' || next == 'n' || (quotes && next == '"')) {
        out.append(next == 'n' ? '\n' : next);
        i++;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** The format has no exemplars. */
  @Override
  public List<Exemplar> exemplars(ExpositionBatch batch, int sample) {
    return List.of();
  }
}
