package io.narthex.rules.groups;

import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.FeaturesView;
import jakarta.inject.Inject;
import java.util.Map;
import org.pf4j.Extension;

/** What rules can do, by Prometheus's names. */
@Extension
public final class RuleFeatures implements FeaturesView {
  private final Features features;

  /** Takes what {@code --enable-feature} named. */
  @Inject
  public RuleFeatures(Features features) {
    this.features = features;
  }

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return Map.of(
        "rules",
        Map.of(
            "concurrent_rule_eval",
            features.enabled(RuleService.CONCURRENT),
            "keep_firing_for",
            true,
            "query_offset",
            true));
  }
}
