package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.plugin.FeaturesView;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.ValueType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FeaturesEndpointTest {
  private final Api api = new Api();

  @Test
  void tellsWhatTheApiCanDo() throws Exception {
    api.flags.put("web.enable-admin-api", "true");
    api.flags.put("web.enable-lifecycle", "false");
    assertThat(api.data("features"))
        .isEqualTo(
            """
            {"api":{"admin":true,"exclude_alerts":true,"label_values_match":true,\
            "lifecycle":false,"openapi_3.1":true,"openapi_3.2":true,"otlp_write_receiver":false,"query_stats":true,\
            "query_warnings":true,"remote_write_receiver":false,"search":true,\
            "search_fuzz_alg_jarowinkler":true,"search_fuzz_alg_subsequence":true,\
            "time_range_labels":true,"time_range_series":true},\
            "prometheus":{"agent_mode":false,"auto_reload_config":false,"server_mode":true},\
            "promql_functions":{},"service_discovery_providers":{}}\
            """);
  }

  @Test
  void addsWhatPluginsAndTheEngineTell() throws Exception {
    api.extensions.add(
        (FeaturesView)
            () ->
                Map.of(
                    "promql_functions", Map.of("rate", true, "info", false, "forecast", false),
                    "scrape", Map.of("z", true, "a", false)));
    api.engine.functions.add(
        new FunctionDescription(
            "forecast", List.of(ValueType.MATRIX), 1, 1, ValueType.VECTOR, "", false));
    assertThat(api.data("features"))
        .contains("\"promql_functions\":{\"forecast\":true,\"info\":false,\"rate\":true}")
        .contains("\"scrape\":{\"a\":false,\"z\":true}");
  }
}
