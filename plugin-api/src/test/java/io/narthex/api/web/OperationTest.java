package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;

class OperationTest {
  private static final Handler HANDLER = (request, response) -> {};

  @Test
  void describesARouteAndLeavesItAsItIsOtherwise() {
    Operation operation =
        Operation.of("things", "List things")
            .describedBy("All of them.")
            .with(Operation.Parameter.of("size", "How large", Schema.integer()).required())
            .with(Operation.Parameter.of("name[]", "Which").repeated())
            .answers(Operation.Answer.json(200, "The things", Schema.array(Schema.string())))
            .answers(Operation.Answer.empty(204, "There are none"));
    Route plain = Route.getOrPost("/api/v1/things", HANDLER).audience(Route.Audience.ALL);
    Route route = plain.describedBy(operation);

    assertThat(plain.operation()).isEqualTo(Operation.UNDESCRIBED);
    assertThat(route.operation()).isEqualTo(operation);
    assertThat(route.describedBy(Operation.UNDESCRIBED)).isEqualTo(plain);
    assertThat(route.audience(Route.Audience.FILTERED).operation()).isEqualTo(operation);
    assertThat(route.methods(Set.of("GET")).operation()).isEqualTo(operation);
    assertThat(operation.parameters())
        .map(Operation.Parameter::name)
        .containsExactly("size", "name[]");
    assertThat(operation.parameters().get(1).schema()).isEqualTo(Schema.array(Schema.string()));
    assertThat(operation.answers()).map(Operation.Answer::status).containsExactly(200, 204);
  }

  @Test
  void whatStandsInThePathIsAlwaysRequired() {
    Operation.Parameter parameter = Operation.Parameter.of("name", "Which");

    assertThat(parameter.isRequired()).isFalse();
    assertThat(parameter.in(Operation.Place.URL).isRequired()).isFalse();
    assertThat(parameter.in(Operation.Place.PATH).isRequired()).isTrue();
  }

  @Test
  void refusesWhatCannotBe() {
    Operation.Parameter parameter = Operation.Parameter.of("a", "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Operation.of("x", "Do").with(parameter, parameter.required()))
        .withMessage("cannot describe Do: got a parameter twice, want each once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Operation.Answer.empty(99, ""))
        .withMessage("cannot describe an answer: got status 99, want 100 to 599, or 0");
  }
}
