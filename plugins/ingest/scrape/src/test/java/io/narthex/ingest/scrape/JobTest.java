package io.narthex.ingest.scrape;

import static io.narthex.ingest.scrape.Fakes.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void hasPrometheussDefaults() {
    Job job = job(Map.of());
    assertThat(job.interval()).isEqualTo(MINUTE);
    assertThat(job.timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(job.protocols())
        .containsExactly(
            "OpenMetricsText1.0.0",
            "OpenMetricsText0.0.1",
            "PrometheusText1.0.0",
            "PrometheusText0.0.4");
    assertThat(job.config().metricsPath()).isEqualTo("/metrics");
    assertThat(job.config().scheme()).isEqualTo("http");
    assertThat(job.config().honorTimestamps()).isTrue();
    assertThat(job.config().honorLabels()).isFalse();
    assertThat(job.config().enableCompression()).isTrue();
    assertThat(job.config().http().followRedirects()).isTrue();
    assertThat(job.escaping()).isEqualTo("allow-utf-8");
    assertThat(job.extraMetrics()).isFalse();
    assertThat(job.sampleLimit()).isZero();
  }

  @Test
  void takesFromGlobalWhatItDoesNotSay() {
    Map<String, Object> global =
        Map.of(
            "scrapeInterval",
            Duration.ofSeconds(20),
            "scrapeTimeout",
            Duration.ofSeconds(15),
            "sampleLimit",
            7L,
            "bodySizeLimit",
            ByteSize.parse("1KB"),
            "metricNameValidationScheme",
            "legacy",
            "scrapeNativeHistograms",
            true);
    Job job = job(Map.of(), global);
    assertThat(job.interval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(job.timeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(job.sampleLimit()).isEqualTo(7);
    assertThat(job.bodySizeLimit()).isEqualTo(1024);
    assertThat(job.legacyNames()).isTrue();
    assertThat(job.escaping()).isEqualTo("underscores");
    assertThat(job.protocols()).first().isEqualTo("PrometheusProto");
    Job own =
        job(
            Map.of("scrapeInterval", Duration.ofSeconds(5), "scrapeNativeHistograms", false),
            global);
    assertThat(own.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(own.protocols()).first().isEqualTo("OpenMetricsText1.0.0");
  }

  @Test
  void refusesWhatPrometheusRefusesInItsWords() {
    assertThatThrownBy(() -> Defaults.of(ScrapeConfig.class)).hasMessage("job_name is empty");
    assertThatThrownBy(
            () -> job(Map.of("scrapeInterval", MINUTE, "scrapeTimeout", MINUTE.plusSeconds(1))))
        .hasMessage(
            "scrape timeout greater than scrape interval for scrape config with job name"
                + " \"test\"");
    assertThatThrownBy(() -> job(Map.of("scrapeProtocols", List.of("prometheusproto"))))
        .hasMessage(
            "scrape_protocols: unknown scrape protocol prometheusproto, supported:"
                + " [OpenMetricsText0.0.1 OpenMetricsText1.0.0 PrometheusProto PrometheusText0.0.4"
                + " PrometheusText1.0.0] for scrape config with job name \"test\"");
    assertThatThrownBy(() ->
            job(Map.of("scrapeProtocols", List.of("OpenMetricsText1.0.0", "OpenMetricsText1.0.0"))))
        .hasMessage(
            "duplicated protocol in scrape_protocols, got [OpenMetricsText1.0.0"
                + " OpenMetricsText1.0.0] for scrape config with job name \"test\"");
    assertThatThrownBy(() -> job(Map.of("scrapeProtocols", List.of())))
        .hasMessage("scrape_protocols cannot be empty for scrape config with job name \"test\"");
    assertThatThrownBy(() -> job(Map.of("fallbackScrapeProtocol", "x")))
        .hasMessageStartingWith(
            "invalid fallback_scrape_protocol for scrape config with job name \"test\": unknown"
                + " scrape protocol x, supported: [");
    assertThatThrownBy(() ->
            job(
                Map.of(
                    "metricNameValidationScheme",
                    "legacy",
                    "metricNameEscapingScheme",
                    "allow-utf-8")))
        .hasMessage("utf8 metric names requested but validation scheme is not set to UTF8");
    assertThatThrownBy(() -> job(Map.of("metricNameValidationScheme", "invalid_scheme")))
        .hasMessage("unrecognized ValidationScheme: \"invalid_scheme\"");
    assertThatThrownBy(() -> job(Map.of("metricNameEscapingScheme", "x")))
        .hasMessage(
            "unknown scrape config name escaping method specified, must be one of 'allow-utf-8',"
                + " 'underscores', 'dots', or 'values', got \"x\"");
    assertThatThrownBy(() -> job(Map.of("sampleLimit", -1L)))
        .hasMessage("cannot use sample_limit: got -1, want 0 or more");
  }

  @Test
  void takesAnySchemeAsPrometheusAndLeavesTheErrorToTheScrape() {
    assertThat(job(Map.of("scheme", "ftp")).config().scheme()).isEqualTo("ftp");
  }

  @Test
  void equalConfigurationsMakeEqualJobs() {
    assertThat(job(Map.of("discovery", List.of(Fakes.statics("a:1")))))
        .isEqualTo(job(Map.of("discovery", List.of(Fakes.statics("a:1")))))
        .isNotEqualTo(job(Map.of("discovery", List.of(Fakes.statics("a:2")))));
  }
}
