package io.narthex.query.promql.script;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Labels;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PromqlParser;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line that gives the start timestamps of the line below it: {@code name{labels}@st items}.
 *
 * @param labels those of the line below
 * @param offsets milliseconds from each sample's timestamp, mostly negative; {@link #UNKNOWN} where
 *     nothing is said
 */
record StartTimestamps(Labels labels, long[] offsets) {
  /** Stands for a start timestamp that is not known. */
  static final long UNKNOWN = Long.MIN_VALUE;

  private static final String SUFFIX = "@st";

  private static final Pattern ITEM =
      Pattern.compile("([+-]?[0-9][0-9a-wyz]*)(?:([+-])([+-]?[0-9][0-9a-wyz]*))?(?:x([0-9]+))?");

  /** Whether a line of a load is one of these. */
  static boolean is(String line) {
    return line.substring(0, metricEnd(line)).endsWith(SUFFIX);
  }

  static StartTimestamps parse(String line, PromqlParser parser) throws ScriptException {
    int end = metricEnd(line);
    Labels labels;
    try {
      labels = parser.parseMetric(line.substring(0, end - SUFFIX.length()));
    } catch (ParseException e) {
      throw new ScriptException(String.valueOf(e.getMessage()));
    }
    long[] offsets = new long[16];
    int n = 0;
    for (String item : line.substring(end).trim().split("\\s+")) {
      long offset = UNKNOWN;
      long step = 0;
      int count;
      if (item.startsWith("_")) {
        count = omitted(item);
      } else {
        Matcher parts = ITEM.matcher(item);
        if (!parts.matches() || (parts.group(2) != null && parts.group(4) == null)) {
          throw new ScriptException("not a start timestamp: \"" + item + "\"");
        }
        offset = duration(parts.group(1));
        if (parts.group(2) != null) {
          step = duration(parts.group(3)) * (parts.group(2).equals("-") ? -1 : 1);
        }
        count = parts.group(4) == null ? 1 : Numbers.repetitions(parts.group(4)) + 1;
      }
      if (n + count > offsets.length) {
        offsets = Arrays.copyOf(offsets, Math.max(n + count, 2 * n));
      }
      for (int i = 0; i < count; i++) {
        offsets[n++] = offset;
        offset += step;
      }
    }
    return new StartTimestamps(labels, Arrays.copyOf(offsets, n));
  }

  /** How many steps {@code _} or {@code _xN} leaves out. */
  private static int omitted(String token) throws ScriptException {
    if (token.equals("_")) {
      return 1;
    }
    int n = token.startsWith("_x") ? Numbers.repetitions(token.substring(2)) : 0;
    if (n == 0) {
      throw new ScriptException("got \"" + token + "\", want _ or _xN with N from 1");
    }
    return n;
  }

  /** The first blank that is in no string, or the end. */
  private static int metricEnd(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '"' || c == '\'' || c == '`') {
        quote = c;
      } else if (Character.isWhitespace(c)) {
        return i;
      }
    }
    return line.length();
  }

  private static long duration(String text) throws ScriptException {
    boolean signed = text.startsWith("-") || text.startsWith("+");
    try {
      long size = Durations.parseMillis(signed ? text.substring(1) : text);
      return text.startsWith("-") ? -size : size;
    } catch (IllegalArgumentException e) {
      throw new ScriptException(String.valueOf(e.getMessage()));
    }
  }
}
