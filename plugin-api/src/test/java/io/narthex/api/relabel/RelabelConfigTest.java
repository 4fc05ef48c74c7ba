package io.narthex.api.relabel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.Table;
import io.narthex.api.config.Defaults;
import io.narthex.api.model.NameScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelabelConfigTest {
  static List<String[]> refusals() {
    List<String[]> rows = new ArrayList<>();
    String step = "";
    for (String line : Table.lines(RelabelConfigTest.class, "refusals.txt")) {
      if (line.startsWith("step ")) {
        step = line.substring(5);
      } else if (line.startsWith("says ")) {
        rows.add(new String[] {step, Table.unescape(line.substring(5))});
      }
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWithPrometheussText(String step, String text) {
    assertThatIllegalArgumentException()
        .as(step)
        .isThrownBy(() -> Steps.step(step))
        .withMessage(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "target_label=b",
        "target_label=${3}",
        // With UTF-8 names these are names too.
        "target_label=0${3}",
        "target_label=-${3}",
        "target_label=http.status",
        "target_label=${",
        "action=lowercase target_label=${3}",
        "action=uppercase target_label=a.b replacement=$1",
        "action=hashmod modulus=2 target_label=$1",
        "action=hashmod modulus=2 target_label=a replacement=x regex=y",
        "action=labelmap",
        "action=labelmap replacement=${1}",
        "action=labelmap replacement=-",
        "action=labeldrop regex=a",
        "action=labeldrop replacement=$1 separator=;",
        "action=labelkeep",
        "action=keepequal source_labels=a target_label=b",
        "action=dropequal target_label=b regex=(.*) replacement=$1 separator=;",
        "action=keep",
        "action=drop source_labels=a target_label=b replacement=c modulus=7",
      })
  void acceptsWhatPrometheusAccepts(String step) {
    assertThatCode(() -> Steps.step(step)).as(step).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    // Prometheus's table of templates in the classic character set.
    "-label, false",
    "label, true",
    "label${1}, true",
    "${1}label, true",
    "${1}, true",
    "${, false",
    "$, false",
    "${}, false",
    "foo${, false",
    "$1, true",
    "asd$2asd, true",
    "-foo${1}bar-, false",
    "bar.foo${1}bar, false",
    "_${1}_, true",
    "foo${bar}foo, true",
    "0${3}, false",
    "a.b, false",
  })
  void checksNamesByTheClassicSchemeWhereThatIsAskedFor(String name, boolean valid) {
    RelabelConfig replace = Steps.step("target_label=" + name);
    RelabelConfig map = Steps.step("action=labelmap replacement=" + name);

    replace.check(NameScheme.UTF8);
    map.check(NameScheme.UTF8);
    if (valid) {
      replace.check(NameScheme.LEGACY);
      map.check(NameScheme.LEGACY);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> replace.check(NameScheme.LEGACY))
          .withMessage("\"" + name + "\" is invalid 'target_label' for replace action");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> map.check(NameScheme.LEGACY))
          .withMessage("\"" + name + "\" is invalid 'replacement' for labelmap action");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lowercase", "uppercase", "keepequal", "dropequal", "hashmod modulus=2"})
  void takesNoReferencesInClassicNamesButForReplace(String action) {
    RelabelConfig step = Steps.step("target_label=${3} action=" + action);
    String name = action.split(" ")[0];

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Relabeller.of(List.of(step), NameScheme.LEGACY))
        .withMessage("\"${3}\" is invalid 'target_label' for " + name + " action");
    assertThatCode(() -> Relabeller.of(List.of(step))).doesNotThrowAnyException();
  }

  @Test
  void takesTheDefaultReplacementInTheClassicScheme() {
    assertThatCode(() -> Steps.step("action=labelmap").check(NameScheme.LEGACY))
        .doesNotThrowAnyException();
    assertThatCode(() -> Steps.step("action=keep source_labels=a.b").check(NameScheme.LEGACY))
        .doesNotThrowAnyException();
  }

  @Test
  void hasPrometheussDefaults() {
    RelabelConfig config = Defaults.with(RelabelConfig.class, Map.of("targetLabel", "a"));

    assertThat(config)
        .isEqualTo(
            new RelabelConfig(List.of(), ";", null, 0, "a", null, RelabelConfig.Action.REPLACE));
  }

  @ParameterizedTest
  @EnumSource
  void readsActionsInUpperAndLowerCase(RelabelConfig.Action action) {
    assertThat(RelabelConfig.Action.parse(action.toString())).isEqualTo(action);
    assertThat(RelabelConfig.Action.parse(action.name())).isEqualTo(action);
    assertThat(action.toString()).isLowerCase();
  }

  @Test
  void copiesItsSourceLabels() {
    List<String> names = new ArrayList<>(List.of("a"));
    RelabelConfig config =
        Defaults.with(RelabelConfig.class, Map.of("targetLabel", "b", "sourceLabels", names));
    names.add("c");

    assertThat(config.sourceLabels()).containsExactly("a");
  }
}
