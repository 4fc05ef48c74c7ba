package io.narthex.ingest.otlp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Labels that all data points of a resource, scope or metric have, besides their own. A weak one
 * gives way to an attribute of the data point, a strong one takes its place. Immutable, sorted by
 * the names' bytes.
 */
final class BaseLabels {
  static final BaseLabels NONE = new Builder().build();

  private record Label(byte[] value, boolean weak) {}

  final int size;
  final byte[][] names;
  final byte[][] values;
  final boolean[] weak;

  private BaseLabels(TreeMap<byte[], Label> labels) {
    size = labels.size();
    names = new byte[size][];
    values = new byte[size][];
    weak = new boolean[size];
    int i = 0;
    for (Map.Entry<byte[], Label> label : labels.entrySet()) {
      names[i] = label.getKey();
      values[i] = label.getValue().value;
      weak[i++] = label.getValue().weak;
    }
  }

  /** Collects labels; a later one takes the place of an earlier one of its name. */
  static final class Builder {
    private final TreeMap<byte[], Label> labels;

    Builder() {
      labels = new TreeMap<>(Arrays::compareUnsigned);
    }

    private Builder(TreeMap<byte[], Label> labels) {
      this.labels = new TreeMap<>(labels);
    }

    /** Another one that starts with the same labels. */
    Builder copy() {
      return new Builder(labels);
    }

    /** A label with an empty value takes one of its name away. */
    Builder set(byte[] name, byte[] value, boolean isWeak) {
      if (value.length == 0) {
        labels.remove(name);
      } else {
        labels.put(name, new Label(value, isWeak));
      }
      return this;
    }

    Builder set(String name, String value) {
      return set(
          name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8), false);
    }

    BaseLabels build() {
      return new BaseLabels(labels);
    }
  }
}
