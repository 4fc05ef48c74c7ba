package io.narthex.ingest.otlp;

import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.FeaturesView;
import jakarta.inject.Inject;
import java.util.Map;
import org.pf4j.Extension;

/** What the receiver does with deltas, by Prometheus's names. */
@Extension
public final class OtlpFeaturesView implements FeaturesView {
  private final Features features;

  /** Takes what {@code --enable-feature} named. */
  @Inject
  public OtlpFeaturesView(Features features) {
    this.features = features;
  }

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return Map.of(
        "otlp_receiver",
        Map.of(
            "delta_conversion",
            features.enabled(OtlpReceiver.CONVERTS_DELTA),
            "native_delta_ingestion",
            features.enabled(OtlpReceiver.TAKES_DELTA)));
  }
}
