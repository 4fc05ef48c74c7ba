package io.narthex.exporter.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExportersConfigTest {
  @Test
  void hasDefaults() {
    ExportersConfig config = Defaults.of(ExportersConfig.class);

    assertThat(config.telemetryPath()).isEqualTo("/metrics");
    assertThat(config.disableExporterMetrics()).isFalse();
    assertThat(config.maxRequests()).isEqualTo(40);
    assertThat(config.servers()).isEmpty();
    assertThat(config.exporters()).isEmpty();
    ExportersConfig.Server server =
        Defaults.with(ExportersConfig.Server.class, Map.of("listenAddresses", List.of(":9100")));
    assertThat(server.telemetryPath()).isEqualTo("/metrics");
    assertThat(server.exporters()).isEmpty();
    assertThat(server.webConfigFile()).isEmpty();
  }

  @Test
  void refusesBadValues() {
    assertThatThrownBy(() -> with("telemetryPath", "metrics"))
        .hasMessage(
            "cannot serve metrics: got telemetry_path \"metrics\", want one that begins with /");
    assertThatThrownBy(() -> with("telemetryPath", "/a/:b"))
        .hasMessage(
            "cannot serve metrics: got telemetry_path \"/a/:b\", want one without segments that"
                + " begin with : or *");
    assertThatThrownBy(() -> with("maxRequests", -1))
        .hasMessage("cannot limit requests: got max_requests -1, want 0 or more");
    assertThatThrownBy(() -> Defaults.of(ExportersConfig.Server.class))
        .hasMessage(
            "cannot open a server for exporters: listen_addresses is empty, want for example"
                + " [\":9100\"]");
    assertThatThrownBy(() ->
            Defaults.with(
                ExportersConfig.Server.class,
                Map.of("listenAddresses", List.of(":1"), "telemetryPath", "x")))
        .hasMessage("cannot serve metrics: got telemetry_path \"x\", want one that begins with /");
  }

  private static ExportersConfig with(String component, Object value) {
    return Defaults.with(ExportersConfig.class, Map.of(component, value));
  }
}
