package io.narthex.web.ui;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import org.pf4j.Extension;

/** The section {@code web_user_assets}; a request looks it up in the configuration in force. */
@Extension
public final class UserAssetsSection implements ConfigSection<UserAssets> {
  static final String KEY = "web_user_assets";

  @Override
  public String key() {
    return KEY;
  }

  @Override
  public ConfigShape<UserAssets> shape() {
    return ConfigShape.of(UserAssets.class);
  }

  /** The directory may come later, and go. */
  @Override
  public Prepared prepare(UserAssets config, ConfigSnapshot snapshot) {
    return Prepared.NOTHING;
  }
}
