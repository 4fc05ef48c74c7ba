package io.narthex.ingest.otlp;

import io.narthex.api.storage.SeriesKey;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one data point (or resource, or scope) and the labels that they become. First
 * the attributes are collected as they stand in the request ({@link #add}), then {@link #build}
 * names and sorts them, joins the values of those that get the same name, and mixes in what all
 * data points of the metric have; {@link #series} makes the labels of one series of that. Nothing
 * is allocated for a data point once the arrays have grown. Belongs to one reader of a request.
 */
final class PointLabels {
  static final byte[] METRIC_NAME = "__name__".getBytes(StandardCharsets.UTF_8);

  /** The most attributes of a data point, resource or scope that are taken. */
  static final int MAX_ATTRIBUTES = 1 << 18;

  private static final byte[] NOTHING = new byte[0];

  private final AttributeText text = new AttributeText();

  /** Values that are not in the request as they are. */
  private final Text scratch = new Text();

  /** Where the attributes stand in {@link #source}. */
  private byte[] source = new byte[0];

  private int count;
  private int[] keys = new int[16];
  private int[] keyLengths = new int[16];
  private int[] values = new int[16];
  private int[] valueEnds = new int[16];

  private int[] order = new int[16];
  private int[] other = new int[16];
  private byte[][] attributeNames = new byte[16][];
  private int[] attributeNameOffsets = new int[16];
  private int[] attributeNameLengths = new int[16];

  private int size;
  private byte[][] nameArrays = new byte[16][];
  private int[] nameOffsets = new int[16];
  private int[] nameLengths = new int[16];

  private byte[][] valueArrays = new byte[16][];

  /** Whether the value is in {@link #scratch}, whose array changes as it grows. */
  private boolean[] inScratch = new boolean[16];

  private int[] valueOffsets = new int[16];
  private int[] valueLengths = new int[16];

  /** Where a label called {@link #METRIC_NAME} belongs. */
  private int metricNameAt;

  /**
   * With what the labels were made last, when each attribute became one label of its own: a data
   * point with the same keys then needs nothing but its values. Null when it was not so.
   */
  private @Nullable BaseLabels plannedBase;

  private int plannedCount;
  private int[] plannedKeyEnds = new int[16];
  private final Text plannedKeys = new Text();

  /** For each attribute which label it became. */
  private int[] plannedLabels = new int[16];

  /** Whether values of several attributes were joined because they got the same name. */
  boolean collided;

  /** Starts anew, with attributes that stand in {@code request}. */
  void clear(byte[] request) {
    source = request;
    count = 0;
  }

  /** Lets go of the request, whose attributes it does not have any more. */
  void release() {
    clear(NOTHING);
    text.release();
    plannedBase = null;
    size = 0;
    Arrays.fill(attributeNames, null);
    Arrays.fill(nameArrays, null);
    Arrays.fill(valueArrays, null);
  }

  /** Whether a request has made it larger than usual. */
  boolean isLarge() {
    return scratch.isLarge()
        || plannedKeys.isLarge()
        || keys.length > 1 << 12
        || nameArrays.length > 1 << 12;
  }

  /** The number of attributes. */
  int count() {
    return count;
  }

  /** Reads a {@code KeyValue} ({@code 1 string key, 2 AnyValue value}) whose tag was read. */
  void add(ProtobufReader p, int tag) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, "Attributes");
    if (count == keys.length) {
      if (count >= MAX_ATTRIBUTES) {
        throw new MalformedException(
            "cannot read attributes: got more than " + MAX_ATTRIBUTES + " in one place");
      }
      grow();
    }
    int outer = p.enter();
    int i = count++;
    keys[i] = p.position;
    keyLengths[i] = 0;
    values[i] = p.position;
    valueEnds[i] = p.position;
    while (p.hasMore()) {
      int inner = p.tag();
      switch (inner >>> 3) {
        case 1 -> {
          ProtobufReader.require(inner, ProtobufReader.BYTES, "Key");
          int n = p.length();
          keys[i] = p.position;
          keyLengths[i] = n;
          p.position += n;
        }
        case 2 -> {
          ProtobufReader.require(inner, ProtobufReader.BYTES, "Value");
          int n = p.length();
          values[i] = p.position;
          valueEnds[i] = p.position + n;
          p.position += n;
        }
        default -> p.skip(inner);
      }
    }
    p.leave(outer);
    AttributeText.requireUtf8(source, keys[i], keyLengths[i]);
  }

  private void grow() {
    int n = 2 * keys.length;
    keys = Arrays.copyOf(keys, n);
    keyLengths = Arrays.copyOf(keyLengths, n);
    values = Arrays.copyOf(values, n);
    valueEnds = Arrays.copyOf(valueEnds, n);
    order = new int[n];
    other = new int[n];
    plannedKeyEnds = new int[n];
    plannedLabels = new int[n];
    plannedBase = null;
    attributeNames = new byte[n][];
    attributeNameOffsets = new int[n];
    attributeNameLengths = new int[n];
  }

  /** Whether attribute {@code i} has this key. */
  boolean isKey(int i, byte[] key) {
    return keyLengths[i] == key.length
        && Arrays.equals(source, keys[i], keys[i] + key.length, key, 0, key.length);
  }

  /** The index of the first attribute with this key, −1 for none. */
  int find(byte[] key) {
    for (int i = 0; i < count; i++) {
      if (isKey(i, key)) {
        return i;
      }
    }
    return -1;
  }

  /** The key of attribute {@code i}. */
  String key(int i) {
    return new String(source, keys[i], keyLengths[i], StandardCharsets.UTF_8);
  }

  /** The value of attribute {@code i} as text. */
  byte[] value(int i) throws MalformedException {
    scratch.length = 0;
    text.read(source, values[i], valueEnds[i], scratch);
    return Arrays.copyOfRange(text.bytes, text.offset, text.offset + text.length);
  }

  /**
   * Makes the labels.
   *
   * @param translates whether names are to be translated
   * @param except keys of attributes that are left out
   */
  void build(BaseLabels base, LabelNameCache names, boolean translates, byte[]... except)
      throws MalformedException, UntranslatableException {
    scratch.length = 0;
    collided = false;
    if (except.length == 0 && base == plannedBase && hasPlannedKeys()) {
      again(translates);
      return;
    }
    plannedBase = null;
    int n = 0;
    for (int i = 0; i < count; i++) {
      if (except.length == 0 || !isOneOf(i, except)) {
        order[n++] = i;
      }
    }
    sort(n, false);
    for (int k = 0; k < n; k++) {
      int i = order[k];
      if (keyLengths[i] == 0) {
        throw new UntranslatableException("label name is empty");
      }
      if (translates) {
        attributeNames[i] = names.name(source, keys[i], keyLengths[i]);
        attributeNameOffsets[i] = 0;
        attributeNameLengths[i] = attributeNames[i].length;
      } else {
        attributeNames[i] = source;
        attributeNameOffsets[i] = keys[i];
        attributeNameLengths[i] = keyLengths[i];
      }
    }
    if (translates) {
      // An order of keys is not always one of names: "a.b" and "a-b" both come before "a0".
      sort(n, true);
    }
    boolean plain = mix(base, n);
    metricNameAt = position(METRIC_NAME);
    if (plain && except.length == 0) {
      plan(base);
    }
  }

  private void plan(BaseLabels base) {
    plannedKeys.length = 0;
    for (int i = 0; i < count; i++) {
      plannedKeys.add(source, keys[i], keyLengths[i]);
      plannedKeyEnds[i] = plannedKeys.length;
    }
    plannedCount = count;
    plannedBase = base;
  }

  private boolean hasPlannedKeys() {
    if (count != plannedCount) {
      return false;
    }
    int start = 0;
    for (int i = 0; i < count; i++) {
      int end = plannedKeyEnds[i];
      if (!Arrays.equals(source, keys[i], keys[i] + keyLengths[i], plannedKeys.bytes, start, end)) {
        return false;
      }
      start = end;
    }
    return true;
  }

  /** Replaces the attributes' values, and their names where they stand in the request. */
  private void again(boolean translates) throws MalformedException {
    for (int i = 0; i < count; i++) {
      int label = plannedLabels[i];
      text.read(source, values[i], valueEnds[i], scratch);
      value(label, text.isWritten, text.bytes, text.offset, text.length);
      if (!translates) {
        nameArrays[label] = source;
        nameOffsets[label] = keys[i];
      }
    }
  }

  private boolean isOneOf(int i, byte[][] except) {
    for (byte[] key : except) {
      if (isKey(i, key)) {
        return true;
      }
    }
    return false;
  }

  /** Sets the labels, and says whether each attribute became one of its own. */
  private boolean mix(BaseLabels base, int n) throws MalformedException {
    boolean plain = true;
    size = 0;
    reserve(n + base.size);
    int b = 0;
    int k = 0;
    while (k < n) {
      int i = order[k];
      int compared = 1;
      while (b < base.size && (compared = compareName(i, base.names[b])) > 0) {
        addBase(base, b++);
      }
      boolean both = b < base.size && compared == 0;
      int same = k + 1;
      while (same < n && compareNames(i, order[same]) == 0) {
        same++;
      }
      nameArrays[size] = attributeNames[i];
      nameOffsets[size] = attributeNameOffsets[i];
      nameLengths[size] = attributeNameLengths[i];
      if (same == k + 1) {
        text.read(source, values[i], valueEnds[i], scratch);
        value(size, text.isWritten, text.bytes, text.offset, text.length);
      } else {
        plain = false;
        collided = true;
        join(k, same);
      }
      plannedLabels[i] = size;
      if (both) {
        plain = false;
        if (!base.weak[b] || valueLengths[size] == 0) {
          addBase(base, b);
        } else {
          size++;
        }
        b++;
      } else {
        size++;
      }
      k = same;
    }
    while (b < base.size) {
      addBase(base, b++);
    }
    return plain;
  }

  /**
   * The values of attributes {@code order[from, to)}, with semicolons, in the order of the keys.
   */
  private void join(int from, int to) throws MalformedException {
    Text joined = new Text();
    for (int k = from; k < to; k++) {
      byte[] next = value(order[k], scratch.length);
      if (joined.length > 0) {
        joined.add(';');
      }
      joined.add(next, 0, next.length);
    }
    value(size, false, joined.bytes, 0, joined.length);
  }

  private byte[] value(int i, int scratchLength) throws MalformedException {
    text.read(source, values[i], valueEnds[i], scratch);
    byte[] copy = Arrays.copyOfRange(text.bytes, text.offset, text.offset + text.length);
    scratch.length = scratchLength;
    return copy;
  }

  private void value(int label, boolean isInScratch, byte[] from, int offset, int length) {
    inScratch[label] = isInScratch;
    valueArrays[label] = from;
    valueOffsets[label] = offset;
    valueLengths[label] = length;
  }

  private void addBase(BaseLabels base, int b) {
    nameArrays[size] = base.names[b];
    nameOffsets[size] = 0;
    nameLengths[size] = base.names[b].length;
    value(size, false, base.values[b], 0, base.values[b].length);
    size++;
  }

  private void reserve(int n) {
    if (n <= nameArrays.length) {
      return;
    }
    int to = Math.max(n, 2 * nameArrays.length);
    nameArrays = new byte[to][];
    nameOffsets = new int[to];
    nameLengths = new int[to];
    valueArrays = new byte[to][];
    inScratch = new boolean[to];
    valueOffsets = new int[to];
    valueLengths = new int[to];
  }

  /** Whether there is a label of that name with a value. */
  boolean has(byte[] name) {
    int at = position(name);
    return at < size && isName(at, name) && valueLengths[at] > 0;
  }

  /** Where a label of that name is, or would be. */
  int position(byte[] name) {
    int at = 0;
    while (at < size
        && Arrays.compareUnsigned(
                nameArrays[at],
                nameOffsets[at],
                nameOffsets[at] + nameLengths[at],
                name,
                0,
                name.length)
            < 0) {
      at++;
    }
    return at;
  }

  private boolean isName(int at, byte[] name) {
    return Arrays.equals(
        nameArrays[at], nameOffsets[at], nameOffsets[at] + nameLengths[at], name, 0, name.length);
  }

  /** Replaces the key's content by the labels and the metric's name. */
  void series(SeriesKey into, byte[] metric, int metricLength) {
    into.clear();
    range(into, 0, metricNameAt);
    range(into, addMetric(into, metric, metricLength), size);
  }

  /**
   * As {@link #series(SeriesKey, byte[], int)} with one more label.
   *
   * @param at {@link #position} of its name
   */
  void series(SeriesKey into, byte[] metric, int metricLength, byte[] name, int at, byte[] value) {
    into.clear();
    // "__name__" comes before "le" and "quantile", as all that starts with an underscore.
    range(into, 0, metricNameAt);
    range(into, addMetric(into, metric, metricLength), at);
    into.add(name, 0, name.length, value, 0, value.length);
    range(into, at < size && isName(at, name) ? at + 1 : at, size);
  }

  /** Adds the metric's name and gives the index of the label that comes after it. */
  private int addMetric(SeriesKey into, byte[] metric, int metricLength) {
    into.add(METRIC_NAME, 0, METRIC_NAME.length, metric, 0, metricLength);
    return metricNameAt < size && isName(metricNameAt, METRIC_NAME)
        ? metricNameAt + 1
        : metricNameAt;
  }

  private void range(SeriesKey into, int from, int to) {
    for (int i = from; i < to; i++) {
      into.add(
          nameArrays[i],
          nameOffsets[i],
          nameLengths[i],
          inScratch[i] ? scratch.bytes : valueArrays[i],
          valueOffsets[i],
          valueLengths[i]);
    }
  }

  private int compareName(int i, byte[] name) {
    return Arrays.compareUnsigned(
        attributeNames[i],
        attributeNameOffsets[i],
        attributeNameOffsets[i] + attributeNameLengths[i],
        name,
        0,
        name.length);
  }

  private int compareNames(int i, int j) {
    return Arrays.compareUnsigned(
        attributeNames[i],
        attributeNameOffsets[i],
        attributeNameOffsets[i] + attributeNameLengths[i],
        attributeNames[j],
        attributeNameOffsets[j],
        attributeNameOffsets[j] + attributeNameLengths[j]);
  }

  private int compareKeys(int i, int j) {
    return Arrays.compareUnsigned(
        source, keys[i], keys[i] + keyLengths[i], source, keys[j], keys[j] + keyLengths[j]);
  }

  private int compare(int i, int j, boolean byName) {
    return byName ? compareNames(i, j) : compareKeys(i, j);
  }

  /** Sorts the first {@code n} of {@link #order}; equal ones stay as they are. Merges runs. */
  private void sort(int n, boolean byName) {
    int sorted = 1;
    while (sorted < n && compare(order[sorted - 1], order[sorted], byName) <= 0) {
      sorted++;
    }
    if (sorted >= n) {
      return;
    }
    for (int width = 1; width < n; width *= 2) {
      for (int low = 0; low < n; low += 2 * width) {
        int middle = Math.min(low + width, n);
        int high = Math.min(low + 2 * width, n);
        int left = low;
        int right = middle;
        for (int to = low; to < high; to++) {
          boolean takeLeft =
              left < middle && (right >= high || compare(order[left], order[right], byName) <= 0);
          other[to] = takeLeft ? order[left++] : order[right++];
        }
      }
      int[] swapped = order;
      order = other;
      other = swapped;
    }
  }
}
