package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.plugin.Features;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RuleFeaturesTest {
  private static Map<String, Map<String, Boolean>> with(String... enabled) {
    return new RuleFeatures(new Features(Set.of(enabled))).features();
  }

  @Test
  void tellsWhatRulesCanDoByPrometheussNames() {
    assertThat(with())
        .isEqualTo(
            Map.of(
                "rules",
                Map.of(
                    "concurrent_rule_eval", false, "keep_firing_for", true, "query_offset", true)));
    assertThat(with("concurrent-rule-eval").get("rules"))
        .containsEntry("concurrent_rule_eval", true);
  }
}
