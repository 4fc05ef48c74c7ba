package io.narthex.ingest.otlp;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code otlp_receiver}. */
@Extension
public final class OtlpReceiverSection implements ConfigSection<OtlpReceiverSettings> {
  private final OtlpRoutes routes;

  @Inject
  public OtlpReceiverSection(OtlpRoutes routes) {
    this.routes = routes;
  }

  @Override
  public String key() {
    return "otlp_receiver";
  }

  @Override
  public ConfigShape<OtlpReceiverSettings> shape() {
    return ConfigShape.of(OtlpReceiverSettings.class);
  }

  @Override
  public Prepared prepare(OtlpReceiverSettings config, ConfigSnapshot snapshot) {
    return () -> routes.settings(config);
  }
}
