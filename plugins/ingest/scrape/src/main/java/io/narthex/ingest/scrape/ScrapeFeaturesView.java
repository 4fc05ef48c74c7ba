package io.narthex.ingest.scrape;

import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.FeaturesView;
import jakarta.inject.Inject;
import java.util.Map;
import org.pf4j.Extension;

/** What of scraping is switched on, by Prometheus's names. */
@Extension
public final class ScrapeFeaturesView implements FeaturesView {
  private final ScrapeFeatures features;

  /** Takes what {@code --enable-feature} named. */
  @Inject
  public ScrapeFeaturesView(Features features) {
    this.features = ScrapeFeatures.of(features);
  }

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return Map.of(
        "scrape",
        Map.of(
            // A key of the configuration switches them on, whatever the flag says.
            "extra_scrape_metrics",
            true,
            "start_timestamp_zero_ingestion",
            features.startTimestamps(),
            "type_and_unit_labels",
            features.typeAndUnitLabels()));
  }
}
