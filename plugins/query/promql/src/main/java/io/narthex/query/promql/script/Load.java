package io.narthex.query.promql.script;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Labels;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PromqlParser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command that loads series.
 *
 * @param step milliseconds between items; the first is at time 0
 * @param series by their labels: of lines for the same series, the last
 */
record Load(long step, Map<Labels, Series> series) implements Command {
  /**
   * What a line loads.
   *
   * @param items one for each step
   * @param starts start timestamps of the items, relative to them; null for none
   */
  record Series(List<Item> items, long @Nullable [] starts) {}

  /**
   * Parses the command.
   *
   * @param line the number of the first line of {@code text}
   */
  static Load parse(List<String> text, int line, PromqlParser parser) throws ScriptException {
    String[] words = text.getFirst().split("\\s+", 2);
    String word = words[0].toLowerCase(Locale.ROOT);
    if (words.length < 2 || !(word.equals("load") || word.equals("load_with_nhcb"))) {
      throw new ScriptException(line, "invalid load command. (load[_with_nhcb] <step:duration>)");
    }
    long step;
    try {
      step = Durations.parseMillis(words[1]);
    } catch (IllegalArgumentException e) {
      throw new ScriptException(
          line, "invalid step definition \"" + words[1] + "\": " + e.getMessage());
    }
    Map<Labels, Series> series = new LinkedHashMap<>();
    StartTimestamps starts = null;
    for (int i = 1; i < text.size(); i++) {
      try {
        if (StartTimestamps.is(text.get(i))) {
          if (starts != null) {
            break;
          }
          starts = StartTimestamps.parse(text.get(i), parser);
        } else {
          SeriesLine parsed = SeriesLine.parse(text.get(i), parser);
          List<Item> items = parsed.items();
          series.put(
              parsed.labels(),
              new Series(items, starts == null ? null : matching(starts, parsed.labels(), items)));
          starts = null;
        }
      } catch (ScriptException e) {
        throw e.at(line + i);
      } catch (ParseException e) {
        throw new ScriptException(line + i, String.valueOf(e.getMessage()));
      }
    }
    if (starts != null) {
      throw new ScriptException(line, "@st line of " + starts.labels() + " has no sample line");
    }
    if (word.equals("load_with_nhcb")) {
      ClassicHistograms.of(series)
          .forEach((labels, items) -> series.putIfAbsent(labels, new Series(items, null)));
    }
    return new Load(step, series);
  }

  private static long[] matching(StartTimestamps starts, Labels labels, List<Item> items)
      throws ScriptException {
    if (!starts.labels().equals(labels)) {
      throw new ScriptException("@st metric does not match the following sample line metric");
    }
    if (starts.offsets().length != items.size()) {
      throw new ScriptException(
          "@st line has "
              + starts.offsets().length
              + " values but sample line has "
              + items.size());
    }
    return starts.offsets();
  }

  /** Puts all samples into a storage. */
  void into(ScriptStorage storage) {
    series.forEach((labels, line) -> {
      for (int i = 0; i < line.items().size(); i++) {
        Item item = line.items().get(i);
        if (!item.omitted()) {
          long time = i * step;
          long[] starts = line.starts();
          long start =
              starts == null || starts[i] == StartTimestamps.UNKNOWN ? 0 : time + starts[i];
          storage.add(labels, time, item, start);
        }
      }
    });
  }
}
