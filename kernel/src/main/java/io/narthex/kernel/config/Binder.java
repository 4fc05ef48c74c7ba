package io.narthex.kernel.config;

import io.narthex.api.Provider;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.EmptyItem;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.config.ShownType;
import io.narthex.api.plugin.Extensions;
import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import io.narthex.kernel.config.Node.Sequence;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes records out of a tree, strictly, and reports everything that does not fit.
 *
 * <p>A key is a component's name in snake case, or what {@link
 * com.fasterxml.jackson.annotation.JsonProperty} says; the keys of a component annotated with
 * {@link com.fasterxml.jackson.annotation.JsonUnwrapped} stand among its owner's. An absent or null
 * key gives the component what {@link Defaults#of} says. A record that refuses its values is a
 * problem at the place where it begins. Texts are those of Go's yaml.v2, which Prometheus's users
 * know, except that a value is never quoted where something else than a single value is wanted: it
 * may be a misplaced secret.
 *
 * <p>Lives for one round of binding, since it remembers providers.
 */
final class Binder {
  /** Stands for a value that could not be bound and was reported. */
  private enum Failed {
    FAILED
  }

  private static final Object FAILED = Failed.FAILED;

  /** What becomes of keys that nobody knows. */
  enum Unknown {
    REFUSED,
    WARNED_OF,
    LEFT_OUT
  }

  private final Extensions extensions;
  private final Findings findings;
  private final Set<String> tolerated;
  private final Set<String> missing;
  private final Unknown unknown;
  private final boolean json;
  private final Map<Class<?>, RecordKeys> records = new HashMap<>();
  private final Map<ProviderKeys, Map<String, Provider<?>>> providers = new HashMap<>();

  /** Values are immutable, and making them is most of the work for a large file. */
  private final Map<RecordComponent, Object> defaults = new IdentityHashMap<>();

  /** What Go calls the type that is being bound, for messages. */
  private String goPackage = "config";

  /**
   * Makes a binder.
   *
   * @param tolerated paths of keys that may be there without an owner
   * @param lenient whether unknown keys are only warned of
   */
  Binder(Extensions extensions, Findings findings, Set<String> tolerated, boolean lenient) {
    this(extensions, findings, tolerated, Set.of(), lenient);
  }

  /**
   * Makes a binder.
   *
   * @param missing keys of providers that there are, of which nobody may be there
   */
  Binder(
      Extensions extensions,
      Findings findings,
      Set<String> tolerated,
      Set<String> missing,
      boolean lenient) {
    this(
        extensions,
        findings,
        tolerated,
        missing,
        lenient ? Unknown.WARNED_OF : Unknown.REFUSED,
        false);
  }

  /**
   * Makes a binder.
   *
   * @param json whether keys of records are found as {@link Json} says
   */
  Binder(
      Extensions extensions,
      Findings findings,
      Set<String> tolerated,
      Unknown unknown,
      boolean json) {
    this(extensions, findings, tolerated, Set.of(), unknown, json);
  }

  private Binder(
      Extensions extensions,
      Findings findings,
      Set<String> tolerated,
      Set<String> missing,
      Unknown unknown,
      boolean json) {
    this.extensions = extensions;
    this.findings = findings;
    this.tolerated = Set.copyOf(tolerated);
    this.missing = Set.copyOf(missing);
    this.unknown = unknown;
    this.json = json;
  }

  /**
   * Binds a section.
   *
   * @param node its value; null when it is absent
   * @param path its key
   * @param parent where it would stand
   * @return the bound value; null when it could not be bound, which was reported
   */
  @Nullable Object bind(ConfigShape<?> shape, @Nullable Node node, String path, Mark parent) {
    Object bound =
        switch (shape.container()) {
          case ONE ->
              Node.isNull(node)
                  ? record(shape.element(), Mapping.empty(parent), path)
                  : value(shape.element(), required(node), path);
          case LIST -> Node.isNull(node) ? List.of() : list(shape.element(), required(node), path);
          case MAP -> Node.isNull(node) ? Map.of() : map(shape.element(), required(node), path);
        };
    return isFailed(bound) ? null : bound;
  }

  private static boolean isFailed(@Nullable Object value) {
    return value instanceof Failed;
  }

  private static Node required(@Nullable Node node) {
    return Objects.requireNonNull(node);
  }

  private Object value(Type type, Node node, String path) {
    if (type instanceof ParameterizedType p) {
      Type[] arguments = p.getActualTypeArguments();
      Class<?> raw = (Class<?>) p.getRawType();
      if (raw == List.class || raw == Collection.class) {
        return list(arguments[0], node, path);
      }
      if (raw == Set.class) {
        Object list = list(arguments[0], node, path);
        return isFailed(list)
            ? FAILED
            : Collections.unmodifiableSet(new LinkedHashSet<>((List<?>) list));
      }
      if (raw == Map.class) {
        return map(arguments[1], node, path);
      }
      return value(raw, node, path);
    }
    if (!(type instanceof Class<?> raw)) {
      return untyped(node);
    }
    if (Scalars.isScalar(raw) && (node instanceof Scalar || !raw.isRecord())) {
      return scalar(raw, node, path);
    }
    if (raw.isRecord()) {
      if (node instanceof Mapping mapping) {
        return record(raw, mapping, path);
      }
      findings.mismatch(
          node.mark(),
          path,
          "cannot unmarshal " + node.tag() + " into " + goType(raw) + "; want keys");
      return FAILED;
    }
    if (raw == Object.class) {
      return untyped(node);
    }
    findings.problem(node.mark(), path, "cannot bind " + raw.getName() + ": unknown type");
    return FAILED;
  }

  private Object scalar(Class<?> type, Node node, String path) {
    if (!(node instanceof Scalar scalar)) {
      findings.mismatch(
          node.mark(), path, "cannot unmarshal " + node.tag() + " into " + goScalar(type));
      return FAILED;
    }
    try {
      return Scalars.read(type, scalar);
    } catch (Scalars.Mismatch e) {
      findings.mismatch(scalar.mark(), path, message(e));
      return FAILED;
    } catch (RuntimeException e) {
      findings.problem(scalar.mark(), path, message(e));
      return FAILED;
    }
  }

  private Object list(Type element, Node node, String path) {
    if (!(node instanceof Sequence sequence)) {
      findings.mismatch(
          node.mark(),
          path,
          "cannot unmarshal " + node.tag() + " into []" + goName(element) + "; want a list");
      return FAILED;
    }
    List<Object> items = new ArrayList<>(sequence.items().size());
    boolean failed = false;
    int i = 0;
    for (Node item : sequence.items()) {
      Object bound = item(element, item, path, i++);
      failed |= isFailed(bound);
      items.add(bound);
    }
    return failed ? FAILED : List.copyOf(items);
  }

  private Object item(Type element, Node item, String path, int index) {
    String at = path + "[" + index + "]";
    if (!Node.isNull(item)) {
      return value(element, item, at);
    }
    if (element == String.class) {
      return "";
    }
    if (element == Object.class) {
      return "";
    }
    findings.problem(item.mark(), at, path.isEmpty() ? nilItem(element) : emptyItem(element, path));
    return FAILED;
  }

  private static String emptyItem(Type element, String path) {
    EmptyItem said = element instanceof Class<?> raw ? raw.getAnnotation(EmptyItem.class) : null;
    if (said != null) {
      return said.value();
    }
    return "empty or null section in " + path.substring(path.lastIndexOf('.') + 1);
  }

  /** Where the whole file is a list: Prometheus says {@code nil target group item found}. */
  private static String nilItem(Type element) {
    String name = element instanceof Class<?> raw ? raw.getSimpleName() : "";
    String words =
        RecordKeys.snakeCase(name.endsWith("Config") ? name.substring(0, name.length() - 6) : name)
            .replace('_', ' ');
    return "nil" + (words.startsWith(" ") ? words : " " + words) + " item found";
  }

  private Object map(Type element, Node node, String path) {
    if (!(node instanceof Mapping mapping)) {
      findings.mismatch(
          node.mark(),
          path,
          "cannot unmarshal " + node.tag() + " into map[string]" + goName(element) + "; want keys");
      return FAILED;
    }
    Map<String, Object> values = new LinkedHashMap<>();
    boolean failed = false;
    for (Entry entry : mapping.entries()) {
      String at = join(path, entry.key());
      Object bound;
      if (!Node.isNull(entry.value())) {
        bound = value(element, entry.value(), at);
      } else {
        bound = absent(element, entry, at);
      }
      failed |= isFailed(bound);
      if (values.put(entry.key(), bound) != null) {
        findings.mismatch(entry.mark(), at, "key \"" + entry.key() + "\" already set in map");
        failed = true;
      }
    }
    return failed ? FAILED : Collections.unmodifiableMap(values);
  }

  /** The empty value of a map's element whose key says nothing. */
  private Object absent(Type element, Entry entry, String path) {
    if (element == String.class || element == Object.class) {
      return "";
    }
    if (element instanceof Class<?> raw && raw.isRecord() && !Scalars.isScalar(raw)) {
      return record(raw, Mapping.empty(entry.mark()), path);
    }
    if (element instanceof ParameterizedType p && p.getRawType() == List.class) {
      return List.of();
    }
    if (element instanceof ParameterizedType p && p.getRawType() == Map.class) {
      return Map.of();
    }
    return value(
        element,
        new Scalar(entry.source(), entry.line(), entry.column(), "", Node.Kind.STRING),
        path);
  }

  private Object record(Class<?> type, Mapping mapping, String path) {
    String before = goPackage;
    goPackage = goPackage(type, before);
    try {
      Map<String, Entry> rest =
          json ? new TreeMap<>(String.CASE_INSENSITIVE_ORDER) : new LinkedHashMap<>();
      for (Entry entry : mapping.entries()) {
        if (json) {
          rest.put(entry.key(), entry);
        } else if (rest.putIfAbsent(entry.key(), entry) != null) {
          findings.mismatch(
              entry.mark(),
              join(path, entry.key()),
              "field " + entry.key() + " already set in type " + goType(type));
        }
      }
      Set<String> known = new TreeSet<>();
      List<String> hints = new ArrayList<>();
      Object made = construct(type, rest, path, mapping.mark(), known, hints);
      if (unknown != Unknown.LEFT_OUT) {
        for (Entry entry : rest.values()) {
          unknown(entry, join(path, entry.key()), goType(type), known, hints);
        }
      }
      return made;
    } finally {
      goPackage = before;
    }
  }

  /** Reports a key that nobody knows. */
  void unknown(
      Entry entry, String path, String type, Collection<String> known, List<String> hints) {
    StringBuilder text =
        new StringBuilder("field ").append(entry.key()).append(" not found in type ").append(type);
    boolean isMissing = missing.contains(entry.key());
    String nearest = isMissing ? null : Nearest.of(entry.key(), known);
    if (isMissing) {
      text.append(": Prometheus has it, but no plugin is installed that brings it");
    } else if (nearest != null) {
      text.append(", did you mean \"").append(nearest).append("\"?");
    }
    for (String hint : hints) {
      text.append("; ").append(hint);
    }
    if (tolerated.contains(path)) {
      findings.warning(entry.mark(), path, "has no effect: no loaded plugin reads it");
    } else if (unknown == Unknown.WARNED_OF) {
      findings.warning(entry.mark(), path, text.toString());
    } else {
      findings.mismatch(entry.mark(), path, text.toString());
    }
  }

  /** Takes what is its own out of {@code rest}, and makes the record. */
  private Object construct(
      Class<?> type,
      Map<String, Entry> rest,
      String path,
      Mark mark,
      Set<String> known,
      List<String> hints) {
    RecordKeys record = records.computeIfAbsent(type, RecordKeys::of);
    List<RecordKeys.Key> keys = record.keys();
    @Nullable Object[] values = new @Nullable Object[keys.size()];
    boolean failed = false;
    for (int i = 0; i < values.length; i++) {
      RecordKeys.Key key = keys.get(i);
      if (key.providers() != null) {
        continue;
      }
      if (key.unwrapped()) {
        values[i] = construct(key.type(), rest, path, mark, known, hints);
      } else {
        known.add(key.name());
        Entry entry = rest.remove(key.name());
        values[i] =
            entry == null || Node.isNull(entry.value())
                ? byDefault(key, path, entry == null ? mark : entry.mark())
                : component(key, entry.value(), join(path, key.name()));
      }
      failed |= isFailed(values[i]);
    }
    for (int i = 0; i < values.length; i++) {
      ProviderKeys named = keys.get(i).providers();
      if (named != null) {
        values[i] = configured(named, rest, path, known, hints);
        failed |= isFailed(values[i]);
      }
    }
    if (failed) {
      return FAILED;
    }
    try {
      return record.make(values);
    } catch (RuntimeException e) {
      findings.problem(mark, path, message(e));
      return FAILED;
    }
  }

  private Object component(RecordKeys.Key key, Node node, String path) {
    EmptyItem said = key.component().getAnnotation(EmptyItem.class);
    if (said != null && node instanceof Sequence sequence) {
      List<Node> items = sequence.items();
      boolean failed = false;
      for (int i = 0; i < items.size(); i++) {
        if (Node.isNull(items.get(i))) {
          findings.problem(items.get(i).mark(), path + "[" + i + "]", said.value());
          failed = true;
        }
      }
      if (failed) {
        return FAILED;
      }
    }
    return value(key.genericType(), node, path);
  }

  private @Nullable Object byDefault(RecordKeys.Key key, String path, Mark mark) {
    try {
      return defaults.computeIfAbsent(key.component(), Defaults::of);
    } catch (RuntimeException e) {
      findings.problem(mark, join(path, key.name()), message(e));
      return FAILED;
    }
  }

  private Object configured(
      ProviderKeys named,
      Map<String, Entry> rest,
      String path,
      Set<String> known,
      List<String> hints) {
    Map<String, Provider<?>> byKey = providers.computeIfAbsent(named, this::providersOf);
    known.addAll(byKey.keySet());
    List<Object> made = new ArrayList<>();
    boolean failed = false;
    for (Entry entry : List.copyOf(rest.values())) {
      Provider<?> provider = byKey.get(entry.key());
      if (provider == null) {
        continue;
      }
      rest.remove(entry.key());
      String at = join(path, entry.key());
      String before = goPackage;
      goPackage = provider.name();
      try {
        failed |= !configure(named, provider, entry, at, made);
      } finally {
        goPackage = before;
      }
    }
    for (Entry entry : rest.values()) {
      String key = entry.key();
      boolean shaped =
          key.length() > named.prefix().length() + named.suffix().length()
              && key.startsWith(named.prefix())
              && key.endsWith(named.suffix());
      if (shaped && hints.isEmpty()) {
        hints.add(
            byKey.isEmpty()
                ? "no plugin is loaded that brings such a key"
                : "loaded plugins bring " + String.join(", ", new TreeSet<>(byKey.keySet())));
      }
    }
    return failed ? FAILED : List.copyOf(made);
  }

  private boolean configure(
      ProviderKeys named, Provider<?> provider, Entry entry, String path, List<Object> made) {
    Class<?> type = provider.configType();
    if (!named.list()) {
      Object config =
          Node.isNull(entry.value())
              ? record(type, Mapping.empty(entry.mark()), path)
              : value(type, entry.value(), path);
      return add(provider, config, made);
    }
    if (Node.isNull(entry.value())) {
      return true;
    }
    Object configs = list(type, entry.value(), path);
    if (isFailed(configs)) {
      return false;
    }
    for (Object config : (List<?>) configs) {
      add(provider, config, made);
    }
    return true;
  }

  private static boolean add(Provider<?> provider, Object config, List<Object> made) {
    if (isFailed(config)) {
      return false;
    }
    made.add(new Configured<>(provider, config));
    return true;
  }

  private Map<String, Provider<?>> providersOf(ProviderKeys named) {
    Map<String, Provider<?>> byKey = new LinkedHashMap<>();
    for (Provider<?> provider : extensions.all(named.value())) {
      byKey.putIfAbsent(RecordKeys.providerKey(named, provider), provider);
    }
    return byKey;
  }

  /** A value that nobody has a type for, as plain Java. */
  private static Object untyped(Node node) {
    return switch (node) {
      case Mapping mapping -> {
        Map<String, Object> values = new LinkedHashMap<>();
        mapping.entries().forEach(e -> values.put(e.key(), untyped(e.value())));
        yield Collections.unmodifiableMap(values);
      }
      case Sequence sequence -> sequence.items().stream().map(Binder::untyped).toList();
      case Scalar scalar ->
          switch (scalar.tag()) {
            case "!!int" -> Scalars.read(long.class, scalar);
            case "!!float" -> Scalars.read(double.class, scalar);
            case "!!bool" -> Scalars.read(boolean.class, scalar);
            case "!!null" -> "";
            default -> scalar.text();
          };
    };
  }

  private static String message(RuntimeException e) {
    String message = e.getMessage();
    if (e instanceof IllegalArgumentException && message != null && !message.isEmpty()) {
      return message;
    }
    return "cannot bind: " + e;
  }

  static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /**
   * Prometheus's messages name a Go type, {@code relabel.plain}; ours has the same package.
   * Plugins' records are in the package of their provider's name, all others in that of their
   * owner.
   */
  private static String goPackage(Class<?> type, String owner) {
    return switch (type.getPackageName()) {
      case "io.narthex.api.relabel" -> "relabel";
      case "io.narthex.api.http", "io.narthex.api.config" -> "config";
      default -> owner;
    };
  }

  private String goType(Class<?> type) {
    ShownType shown = type.getAnnotation(ShownType.class);
    if (shown != null) {
      return shown.value();
    }
    return goPackage(type, goPackage) + ".plain";
  }

  private String goName(Type type) {
    if (type instanceof Class<?> raw) {
      return raw.isRecord() && !Scalars.isScalar(raw) ? goType(raw) : goScalar(raw);
    }
    return type instanceof ParameterizedType p && p.getRawType() == List.class
        ? "[]" + goName(p.getActualTypeArguments()[0])
        : "map[string]string";
  }

  private static String goScalar(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "bool";
    }
    if (type == double.class || type == Double.class) {
      return "float64";
    }
    if (type == int.class || type == long.class || Number.class.isAssignableFrom(type)) {
      return "int";
    }
    return "string";
  }
}
