package io.narthex.api.template;

import io.narthex.api.Api;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Labels or annotations, as notification templates know them: with the methods {@code SortedPairs},
 * {@code Names}, {@code Values} and {@code Remove}. The label {@code alertname} comes first.
 *
 * @param entries names and values
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateKv(Map<String, String> entries) implements TemplateObject {
  private static final String FIRST = "alertname";

  public TemplateKv {
    entries = Collections.unmodifiableMap(new TreeMap<>(entries));
  }

  @Override
  public String type() {
    return "template.KV";
  }

  @Override
  public String shape() {
    return "map[string]string";
  }

  @Override
  public Object content() {
    return entries;
  }

  @Override
  public String text() {
    return pairs().text();
  }

  @Override
  public @Nullable TemplateFunction method(String name) {
    return switch (name) {
      case "SortedPairs" -> TemplateFunction.of("func() template.Pairs", a -> pairs());
      case "Names", "Values" -> pairs().method(name);
      case "Remove" ->
          TemplateFunction.of("func([]string) template.KV", a -> without((List<?>) a.getFirst()));
      case "String" -> TemplateFunction.of("func() string", a -> text());
      default -> null;
    };
  }

  private TemplateKv without(@Nullable List<?> names) {
    Map<String, String> rest = new LinkedHashMap<>(entries);
    if (names != null) {
      names.forEach(rest::remove);
    }
    return new TemplateKv(rest);
  }

  private Pairs pairs() {
    List<Pair> pairs = new ArrayList<>(entries.size());
    String alert = entries.get(FIRST);
    if (alert != null) {
      pairs.add(new Pair(FIRST, alert));
    }
    entries.forEach((name, value) -> {
      if (!name.equals(FIRST)) {
        pairs.add(new Pair(name, value));
      }
    });
    return new Pairs(List.copyOf(pairs));
  }

  /** A name with its value. */
  private record Pair(String name, String value) implements TemplateObject {
    @Override
    public String type() {
      return "template.Pair";
    }
  }

  /** Several of them, in order. */
  private record Pairs(List<Pair> pairs) implements TemplateObject {
    @Override
    public String type() {
      return "template.Pairs";
    }

    @Override
    public String shape() {
      return "[]template.Pair";
    }

    @Override
    public Object content() {
      return pairs;
    }

    @Override
    public String text() {
      List<String> texts = new ArrayList<>(pairs.size());
      pairs.forEach(pair -> texts.add(pair.name() + "=" + pair.value()));
      return String.join(", ", texts);
    }

    @Override
    public @Nullable TemplateFunction method(String name) {
      return switch (name) {
        case "Names" ->
            TemplateFunction.of("func() []string", a -> pairs.stream().map(Pair::name).toList());
        case "Values" ->
            TemplateFunction.of("func() []string", a -> pairs.stream().map(Pair::value).toList());
        case "String" -> TemplateFunction.of("func() string", a -> text());
        default -> null;
      };
    }
  }
}
