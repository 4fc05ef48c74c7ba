package io.narthex.web.access;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import java.util.Map;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The section {@code web.access}. */
@Extension
public final class AccessSection implements ConfigSection<AccessConfig> {
  private static final Logger LOG = LoggerFactory.getLogger(AccessSection.class);
  private static final String KEY = "web.access";

  /** Before others: what a reload takes from somebody is taken before the rest of it takes time. */
  private static final int EARLY = -1000;

  private final ConfiguredControl control;
  private AccessConfig before = new AccessConfig(Map.of(), Map.of(), null, null);

  /** Made by the kernel. */
  @Inject
  public AccessSection(ConfiguredControl control) {
    this.control = control;
  }

  @Override
  public String key() {
    return KEY;
  }

  @Override
  public ConfigShape<AccessConfig> shape() {
    return ConfigShape.of(AccessConfig.class);
  }

  @Override
  public int order() {
    return EARLY;
  }

  @Override
  public Prepared prepare(AccessConfig config, ConfigSnapshot snapshot) throws ConfigException {
    requireSomebody(config, snapshot);
    Rules rules = Rules.of(config, snapshot::resolve);
    return () -> {
      control.rules(rules);
      tell(config);
    };
  }

  @Override
  public void check(AccessConfig config, ConfigSnapshot snapshot, ConfigCheck check)
      throws ConfigException {
    requireSomebody(config, snapshot);
    Rules _ = Rules.of(config, check.syntaxOnly() ? null : snapshot::resolve);
  }

  /** An empty section would let nobody in, which nobody means who writes it. */
  private static void requireSomebody(AccessConfig config, ConfigSnapshot snapshot)
      throws ConfigException {
    if (config.isEmpty() && snapshot.isGiven(KEY)) {
      throw new ConfigException(
          "nobody may see anything; want users, tokens, authenticated or anonymous, or no section"
              + " at all for everybody to see everything");
    }
  }

  /** Says when it has changed who may see what. Sections are applied one after the other. */
  private void tell(AccessConfig config) {
    if (config.equals(before)) {
      return;
    }
    before = config;
    if (config.isEmpty()) {
      LOG.atInfo().log("Everybody sees everything");
    } else {
      LOG.atInfo()
          .addKeyValue("users", config.users().size())
          .addKeyValue("tokens", config.tokens().size())
          .addKeyValue("authenticated", config.authenticated() != null)
          .addKeyValue("anonymous", config.anonymous() != null)
          .log("What requests may see is decided by web.access");
    }
  }
}
