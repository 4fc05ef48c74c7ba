package io.narthex.ingest.scrape;

import io.narthex.api.config.ConfigText;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.web.WebHost;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import org.pf4j.Extension;

/** Shows what is scraped. */
@Extension
public final class ScrapeTargets implements TargetsView {
  private final ScrapeService service;
  private final ConfigText text;
  private final GlobalUrls urls;

  /** Takes what it shows, and what it is shown with. */
  @Inject
  public ScrapeTargets(ScrapeService service, ConfigText text, WebHost web) {
    this.service = service;
    this.text = text;
    this.urls = new GlobalUrls(web);
  }

  @Override
  public List<Pool> pools() {
    return service.view(urls);
  }

  @Override
  public Optional<Relabelling> relabelling(String pool) {
    return job(pool).map(job -> new Relabelling(job.config().relabelConfigs(), job.names()));
  }

  @Override
  public Optional<String> configuration(String pool) {
    return job(pool).map(job -> text.yaml(job.effective()));
  }

  private Optional<Job> job(String pool) {
    return Optional.ofNullable(service.jobs().get(pool)).map(JobResources::job);
  }
}
