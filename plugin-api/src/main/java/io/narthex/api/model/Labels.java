package io.narthex.api.model;

import io.narthex.api.Api;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An immutable set of labels, sorted by name in Unicode code point order (which is the byte order
 * of UTF-8).
 *
 * <p>Names are unique and not empty, values are not empty: a label with an empty value is the same
 * as no label and is left out. Labels are for the edges of the system; on hot paths a series is
 * known by a reference. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Labels implements Comparable<Labels> {
  private static final Labels EMPTY = new Labels(new String[0]);

  /** Name, value, name, value, ... sorted by name. */
  private final String[] pairs;

  private int hash;

  private Labels(String[] pairs) {
    this.pairs = pairs;
  }

  /** No labels. */
  public static Labels empty() {
    return EMPTY;
  }

  /**
   * Labels from alternating names and values, in any order.
   *
   * @throws IllegalArgumentException for an odd number of strings, an empty name or a name given
   *     twice
   */
  public static Labels of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "cannot make labels: got an odd number of strings, want names and values");
    }
    Builder b = new Builder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      for (int j = 0; j < i; j += 2) {
        if (namesAndValues[j].equals(namesAndValues[i])) {
          throw new IllegalArgumentException(
              "cannot make labels: got the name " + Quoting.quote(namesAndValues[i]) + " twice");
        }
      }
      b.set(namesAndValues[i], namesAndValues[i + 1]);
    }
    return b.build();
  }

  /** Labels from a map. */
  public static Labels of(Map<String, String> labels) {
    Builder b = new Builder();
    labels.forEach(b::set);
    return b.build();
  }

  /** A builder without labels. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts with these labels. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.reset(this);
    return b;
  }

  /** The number of labels. */
  public int size() {
    return pairs.length / 2;
  }

  public boolean isEmpty() {
    return pairs.length == 0;
  }

  /** The name at position {@code i}, {@code 0 <= i < size()}. */
  public String name(int i) {
    return pairs[2 * i];
  }

  /** The value at position {@code i}, {@code 0 <= i < size()}. */
  public String value(int i) {
    return pairs[2 * i + 1];
  }

  /** The value of a label; {@code ""} when there is no such label. */
  public String get(String name) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i].equals(name)) {
        return pairs[i + 1];
      }
    }
    return "";
  }

  public boolean has(String name) {
    return !get(name).isEmpty();
  }

  /** The metric's name, {@code ""} when there is none. */
  public String metricName() {
    return get(LabelNames.METRIC_NAME);
  }

  /** Calls {@code action} with each name and value, in order. */
  public void forEach(BiConsumer<? super String, ? super String> action) {
    for (int i = 0; i < pairs.length; i += 2) {
      action.accept(pairs[i], pairs[i + 1]);
    }
  }

  /** The labels whose names satisfy {@code keep}. */
  public Labels filter(Predicate<String> keep) {
    String[] out = new String[pairs.length];
    int n = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (keep.test(pairs[i])) {
        out[n++] = pairs[i];
        out[n++] = pairs[i + 1];
      }
    }
    return n == pairs.length ? this : n == 0 ? EMPTY : new Labels(Arrays.copyOf(out, n));
  }

  /** These labels without the ones named. */
  public Labels without(Collection<String> names) {
    return filter(name -> !names.contains(name));
  }

  /** Only the labels named. */
  public Labels retain(Collection<String> names) {
    return filter(names::contains);
  }

  /** These labels without the metric's name. */
  public Labels withoutMetricName() {
    return filter(name -> !name.equals(LabelNames.METRIC_NAME));
  }

  /** A new mutable map in the order of the names. */
  public Map<String, String> toMap() {
    Map<String, String> map = LinkedHashMap.newLinkedHashMap(size());
    forEach(map::put);
    return map;
  }

  /**
   * Compares label by label, name before value, each in code point order; when one is the beginning
   * of the other, the shorter is less. This is the order in which Prometheus returns series.
   */
  @Override
  public int compareTo(Labels other) {
    int n = Math.min(pairs.length, other.pairs.length);
    for (int i = 0; i < n; i++) {
      int c = compareCodePoints(pairs[i], other.pairs[i]);
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(pairs.length, other.pairs.length);
  }

  /**
   * Compares in code point order; {@link String#compareTo} differs for supplementary characters.
   */
  public static int compareCodePoints(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates (code points above U+FFFF) sort after U+E000..U+FFFF.
        boolean xs = Character.isSurrogate(x);
        boolean ys = Character.isSurrogate(y);
        return xs == ys ? x - y : xs ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return this == o
        || (o instanceof Labels l && hashCode() == l.hashCode() && Arrays.equals(pairs, l.pairs));
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(pairs);
      hash = h == 0 ? 1 : h;
      h = hash;
    }
    return h;
  }

  /** As Prometheus prints labels: {@code {a="b", c="d"}}, the metric's name among them. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      if (i > 0) {
        out.append(", ");
      }
      appendName(pairs[i], out);
      out.append('=');
      Quoting.quote(pairs[i + 1], out);
    }
    return out.append('}').toString();
  }

  /**
   * As an expression would name the series: {@code metric{c="d"}}, or {@code {"odd name", c="d"}}.
   */
  public String toSeriesString() {
    String metric = metricName();
    boolean legacy = LabelNames.isLegacyMetric(metric);
    StringBuilder out = new StringBuilder(legacy ? metric : "");
    if (legacy && size() == 1) {
      return metric;
    }
    out.append('{');
    String separator = "";
    if (!metric.isEmpty() && !legacy) {
      Quoting.quote(metric, out);
      separator = ", ";
    }
    for (int i = 0; i < pairs.length; i += 2) {
      if (!pairs[i].equals(LabelNames.METRIC_NAME)) {
        out.append(separator);
        appendName(pairs[i], out);
        out.append('=');
        Quoting.quote(pairs[i + 1], out);
        separator = ", ";
      }
    }
    return out.append('}').toString();
  }

  private static void appendName(String name, StringBuilder out) {
    if (LabelNames.isLegacy(name)) {
      out.append(name);
    } else {
      Quoting.quote(name, out);
    }
  }

  /**
   * Collects labels; setting a name again replaces its value, the empty value removes it. Not safe
   * for several threads; may be used again after {@link #build}.
   *
   * @since 0.1
   */
  public static final class Builder {
    private String[] pairs = new String[16];
    private int length;

    private Builder() {}

    /** Forgets everything and starts anew with {@code base}. */
    public Builder reset(Labels base) {
      if (pairs.length < base.pairs.length) {
        pairs = new String[base.pairs.length + 8];
      }
      System.arraycopy(base.pairs, 0, pairs, 0, base.pairs.length);
      length = base.pairs.length;
      return this;
    }

    /**
     * Sets a label, or removes it when {@code value} is empty.
     *
     * @throws IllegalArgumentException when {@code name} is empty
     */
    public Builder set(String name, String value) {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("cannot set a label: its name is empty");
      }
      if (value.isEmpty()) {
        return remove(name);
      }
      int at = find(name);
      if (at >= 0) {
        pairs[at + 1] = value;
        return this;
      }
      int insert = -at - 1;
      if (length + 2 > pairs.length) {
        pairs = Arrays.copyOf(pairs, 2 * pairs.length);
      }
      System.arraycopy(pairs, insert, pairs, insert + 2, length - insert);
      pairs[insert] = name;
      pairs[insert + 1] = value;
      length += 2;
      return this;
    }

    /** Removes a label if it is there. */
    public Builder remove(String name) {
      int at = find(name);
      if (at >= 0) {
        System.arraycopy(pairs, at + 2, pairs, at, length - at - 2);
        length -= 2;
      }
      return this;
    }

    /** The value, {@code ""} when there is no such label. */
    public String get(String name) {
      int at = find(name);
      return at >= 0 ? pairs[at + 1] : "";
    }

    public boolean has(String name) {
      return find(name) >= 0;
    }

    /** The labels as they are now. */
    public Labels build() {
      return length == 0 ? EMPTY : new Labels(Arrays.copyOf(pairs, length));
    }

    /**
     * The position of the name, or {@code -1 - (where it belongs)}. Labels are few: a plain loop is
     * quickest.
     */
    private int find(String name) {
      // Labels mostly come in order, so look at the end first.
      int i = length;
      while (i > 0) {
        int c = compareCodePoints(pairs[i - 2], name);
        if (c == 0) {
          return i - 2;
        }
        if (c < 0) {
          break;
        }
        i -= 2;
      }
      return -i - 1;
    }
  }
}
