package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaTest {
  @Test
  void describesObjectsWhoseKeysAreKnown() {
    Schema thing =
        Schema.object()
            .with("name", Schema.string())
            .may("sizes", Schema.array(Schema.integer()))
            .with("kind", Schema.values("small", "large"));

    assertThat(thing.keywords())
        .containsOnlyKeys("type", "additionalProperties", "properties", "required")
        .containsEntry("type", "object")
        .containsEntry("additionalProperties", false)
        .containsEntry("required", List.of("name", "kind"));
    assertThat(((Map<?, ?>) thing.keywords().get("properties")).keySet())
        .map(String::valueOf)
        .containsExactly("name", "sizes", "kind");
  }

  @Test
  void describesListsThatHaveALength() {
    assertThat(Schema.tuple(Schema.number(), Schema.string()).keywords())
        .containsEntry("prefixItems", List.of(Schema.number(), Schema.string()))
        .containsEntry("minItems", 2)
        .containsEntry("maxItems", 2);
  }

  @Test
  void canBeNull() {
    assertThat(Schema.string().nullable().keywords())
        .containsEntry("type", List.of("string", "null"));
    assertThat(Schema.reference("Thing").nullable().keywords())
        .containsEntry(
            "anyOf", List.of(Schema.reference("Thing"), Schema.any().plus("type", "null")));
  }

  @Test
  void knowsWhatItRefersTo() {
    assertThat(Schema.reference("Thing").referenced()).isEqualTo("Thing");
    assertThat(Schema.string().referenced()).isEmpty();
  }

  @Test
  void changesByMakingAnother() {
    Schema before = Schema.object();
    Schema after = before.with("a", Schema.truth()).described("A thing").named("Thing");

    assertThat(before).isEqualTo(Schema.object());
    assertThat(before.keywords()).doesNotContainKey("properties");
    assertThat(after.name()).isEqualTo("Thing");
    assertThat(after.described("A thing")).isEqualTo(after);
  }

  @Test
  void keepsNothingThatCouldChange() {
    List<Object> values = new ArrayList<>(List.of("a"));
    Schema schema = Schema.string().plus("enum", values);
    values.add("b");

    assertThat(schema.keywords()).containsEntry("enum", List.of("a"));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> schema.keywords().put("a", "b"));
  }

  @Test
  void refusesWhatJsonCannotSay() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schema.any().plus("x-at", List.of(new Object())))
        .withMessage(
            "cannot make a schema: got a java.lang.Object, want texts, numbers, truth values,"
                + " schemas, lists and maps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schema.string().named("a/b"))
        .withMessage("cannot name a schema: got a/b, want letters, digits, dots, _ and - only");
  }
}
