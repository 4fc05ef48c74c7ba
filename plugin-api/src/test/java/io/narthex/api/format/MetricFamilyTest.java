package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.MetricFamily.Label;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricFamilyTest {
  @Test
  void labelsWhoseTextsHaveTheSameHashHaveOthers() {
    Set<Integer> texts = new HashSet<>();
    Set<Integer> names = new HashSet<>();
    Set<Integer> values = new HashSet<>();
    for (int i = 0; i < 4096; i++) {
      StringBuilder text = new StringBuilder();
      for (int bit = 0; bit < 12; bit++) {
        text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      texts.add(text.toString().hashCode());
      names.add(new Label(text.toString(), "x").hashCode());
      values.add(new Label("x", text.toString()).hashCode());
    }
    assertThat(texts).hasSize(1);
    assertThat(names).hasSizeGreaterThan(4000);
    assertThat(values).hasSizeGreaterThan(4000);
    assertThat(new Label("a", "b")).isEqualTo(new Label("a", "b"));
    assertThat(new Label("a", "b")).hasSameHashCodeAs(new Label("a", "b"));
  }
}
