package io.narthex.kernel.config;

import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import io.narthex.kernel.config.Node.Sequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lays trees over one another and finds places in them. */
final class Trees {
  private Trees() {}

  /**
   * Lays one over the other: keys of {@code over} win, objects are merged key by key, lists are
   * replaced whole, and an explicit null takes away what lies below.
   */
  static Mapping merge(Mapping under, Mapping over) {
    List<Entry> entries = new ArrayList<>(over.entries());
    for (Entry below : under.entries()) {
      Entry above = over.find(below.key());
      if (above == null) {
        entries.add(below);
      } else if (above.value() instanceof Mapping a && below.value() instanceof Mapping b) {
        entries.set(
            indexOf(entries, above),
            new Entry(above.source(), above.line(), above.column(), above.key(), merge(b, a)));
      }
    }
    return new Mapping(over.source(), over.line(), over.column(), entries);
  }

  /** The value at a path of keys; null when there is none. */
  static @Nullable Node find(@Nullable Node node, List<String> path) {
    Node at = node;
    for (String key : path) {
      Entry entry = at instanceof Mapping mapping ? mapping.find(key) : null;
      if (entry == null) {
        return null;
      }
      at = entry.value();
    }
    return at;
  }

  /**
   * Puts a value at a path of keys, making objects on the way; what was there is replaced. Where
   * something else than an object is in the way, nothing is changed: binding will say so.
   */
  static Mapping put(Mapping root, List<String> path, Node value) {
    String key = path.get(0);
    Entry old = root.find(key);
    Node made = value;
    if (path.size() > 1) {
      Mapping inner;
      if (old == null || Node.isNull(old.value())) {
        inner = Mapping.empty(value.mark());
      } else if (old.value() instanceof Mapping mapping) {
        inner = mapping;
      } else {
        return root;
      }
      made = put(inner, path.subList(1, path.size()), value);
    }
    List<Entry> entries = new ArrayList<>(root.entries());
    Mark mark = old == null ? value.mark() : old.mark();
    Entry entry = new Entry(mark.source(), mark.line(), mark.column(), key, made);
    if (old == null) {
      entries.add(entry);
    } else {
      entries.set(indexOf(entries, old), entry);
    }
    return new Mapping(root.source(), root.line(), root.column(), entries);
  }

  /** By identity: comparing by value would walk whole trees. */
  @SuppressWarnings("ReferenceEquality")
  private static int indexOf(List<Entry> entries, Entry entry) {
    int i = 0;
    while (entries.get(i) != entry) {
      i++;
    }
    return i;
  }

  /** A value given on the command line or in the environment. */
  static Node given(String source, List<String> texts, boolean list) {
    List<Node> nodes = new ArrayList<>();
    for (String text : texts) {
      nodes.add(new Scalar(source, 0, 0, text, Node.Kind.TEXT));
    }
    return list ? new Sequence(source, 0, 0, nodes) : nodes.get(nodes.size() - 1);
  }

  /** Whether a section's key stands below another section's: {@code web.access}. */
  static boolean isBelow(String key) {
    return key.indexOf('.') >= 0;
  }

  /** The path of the section that a section's key stands below; see {@link #isBelow}. */
  static List<String> above(String key) {
    return List.of(key.substring(0, key.indexOf('.')));
  }

  /** A section's key without that of the section that it stands below. */
  static String last(String key) {
    return key.substring(key.indexOf('.') + 1);
  }

  /**
   * Where the value of a path such as {@code [2].relabel_configs[0].regex} stands, or the nearest
   * place above it.
   */
  static Mark place(Node node, String path) {
    Node at = node;
    Mark mark = node.mark();
    for (String step : path.split("\\.|(?=\\[)")) {
      if (step.isEmpty()) {
        continue;
      }
      if (step.startsWith("[") && step.endsWith("]") && at instanceof Sequence sequence) {
        int index = index(step);
        if (index < 0 || index >= sequence.items().size()) {
          return mark;
        }
        at = sequence.items().get(index);
        mark = at.mark();
      } else if (at instanceof Mapping mapping) {
        Entry entry = mapping.find(step);
        if (entry == null) {
          return mark;
        }
        at = entry.value();
        mark = at instanceof Scalar ? at.mark() : entry.mark();
      } else {
        return mark;
      }
    }
    return mark;
  }

  private static int index(String step) {
    try {
      return Integer.parseInt(step, 1, step.length() - 1, 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
