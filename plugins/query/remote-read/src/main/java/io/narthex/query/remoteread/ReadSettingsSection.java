package io.narthex.query.remoteread;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code remote_read_server}. */
@Extension
public final class ReadSettingsSection implements ConfigSection<ReadSettings> {
  private final RemoteReadRoutes routes;

  @Inject
  public ReadSettingsSection(RemoteReadRoutes routes) {
    this.routes = routes;
  }

  @Override
  public String key() {
    return "remote_read_server";
  }

  @Override
  public ConfigShape<ReadSettings> shape() {
    return ConfigShape.of(ReadSettings.class);
  }

  @Override
  public Prepared prepare(ReadSettings config, ConfigSnapshot snapshot) {
    return () -> routes.settings(config);
  }
}
