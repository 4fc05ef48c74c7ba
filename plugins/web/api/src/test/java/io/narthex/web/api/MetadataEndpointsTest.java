package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.scrape.TargetsView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetadataEndpointsTest {
  private static final String UP = "{\"type\":\"gauge\",\"help\":\"is it\",\"unit\":\"\"}";
  private static final String OTHER = "{\"type\":\"gauge\",\"help\":\"is it not\",\"unit\":\"\"}";
  private static final String BYTES = "{\"type\":\"counter\",\"help\":\"\",\"unit\":\"bytes\"}";

  private final Api api = new Api();

  private static TargetsView.Target target(
      String instance, TargetsView.FamilyMetadata... metadata) {
    return new TargetsView.Target(
        Labels.empty(),
        Labels.of("instance", instance),
        "http://" + instance,
        "http://" + instance,
        "",
        Optional.empty(),
        Duration.ZERO,
        "up",
        Duration.ZERO,
        Duration.ZERO,
        List.of(metadata));
  }

  private static TargetsView.FamilyMetadata family(
      String name, MetricType type, String help, String unit) {
    return new TargetsView.FamilyMetadata(name, new Metadata(type, help, unit));
  }

  @BeforeEach
  void fill() {
    TargetsView.FamilyMetadata up = family("up", MetricType.GAUGE, "is it", "");
    TargetsView.FamilyMetadata other = family("up", MetricType.GAUGE, "is it not", "");
    TargetsView.FamilyMetadata bytes = family("b", MetricType.COUNTER, "", "bytes");
    TargetsView.Pool pool =
        new TargetsView.Pool(
            "p",
            List.of(target("a", up, bytes), target("b", up), target("c", other)),
            List.of(),
            0,
            List.of());
    api.views.add(() -> List.of(pool));
  }

  @Test
  void tellsWhatAllTargetsSayOfAMetric() throws Exception {
    assertThat(api.data("metadata"))
        .isEqualTo("{\"b\":[" + BYTES + "],\"up\":[" + UP + "," + OTHER + "]}");
    assertThat(api.data("metadata", "metric", "up"))
        .isEqualTo("{\"up\":[" + UP + "," + OTHER + "]}");
    assertThat(api.data("metadata", "metric", "x")).isEqualTo("{}");
  }

  @Test
  void limitsMetricsAndWhatIsSaidOfEach() throws Exception {
    assertThat(api.data("metadata", "limit", "1")).isEqualTo("{\"b\":[" + BYTES + "]}");
    assertThat(api.data("metadata", "limit", "0")).isEqualTo("{}");
    assertThat(api.data("metadata", "limit_per_metric", "1", "metric", "up"))
        .isEqualTo("{\"up\":[" + UP + "]}");
    assertThat(api.data("metadata", "limit", "99999999999", "limit_per_metric", "99999999999"))
        .isEqualTo(api.data("metadata"));
    assertThat(api.error("metadata", "limit", "x"))
        .isEqualTo("400 bad_data: limit must be a number");
    assertThat(api.error("metadata", "limit_per_metric", "x"))
        .isEqualTo("400 bad_data: limit_per_metric must be a number");
  }

  private static String of(String instance, String metric, String rest) {
    return "{\"target\":{\"instance\":\""
        + instance
        + "\"},"
        + (metric.isEmpty() ? "" : "\"metric\":\"" + metric + "\",")
        + rest.substring(1);
  }

  @Test
  void tellsWhatEachTargetSays() throws Exception {
    assertThat(api.data("targets/metadata"))
        .isEqualTo(
            "["
                + String.join(
                    ",",
                    of("a", "up", UP),
                    of("a", "b", BYTES),
                    of("b", "up", UP),
                    of("c", "up", OTHER))
                + "]");
    assertThat(api.data("targets/metadata", "metric", "b"))
        .isEqualTo("[" + of("a", "", BYTES) + "]");
    assertThat(api.data("targets/metadata", "limit", "1"))
        .isEqualTo("[" + of("a", "up", UP) + "," + of("a", "b", BYTES) + "]");
    assertThat(api.error("targets/metadata", "limit", "x"))
        .isEqualTo("400 bad_data: limit must be a number");
  }

  @Test
  void isEmptyWithoutScraping() throws Exception {
    api.views.clear();
    assertThat(api.data("metadata")).isEqualTo("{}");
    assertThat(api.data("targets/metadata")).isEqualTo("[]");
  }
}
