package io.narthex.ingest.otlp;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code otlp}. */
@Extension
public final class OtlpSection implements ConfigSection<OtlpConfig> {
  private final OtlpRoutes routes;

  @Inject
  public OtlpSection(OtlpRoutes routes) {
    this.routes = routes;
  }

  @Override
  public String key() {
    return "otlp";
  }

  @Override
  public ConfigShape<OtlpConfig> shape() {
    return ConfigShape.of(OtlpConfig.class);
  }

  @Override
  public Prepared prepare(OtlpConfig config, ConfigSnapshot snapshot) throws ConfigException {
    boolean legacy =
        NameScheme.parse(snapshot.global().metricNameValidationScheme()) == NameScheme.LEGACY;
    if (legacy && !config.strategy().escapes) {
      throw new ConfigException(
          "OTLP translation strategy "
              + Quoting.quote(config.translationStrategy())
              + " is not allowed when UTF8 is disabled");
    }
    routes.check();
    return () -> routes.translation(config);
  }
}
