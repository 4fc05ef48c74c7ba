package io.narthex.template.gotemplate;

import io.narthex.api.config.Durations;
import io.narthex.template.gotemplate.Budget.Holding;
import io.narthex.template.gotemplate.Budget.Timed;
import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoTime;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import io.narthex.template.gotemplate.value.SortedEntries;
import io.narthex.template.gotemplate.value.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What Prometheus adds in rules and consoles. */
final class PrometheusFunctions {
  private static final String STRING = "func(string) string";
  private static final String NUMBER = "func(interface {}) (string, error)";

  private PrometheusFunctions() {}

  private static Function function(String signature, Body body) {
    return new Function(GoType.of(signature), body);
  }

  static String text(@Nullable Object value) {
    return (String) Objects.requireNonNull(Values.plain(value));
  }

  /** All of them. */
  static Map<String, Function> all() {
    Map<String, Function> all = new HashMap<>(shared());
    all.put("query", absent("query", "func(string) (template.queryResult, error)"));
    all.put("externalURL", absent("externalURL", "func() string"));
    all.put("pathPrefix", absent("pathPrefix", "func() string"));
    all.put(
        "first",
        function("func(template.queryResult) (*template.sample, error)", a -> first(a[0])));
    all.put(
        "label", function("func(string, *template.sample) string", a -> label(a[1], text(a[0]))));
    all.put("value", function("func(*template.sample) interface {}", a -> field(a[0], "Value")));
    all.put("strvalue", function("func(*template.sample) string", a -> label(a[0], "__value__")));
    all.put(
        "sortByLabel",
        function(
            "func(string, template.queryResult) template.queryResult",
            a -> sortByLabel(text(a[0]), a[1])));
    all.put(
        "args",
        function(
            "func(...interface {}) map[string]interface {}", (Holding) PrometheusFunctions::args));
    all.put("title", function(STRING, a -> Titles.title(text(a[0]), false)));
    all.put(
        "graphLink",
        function(STRING, a -> "/graph?g0.expr=" + Escapes.query(text(a[0])) + "&g0.tab=0"));
    all.put(
        "tableLink",
        function(STRING, a -> "/graph?g0.expr=" + Escapes.query(text(a[0])) + "&g0.tab=1"));
    all.put("stripPort", function(STRING, a -> HostPort.stripPort(text(a[0]))));
    all.put("stripDomain", function(STRING, a -> HostPort.stripDomain(text(a[0]))));
    all.put("humanize", function(NUMBER, a -> Humanize.number(Humanize.toFloat(a[0]))));
    all.put("humanize1024", function(NUMBER, a -> Humanize.number1024(Humanize.toFloat(a[0]))));
    all.put(
        "humanizePercentage", function(NUMBER, a -> Humanize.percentage(Humanize.toFloat(a[0]))));
    all.put("humanizeTimestamp", function(NUMBER, a -> Humanize.timestamp(Humanize.toFloat(a[0]))));
    all.put(
        "toTime",
        function(
            "func(interface {}) (*time.Time, error)",
            a -> pointer(GoTime.of(Humanize.time(Humanize.toFloat(a[0]))))));
    all.put(
        "toDuration",
        function(
            "func(interface {}) (*time.Duration, error)",
            a -> pointer(GoTime.duration((long) (Humanize.toFloat(a[0]) * 1e9)))));
    all.put("now", function("func() float64", a -> System.currentTimeMillis() / 1000.0));
    all.put("parseDuration", function("func(string) (float64, error)", a -> seconds(text(a[0]))));
    all.put("urlQueryEscape", function(STRING, a -> Escapes.query(text(a[0]))));
    all.put(
        "tmpl",
        function("func(string, interface {}) (template.HTML, error)", new Builtins.ByName()));
    return Map.copyOf(all);
  }

  /** What Prometheus and the Alertmanager both have, and alike. */
  static Map<String, Function> shared() {
    Map<String, Function> all = new HashMap<>();
    all.put(
        "reReplaceAll",
        function(
            "func(string, string, string) string",
            (Timed) (a, budget) -> Regexes.replaceAll(text(a[0]), text(a[1]), text(a[2]), budget)));
    all.put(
        "match",
        function(
            "func(string, string) (bool, error)",
            (Timed) (a, budget) -> Regexes.match(text(a[0]), text(a[1]), budget)));
    all.put("toUpper", function(STRING, a -> GoText.toUpper(text(a[0]))));
    all.put("toLower", function(STRING, a -> GoText.toLower(text(a[0]))));
    all.put("safeHtml", safe("template.HTML"));
    all.put("humanizeDuration", function(NUMBER, a -> Humanize.duration(Humanize.toFloat(a[0]))));
    return all;
  }

  /** A function that marks a text as not to be escaped. */
  static Function safe(String type) {
    GoType safe = GoType.of(type);
    return function("func(string) " + type, a -> new Scalar(safe, text(a[0])));
  }

  /** A function that only callers can give. */
  private static Function absent(String name, String signature) {
    return function(
        signature,
        a -> {
          throw new GoError(name + " is not available here");
        });
  }

  private static Pointer pointer(Object target) {
    return new Pointer(GoType.pointerTo(Objects.requireNonNull(Values.type(target))), target);
  }

  private static @Nullable Object first(@Nullable Object vector) throws GoError {
    if (vector instanceof GoSlice slice && slice.size() > 0 && slice.elements() != null) {
      return Data.of(slice.elements().get(0), slice.type().element());
    }
    throw new GoError("first() called on vector with no elements");
  }

  private static @Nullable Object field(@Nullable Object sample, String name) throws GoError {
    if (Executor.indirect(sample) instanceof Struct struct) {
      int index = struct.fields().indexOf(name);
      if (index >= 0) {
        return struct.fields().get(index);
      }
    }
    throw new GoError("runtime error: invalid memory address or nil pointer dereference");
  }

  private static String label(@Nullable Object sample, String name) throws GoError {
    Object value =
        field(sample, "Labels") instanceof GoMap labels && labels.entries() != null
            ? labels.entries().get(name)
            : null;
    return value == null ? "" : value.toString();
  }

  private static Object sortByLabel(String name, @Nullable Object vector) throws GoError {
    if (!(vector instanceof GoSlice slice) || slice.elements() == null) {
      return vector == null ? Values.strings(List.of()) : vector;
    }
    record Keyed(String key, @Nullable Object sample) {}
    List<Keyed> keyed = new ArrayList<>();
    for (Object sample : slice.elements()) {
      keyed.add(new Keyed(label(Data.of(sample, slice.type().element()), name), sample));
    }
    keyed.sort((a, b) -> SortedEntries.compareBytes(a.key(), b.key()));
    List<@Nullable Object> sorted = new ArrayList<>();
    for (Keyed k : keyed) {
      sorted.add(k.sample());
    }
    return new GoSlice(slice.type(), sorted, slice.methods());
  }

  private static Object args(@Nullable Object[] arguments) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      map.put("arg" + i, arguments[i]);
    }
    return Values.map(map);
  }

  private static double seconds(String duration) throws GoError {
    try {
      return Durations.parseMillis(duration) / 1000.0;
    } catch (IllegalArgumentException e) {
      throw new GoError(String.valueOf(e.getMessage()), e);
    }
  }
}
