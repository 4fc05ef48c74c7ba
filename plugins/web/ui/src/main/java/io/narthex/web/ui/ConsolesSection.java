package io.narthex.web.ui;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import org.pf4j.Extension;

/** The section {@code web_consoles}; a request looks it up in the configuration in force. */
@Extension
public final class ConsolesSection implements ConfigSection<Consoles> {
  static final String KEY = "web_consoles";

  @Override
  public String key() {
    return KEY;
  }

  @Override
  public ConfigShape<Consoles> shape() {
    return ConfigShape.of(Consoles.class);
  }

  /** The directories may come later, and go; files are read at each request. */
  @Override
  public Prepared prepare(Consoles config, ConfigSnapshot snapshot) {
    return Prepared.NOTHING;
  }
}
