package io.narthex.api.relabel;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.Table;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RelabellerTest {
  /** A case of the table; {@code out} is null when the series is dropped. */
  private record Case(String name, Labels in, List<RelabelConfig> steps, @Nullable Labels out) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    String name = "";
    Labels in = Labels.empty();
    List<RelabelConfig> steps = new ArrayList<>();
    for (String line : Table.lines(RelabellerTest.class, "relabeller.txt")) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" +", 2);
      String rest = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case "case" -> {
          name = rest;
          in = Labels.empty();
          steps = new ArrayList<>();
        }
        case "in" -> in = Steps.labels(rest);
        case "step" -> steps.add(Steps.step(rest));
        case "out" -> cases.add(new Case(name, in, steps, Steps.labels(rest)));
        case "drop" -> cases.add(new Case(name, in, steps, null));
        default -> throw new IllegalStateException("unknown line " + line);
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void relabelsAsPrometheusDoes(Case c) {
    Labels.Builder labels = c.in.toBuilder();
    boolean kept = Relabeller.of(c.steps).apply(labels);

    assertThat(kept ? labels.build() : null).as("%s by %s", c.in, c.steps).isEqualTo(c.out);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSameStepByStep(Case c) {
    Relabeller relabeller = Relabeller.of(c.steps);
    Labels.Builder labels = c.in.toBuilder();
    boolean kept = true;
    for (int i = 0; i < relabeller.size() && kept; i++) {
      kept = relabeller.applyStep(i, labels);
    }

    assertThat(kept ? labels.build() : null).as("%s by %s", c.in, c.steps).isEqualTo(c.out);
  }

  @Test
  void writesNoNameThatTheSchemeForbids() {
    RelabelConfig step =
        Steps.step("source_labels=a regex=(.*);(.*) target_label=$1 replacement=$2");
    Labels dotted = Labels.of("a", "b.c;1");

    Labels.Builder any = dotted.toBuilder();
    Relabeller.of(List.of(step), NameScheme.UTF8).apply(any);
    assertThat(any.build()).isEqualTo(Labels.of("a", "b.c;1", "b.c", "1"));
    Labels.Builder classic = dotted.toBuilder();
    Relabeller.of(List.of(step), NameScheme.LEGACY).apply(classic);
    assertThat(classic.build()).isEqualTo(dotted);
  }

  @Test
  void leavesLabelsAsTheyWereWithoutSteps() {
    Relabeller none = Relabeller.of(List.of());
    Labels.Builder labels = Labels.of("a", "1").toBuilder();

    assertThat(none.isEmpty()).isTrue();
    assertThat(none.size()).isZero();
    assertThat(none.apply(labels)).isTrue();
    assertThat(labels.build()).isEqualTo(Labels.of("a", "1"));
  }

  @Test
  void leavesLabelsAsTheDroppingStepFoundThem() {
    Relabeller relabeller =
        Relabeller.of(
            List.of(
                Steps.step("target_label=b replacement=2"),
                Steps.step("source_labels=b regex=2 action=drop"),
                Steps.step("target_label=c replacement=3")));
    Labels.Builder labels = Labels.of("a", "1").toBuilder();

    assertThat(relabeller.isEmpty()).isFalse();
    assertThat(relabeller.apply(labels)).isFalse();
    assertThat(labels.build()).isEqualTo(Labels.of("a", "1", "b", "2"));
  }

  @Test
  void doesNotSeeLaterChangesOfTheListThatItWasMadeFrom() {
    List<RelabelConfig> steps = new ArrayList<>();
    steps.add(Steps.step("target_label=b replacement=2"));
    Relabeller relabeller = Relabeller.of(steps);
    steps.clear();
    Labels.Builder labels = Labels.builder();

    assertThat(relabeller.apply(labels)).isTrue();
    assertThat(labels.build()).isEqualTo(Labels.of("b", "2"));
  }
}
