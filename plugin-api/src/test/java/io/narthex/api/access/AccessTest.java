package io.narthex.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessTest {
  private static final Matcher TEAM_A = Matcher.equal("team", "a");
  private static final Matcher NO_NODE = Matcher.of(Matcher.Type.NOT_EQUAL, "job", "node");

  @Test
  void showsEverythingWithoutSelectors() {
    assertThat(Access.FULL.isRestricted()).isFalse();
    assertThat(Access.FULL.shows(Labels.of("job", "node"))).isTrue();
  }

  @Test
  void showsWhatSatisfiesAllMatchersOfOneSelector() {
    Access access =
        new Access(
            "alice",
            List.of(List.of(TEAM_A, NO_NODE), List.of(Matcher.equal("public", "yes"))),
            QueryLimits.NONE);

    assertThat(access.isRestricted()).isTrue();
    assertThat(access.shows(Labels.of("team", "a"))).isTrue();
    assertThat(access.shows(Labels.of("job", "node", "team", "a"))).isFalse();
    assertThat(access.shows(Labels.of("job", "node", "public", "yes"))).isTrue();
    assertThat(access.shows(Labels.of("job", "api"))).isFalse();
  }

  @Test
  void refusesASelectorThatSelectsEverything() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Access("bob", List.of(List.of()), QueryLimits.NONE))
        .withMessageContaining("bob");
  }

  @Test
  void refusesLimitsBelowZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QueryLimits(-1, Duration.ZERO, 0))
        .withMessage(
            "query limits out of range: got max_samples -1, timeout 0s, max_concurrency 0, want 0"
                + " or more");
  }
}
