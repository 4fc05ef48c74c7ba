package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FederationTest {
  private final Api api = new Api();

  private void series(Labels labels, double... values) {
    SampleBatch batch = new SampleBatch(values.length);
    for (int i = 0; i < values.length; i++) {
      batch.add(10_000L * (i + 1), values[i]);
    }
    api.storage.series.add(labels);
    api.storage.samples.put(labels, batch);
  }

  @BeforeEach
  void fill() {
    series(Labels.of("__name__", "b", "job", "x"), 1, 2.5);
    series(Labels.of("__name__", "a", "job", "x", "zone", "own"), 1e6);
    series(Labels.of("__name__", "a", "job", "y \"z\"\n"), Double.NaN, -0.0);
    series(Labels.of("__name__", "gone", "job", "x"), 1, StaleMarker.value());
    series(Labels.of("__name__", "späte.zeit", "jöb", "x"), 3);
    series(Labels.of("job", "nameless"), 3);
    api.engine.selectors.put("all", List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".*")));
    api.engine.selectors.put("x", List.of(Matcher.of(Matcher.Type.EQUAL, "job", "x")));
  }

  private FakeResponse federate(String accept, String... selectors) throws Exception {
    FakeRequest request = FakeRequest.get("/");
    for (String selector : selectors) {
      request.with("match[]", selector);
    }
    request.withHeader("Accept", accept);
    return api.call("/federate", request);
  }

  @Test
  void writesTheLatestSamplesByName() throws Exception {
    FakeResponse response = federate("", "all", "x");
    assertThat(response.text())
        .isEqualTo(
            """
            # TYPE a untyped
            a{job="x",zone="own"} 1e+06 10000
            a{job="y \\"z\\"\\n"} -0 20000
            # TYPE b untyped
            b{job="x"} 2.5 20000
            # TYPE sp_te_zeit untyped
            sp_te_zeit{j_b="x"} 3 10000
            """);
    assertThat(response.headers())
        .containsEntry(
            "Content-Type", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    assertThat(api.storage.open).isZero();
    // Five minutes back from 100.5 s, open at the left.
    assertThat(api.storage.minTime).isEqualTo(100_500 - 300_000 + 1);
    assertThat(api.storage.maxTime).isEqualTo(100_500);
  }

  @Test
  void quotesNamesForThoseWhoReadThem() throws Exception {
    FakeResponse response =
        federate("application/x;q=0.9,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5", "all");
    assertThat(response.text())
        .endsWith("# TYPE \"späte.zeit\" untyped\n{\"späte.zeit\",\"jöb\"=\"x\"} 3 10000\n");
    assertThat(response.headers().get("Content-Type")).contains("version=1.0.0");
  }

  @Test
  void addsExternalLabelsWhereASeriesHasNone() throws Exception {
    api.externalLabels.put("zone", "z1");
    assertThat(federate("", "x").text())
        .isEqualTo(
            """
            # TYPE a untyped
            a{job="x",zone="own"} 1e+06 10000
            # TYPE b untyped
            b{job="x",zone="z1"} 2.5 20000
            """);
  }

  @Test
  void looksBackAsQueriesDo() throws Exception {
    api.flags.put("query.lookback-delta", "1m");
    federate("", "x");
    assertThat(api.storage.minTime).isEqualTo(40_501);
  }

  @Test
  void saysWhatCannotBeSelected() throws Exception {
    FakeResponse response = federate("", "??");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.text()).isEqualTo("1:1: parse error: unexpected \"??\"\n");
    api.storageIsThere = false;
    assertThat(federate("", "x").status()).isEqualTo(503);
  }

  @Test
  void isEmptyWithoutSelectors() throws Exception {
    FakeResponse response = federate("");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEmpty();
  }
}
