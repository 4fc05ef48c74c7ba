package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.StateSet;
import io.prometheus.metrics.core.metrics.Summary;
import org.junit.jupiter.api.Test;

/** The expected texts are what Go's protojson makes of the same families. */
class SelfMetricsEndpointTest {
  private final Api api = new Api();

  private String families(String... parameters) throws Exception {
    return api.data("status/self_metrics", parameters)
        .replaceAll("\"createdTimestamp\":\"[0-9T:.-]+Z\"", "\"createdTimestamp\":\"T\"");
  }

  @Test
  void tellsCountersAndGauges() throws Exception {
    Counter.builder()
        .name("a_total")
        .help("A.")
        .labelNames("x", "y")
        .register(api.own)
        .labelValues("1", "<2>")
        .inc(3);
    Gauge gauge = Gauge.builder().name("g").help("G.").labelNames("l").register(api.own);
    gauge.labelValues("n").set(Double.NaN);
    gauge.labelValues("i").set(Double.NEGATIVE_INFINITY);
    gauge.labelValues("s").set(1e-9);
    assertThat(families("metric_name_pattern", "a_.*"))
        .isEqualTo(
            """
            [{"name":"a_total","help":"A.","type":"COUNTER","metric":[{"label":\
            [{"name":"x","value":"1"},{"name":"y","value":"\\u003c2\\u003e"}],\
            "counter":{"value":3,"createdTimestamp":"T"}}]}]\
            """);
    assertThat(families("metric_name_pattern", "g"))
        .isEqualTo(
            """
            [{"name":"g","help":"G.","type":"GAUGE","metric":[\
            {"label":[{"name":"l","value":"i"}],"gauge":{"value":"-Infinity"}},\
            {"label":[{"name":"l","value":"n"}],"gauge":{"value":"NaN"}},\
            {"label":[{"name":"l","value":"s"}],"gauge":{"value":1e-09}}]}]\
            """);
  }

  @Test
  void tellsHistogramsAndSummaries() throws Exception {
    Histogram classic =
        Histogram.builder()
            .name("h")
            .help("H.")
            .classicOnly()
            .classicUpperBounds(1, 2)
            .register(api.own);
    classic.observe(0.5);
    classic.observe(1.5);
    classic.observe(5);
    Summary.builder().name("s").help("S.").quantile(0.5).register(api.own).observe(4);
    assertThat(families("metric_name_pattern", "h"))
        .isEqualTo(
            """
            [{"name":"h","help":"H.","type":"HISTOGRAM","metric":[{"histogram":{\
            "sampleCount":"3","sampleSum":7,"bucket":[\
            {"cumulativeCount":"1","upperBound":1},{"cumulativeCount":"2","upperBound":2}],\
            "createdTimestamp":"T"}}]}]\
            """);
    assertThat(families("metric_name_pattern", "s"))
        .isEqualTo(
            """
            [{"name":"s","help":"S.","type":"SUMMARY","metric":[{"summary":{\
            "sampleCount":"1","sampleSum":4,"quantile":[{"quantile":0.5,"value":4}],\
            "createdTimestamp":"T"}}]}]\
            """);
  }

  @Test
  void tellsNativeHistogramsBySpansAndDeltas() throws Exception {
    Histogram histogram =
        Histogram.builder()
            .name("n")
            .help("N.")
            .nativeOnly()
            .nativeInitialSchema(0)
            .register(api.own);
    for (double v : new double[] {1, 2, 2, 16, -4, 0}) {
      histogram.observe(v);
    }
    assertThat(families("metric_name_pattern", "n"))
        .contains("\"sampleCount\":\"6\"", "\"schema\":0", "\"zeroCount\":\"1\"")
        .contains("\"negativeSpan\":[{\"offset\":2,\"length\":1}],\"negativeDelta\":[\"1\"]")
        .contains(
            "\"positiveSpan\":[{\"offset\":0,\"length\":2},{\"offset\":2,\"length\":1}],"
                + "\"positiveDelta\":[\"1\",\"1\",\"-1\"]");
  }

  @Test
  void tellsWhatTheTextFormatShowsAsGauges() throws Exception {
    Info.builder()
        .name("build_info")
        .help("B.")
        .labelNames("v")
        .register(api.own)
        .addLabelValues("1");
    StateSet.builder().name("st").help("St.").states("off", "on").register(api.own).setTrue("on");
    assertThat(families("metric_name_pattern", "build_info"))
        .isEqualTo(
            """
            [{"name":"build_info","help":"B.","type":"GAUGE","metric":[\
            {"label":[{"name":"v","value":"1"}],"gauge":{"value":1}}]}]\
            """);
    assertThat(families("metric_name_pattern", "st"))
        .isEqualTo(
            """
            [{"name":"st","help":"St.","type":"GAUGE","metric":[\
            {"label":[{"name":"st","value":"off"}],"gauge":{"value":0}},\
            {"label":[{"name":"st","value":"on"}],"gauge":{"value":1}}]}]\
            """);
  }

  @Test
  void choosesByAPatternOfTheWholeName() throws Exception {
    Counter.builder().name("x_total").help("X.").register(api.own);
    assertThat(families()).startsWith("[{\"name\":\"x_total\"");
    assertThat(families("metric_name_pattern", "x")).isEqualTo("[]");
    assertThat(api.error("status/self_metrics", "metric_name_pattern", "("))
        .startsWith("400 bad_data: invalid parameter \"metric_name_pattern\": ");
  }
}
