package io.narthex.ingest.scrape;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Default;
import io.narthex.api.config.EmptyItem;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.relabel.RelabelConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One item of {@code scrape_configs} as written; what is 0, empty or null is taken from {@code
 * global} by {@link Job}. Source: Prometheus 3.14, configuration reference.
 *
 * @param jobName value of the label {@code job}; unique
 * @param honorLabels whether exposed labels win over the target's
 * @param honorTimestamps whether exposed timestamps are used
 * @param trackTimestampsStaleness whether series with exposed timestamps get stale markers
 * @param params URL parameters
 * @param scrapeInterval how often
 * @param scrapeTimeout for one scrape
 * @param scrapeProtocols what is asked for, best first
 * @param fallbackScrapeProtocol what a target without a usable content type is taken for
 * @param scrapeNativeHistograms whether native histograms are scraped
 * @param alwaysScrapeClassicHistograms classic ones too where both are exposed
 * @param convertClassicHistogramsToNhcb classic ones become native ones with custom buckets
 * @param scrapeFailureLogFile where failed scrapes are logged
 * @param metricsPath path of the URL
 * @param scheme {@code http} or {@code https}; with another one, scrapes fail
 * @param enableCompression whether gzip is asked for
 * @param bodySizeLimit uncompressed; 0 for none
 * @param sampleLimit after relabelling; 0 for none
 * @param targetLimit after relabelling; 0 for none
 * @param labelLimit labels of a series; 0 for none
 * @param labelNameLengthLimit bytes; 0 for none
 * @param labelValueLengthLimit bytes; 0 for none
 * @param nativeHistogramBucketLimit buckets of a native histogram; 0 for none
 * @param nativeHistogramMinBucketFactor least growth from bucket to bucket
 * @param keepDroppedTargets how many dropped targets are kept for pages; 0 for all
 * @param metricNameValidationScheme {@code utf8} or {@code legacy}
 * @param metricNameEscapingScheme {@code allow-utf-8 underscores dots values}
 * @param extraScrapeMetrics whether three more series tell of each scrape
 * @param http how they are reached
 * @param relabelConfigs for targets
 * @param metricRelabelConfigs for series
 * @param discovery where targets come from; last, as Prometheus shows it
 */
@EmptyItem("empty or null scrape config section")
record ScrapeConfig(
    String jobName,
    boolean honorLabels,
    @Default("true") boolean honorTimestamps,
    @JsonInclude(JsonInclude.Include.ALWAYS) boolean trackTimestampsStaleness,
    Map<String, List<String>> params,
    Duration scrapeInterval,
    Duration scrapeTimeout,
    @Nullable List<String> scrapeProtocols,
    String fallbackScrapeProtocol,
    @Nullable Boolean scrapeNativeHistograms,
    @Nullable Boolean alwaysScrapeClassicHistograms,
    @Nullable Boolean convertClassicHistogramsToNhcb,
    String scrapeFailureLogFile,
    @Default("/metrics") String metricsPath,
    @Default("http") String scheme,
    @Default("true") boolean enableCompression,
    ByteSize bodySizeLimit,
    long sampleLimit,
    long targetLimit,
    long labelLimit,
    long labelNameLengthLimit,
    long labelValueLengthLimit,
    long nativeHistogramBucketLimit,
    double nativeHistogramMinBucketFactor,
    long keepDroppedTargets,
    String metricNameValidationScheme,
    String metricNameEscapingScheme,
    @Nullable Boolean extraScrapeMetrics,
    @JsonUnwrapped HttpClientConfig http,
    @EmptyItem("empty or null target relabeling rule in scrape config")
        List<RelabelConfig> relabelConfigs,
    @EmptyItem("empty or null metric relabeling rule in scrape config")
        List<RelabelConfig> metricRelabelConfigs,
    @ProviderKeys(value = DiscoveryProvider.class, suffix = "_sd_configs", list = true)
        List<Configured<DiscoveryProvider<?>>> discovery) {
  ScrapeConfig {
    if (jobName.isEmpty()) {
      throw new IllegalArgumentException("job_name is empty");
    }
    Map<String, List<String>> copied = new LinkedHashMap<>();
    params.forEach((name, values) -> copied.put(name, List.copyOf(values)));
    params = Map.copyOf(copied);
    scrapeProtocols = scrapeProtocols == null ? null : List.copyOf(scrapeProtocols);
    discovery = List.copyOf(discovery);
    relabelConfigs = List.copyOf(relabelConfigs);
    metricRelabelConfigs = List.copyOf(metricRelabelConfigs);
    requireNotNegative("sample_limit", sampleLimit);
    requireNotNegative("target_limit", targetLimit);
    requireNotNegative("label_limit", labelLimit);
    requireNotNegative("label_name_length_limit", labelNameLengthLimit);
    requireNotNegative("label_value_length_limit", labelValueLengthLimit);
    requireNotNegative("native_histogram_bucket_limit", nativeHistogramBucketLimit);
    requireNotNegative("keep_dropped_targets", keepDroppedTargets);
  }

  private static void requireNotNegative(String key, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          "cannot use " + key + ": got " + value + ", want 0 or more");
    }
  }
}
