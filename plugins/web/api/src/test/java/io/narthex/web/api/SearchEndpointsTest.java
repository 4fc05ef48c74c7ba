package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchEndpointsTest {
  private static final String END = "{\"status\":\"success\",\"has_more\":false}\n";
  private static final String MORE = "{\"status\":\"success\",\"has_more\":true}\n";

  private final Api api = new Api();

  @BeforeEach
  void fill() {
    api.storage.series.add(Labels.of("__name__", "up", "job", "node", "instance", "b"));
    api.storage.series.add(Labels.of("__name__", "up", "job", "prometheus", "instance", "a"));
    for (String name : List.of("go_gc_seconds", "go_goroutines", "go_total", "go_total_count")) {
      api.storage.series.add(Labels.of("__name__", name, "job", "prometheus", "instance", "a"));
    }
    api.engine.selectors.put("up", List.of(Matcher.equal("__name__", "up")));
    api.engine.selectors.put("prometheus", List.of(Matcher.equal("job", "prometheus")));
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(api.storage.open).isZero();
  }

  private String lines(String path, String... parameters) throws Exception {
    FakeResponse response = api.call("search/" + path, parameters);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("Content-Type", "application/x-ndjson; charset=utf-8");
    return response.text();
  }

  @Test
  void findsMetricNames() throws Exception {
    assertThat(lines("metric_names", "search[]", "go_g"))
        .isEqualTo(
            "{\"results\":[{\"name\":\"go_gc_seconds\"},{\"name\":\"go_goroutines\"}]}\n" + END);
    assertThat(lines("metric_names", "search[]", "nothing like it"))
        .isEqualTo("{\"results\":[]}\n" + END);
  }

  @Test
  void findsLabelNamesAndValues() throws Exception {
    assertThat(lines("label_names", "search[]", "inst"))
        .isEqualTo("{\"results\":[{\"name\":\"instance\"}]}\n" + END);
    assertThat(lines("label_values", "label", "job"))
        .isEqualTo("{\"results\":[{\"value\":\"node\"},{\"value\":\"prometheus\"}]}\n" + END);
    assertThat(lines("label_values", "label", "job", "search[]", "prom", "search[]", "nod"))
        .isEqualTo("{\"results\":[{\"value\":\"node\"},{\"value\":\"prometheus\"}]}\n" + END);
  }

  @Test
  void asksStorageForTheLastHourUnlessToldOtherwise() throws Exception {
    lines("label_names");
    assertThat(api.storage.minTime).isEqualTo(100_500 - 3_600_000);
    assertThat(api.storage.maxTime).isEqualTo(100_500);
    lines("label_names", "start", "7", "end", "7");
    assertThat(api.storage.minTime).isEqualTo(7000);
    assertThat(api.storage.maxTime).isEqualTo(7000);
  }

  @Test
  void unitesWhatSeveralSelectorsFind() throws Exception {
    assertThat(lines("label_values", "label", "instance", "match[]", "up", "match[]", "prometheus"))
        .isEqualTo("{\"results\":[{\"value\":\"a\"},{\"value\":\"b\"}]}\n" + END);
    assertThat(lines("metric_names", "match[]", "up"))
        .isEqualTo("{\"results\":[{\"name\":\"up\"}]}\n" + END);
  }

  @Test
  void writesLinesOfTheSizeThatIsWished() throws Exception {
    assertThat(lines("metric_names", "batch_size", "2", "limit", "3"))
        .isEqualTo(
            """
            {"results":[{"name":"go_gc_seconds"},{"name":"go_goroutines"}]}
            {"results":[{"name":"go_total"}]}
            """
                + MORE);
    assertThat(lines("metric_names", "limit", "5")).endsWith(END);
    assertThat(lines("metric_names", "limit", "4")).endsWith(MORE);
  }

  @Test
  void sortsByNameOrScore() throws Exception {
    assertThat(lines("metric_names", "sort_by", "alpha", "sort_dir", "dsc", "limit", "2"))
        .isEqualTo("{\"results\":[{\"name\":\"up\"},{\"name\":\"go_total_count\"}]}\n" + MORE);
    assertThat(
            lines(
                "metric_names",
                "search[]",
                "count",
                "search[]",
                "total",
                "fuzz_alg",
                "jarowinkler",
                "sort_by",
                "score",
                "include_score",
                "true"))
        .isEqualTo(
            """
            {"results":[{"name":"go_total_count","score":0.7},\
            {"name":"go_total","score":0.09999999999999998}]}
            """
                + END);
    assertThat(lines("metric_names", "search[]", "t", "sort_by", "score", "limit", "1"))
        .isEqualTo("{\"results\":[{\"name\":\"go_total_count\"}]}\n" + MORE);
  }

  @Test
  void tellsWhatTargetsSayOfMetrics() throws Exception {
    api.views.add(() ->
        List.of(
            pool(
                family("go_total", MetricType.SUMMARY, "Total.", ""),
                family("go_goroutines", MetricType.GAUGE, "Threads.", "threads"),
                family("up", MetricType.COUNTER, "", ""))));
    assertThat(lines("metric_names", "include_metadata", "1"))
        .isEqualTo(
            """
            {"results":[{"name":"go_gc_seconds"},\
            {"name":"go_goroutines","type":"gauge","help":"Threads.","unit":"threads"},\
            {"name":"go_total","type":"summary","help":"Total."},\
            {"name":"go_total_count","type":"summary","help":"Total."},\
            {"name":"up","type":"counter"}]}
            """
                + END);
  }

  @Test
  void doesNotLookThroughAllTargetsAtEveryStrokeOfAKey() throws Exception {
    int[] looked = {0};
    api.views.add(() -> {
      looked[0]++;
      return List.of(pool(family("up", MetricType.GAUGE, "Up.", "")));
    });
    for (int i = 0; i < 3; i++) {
      assertThat(lines("metric_names", "search[]", "up", "include_metadata", "true"))
          .contains("\"help\":\"Up.\"");
    }
    assertThat(lines("metric_names", "search[]", "nothing", "include_metadata", "true"))
        .startsWith("{\"results\":[]}");
    assertThat(looked[0]).isEqualTo(1);
  }

  private static TargetsView.FamilyMetadata family(
      String name, MetricType type, String help, String unit) {
    return new TargetsView.FamilyMetadata(name, new Metadata(type, help, unit));
  }

  private static TargetsView.Pool pool(TargetsView.FamilyMetadata... metadata) {
    TargetsView.Target target =
        new TargetsView.Target(
            Labels.empty(),
            Labels.of("job", "j"),
            "http://h",
            "http://h",
            "",
            Optional.empty(),
            Duration.ZERO,
            "up",
            Duration.ZERO,
            Duration.ZERO,
            List.of(metadata));
    return new TargetsView.Pool("j", List.of(target), List.of(), 0, List.of());
  }

  @Test
  void tellsWarningsOnceAndSorted() throws Exception {
    api.storage.annotations.add(Annotation.warning("b is late"));
    api.storage.annotations.add(Annotation.warning("a is late"));
    assertThat(lines("label_names", "limit", "1", "match[]", "up", "match[]", "prometheus"))
        .isEqualTo(
            "{\"results\":[{\"name\":\"__name__\"}],\"warnings\":[\"a is late\",\"b is late\"]}\n"
                + MORE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          start            | x      | invalid time value for 'start': cannot parse \\"x\\" to a valid timestamp
          end              | -1     | end timestamp must not be before start timestamp
          match[]          | {      | 1:1: parse error: unexpected \\"{\\"
          fuzz_threshold   | 101    | invalid fuzz_threshold \\"101\\": must be 0-100
          fuzz_threshold   | x      | invalid fuzz_threshold \\"x\\": must be 0-100
          fuzz_alg         | soundex| unsupported fuzz_alg \\"soundex\\": must be one of [subsequence jarowinkler]
          case_sensitive   | maybe  | invalid case_sensitive \\"maybe\\": must be boolean
          include_score    | maybe  | invalid include_score \\"maybe\\": must be boolean
          include_metadata | maybe  | invalid include_metadata \\"maybe\\": must be boolean
          sort_by          | size   | invalid sort_by \\"size\\" for metric_names: must be \\"alpha\\" or \\"score\\"
          sort_by          | score  | sort_by=score requires search[] to be set
          sort_dir         | asc    | sort_dir is only valid when sort_by is set
          limit            | 0      | invalid limit \\"0\\": must be a positive integer
          limit            | 10001  | limit 10001 exceeds the configured maximum (10000, see --web.search.max-limit)
          batch_size       | -1     | invalid batch_size \\"-1\\": must be a positive integer
          batch_size       | 1.5    | invalid batch_size \\"1.5\\": must be a positive integer
          """)
  void refusesWhatMakesNoSense(String name, String value, String reason) throws Exception {
    if (name.equals("end")) {
      assertThat(api.error("search/metric_names", "start", "0", name, value))
          .isEqualTo("400 bad_data: " + reason);
      return;
    }
    api.sections.put(SearchSettingsSection.KEY, SearchSettings.DEFAULT);
    assertThat(api.error("search/metric_names", name, value).replace("\"", "\\\""))
        .isEqualTo("400 bad_data: " + reason);
  }

  @Test
  void refusesDirectionsThatDoNotFit() throws Exception {
    assertThat(
            api.error("search/label_names", "sort_by", "score", "sort_dir", "asc", "search[]", "x"))
        .isEqualTo("400 bad_data: sort_dir is not supported for sort_by=score");
    assertThat(api.error("search/label_names", "sort_by", "alpha", "sort_dir", "up"))
        .isEqualTo("400 bad_data: invalid sort_dir \"up\": must be \"asc\" or \"dsc\"");
    assertThat(api.error("search/label_values"))
        .isEqualTo("400 bad_data: missing required parameter \"label\"");
  }

  @Test
  void refusesTooManyTermsAndTooLongOnes() throws Exception {
    FakeRequest request = FakeRequest.get("/");
    for (int i = 0; i < 32; i++) {
      request.with("search[]", "t");
    }
    assertThat(api.call("search/metric_names", request).status()).isEqualTo(200);
    assertThat(Api.error(api.call("search/metric_names", request.with("search[]", "t"))))
        .isEqualTo("400 bad_data: too many search[] terms: got 33, maximum is 32");
    assertThat(api.error("search/metric_names", "search[]", "t".repeat(1025)))
        .isEqualTo("400 bad_data: search[] term too long: got 1025 characters, maximum is 1024");
  }

  @Test
  void aSmallMaximumIsTheDefaultToo() throws Exception {
    api.sections.put(SearchSettingsSection.KEY, new SearchSettings(3));
    assertThat(lines("metric_names"))
        .startsWith(
            "{\"results\":[{\"name\":\"go_gc_seconds\"},{\"name\":\"go_goroutines\"},{\"name\":\"go_total\"}]}")
        .endsWith(MORE);
    api.sections.put(SearchSettingsSection.KEY, new SearchSettings(0));
    assertThat(lines("metric_names", "limit", "2147483647")).endsWith(END);
    assertThat(lines("metric_names", "limit", "9223372036854775807", "batch_size", "99999999999"))
        .endsWith(END);
  }

  @ParameterizedTest
  @ValueSource(strings = {"metric_names", "label_names", "label_values"})
  void tellsWhatStorageCannotDo(String path) throws Exception {
    api.storage.failure = new StorageException(StorageException.Kind.IO, "disk is gone");
    assertThat(api.error("search/" + path, "label", "x")).isEqualTo("422 execution: disk is gone");
  }

  @Test
  void showsOnlyWhatTheSenderMaySee() throws Exception {
    api.views.add(() -> List.of(pool(family("up", MetricType.GAUGE, "Hidden.", ""))));
    Access access =
        new Access(
            "u",
            List.of(
                List.of(Matcher.equal("job", "node")), List.of(Matcher.equal("instance", "none"))),
            QueryLimits.NONE);
    for (String path : List.of("metric_names", "label_names", "label_values")) {
      assertThat(api.route("search/" + path).audience()).isEqualTo(Route.Audience.FILTERED);
    }
    assertThat(
            api.call(
                    "search/metric_names",
                    FakeRequest.get("/").with("include_metadata", "true").withAccess(access))
                .text())
        .isEqualTo("{\"results\":[{\"name\":\"up\"}]}\n" + END);
    assertThat(
            api.call(
                    "search/label_values",
                    FakeRequest.get("/")
                        .with("label", "instance")
                        .with("sort_by", "alpha")
                        .with("sort_dir", "dsc")
                        .withAccess(access))
                .text())
        .isEqualTo("{\"results\":[{\"value\":\"b\"}]}\n" + END);
  }

  @Test
  void endsWhenTheClientLeaves() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> api.call("search/metric_names", "sort_by", "alpha", "sort_dir", "dsc"))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
