package io.narthex.api.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.narthex.api.Api;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@code global} section of Prometheus's configuration file; several plugins read it. Durations
 * are in the syntax of {@link Durations}. Source: Prometheus 3.14, configuration reference.
 *
 * @param scrapeInterval default {@code 1m}
 * @param scrapeTimeout default {@code 10s}, or the interval where that is shorter; never more than
 *     the interval
 * @param scrapeProtocols preference order; none given: the default order of the scrape plugin
 * @param scrapeFailureLogFile empty for none
 * @param scrapeNativeHistograms default false
 * @param evaluationInterval of rules, default {@code 1m}
 * @param ruleQueryOffset how far back rules look, default 0
 * @param externalLabels added to what leaves this server
 * @param queryLogFile empty for none
 * @param bodySizeLimit of a scrape, uncompressed; 0 or less for none
 * @param sampleLimit of a scrape; 0 for none
 * @param labelLimit labels of a series; 0 for none
 * @param labelNameLengthLimit in bytes; 0 for none
 * @param labelValueLengthLimit in bytes; 0 for none
 * @param targetLimit targets of a pool; 0 for none
 * @param keepDroppedTargets how many dropped targets of a pool are kept for display; 0 for all
 * @param metricNameValidationScheme {@code utf8} (also when empty) or {@code legacy}
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
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<String> scrapeProtocols,
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
    if (scrapeProtocols == null) {
      scrapeProtocols = List.of();
    } else if (scrapeProtocols.isEmpty()) {
      throw new IllegalArgumentException("scrape_protocols cannot be empty for global config");
    }
    Set<String> seen = new HashSet<>();
    for (String protocol : scrapeProtocols) {
      if (!seen.add(protocol.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "duplicated protocol in scrape_protocols, got ["
                + String.join(" ", scrapeProtocols)
                + "] for global config");
      }
    }
    scrapeProtocols = List.copyOf(scrapeProtocols);
    evaluationInterval = evaluationInterval.isZero() ? MINUTE : evaluationInterval;
    NameScheme scheme = NameScheme.parse(metricNameValidationScheme);
    metricNameValidationScheme = scheme.toString();
    externalLabels = Map.copyOf(externalLabels);
    // In the order of names, so that the same file always gives the same message.
    for (Map.Entry<String, String> label : new TreeMap<>(externalLabels).entrySet()) {
      String name = label.getKey();
      if (!scheme.isLabelName(name)) {
        throw new IllegalArgumentException(Quoting.quote(name) + " is not a valid label name");
      }
      if (!label.getValue().isEmpty() && !LabelNames.isValid(label.getValue())) {
        throw new IllegalArgumentException(
            Quoting.quote(label.getValue()) + " is not a valid label value");
      }
    }
    requireUnsigned(sampleLimit);
    requireUnsigned(labelLimit);
    requireUnsigned(labelNameLengthLimit);
    requireUnsigned(labelValueLengthLimit);
    requireUnsigned(targetLimit);
    requireUnsigned(keepDroppedTargets);
  }

  /** What is asked for, best first; empty when the file does not say. */
  @Override
  public List<String> scrapeProtocols() {
    return scrapeProtocols == null ? List.of() : scrapeProtocols;
  }

  private static void requireUnsigned(long n) {
    if (n < 0) {
      throw new IllegalArgumentException("cannot unmarshal !!int `" + n + "` into uint");
    }
  }
}
