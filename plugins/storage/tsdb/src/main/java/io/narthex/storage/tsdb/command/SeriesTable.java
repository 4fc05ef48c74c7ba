package io.narthex.storage.tsdb.command;

import io.narthex.api.format.FloatText;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The series of an input: the texts that stand for them in it, and their labels. Texts that differ
 * only in the order of labels, in commas or escapes stand for one series. Not safe for several
 * threads.
 */
final class SeriesTable {
  static final byte[] METRIC_NAME = ascii("__name__");
  private static final byte[] BUCKET = ascii("le");
  private static final byte[] QUANTILE = ascii("quantile");

  /** A text that stands for one series whatever its family's type. */
  private static final int ALL_MODES = (1 << MetricMode.values().length) - 1;

  /** Labels that each series gets beside its own; sorted by name. */
  private final Map<String, String> extra;

  // Texts. Text n stands in bytes[starts[n] .. starts[n+1]).
  private byte[] bytes = new byte[1 << 14];
  private int[] starts = new int[129];
  private int[] hashes = new int[128];
  private int[] slots = new int[256];
  private int texts;

  /** The modes in which a text stands for its series, a bit for each. */
  private byte[] modes = new byte[128];

  /** The series of a text; below 0: -1 - number of what is wrong with its labels. */
  private int[] series = new int[128];

  /** The text that followed a text when it came last. */
  private int[] followers = new int[128];

  // Labels, as pairs of numbers of strings, sorted by name.
  private final Interner strings = new Interner();
  private int[] labels = new int[512];
  private int labelsUsed;
  private int[] labelStarts = new int[129];
  private int[] seriesSlots = new int[256];
  private int count;

  private final List<String> problems = new ArrayList<>();
  private final FloatText floats = new FloatText();
  private int[] collected = new int[32];

