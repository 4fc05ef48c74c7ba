package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelsTest {
  /** Sorts before, between and after the surrogates as UTF-16, and last of all as code points. */
  private static final String LAST = "\ud83d\ude00";

  private static final Comparator<String> BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  @Test
  void sortsByCodePointWhateverTheOrderGiven() {
    Labels labels = Labels.of(LAST, "4", "\uffee", "3", "b", "2", "B", "1", "é", "5");

    assertThat(names(labels)).containsExactly("B", "b", "é", "\uffee", LAST);
    assertThat(labels.name(4)).isEqualTo(LAST);
    assertThat(labels.value(4)).isEqualTo("4");
    assertThat(labels).isEqualTo(Labels.of("B", "1", "b", "2", "é", "5", "\uffee", "3", LAST, "4"));
  }

  @Test
  void takesAnEmptyValueForNoLabel() {
    Labels labels = Labels.of("a", "", "b", "1");

    assertThat(labels).isEqualTo(Labels.of("b", "1"));
    assertThat(labels.size()).isEqualTo(1);
    assertThat(labels.has("a")).isFalse();
    assertThat(labels.get("a")).isEmpty();
    assertThat(Labels.of("a", "")).isSameAs(Labels.empty());
    assertThat(Labels.of(Map.of("a", "", "b", "1"))).isEqualTo(labels);
  }

  @Test
  void findsValuesByName() {
    Labels labels = Labels.of("__name__", "up", "job", "node");

    assertThat(labels.get("job")).isEqualTo("node");
    assertThat(labels.has("job")).isTrue();
    assertThat(labels.get("jobs")).isEmpty();
    assertThat(labels.get("")).isEmpty();
    assertThat(labels.metricName()).isEqualTo("up");
    assertThat(Labels.empty().metricName()).isEmpty();
    assertThat(Labels.empty().isEmpty()).isTrue();
    assertThat(labels.isEmpty()).isFalse();
  }

  @Test
  void refusesWhatIsNoListOfNamesAndValues() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Labels.of("a"))
        .withMessage("cannot make labels: got an odd number of strings, want names and values");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Labels.of("a", "1", "b", "2", "a", "1"))
        .withMessage("cannot make labels: got the name \"a\" twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Labels.of("a", "", "a", "1"))
        .withMessage("cannot make labels: got the name \"a\" twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Labels.of("", "1"))
        .withMessage("cannot set a label: its name is empty");
  }

  @Test
  void filtersByName() {
    Labels labels = Labels.of("__name__", "up", "a", "1", "b", "2");

    assertThat(labels.filter(name -> name.equals("a"))).isEqualTo(Labels.of("a", "1"));
    assertThat(labels.filter(name -> true)).isSameAs(labels);
    assertThat(labels.filter(name -> false)).isSameAs(Labels.empty());
    assertThat(labels.without(Set.of("a", "c"))).isEqualTo(Labels.of("__name__", "up", "b", "2"));
    assertThat(labels.without(List.of())).isSameAs(labels);
    assertThat(labels.retain(Set.of("a", "c"))).isEqualTo(Labels.of("a", "1"));
    assertThat(labels.retain(List.of())).isSameAs(Labels.empty());
    assertThat(labels.withoutMetricName()).isEqualTo(Labels.of("a", "1", "b", "2"));
    assertThat(labels.size()).isEqualTo(3);
  }

  @Test
  void givesItsLabelsInOrder() {
    Labels labels = Labels.of("b", "2", "a", "1");
    Map<String, String> seen = new LinkedHashMap<>();
    labels.forEach(seen::put);

    assertThat(seen).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
    Map<String, String> map = labels.toMap();
    assertThat(map).containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
    map.put("c", "3");
    assertThat(labels.has("c")).isFalse();
  }

  @Test
  void comparesLabelByLabelAndThenByNumber() {
    List<Labels> sorted =
        List.of(
            Labels.empty(),
            Labels.of("__name__", "a"),
            Labels.of("__name__", "a", "job", "x"),
            Labels.of("__name__", "a", "job", "x", "z", "1"),
            Labels.of("__name__", "a", "job", "y"),
            Labels.of("__name__", "a", "job", "\uffee"),
            Labels.of("__name__", "a", "job", LAST),
            Labels.of("__name__", "aa"),
            Labels.of("a", "1"),
            Labels.of("a", "1", "b", "1"),
            Labels.of("a", "2"),
            Labels.of("aa", "1"),
            Labels.of("\uffee", "1"),
            Labels.of(LAST, "1"));
    for (int i = 0; i < sorted.size(); i++) {
      for (int j = 0; j < sorted.size(); j++) {
        assertThat(Integer.signum(sorted.get(i).compareTo(sorted.get(j))))
            .as("%s, %s", sorted.get(i), sorted.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }

  @Test
  void isEqualByContentAlone() {
    Labels labels = Labels.of("a", "1", "b", "2");

    assertThat(labels)
        .isEqualTo(Labels.builder().set("b", "2").set("a", "1").build())
        .hasSameHashCodeAs(Labels.builder().set("b", "2").set("a", "1").build())
        .isNotEqualTo(Labels.of("a", "1"))
        .isNotEqualTo(Labels.of("a", "1", "b", "3"))
        .isNotEqualTo(Labels.of("a", "1b", "2", "x"))
        .isNotEqualTo("{a=\"1\", b=\"2\"}");
    assertThat(Labels.empty()).isEqualTo(Labels.of()).hasSameHashCodeAs(Labels.builder().build());
  }

  @Test
  void buildsStepByStep() {
    Labels.Builder builder = Labels.of("a", "1", "b", "2").toBuilder();
    builder.set("c", "3").set("a", "4").remove("b").remove("nope").set("d", "5").set("d", "");

    Labels first = builder.build();
    assertThat(first).isEqualTo(Labels.of("a", "4", "c", "3"));
    assertThat(builder.get("c")).isEqualTo("3");
    assertThat(builder.has("c")).isTrue();
    assertThat(builder.get("b")).isEmpty();
    assertThat(builder.has("b")).isFalse();

    builder.set("c", "6");
    assertThat(first.get("c")).as("what was built before").isEqualTo("3");
    assertThat(builder.reset(Labels.of("z", "1")).build()).isEqualTo(Labels.of("z", "1"));
    assertThat(builder.remove("z").build()).isSameAs(Labels.empty());
    assertThatIllegalArgumentException().isThrownBy(() -> builder.set("", "x"));
  }

  @Test
  void growsWithTheNumberOfLabels() {
    Labels.Builder builder = Labels.builder();
    for (int i = 99; i >= 0; i--) {
      builder.set("n%02d".formatted(i), String.valueOf(i));
    }
    Labels labels = builder.build();

    assertThat(labels.size()).isEqualTo(100);
    assertThat(labels.name(42)).isEqualTo("n42");
    assertThat(Labels.builder().reset(labels).set("x", "1").build().size()).isEqualTo(101);
  }

  @Test
  void agreesWithATreeMapWhateverIsDone() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] alphabet = {"a", "b", "_", "z", "é", "\uffee", LAST, "\ue000", "0"};
    for (int round = 0; round < 2_000; round++) {
      TreeMap<String, String> oracle = new TreeMap<>(BYTES);
      Labels.Builder builder = Labels.builder();
      int steps = random.nextInt(40);
      for (int i = 0; i < steps; i++) {
        String name = word(random, alphabet, 1);
        String value = random.nextInt(4) == 0 ? "" : word(random, alphabet, 1);
        if (random.nextInt(3) == 0) {
          builder.remove(name);
          oracle.remove(name);
        } else {
          builder.set(name, value);
          oracle.put(name, value);
          if (value.isEmpty()) {
            oracle.remove(name);
          }
        }
      }
      Labels labels = builder.build();
      String context = "seed " + seed + ", round " + round;
      assertThat(new ArrayList<>(labels.toMap().entrySet()))
          .as(context)
          .isEqualTo(new ArrayList<>(oracle.entrySet()));
      assertThat(labels).as(context).isEqualTo(Labels.of(oracle));
      assertThat(labels.hashCode()).as(context).isEqualTo(Labels.of(oracle).hashCode());
      Labels other = Labels.of(word(random, alphabet, 1), word(random, alphabet, 1));
      assertThat(Integer.signum(labels.compareTo(other)))
          .as("%s: %s, %s", context, labels, other)
          .isEqualTo(Integer.signum(compareBytes(labels, other)));
    }
  }

  private static int compareBytes(Labels a, Labels b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int names = BYTES.compare(a.name(i), b.name(i));
      int c = names != 0 ? names : BYTES.compare(a.value(i), b.value(i));
      if (c != 0) {
        return c;
      }
    }
    return a.size() - b.size();
  }

  private static String word(Random random, String[] alphabet, int least) {
    StringBuilder out = new StringBuilder();
    int length = least + random.nextInt(3);
    for (int i = 0; i < length; i++) {
      out.append(alphabet[random.nextInt(alphabet.length)]);
    }
    return out.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'' | {} | {}",
        "__name__=up | {__name__=\"up\"} | up",
        "job=a | {job=\"a\"} | {job=\"a\"}",
        "__name__=up;job=a;z=b | {__name__=\"up\", job=\"a\", z=\"b\"} | up{job=\"a\", z=\"b\"}",
        "__name__=a:b;A=1 | {A=\"1\", __name__=\"a:b\"} | a:b{A=\"1\"}",
        "__name__=odd name | {__name__=\"odd name\"} | {\"odd name\"}",
        "__name__=a.b;c=d | {__name__=\"a.b\", c=\"d\"} | {\"a.b\", c=\"d\"}",
        "__name__=m;http.x=1 | {__name__=\"m\", \"http.x\"=\"1\"} | m{\"http.x\"=\"1\"}",
        "a:b=1 | {\"a:b\"=\"1\"} | {\"a:b\"=\"1\"}",
        "a=x\"y\\z | {a=\"x\\\"y\\\\z\"} | {a=\"x\\\"y\\\\z\"}",
        "0a=1 | {\"0a\"=\"1\"} | {\"0a\"=\"1\"}",
      })
  void printsAsPrometheusDoes(String pairs, String set, String series) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String pair : pairs.equals("''") ? new String[0] : pairs.split(";")) {
      int equals = pair.indexOf('=');
      map.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    Labels labels = Labels.of(map);

    assertThat(labels).hasToString(set);
    assertThat(labels.toSeriesString()).isEqualTo(series);
  }

  private static List<String> names(Labels labels) {
    return new ArrayList<>(labels.toMap().keySet());
  }
}
