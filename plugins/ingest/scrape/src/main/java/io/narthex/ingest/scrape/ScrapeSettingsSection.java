package io.narthex.ingest.scrape;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** The section {@code scrape}: how scraping works, whatever is scraped. */
@Extension
public final class ScrapeSettingsSection implements ConfigSection<ScrapeSettings> {
  private final ScrapeService service;

  @Inject
  public ScrapeSettingsSection(ScrapeService service) {
    this.service = service;
  }

  @Override
  public String key() {
    return "scrape";
  }

  @Override
  public ConfigShape<ScrapeSettings> shape() {
    return ConfigShape.of(ScrapeSettings.class);
  }

  /** Before the jobs, which look at it. */
  @Override
  public int order() {
    return -10;
  }

  @Override
  public Prepared prepare(ScrapeSettings config, ConfigSnapshot snapshot) {
    return () -> service.settings(config);
  }
}
