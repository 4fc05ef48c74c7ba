package io.narthex.template.gotemplate.value;

import io.narthex.template.gotemplate.value.GoValue.GoMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The entries of maps in the order in which Go's templates and fmt go through them. */
public final class SortedEntries {
  /** An entry, both as values. */
  public record Entry(@Nullable Object key, @Nullable Object value) {}

  private SortedEntries() {}

  public static List<Entry> of(GoMap map) {
    Map<?, ?> entries = map.entries();
    if (entries == null) {
      return List.of();
    }
    List<Entry> sorted = new ArrayList<>(entries.size());
    GoType key = map.type().key();
    GoType element = map.type().element();
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      sorted.add(new Entry(Data.of(entry.getKey(), key), Data.of(entry.getValue(), element)));
    }
    sorted.sort((a, b) -> compare(a.key(), b.key()));
    return sorted;
  }

  private static int compare(@Nullable Object a, @Nullable Object b) {
    Object x = Values.plain(a);
    Object y = Values.plain(b);
    if (x instanceof String s && y instanceof String t) {
      return compareBytes(s, t);
    }
    if (x instanceof Long s && y instanceof Long t) {
      return Long.compare(s, t);
    }
    if (x instanceof Double s && y instanceof Double t) {
      // NaN comes first
      boolean nan = Double.isNaN(s);
      return nan || Double.isNaN(t) ? Boolean.compare(Double.isNaN(t), nan) : Double.compare(s, t);
    }
    if (x instanceof Boolean s && y instanceof Boolean t) {
      return Boolean.compare(s, t);
    }
    return Integer.compare(rank(x), rank(y));
  }

  private static int rank(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case Long l -> 1;
      case Boolean b -> 2;
      case Double d -> 3;
      case String s -> 4;
      default -> 5;
    };
  }

  /** The order of UTF-8, which is that of code points. */
  public static int compareBytes(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean high = Character.isSurrogate(x);
        return high == Character.isSurrogate(y) ? x - y : high ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }
}
