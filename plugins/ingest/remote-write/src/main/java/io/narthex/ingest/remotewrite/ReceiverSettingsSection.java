package io.narthex.ingest.remotewrite;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code remote_write_receiver}. */
@Extension
public final class ReceiverSettingsSection implements ConfigSection<ReceiverSettings> {
  private final RemoteWriteRoutes routes;

  @Inject
  public ReceiverSettingsSection(RemoteWriteRoutes routes) {
    this.routes = routes;
  }

  @Override
  public String key() {
    return "remote_write_receiver";
  }

  @Override
  public ConfigShape<ReceiverSettings> shape() {
    return ConfigShape.of(ReceiverSettings.class);
  }

  @Override
  public Prepared prepare(ReceiverSettings config, ConfigSnapshot snapshot) {
    return () -> routes.settings(config);
  }
}
