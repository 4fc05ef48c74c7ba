package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateObject;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateSample;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The data of the cases: one field for each sort of value. */
record Fixture(
    String s,
    String empty,
    String html,
    long i,
    int neg,
    int zero,
    double f,
    double big,
    boolean yes,
    boolean no,
    Map<String, String> labels,
    GoMap none,
    Map<String, Object> any,
    List<String> strings,
    List<Integer> ints,
    GoSlice noInts,
    List<Object> mixed,
    Inner inner,
    GoSlice inners,
    Pointer ptr,
    Pointer nilPtr,
    @Nullable Object nothing,
    Object thing,
    Named named,
    Kv kv,
    Instant when,
    Duration took,
    TemplateFunction fn,
    TemplateFunction variadic)
    implements TemplateObject {

  record Inner(String name, int count) implements TemplateObject {
    @Override
    public String type() {
      return "main.Inner";
    }
  }

  record Named(String v) implements TemplateObject {
    @Override
    public String type() {
      return "main.Named";
    }

    @Override
    public String text() {
      return "<" + v + ">";
    }
  }

  record Kv(Map<String, String> map) implements TemplateObject {
    @Override
    public String type() {
      return "main.KV";
    }

    @Override
    public Object content() {
      return map;
    }

    @Override
    public String shape() {
      return "map[string]string";
    }

    @Override
    public @Nullable TemplateFunction method(String name) {
      return switch (name) {
        case "Names" ->
            TemplateFunction.of("func() []string", a -> map.keySet().toArray(String[]::new));
        case "Remove" ->
            TemplateFunction.of(
                "func([]string) main.KV",
                a -> {
                  Map<String, String> rest = new LinkedHashMap<>(map);
                  rest.keySet().removeAll((List<?>) a.get(0));
                  return new Kv(rest);
                });
        default -> null;
      };
    }
  }

  @Override
  public String type() {
    return "*main.Fixture";
  }

  @Override
  public @Nullable TemplateFunction method(String name) {
    return switch (name) {
      case "Greet" -> TemplateFunction.of("func(string) string", a -> "hello " + a.get(0));
      case "Add" ->
          TemplateFunction.of("func(int, int) int", a -> (Long) a.get(0) + (Long) a.get(1));
      case "Half" -> TemplateFunction.of("func(float64) float64", a -> (Double) a.get(0) / 2);
      case "Fail" ->
          TemplateFunction.of(
              "func() (string, error)",
              a -> {
                throw new TemplateException("it failed");
              });
      case "Join" ->
          TemplateFunction.of(
              "func(string, ...string) string",
              a -> String.join((String) a.get(0), strings(a.subList(1, a.size()))));
      case "Not" -> TemplateFunction.of("func(bool) bool", a -> !(Boolean) a.get(0));
      default -> null;
    };
  }

  private static List<String> strings(List<? extends @Nullable Object> list) {
    return list.stream().map(String::valueOf).toList();
  }

  static Fixture create() {
    Map<String, Object> any = new LinkedHashMap<>();
    any.put("a", 1);
    any.put("b", "two");
    any.put("c", Map.of("d", 4.5));
    any.put("n", null);
    any.put("l", List.of(1, 2));
    GoType inner = GoType.of("[]main.Inner");
    GoType pointer = GoType.pointerTo(GoType.of("main.Inner"));
    return new Fixture(
        "héllo wörld",
        "",
        "<a href=\"x\">'&'</a>",
        17,
        -5,
        0,
        3.25,
        1e21,
        true,
        false,
        Map.of("job", "api", "instance", "a:9090", "alertname", "Down"),
        new GoMap(GoType.of("map[string]string"), null, Methods.NONE),
        any,
        List.of("x", "y", "z"),
        List.of(3, 4, 5),
        new GoSlice(GoType.of("[]int"), null, Methods.NONE),
        new ArrayList<>(Arrays.asList(1, "two", 3.5, null, true)),
        new Inner("in", 2),
        new GoSlice(inner, List.of(new Inner("p", 1), new Inner("q", 2)), Methods.NONE),
        new Pointer(pointer, io.narthex.template.gotemplate.value.Data.of(new Inner("ptr", 3))),
        new Pointer(pointer, null),
        null,
        new Inner("thing", 9),
        new Named("nm"),
        new Kv(new java.util.TreeMap<>(Map.of("a", "1", "b", "2"))),
        Instant.parse("2021-02-03T04:05:06.7Z"),
        Duration.ofMinutes(90),
        TemplateFunction.of(
            "func(string, int) string",
            a -> ((String) a.get(0)).repeat(Math.toIntExact((Long) a.get(1)))),
        TemplateFunction.of(
            "func(string, ...string) string",
            a -> a.get(0) + String.join("+", strings(a.subList(1, a.size())))));
  }

  /** What the dot is, by the name that a case gives. */
  static @Nullable Object data(String name) {
    Fixture fixture = create();
    return switch (name) {
      case "nil" -> null;
      case "labels" -> new GoMap(GoType.of("map[string]string"), fixture.labels(), Methods.NONE);
      case "any" -> fixture.any();
      case "list" -> fixture.mixed();
      default -> fixture;
    };
  }

  /** The functions that cases call. */
  static TemplateOptions options() {
    Map<String, TemplateFunction> functions = new HashMap<>();
    functions.put(
        "upper",
        TemplateFunction.of(
            "func(string) string", a -> ((String) a.get(0)).toUpperCase(Locale.ROOT)));
    functions.put(
        "repeat",
        TemplateFunction.of(
            "func(int, string) string",
            a -> ((String) a.get(1)).repeat(Math.toIntExact((Long) a.get(0)))));
    functions.put(
        "fail",
        TemplateFunction.of(
            "func() (string, error)",
            a -> {
              throw new TemplateException("failed");
            }));
    functions.put(
        "double", TemplateFunction.of("func(float64) float64", a -> 2 * (Double) a.get(0)));
    functions.put("anything", a -> String.valueOf(a.size()));
    functions.put(
        "mapof",
        a -> {
          Map<String, @Nullable Object> map = new LinkedHashMap<>();
          for (int i = 0; i + 1 < a.size(); i += 2) {
            map.put(String.valueOf(a.get(i)), a.get(i + 1));
          }
          return map;
        });
    for (String safe : List.of("Html", "Url", "Js", "Css", "Attr")) {
      String type =
          safe.equals("Html") || safe.equals("Attr") ? "HTML" : safe.toUpperCase(Locale.ROOT);
      functions.put(
          "safe" + safe,
          TemplateFunction.of(
              "func(string) template." + type,
              a ->
                  new Safe(
                      (String) a.get(0), "template." + (safe.equals("Attr") ? "HTMLAttr" : type))));
    }
    return TemplateOptions.DEFAULT.withFunctions(functions);
  }

  /** What Prometheus gives besides its set of functions. */
  static Map<String, TemplateFunction> prometheus() {
    return Map.of(
        "query",
        a ->
            switch ((String) a.get(0)) {
              case "none" -> List.of();
              case "bad" -> throw new TemplateException("it cannot be parsed");
              default ->
                  List.of(
                      new TemplateSample(Map.of("__name__", "up", "job", "b", "i", "9"), 1),
                      new TemplateSample(Map.of("job", "a", "__value__", "v"), 21.5));
            },
        "externalURL",
        a -> "http://testhost:9090/path/prefix",
        "pathPrefix",
        a -> "/path/prefix",
        "now",
        a -> 1353755652.0);
  }

  /** Text that is not to be escaped again. */
  record Safe(String text0, String type) implements TemplateObject {
    @Override
    public Object content() {
      return text0;
    }

    @Override
    public String shape() {
      return "string";
    }
  }
}
