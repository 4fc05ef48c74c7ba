package io.narthex.rules.groups;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code rules}: how rules are evaluated, whatever they are. */
@Extension
public final class RuleSettingsSection implements ConfigSection<RuleSettings> {
  private final RuleService service;

  @Inject
  public RuleSettingsSection(RuleService service) {
    this.service = service;
  }

  @Override
  public String key() {
    return "rules";
  }

  @Override
  public ConfigShape<RuleSettings> shape() {
    return ConfigShape.of(RuleSettings.class);
  }

  /** Before the groups, which go by it. */
  @Override
  public int order() {
    return -10;
  }

  @Override
  public Prepared prepare(RuleSettings config, ConfigSnapshot snapshot) {
    return () -> service.settings(config);
  }
}
