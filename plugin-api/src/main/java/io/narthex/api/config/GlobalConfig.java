package io.narthex.api.config;

import io.narthex.api.Api;
import io.narthex.api.model.LabelNames;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code global} section of Prometheus's configuration file; several plugins read it. Durations
 * are in the syntax of {@link Durations}. Source: Prometheus 3.14, configuration reference.
 *
 * @param scrapeInterval default {@code 1m}
 * @param scrapeTimeout default {@code 10s}, or the interval where that is shorter; never more than
 *     the interval
 * @param scrapeProtocols preference order; empty: the default order of the scrape plugin
 * @param scrapeFailureLogFile empty for none
 * @param scrapeNativeHistograms default false
 * @param evaluationInterval of rules, default {@code 1m}
 * @param ruleQueryOffset how far back rules look, default 0
 * @param externalLabels added to what leaves this server
 * @param queryLogFile empty for none
 * @param bodySizeLimit of a scrape, uncompressed; 0 for none
 * @param sampleLimit of a scrape; 0 for none
 * @param labelLimit labels of a series; 0 for none
 * @param labelNameLengthLimit in bytes; 0 for none
 * @param labelValueLengthLimit in bytes; 0 for none
 * @param targetLimit targets of a pool; 0 for none
 * @param keepDroppedTargets how many dropped targets of a pool are kept for display; 0 for all
 * @param metricNameValidationScheme {@code utf8} or {@code legacy}
 * @param metricNameEscapingScheme {@code allow-utf-8 underscores dots values}
 * @param convertClassicHistogramsToNhcb default false
 * @param alwaysScrapeClassicHistograms default false
 * @param extraScrapeMetrics null: as the feature flag says
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record GlobalConfig(
    @Default("1m") Duration scrapeInterval,
    Duration scrapeTimeout,
    List<String> scrapeProtocols,
    String scrapeFailureLogFile,
    boolean scrapeNativeHistograms,
    @Default("1m") Duration evaluationInterval,
    Duration ruleQueryOffset,
    Map<String, String> externalLabels,
    String queryLogFile,
    ByteSize bodySizeLimit,
    long sampleLimit,
    long labelLimit,
    long labelNameLengthLimit,
    long labelValueLengthLimit,
    long targetLimit,
    long keepDroppedTargets,
    @Default("utf8") String metricNameValidationScheme,
    String metricNameEscapingScheme,
    boolean convertClassicHistogramsToNhcb,
    boolean alwaysScrapeClassicHistograms,
    @Nullable Boolean extraScrapeMetrics) {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Fills in what depends on other keys and checks bounds. */
  public GlobalConfig {
    scrapeInterval = scrapeInterval.isZero() ? MINUTE : scrapeInterval;
    if (scrapeTimeout.isZero()) {
      Duration standard = Duration.ofSeconds(10);
      scrapeTimeout = standard.compareTo(scrapeInterval) > 0 ? scrapeInterval : standard;
    } else if (scrapeTimeout.compareTo(scrapeInterval) > 0) {
      throw new IllegalArgumentException("global scrape timeout greater than scrape interval");
    }
    if (new HashSet<>(scrapeProtocols).size() != scrapeProtocols.size()) {
      throw new IllegalArgumentException("duplicated protocol in scrape_protocols");
    }
    scrapeProtocols = List.copyOf(scrapeProtocols);
    evaluationInterval = evaluationInterval.isZero() ? MINUTE : evaluationInterval;
    externalLabels = Map.copyOf(externalLabels);
    for (String name : externalLabels.keySet()) {
      if (!LabelNames.isValid(name)) {
        throw new IllegalArgumentException("\"" + name + "\" is not a valid label name");
      }
    }
    if (!metricNameValidationScheme.equals("utf8")
        && !metricNameValidationScheme.equals("legacy")) {
      throw new IllegalArgumentException(
          "unknown global name validation method specified, must be either '', 'legacy' or 'utf8',"
              + " got "
              + metricNameValidationScheme);
    }
  }
}
