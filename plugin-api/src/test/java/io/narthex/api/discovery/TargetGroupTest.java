package io.narthex.api.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.model.Labels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetGroupTest {
  @Test
  void copiesItsTargets() {
    List<Labels> targets = new ArrayList<>(List.of(Labels.of("__address__", "a:1")));
    TargetGroup group = new TargetGroup("f", targets, Labels.of("x", "y"));
    targets.clear();

    assertThat(group.targets()).containsExactly(Labels.of("__address__", "a:1")).isUnmodifiable();
    assertThat(group)
        .isEqualTo(
            new TargetGroup("f", List.of(Labels.of("__address__", "a:1")), Labels.of("x", "y")));
  }

  @Test
  void requiresItsParts() {
    assertThatNullPointerException()
        .isThrownBy(() -> new TargetGroup(null, List.of(), Labels.empty()));
    assertThatNullPointerException().isThrownBy(() -> new TargetGroup("f", null, Labels.empty()));
    assertThatNullPointerException().isThrownBy(() -> new TargetGroup("f", List.of(), null));
    assertThatNullPointerException().isThrownBy(() -> new DiscoveryContext(null, Path.of("")));
    assertThatNullPointerException().isThrownBy(() -> new DiscoveryContext("job", null));
  }
}