  /** Makes an empty table; {@code extraLabels} replace labels of the same name. */
  SeriesTable(Map<String, String> extraLabels) {
    this.extra = new TreeMap<>(extraLabels);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // --- texts ---

  /** The array in which all texts stand; another one after {@link #add}. */
  byte[] bytes() {
    return bytes;
  }

  int start(int text) {
    return starts[text];
  }

  int length(int text) {
    return starts[text + 1] - starts[text];
  }

  boolean isFor(int text, MetricMode mode) {
    return ((modes[text] >>> mode.ordinal()) & 1) != 0;
  }

  int series(int text) {
    return series[text];
  }

  int follower(int text) {
    return followers[text];
  }

  void setFollower(int text, int follower) {
    followers[text] = follower;
  }

  /** What is wrong with the labels of a text whose {@link #series} is negative. */
  String problem(int negative) {
    return problems.get(-1 - negative);
  }

  /** The text's number; -1 when it has not come yet. */
  int find(byte[] from, int start, int end, MetricMode mode) {
    int hash = (int) ByteHash.of(from, start, end);
    int mask = slots.length - 1;
    for (int slot = hash & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
      int text = slots[slot] - 1;
      if (hashes[text] == hash
          && isFor(text, mode)
          && Arrays.equals(bytes, starts[text], starts[text + 1], from, start, end)) {
        return text;
      }
    }
    return -1;
  }

  /** Adds the text of a series that has just been taken apart, and finds or adds its series. */
  int add(byte[] from, int start, int end, OpenMetricsEntry entry) {
    int length = end - start;
    int used = starts[texts];
    if (bytes.length - used < length) {
      long wanted = Math.max((long) used + length, bytes.length * 3L / 2);
      if (wanted > Integer.MAX_VALUE - 64) {
        throw new IllegalStateException("cannot hold the series: their texts have more than 2 GiB");
      }
      bytes = Arrays.copyOf(bytes, (int) wanted);
    }
    if (texts == hashes.length) {
      int capacity = texts + (texts >> 1);
      starts = Arrays.copyOf(starts, capacity + 1);
      hashes = Arrays.copyOf(hashes, capacity);
      modes = Arrays.copyOf(modes, capacity);
      series = Arrays.copyOf(series, capacity);
      followers = Arrays.copyOf(followers, capacity);
    }
    int text = texts++;
    System.arraycopy(from, start, bytes, used, length);
    starts[text + 1] = used + length;
    hashes[text] = (int) ByteHash.of(from, start, end);
    followers[text] = text;
    int valid = ALL_MODES;
    for (int i = 0; i < entry.labelCount(); i++) {
      byte[] name = entry.labelName(i);
      MetricMode special =
          Arrays.equals(name, BUCKET)
              ? MetricMode.HISTOGRAM
              : Arrays.equals(name, QUANTILE) ? MetricMode.SUMMARY : MetricMode.OTHER;
      if (special != MetricMode.OTHER) {
        int own = 1 << special.ordinal();
        valid &= entry.mode() == special ? own : ~own;
      }
    }
    modes[text] = (byte) valid;
    series[text] = labels(entry);
    place(slots, text);
    if (2 * texts > slots.length) {
      int[] wider = new int[2 * slots.length];
      for (int i = 0; i < texts; i++) {
        place(wider, i);
      }
      slots = wider;
    }
    return text;
  }

  private void place(int[] into, int text) {
    int mask = into.length - 1;
    int slot = hashes[text] & mask;
    while (into[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    into[slot] = text + 1;
  }

  // --- series ---

  /** The number of series. */
  int count() {
    return count;
  }

  int labelCount(int number) {
    return (labelStarts[number + 1] - labelStarts[number]) / 2;
  }

  /** Number in {@link #strings} of a label's name. */
  int name(int number, int label) {
    return labels[labelStarts[number] + 2 * label];
  }

  /** Number in {@link #strings} of a label's value. */
  int value(int number, int label) {
    return labels[labelStarts[number] + 2 * label + 1];
  }

  /** All names and values. */
  Interner strings() {
    return strings;
  }

  /** The series with these labels; negative when there are none. */
  int series(Labels of) {
    int n = 0;
    for (int i = 0; i < of.size(); i++) {
      n =
          collect(
              n,
              of.name(i).getBytes(StandardCharsets.UTF_8),
              of.value(i).getBytes(StandardCharsets.UTF_8));
    }
    return n == 0 ? problem("empty labelset: invalid sample") : find(n);
  }

  /** The series of an entry's labels, or -1 - number of a problem. */
  private int labels(OpenMetricsEntry entry) {
    int n = 0;
    n = collect(n, METRIC_NAME, entry.metricName());
    for (int i = 0; i < entry.labelCount(); i++) {
      byte[] name = entry.labelName(i);
      byte[] value = entry.labelValue(i);
      if ((entry.mode() == MetricMode.HISTOGRAM && Arrays.equals(name, BUCKET))
          || (entry.mode() == MetricMode.SUMMARY && Arrays.equals(name, QUANTILE))) {
        value = canonical(value);
      }
      n = collect(n, name, value);
    }
    String twice = duplicate(n);
    for (Map.Entry<String, String> label : extra.entrySet()) {
      byte[] name = label.getKey().getBytes(StandardCharsets.UTF_8);
      int number = strings.intern(name, 0, name.length);
      for (int i = 0; i < n; i += 2) {
        if (collected[i] == number) {
          System.arraycopy(collected, i + 2, collected, i, n - i - 2);
          n -= 2;
          i -= 2;
        }
      }
      n = collect(n, name, label.getValue().getBytes(StandardCharsets.UTF_8));
    }
    if (twice != null && duplicate(n) != null) {
      return problem("label name " + Quoting.quote(twice) + " is not unique: invalid sample");
    }
    if (n == 0) {
      return problem("empty labelset: invalid sample");
    }
    return find(n);
  }

  private int problem(String text) {
    problems.add(text);
    return -problems.size();
  }

  /** Inserts a label by its name; an empty value is no label. */
  private int collect(int n, byte[] name, byte[] value) {
    if (value.length == 0) {
      return n;
    }
    if (n + 2 > collected.length) {
      collected = Arrays.copyOf(collected, 2 * collected.length);
    }
    int at = n;
    while (at > 0) {
      int before = collected[at - 2];
      int order =
          Arrays.compareUnsigned(
              strings.bytes(), strings.start(before), strings.end(before), name, 0, name.length);
      if (order <= 0) {
        break;
      }
      at -= 2;
    }
    System.arraycopy(collected, at, collected, at + 2, n - at);
    collected[at] = strings.intern(name, 0, name.length);
    collected[at + 1] = strings.intern(value, 0, value.length);
    return n + 2;
  }

  private @Nullable String duplicate(int n) {
    for (int i = 2; i < n; i += 2) {
      if (collected[i] == collected[i - 2]) {
        return new String(strings.get(collected[i]), StandardCharsets.UTF_8);
      }
    }
    return null;
  }

  private byte[] canonical(byte[] value) {
    return floats.read(value, 0, value.length) == FloatText.Outcome.OK
        ? ascii(FloatText.format(floats.value()))
        : value;
  }

  private int find(int n) {
    int mask = seriesSlots.length - 1;
    int slot = hash(collected, 0, n) & mask;
    while (seriesSlots[slot] != 0) {
      int number = seriesSlots[slot] - 1;
      if (Arrays.equals(labels, labelStarts[number], labelStarts[number + 1], collected, 0, n)) {
        return number;
      }
      slot = (slot + 1) & mask;
    }
    if (labels.length - labelsUsed < n) {
      labels = Arrays.copyOf(labels, Math.max(labelsUsed + n, labels.length * 3 / 2));
    }
    if (count + 1 == labelStarts.length) {
      labelStarts = Arrays.copyOf(labelStarts, count + (count >> 1) + 1);
    }
    System.arraycopy(collected, 0, labels, labelsUsed, n);
    labelsUsed += n;
    labelStarts[count + 1] = labelsUsed;
    seriesSlots[slot] = ++count;
    if (2 * count > seriesSlots.length) {
      int[] wider = new int[2 * seriesSlots.length];
      for (int i = 0; i < count; i++) {
        int at = hash(labels, labelStarts[i], labelStarts[i + 1]) & (wider.length - 1);
        while (wider[at] != 0) {
          at = (at + 1) & (wider.length - 1);
        }
        wider[at] = i + 1;
      }
      seriesSlots = wider;
    }
    return count - 1;
  }

  private static int hash(int[] numbers, int from, int to) {
    long h = (long) to - from;
    for (int i = from; i < to; i++) {
      h = (h ^ numbers[i]) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 29;
    }
    return (int) ByteHash.mix(h);
  }
}
