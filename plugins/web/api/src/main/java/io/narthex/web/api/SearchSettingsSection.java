package io.narthex.web.api;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import org.pf4j.Extension;

/** The section {@code web_search}; a search looks it up in the configuration in force. */
@Extension
public final class SearchSettingsSection implements ConfigSection<SearchSettings> {
  static final String KEY = "web_search";

  @Override
  public String key() {
    return KEY;
  }

  @Override
  public ConfigShape<SearchSettings> shape() {
    return ConfigShape.of(SearchSettings.class);
  }

  @Override
  public Prepared prepare(SearchSettings config, ConfigSnapshot snapshot) {
    return Prepared.NOTHING;
  }
}
