package io.narthex.api.scrape;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NameScheme;
import io.narthex.api.relabel.RelabelConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pf4j.ExtensionPoint;

/**
 * What scraping does at present, for pages and the HTTP API. Safe for any number of threads; what
 * it returns is a copy.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface TargetsView extends ExtensionPoint {
  /** The pools (jobs), sorted by name. */
  List<Pool> pools();

  /**
   * How a pool relabels targets; empty when there is no such pool.
   *
   * @param pool its name
   */
  default Optional<Relabelling> relabelling(String pool) {
    return Optional.empty();
  }

  /**
   * A pool's configuration with everything that is in force for it, as YAML with secrets hidden;
   * empty when there is no such pool, or none that could be shown.
   *
   * @param pool its name
   */
  default Optional<String> configuration(String pool) {
    return Optional.empty();
  }

  /**
   * The steps that make a target of what was discovered.
   *
   * @param steps in order
   * @param names which names labels may have
   * @since 0.1
   */
  record Relabelling(List<RelabelConfig> steps, NameScheme names) {
    public Relabelling {
      steps = List.copyOf(steps);
    }
  }

  /**
   * A job and its targets.
   *
   * @param name {@code job_name}
   * @param active targets that are scraped
   * @param dropped targets that relabelling dropped, as far as they are kept
   * @param droppedCount all of them
   * @param discoveryErrors reasons of the mechanisms that fail at present
   * @since 0.1
   */
  record Pool(
      String name,
      List<Target> active,
      List<DroppedTarget> dropped,
      int droppedCount,
      List<String> discoveryErrors) {
    public Pool {
      active = List.copyOf(active);
      dropped = List.copyOf(dropped);
      discoveryErrors = List.copyOf(discoveryErrors);
    }
  }

  /**
   * A target that is scraped.
   *
   * @param discoveredLabels labels before relabelling
   * @param labels labels after it
   * @param scrapeUrl what is asked
   * @param globalUrl the same with a host that others can reach
   * @param lastError empty for none
   * @param lastScrape empty before the first
   * @param lastDuration of the last scrape
   * @param health {@code unknown up down}
   * @param interval in force
   * @param timeout in force
   * @param metadata of the families it exposed last, by name
   * @since 0.1
   */
  record Target(
      Labels discoveredLabels,
      Labels labels,
      String scrapeUrl,
      String globalUrl,
      String lastError,
      Optional<Instant> lastScrape,
      Duration lastDuration,
      String health,
      Duration interval,
      Duration timeout,
      List<FamilyMetadata> metadata) {
    public Target {
      metadata = List.copyOf(metadata);
    }
  }

  /**
   * A target that relabelling dropped.
   *
   * @param discoveredLabels labels before relabelling
   * @since 0.1
   */
  record DroppedTarget(Labels discoveredLabels) {}

  /**
   * Metadata of a family.
   *
   * @param name the family's name
   * @param metadata what is known
   * @since 0.1
   */
  record FamilyMetadata(String name, Metadata metadata) {}
}
