package io.narthex.kernel.config;

import io.narthex.api.config.ConfigFiles.Located;
import io.narthex.api.config.ConfigFiles.Place;
import io.narthex.api.config.ConfigFiles.Syntax;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.plugin.Extensions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Binds texts that stand outside of the main configuration, as strictly as that. */
final class RecordFile {
  /**
   * What a key or value takes of the heap at most, twice over. Texts come over the network too, and
   * a small one may be of nothing but empty lists.
   */
  private static final int BYTES_OF_NODE = 256;

  private static final Yaml.Limits LIMITS = limits(Runtime.getRuntime().maxMemory());

  private RecordFile() {}

  /** The limits of the configuration, or what a heap bears where that is less. */
  static Yaml.Limits limits(long heap) {
    Yaml.Limits standard = Yaml.Limits.STANDARD;
    long bearable = heap / BYTES_OF_NODE;
    return new Yaml.Limits(
        standard.bytes(),
        standard.depth(),
        Math.min(standard.nodes(), bearable),
        Math.min(standard.expanded(), bearable));
  }

  /**
   * Binds one.
   *
   * @param name that of messages
   * @param extensions whose keys may stand in it
   * @throws ConfigProblems with everything that is wrong, each with line and column
   */
  static <C> C parse(
      String name, byte[] content, ConfigShape<C> shape, Syntax syntax, Extensions extensions)
      throws ConfigProblems {
    return locate(name, content, shape, syntax, extensions).value();
  }

  /** As {@link #parse}, with the places of all values. */
  static <C> Located<C> locate(
      String name, byte[] content, ConfigShape<C> shape, Syntax syntax, Extensions extensions)
      throws ConfigProblems {
    Findings findings = new Findings();
    boolean json = syntax == Syntax.JSON || syntax == Syntax.LENIENT_JSON;
    @Nullable Node node =
        json ? Json.read(name, content, LIMITS) : Yaml.find(name, content, LIMITS, findings);
    Mark mark = node == null ? new Mark(name, 1, 1) : node.mark();
    Binder.Unknown unknown =
        syntax == Syntax.LENIENT_JSON || syntax == Syntax.LENIENT_YAML
            ? Binder.Unknown.LEFT_OUT
            : Binder.Unknown.REFUSED;
    Object bound =
        new Binder(extensions, findings, Set.of(), unknown, json)
            .bind(shape, Node.isNull(node) ? null : node, "", mark);
    findings.throwIfAny();
    if (bound == null) {
      throw new ConfigProblems(mark, "cannot be read");
    }
    // The binder makes what the shape says: there is no class of a list of records to check with.
    @SuppressWarnings("unchecked")
    C made = (C) bound;
    return new Located<>(
        made,
        path -> place(node, path),
        findings.warnings().stream().map(Problem::toString).toList());
  }

  /** Where the value of a path begins; {@link Place#NONE} when it is not there. */
  private static Place place(@Nullable Node root, String path) {
    Node at = root;
    for (String part : path.replace("[", ".[").split("\\.")) {
      if (part.isEmpty()) {
        continue;
      }
      if (part.startsWith("[")) {
        int index = Integer.parseInt(part, 1, part.length() - 1, 10);
        at =
            at instanceof Node.Sequence sequence && index < sequence.items().size()
                ? sequence.items().get(index)
                : null;
      } else {
        Node.Entry entry = at instanceof Node.Mapping mapping ? mapping.find(part) : null;
        at = entry == null ? null : entry.value();
      }
    }
    return at == null ? Place.NONE : new Place(at.line(), at.column());
  }

  /** No plugins. */
  static final Extensions NONE =
      new Extensions() {
        @Override
        public <T> List<T> all(Class<T> type) {
          return List.of();
        }

        @Override
        public AutoCloseable onChange(Runnable listener) {
          return () -> {};
        }
      };
}
