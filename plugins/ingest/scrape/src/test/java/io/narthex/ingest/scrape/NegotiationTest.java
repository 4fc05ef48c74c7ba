package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NegotiationTest {
  /** As another plugin might bring it. */
  private static final class OpenMetrics implements ExpositionFormat {
    @Override
    public List<Protocol> protocols() {
      return List.of(
          new Protocol("OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0"),
          new Protocol("OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1"));
    }

    @Override
    public ExpositionReader open(
        Protocol protocol, byte[] data, int length, ExpositionOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  private final Negotiation text = new Negotiation(List.of(new PrometheusTextFormat()), 1);
  private final Negotiation both =
      new Negotiation(List.of(new PrometheusTextFormat(), new OpenMetrics()), 1);
  private final List<String> wanted = Fakes.job(Map.of()).protocols();

  @Test
  void asksForWhatIsLoadedInTheOrderWanted() {
    assertThat(both.accept(wanted, "allow-utf-8"))
        .isEqualTo(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "application/openmetrics-text;version=0.0.1;q=0.5,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
    assertThat(text.accept(wanted, "underscores"))
        .isEqualTo(
            "text/plain;version=1.0.0;escaping=underscores;q=0.6,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.4");
  }

  private static String chosen(Negotiation n, String contentType, String fallback)
      throws Exception {
    return n.choose(contentType, fallback).protocol().name();
  }

  @Test
  void choosesByMediaTypeAndVersion() throws Exception {
    assertThat(chosen(both, "text/plain; version=0.0.4; charset=utf-8", ""))
        .isEqualTo("PrometheusText0.0.4");
    assertThat(chosen(both, "Text/Plain;version=\"1.0.0\"", "")).isEqualTo("PrometheusText1.0.0");
    assertThat(chosen(both, "text/plain", "")).startsWith("PrometheusText");
    assertThat(chosen(both, "application/openmetrics-text; version=0.0.1", ""))
        .isEqualTo("OpenMetricsText0.0.1");
  }

  @Test
  void fallsBackOnlyWhereConfigured() throws Exception {
    assertThat(chosen(text, "", "PrometheusText0.0.4")).isEqualTo("PrometheusText0.0.4");
    assertThat(chosen(text, "text/html", "PrometheusText0.0.4")).isEqualTo("PrometheusText0.0.4");
    assertThatThrownBy(() -> text.choose("", ""))
        .hasMessage(
            "non-compliant scrape target sending blank Content-Type and no"
                + " fallback_scrape_protocol specified for target");
    assertThatThrownBy(() -> text.choose("text/html", ""))
        .hasMessage(
            "received unsupported Content-Type \"text/html\" and no fallback_scrape_protocol"
                + " specified for target");
    assertThatThrownBy(() -> text.choose("te xt/", ""))
        .hasMessage(
            "cannot parse Content-Type \"te xt/\" and no fallback_scrape_protocol for target");
    assertThatThrownBy(() -> text.choose("application/openmetrics-text", "OpenMetricsText1.0.0"))
        .hasMessageStartingWith("received unsupported Content-Type");
  }
}
