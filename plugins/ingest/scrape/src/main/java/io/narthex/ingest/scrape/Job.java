package io.narthex.ingest.scrape;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.relabel.RelabelConfig;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A job with everything filled in that its configuration leaves to {@code global}. Two equal jobs
 * scrape alike.
 *
 * @param config as written
 * @param interval how often
 * @param timeout for one scrape, at most the interval
 * @param protocols what is asked for, best first
 * @param bodySizeLimit bytes, uncompressed; 0 for none
 * @param sampleLimit 0 for none
 * @param targetLimit 0 for none
 * @param labelLimit 0 for none
 * @param labelNameLengthLimit bytes; 0 for none
 * @param labelValueLengthLimit bytes; 0 for none
 * @param keepDroppedTargets 0 for all
 * @param legacyNames whether names must be of the classic character set
 * @param escaping what is asked for of names that are not: as in the Accept header
 * @param histograms which are stored, and as what, unless a target says otherwise
 * @param extraMetrics whether three more series tell of each scrape
 * @param failureLogFile empty for none
 */
record Job(
    ScrapeConfig config,
    Duration interval,
    Duration timeout,
    List<String> protocols,
    long bodySizeLimit,
    long sampleLimit,
    long targetLimit,
    long labelLimit,
    long labelNameLengthLimit,
    long labelValueLengthLimit,
    long keepDroppedTargets,
    boolean legacyNames,
    String escaping,
    HistogramHandling histograms,
    boolean extraMetrics,
    String failureLogFile) {

  private static final String PROTO = "PrometheusProto";
  private static final List<String> TEXT_PROTOCOLS =
      List.of(
          "OpenMetricsText1.0.0",
          "OpenMetricsText0.0.1",
          "PrometheusText1.0.0",
          "PrometheusText0.0.4");
  private static final Set<String> KNOWN_PROTOCOLS =
      Set.of(
          PROTO,
          "OpenMetricsText0.0.1",
          "OpenMetricsText1.0.0",
          "PrometheusText0.0.4",
          "PrometheusText1.0.0");
  private static final Set<String> ESCAPINGS =
      Set.of("allow-utf-8", "underscores", "dots", "values");

  String name() {
    return config.jobName();
  }

  /**
   * Fills in what a job takes from {@code global}.
   *
   * @param extraMetricsFeature whether {@code --enable-feature=extra-scrape-metrics} was given
   * @param protoFirst whether a feature asks for the protobuf format first
   * @throws ConfigException with Prometheus's messages
   */
  static Job of(
      ScrapeConfig c, GlobalConfig global, boolean extraMetricsFeature, boolean protoFirst)
      throws ConfigException {
    String job = Quoting.quote(c.jobName());
    Duration interval = c.scrapeInterval().isZero() ? global.scrapeInterval() : c.scrapeInterval();
    if (c.scrapeTimeout().compareTo(interval) > 0) {
      throw new ConfigException(
          "scrape timeout greater than scrape interval for scrape config with job name " + job);
    }
    Duration timeout = c.scrapeTimeout();
    if (timeout.isZero()) {
      timeout = global.scrapeTimeout().compareTo(interval) > 0 ? interval : global.scrapeTimeout();
    }
    boolean nativeHistograms =
        Objects.requireNonNullElse(c.scrapeNativeHistograms(), global.scrapeNativeHistograms());
    boolean legacy = isLegacy(c.metricNameValidationScheme(), global);
    check("relabel_configs", c.relabelConfigs(), legacy);
    check("metric_relabel_configs", c.metricRelabelConfigs(), legacy);
    return new Job(
        c,
        interval,
        timeout,
        protocols(c, global, nativeHistograms || protoFirst),
        or(c.bodySizeLimit().bytes(), global.bodySizeLimit().bytes()),
        or(c.sampleLimit(), global.sampleLimit()),
        or(c.targetLimit(), global.targetLimit()),
        or(c.labelLimit(), global.labelLimit()),
        or(c.labelNameLengthLimit(), global.labelNameLengthLimit()),
        or(c.labelValueLengthLimit(), global.labelValueLengthLimit()),
        or(c.keepDroppedTargets(), global.keepDroppedTargets()),
        legacy,
        escaping(c, global, legacy),
        new HistogramHandling(
            nativeHistograms,
            Objects.requireNonNullElse(
                c.alwaysScrapeClassicHistograms(), global.alwaysScrapeClassicHistograms()),
            Objects.requireNonNullElse(
                c.convertClassicHistogramsToNhcb(), global.convertClassicHistogramsToNhcb())),
        Objects.requireNonNullElse(
            c.extraScrapeMetrics(),
            extraMetricsFeature || Boolean.TRUE.equals(global.extraScrapeMetrics())),
        c.scrapeFailureLogFile().isEmpty()
            ? global.scrapeFailureLogFile()
            : c.scrapeFailureLogFile());
  }

  /** The configuration with what comes from {@code global} filled in, as Prometheus shows it. */
  ScrapeConfig effective() {
    return new ScrapeConfig(
        config.jobName(),
        config.honorLabels(),
        config.honorTimestamps(),
        config.trackTimestampsStaleness(),
        config.params(),
        interval,
        timeout,
        protocols,
        config.fallbackScrapeProtocol(),
        histograms.natives(),
        histograms.classicToo(),
        histograms.convertClassic(),
        failureLogFile,
        config.metricsPath(),
        config.scheme(),
        config.enableCompression(),
        new ByteSize(bodySizeLimit),
        sampleLimit,
        targetLimit,
        labelLimit,
        labelNameLengthLimit,
        labelValueLengthLimit,
        config.nativeHistogramBucketLimit(),
        config.nativeHistogramMinBucketFactor(),
        keepDroppedTargets,
        legacyNames ? "legacy" : "utf8",
        escaping,
        extraMetrics,
        config.http(),
        effective(config.relabelConfigs()),
        effective(config.metricRelabelConfigs()),
        config.discovery());
  }

  private static List<RelabelConfig> effective(List<RelabelConfig> steps) {
    return steps.stream()
        .map(step ->
            new RelabelConfig(
                step.sourceLabels(),
                step.separator(),
                Objects.requireNonNullElse(step.regex(), RelabelConfig.DEFAULT_REGEX),
                step.modulus(),
                step.targetLabel(),
                Objects.requireNonNullElse(step.replacement(), RelabelConfig.DEFAULT_REPLACEMENT),
                step.action()))
        .toList();
  }

  /** Which names of labels and metrics are valid. */
  NameScheme names() {
    return legacyNames ? NameScheme.LEGACY : NameScheme.UTF8;
  }

  private static void check(String key, List<RelabelConfig> steps, boolean legacy)
      throws ConfigException {
    for (int i = 0; i < steps.size(); i++) {
      try {
        steps.get(i).check(legacy ? NameScheme.LEGACY : NameScheme.UTF8);
      } catch (IllegalArgumentException e) {
        throw new ConfigException("." + key + "[" + i + "]", String.valueOf(e.getMessage()), e);
      }
    }
  }

  private static long or(long own, long global) {
    return own == 0 ? global : own;
  }

  private static List<String> protocols(ScrapeConfig c, GlobalConfig global, boolean protoFirst)
      throws ConfigException {
    String job = " for scrape config with job name " + Quoting.quote(c.jobName());
    List<String> protocols = c.scrapeProtocols();
    if (protocols == null) {
      protocols = global.scrapeProtocols();
      if (protocols.isEmpty()) {
        protocols = TEXT_PROTOCOLS;
        if (protoFirst) {
          protocols = new java.util.ArrayList<>(TEXT_PROTOCOLS);
          protocols.addFirst(PROTO);
        }
      }
    } else if (protocols.isEmpty()) {
      throw new ConfigException("scrape_protocols cannot be empty" + job);
    }
    Set<String> seen = new HashSet<>();
    for (String protocol : protocols) {
      if (!seen.add(protocol.toLowerCase(Locale.ROOT))) {
        throw new ConfigException(
            "duplicated protocol in scrape_protocols, got ["
                + String.join(" ", protocols)
                + "]"
                + job);
      }
      if (!KNOWN_PROTOCOLS.contains(protocol)) {
        throw new ConfigException("scrape_protocols: " + unknown(protocol) + job);
      }
    }
    if (!c.fallbackScrapeProtocol().isEmpty()
        && !KNOWN_PROTOCOLS.contains(c.fallbackScrapeProtocol())) {
      throw new ConfigException(
          "invalid fallback_scrape_protocol" + job + ": " + unknown(c.fallbackScrapeProtocol()));
    }
    return List.copyOf(protocols);
  }

  private static String unknown(String protocol) {
    return "unknown scrape protocol "
        + protocol
        + ", supported: ["
        + String.join(" ", new TreeSet<>(KNOWN_PROTOCOLS))
        + "]";
  }

  private static boolean isLegacy(String scheme, GlobalConfig global) throws ConfigException {
    return switch (scheme) {
      case "" -> global.metricNameValidationScheme().equals("legacy");
      case "legacy" -> true;
      case "utf8" -> false;
      default ->
          throw new ConfigException("unrecognized ValidationScheme: " + Quoting.quote(scheme));
    };
  }

  private static String escaping(ScrapeConfig c, GlobalConfig global, boolean legacy)
      throws ConfigException {
    boolean globallyLegacy = global.metricNameValidationScheme().equals("legacy");
    String globally = global.metricNameEscapingScheme();
    if (globally.isEmpty()) {
      globally = globallyLegacy ? "underscores" : "allow-utf-8";
    } else if (!ESCAPINGS.contains(globally)) {
      throw unknownEscaping("global", globally);
    }
    String escaping = c.metricNameEscapingScheme();
    if (escaping.isEmpty()) {
      escaping =
          c.metricNameValidationScheme().isEmpty()
              ? globally
              : legacy ? "underscores" : "allow-utf-8";
    }
    if (!ESCAPINGS.contains(escaping)) {
      throw unknownEscaping("scrape config", escaping);
    }
    if (escaping.equals("allow-utf-8") && legacy) {
      throw new ConfigException(
          "utf8 metric names requested but validation scheme is not set to UTF8");
    }
    return escaping;
  }

  private static ConfigException unknownEscaping(String where, String got) {
    return new ConfigException(
        "unknown "
            + where
            + " name escaping method specified, must be one of 'allow-utf-8', 'underscores',"
            + " 'dots', or 'values', got "
            + Quoting.quote(got));
  }

  /** Whether series cached for this job can be used for another: they come out the same. */
  boolean relabelsAs(Job other) {
    ScrapeConfig a = config;
    ScrapeConfig b = other.config;
    return a.jobName().equals(b.jobName())
        && a.honorLabels() == b.honorLabels()
        && a.honorTimestamps() == b.honorTimestamps()
        && a.trackTimestampsStaleness() == b.trackTimestampsStaleness()
        && a.metricRelabelConfigs().equals(b.metricRelabelConfigs())
        && protocols.equals(other.protocols)
        && legacyNames == other.legacyNames
        && labelLimit == other.labelLimit
        && labelNameLengthLimit == other.labelNameLengthLimit
        && labelValueLengthLimit == other.labelValueLengthLimit
        && histograms.equals(other.histograms);
  }
}
