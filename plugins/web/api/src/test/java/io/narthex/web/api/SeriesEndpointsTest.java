package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesEndpointsTest {
  private final Api api = new Api();

  @BeforeEach
  void fill() {
    api.storage.series.add(Labels.of("__name__", "up", "job", "a"));
    api.storage.series.add(Labels.of("__name__", "up", "job", "b", "my.label", "x"));
    api.storage.series.add(Labels.of("__name__", "down", "job", "c"));
    api.engine.selectors.put("up", List.of(Matcher.equal("__name__", "up")));
    api.engine.selectors.put("down", List.of(Matcher.equal("__name__", "down")));
    api.engine.selectors.put("up{job=\"b\"}", List.of(Matcher.equal("job", "b")));
    api.engine.selectors.put("none", List.of(Matcher.equal("__name__", "none")));
    api.engine.selectors.put("{a=~\".*\"}", List.of(Matcher.of(Matcher.Type.REGEX, "a", ".*")));
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(api.storage.open).isZero();
  }

  private FakeResponse values(String name, String... parameters) throws Exception {
    FakeRequest request = FakeRequest.get("/").withPath("name", name);
    for (int i = 0; i < parameters.length; i += 2) {
      request.with(parameters[i], parameters[i + 1]);
    }
    return api.call("label/:name/values", request);
  }

  @Test
  void listsLabelNames() throws Exception {
    assertThat(api.data("labels")).isEqualTo("[\"__name__\",\"job\",\"my.label\"]");
    assertThat(api.data("labels", "match[]", "down")).isEqualTo("[\"__name__\",\"job\"]");
    assertThat(api.data("labels", "match[]", "none")).isEqualTo("[]");
  }

  @Test
  void unitesWhatSeveralSelectorsFind() throws Exception {
    assertThat(api.data("labels", "match[]", "down", "match[]", "up"))
        .isEqualTo("[\"__name__\",\"job\",\"my.label\"]");
    assertThat(Api.data(values("job", "match[]", "down", "match[]", "up{job=\"b\"}")))
        .isEqualTo("[\"b\",\"c\"]");
    assertThat(api.data("series", "match[]", "up", "match[]", "up{job=\"b\"}"))
        .isEqualTo(
            """
            [{"__name__":"up","job":"a"},{"__name__":"up","job":"b","my.label":"x"}]\
            """);
  }

  @Test
  void listsLabelValues() throws Exception {
    assertThat(Api.data(values("job"))).isEqualTo("[\"a\",\"b\",\"c\"]");
    assertThat(Api.data(values("nobody"))).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"my.label", "U__my_2e_label"})
  void findsValuesOfLabelsWithOddNames(String name) throws Exception {
    assertThat(Api.data(values(name))).isEqualTo("[\"x\"]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\ud800"})
  void refusesWhatIsNoLabelName(String name) throws Exception {
    assertThat(Api.error(values(name))).startsWith("400 bad_data: invalid label name: \"");
  }

  @Test
  void listsSeries() throws Exception {
    assertThat(api.data("series", "match[]", "down"))
        .isEqualTo("[{\"__name__\":\"down\",\"job\":\"c\"}]");
    assertThat(api.data("series", "match[]", "none")).isEqualTo("[]");
  }

  @Test
  void cutsAtTheLimitAndSaysSo() throws Exception {
    String warning = ",\"warnings\":[\"results truncated due to limit\"]";

    assertThat(api.data("labels", "limit", "2")).isEqualTo("[\"__name__\",\"job\"]" + warning);
    assertThat(api.storage.limit).as("one more than wanted").isEqualTo(3);
    assertThat(Api.data(values("job", "limit", "1"))).isEqualTo("[\"a\"]" + warning);
    assertThat(api.data("series", "match[]", "up", "limit", "1"))
        .isEqualTo("[{\"__name__\":\"up\",\"job\":\"a\"}]" + warning);
    assertThat(api.data("series", "match[]", "up", "match[]", "down", "limit", "2"))
        .isEqualTo(
            "[{\"__name__\":\"down\",\"job\":\"c\"},{\"__name__\":\"up\",\"job\":\"a\"}]"
                + warning);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "4", "0", "9223372036854775807"})
  void saysNothingWhenAllFitsTheLimit(String limit) throws Exception {
    assertThat(api.data("labels", "limit", limit)).isEqualTo("[\"__name__\",\"job\",\"my.label\"]");
    assertThat(Api.data(values("job", "limit", limit))).isEqualTo("[\"a\",\"b\",\"c\"]");
  }

  @Test
  void tellsWarningsOfTheStorage() throws Exception {
    api.storage.annotations.add(Annotation.warning("remote read failed"));

    assertThat(api.data("labels", "match[]", "up", "match[]", "down"))
        .endsWith(",\"warnings\":[\"remote read failed\"]");
    assertThat(api.data("series", "match[]", "up"))
        .endsWith(",\"warnings\":[\"remote read failed\"]");
  }

  @Test
  void looksIntoTheTimeThatIsAskedFor() throws Exception {
    api.data("labels", "start", "1.5", "end", "2015-07-01T20:10:51.781Z");
    assertThat(api.storage.minTime).isEqualTo(1500);
    assertThat(api.storage.maxTime).isEqualTo(1435781451781L);

    api.data("series", "match[]", "up");
    assertThat(api.storage.minTime).isEqualTo(Parameters.MIN_TIME);
    assertThat(api.storage.maxTime).isEqualTo(Parameters.MAX_TIME);
  }

  @Test
  void refusesBadSelectorsInPrometheusWords() throws Exception {
    String empty = "match[] must contain at least one non-empty matcher";
    String parse = "1:1: parse error: unexpected \"up{\"";

    assertThat(api.error("series")).isEqualTo("400 bad_data: no match[] parameter provided");
    assertThat(api.error("series", "match[]", "{a=~\".*\"}"))
        .isEqualTo("400 bad_data: invalid parameter \"match[]\": " + empty);
    assertThat(api.error("series", "match[]", "up", "match[]", "up{"))
        .isEqualTo("400 bad_data: invalid parameter \"match[]\": " + parse);
    assertThat(api.error("labels", "match[]", "{a=~\".*\"}")).isEqualTo("400 bad_data: " + empty);
    assertThat(api.error("labels", "match[]", "up{")).isEqualTo("400 bad_data: " + parse);
    assertThat(Api.error(values("job", "match[]", "{a=~\".*\"}")))
        .isEqualTo("400 bad_data: " + empty);
  }

  @Test
  void refusesBadParameters() throws Exception {
    assertThat(api.error("labels", "start", "foo"))
        .isEqualTo(
            "400 bad_data: invalid parameter \"start\": invalid time value for 'start': cannot"
                + " parse \"foo\" to a valid timestamp");
    assertThat(Api.error(values("job", "end", "foo")))
        .isEqualTo(
            "400 bad_data: invalid parameter \"end\": invalid time value for 'end': cannot parse"
                + " \"foo\" to a valid timestamp");
    assertThat(api.error("series", "match[]", "up", "limit", "-3"))
        .isEqualTo("400 bad_data: invalid parameter \"limit\": limit must be non-negative");
  }

  @ParameterizedTest
  @CsvSource({
    "NOT_READY, 503 unavailable: why",
    "CLOSED, 503 unavailable: why",
    "BAD_REQUEST, 400 bad_data: why",
    "LIMIT, 422 execution: why",
    "IO, 422 execution: why",
    "CORRUPTION, 422 execution: why"
  })
  void tellsHowTheStorageFailed(StorageException.Kind kind, String expected) throws Exception {
    api.storage.failure = new StorageException(kind, "why");

    assertThat(api.error("labels")).isEqualTo(expected);
    assertThat(Api.error(values("job"))).isEqualTo(expected);
    assertThat(api.error("series", "match[]", "up")).isEqualTo(expected);
  }
}
