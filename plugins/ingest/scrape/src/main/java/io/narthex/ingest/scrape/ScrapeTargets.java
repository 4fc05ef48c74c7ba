package io.narthex.ingest.scrape;

import io.narthex.api.scrape.TargetsView;
import jakarta.inject.Inject;
import java.util.List;
import org.pf4j.Extension;

/** Shows what is scraped. */
@Extension
public final class ScrapeTargets implements TargetsView {
  private final ScrapeService service;

  @Inject
  public ScrapeTargets(ScrapeService service) {
    this.service = service;
  }

  @Override
  public List<Pool> pools() {
    return service.view();
  }
}
