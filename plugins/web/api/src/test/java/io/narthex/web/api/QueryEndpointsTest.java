package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryExplanation;
import io.narthex.api.query.QueryOptions.StatisticsLevel;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.ValueType;
import io.narthex.api.web.FakeResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected answers are those of a Prometheus server that was asked the same. */
class QueryEndpointsTest {
  private final Api api = new Api();

  @Test
  void writesAVector() throws Exception {
    api.engine
        .answer("up", ValueType.VECTOR)
        .series(Labels.of("__name__", "up", "job", "a"))
        .add(1500, 1)
        .series(Labels.empty())
        .add(1500, 1e21);

    assertThat(api.data("query", "query", "up", "time", "1.5"))
        .isEqualTo(
            """
            {"resultType":"vector","result":[\
            {"metric":{"__name__":"up","job":"a"},"value":[1.500,"1"]},\
            {"metric":{},"value":[1.500,"1e+21"]}]}\
            """);
    assertThat(api.engine.instant.time()).isEqualTo(1500);
    assertThat(api.engine.results.get("up").closed).isTrue();
  }

  @Test
  void writesAnEmptyVector() throws Exception {
    api.engine.answer("nope", ValueType.VECTOR);

    FakeResponse response = api.call("query", "query", "nope");

    assertThat(response.text())
        .isEqualTo("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}");
    assertThat(response.headers()).containsEntry("Content-Type", "application/json");
  }

  /** Unlike those of vectors, values of scalars never have an exponent, and times no idle zeros. */
  @ParameterizedTest
  @CsvSource({
    "1500, 1, '[1.5,\"1\"]'",
    "1000, 1e21, '[1,\"1000000000000000000000\"]'",
    "1435781451781, 1e-10, '[1435781451.781,\"0.0000000001\"]'",
    "570, 0.57, '[0.57,\"0.57\"]'",
    "1, -0.0, '[0.001,\"-0\"]'",
    "-1500, NaN, '[-1.5,\"NaN\"]'",
    "0, Infinity, '[0,\"+Inf\"]'"
  })
  void writesAScalar(long time, double value, String expected) throws Exception {
    api.engine.answer("s", ValueType.SCALAR).series(Labels.empty()).add(time, value);

    assertThat(api.data("query", "query", "s"))
        .isEqualTo("{\"resultType\":\"scalar\",\"result\":" + expected + "}");
  }

  @Test
  void writesAString() throws Exception {
    api.engine.answer("\"a\"", ValueType.STRING).string = "a<b>\u0001\ud800\u00e9";

    assertThat(api.data("query", "query", "\"a\"", "time", "1.5"))
        .isEqualTo(
            "{\"resultType\":\"string\",\"result\":[1.5,\"a\\u003cb\\u003e\\u0001\ufffd\u00e9\"]}");
  }

  @Test
  void writesAMatrix() throws Exception {
    api.engine
        .answer("up[5m]", ValueType.MATRIX)
        .series(Labels.of("job", "a"))
        .add(1000, 1)
        .add(2500, Double.NaN)
        .series(Labels.of("job", "b"))
        .add(1000, Double.NEGATIVE_INFINITY);

    assertThat(api.data("query", "query", "up[5m]"))
        .isEqualTo(
            """
            {"resultType":"matrix","result":[\
            {"metric":{"job":"a"},"values":[[1,"1"],[2.500,"NaN"]]},\
            {"metric":{"job":"b"},"values":[[1,"-Inf"]]}]}\
            """);
    assertThat(api.engine.instant.time()).as("the clock's").isEqualTo(100_500);
  }

  @Test
  void writesFloatsAndHistogramsOfOneSeries() throws Exception {
    api.engine
        .answer("h", ValueType.MATRIX)
        .series(Labels.of("a", "b"))
        .add(1000, 2)
        .add(2000, histogram());

    assertThat(api.data("query_range", "query", "h", "start", "1", "end", "2", "step", "1"))
        .isEqualTo(
            """
            {"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"]],\
            "histograms":[[2,{"count":"6","sum":"18.4","buckets":[[0,"1","2","6"]]}]]}]}\
            """);
    assertThat(api.engine.range.start()).isEqualTo(1000);
    assertThat(api.engine.range.end()).isEqualTo(2000);
    assertThat(api.engine.range.step()).isEqualTo(1000);
  }

  @Test
  void writesAHistogramOfAVector() throws Exception {
    api.engine.answer("h", ValueType.VECTOR).series(Labels.empty()).add(1000, histogram());

    assertThat(api.data("query", "query", "h"))
        .isEqualTo(
            """
            {"resultType":"vector","result":[{"metric":{},\
            "histogram":[1,{"count":"6","sum":"18.4","buckets":[[0,"1","2","6"]]}]}]}\
            """);
  }

  private static NativeHistogram histogram() {
    return new NativeHistogram(
        true,
        NativeHistogram.ResetHint.UNKNOWN,
        0,
        0.001,
        0,
        6,
        18.4,
        List.of(new NativeHistogram.Span(1, 1)),
        new double[] {6},
        List.of(),
        new double[0],
        new double[0]);
  }

  @Test
  void tellsWarningsAndInfosOfTheEngine() throws Exception {
    FakeEngine.Result result = api.engine.answer("x", ValueType.VECTOR);
    result.annotations.add(Annotation.info("PromQL info: i (1:1)"));
    result.annotations.add(Annotation.warning("PromQL warning: w (1:1)"));

    assertThat(api.data("query", "query", "x"))
        .isEqualTo(
            """
            {"resultType":"vector","result":[]},\
            "warnings":["PromQL warning: w (1:1)"],"infos":["PromQL info: i (1:1)"]\
            """);
  }

  @Test
  void cutsVectorsAndMatricesAtTheLimit() throws Exception {
    api.engine
        .answer("up", ValueType.VECTOR)
        .series(Labels.of("a", "1"))
        .add(0, 1)
        .series(Labels.of("a", "2"))
        .add(0, 1);

    assertThat(api.data("query", "query", "up", "limit", "1"))
        .isEqualTo(
            """
            {"resultType":"vector","result":[{"metric":{"a":"1"},"value":[0,"1"]}]},\
            "warnings":["results truncated due to limit"]\
            """);
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "0"})
  void saysNothingWhenTheLimitIsNotExceeded(String limit) throws Exception {
    api.engine
        .answer("up", ValueType.MATRIX)
        .series(Labels.of("a", "1"))
        .add(0, 1)
        .series(Labels.of("a", "2"))
        .add(0, 1);

    assertThat(
            api.data(
                "query_range",
                "query",
                "up",
                "start",
                "0",
                "end",
                "1",
                "step",
                "1",
                "limit",
                limit))
        .contains("\"a\":\"2\"")
        .doesNotContain("warnings");
  }

  @Test
  void doesNotCutScalars() throws Exception {
    api.engine.answer("1", ValueType.SCALAR).series(Labels.empty()).add(0, 1);

    assertThat(api.data("query", "query", "1", "limit", "1")).doesNotContain("warnings");
  }

  @Test
  void writesStatisticsInOrder() throws Exception {
    FakeEngine.Result result = api.engine.answer("up", ValueType.MATRIX);
    result.statistics =
        Optional.of(
            new QueryStatistics(
                Map.of("execTotalTime", 0.25, "evalTotalTime", 0.00009374, "zzz", 2.0),
                7,
                3,
                new long[] {4, 3},
                5,
                new long[] {4, 1}));

    assertThat(
            api.data(
                "query_range",
                "query",
                "up",
                "start",
                "1.5",
                "end",
                "2.5",
                "step",
                "1",
                "stats",
                "all"))
        .isEqualTo(
            """
            {"resultType":"matrix","result":[],"stats":{"timings":{"evalTotalTime":0.00009374,\
            "resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":0,"execQueueTime":0,\
            "execTotalTime":0.25,"zzz":2},"samples":{"totalQueryableSamplesPerStep":[[1.5,4],\
            [2.5,3]],"totalQueryableSamples":7,"samplesReadPerStep":[[1.5,4],[2.5,1]],\
            "samplesRead":5,"peakSamples":3}}}\
            """);
    assertThat(api.engine.range.options().statistics()).isEqualTo(StatisticsLevel.PER_STEP);
  }

  @Test
  void writesThePlanWhereItIsAskedFor() throws Exception {
    FakeEngine.Result result = api.engine.answer("up", ValueType.VECTOR);
    result.explanation =
        Optional.of(
            new QueryExplanation(
                "join",
                "+",
                2,
                4,
                0,
                0.5,
                List.of(new QueryExplanation("literal", "1", -1, -1, -1, -1, List.of()))));

    assertThat(api.data("query", "query", "up", "explain", "true"))
        .isEqualTo(
            """
            {"resultType":"vector","result":[],"explain":{"text":\
            "join +  (2 series, 4 points, 500.000 ms)\\n└─ literal 1\\n","tree":\
            {"operator":"join","details":"+","series":2,"points":4,"samples":0,"seconds":0.5,\
            "inputs":[{"operator":"literal","details":"1","inputs":[]}]}}}\
            """);
    assertThat(api.engine.instant.options().explain()).isTrue();

    api.data("query", "query", "up");
    assertThat(api.engine.instant.options().explain()).isFalse();
  }

  @Test
  void handsOptionsToTheEngine() throws Exception {
    api.engine.answer("up", ValueType.VECTOR);

    api.data(
        "query", "query", "up", "timeout", "1m30s", "lookback_delta", "0.5", "stats", "anything");

    assertThat(api.engine.instant.options().timeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(api.engine.instant.options().lookbackDelta()).isEqualTo(Duration.ofMillis(500));
    assertThat(api.engine.instant.options().statistics()).isEqualTo(StatisticsLevel.TOTALS);
    assertThat(api.engine.instant.options().origin()).isEqualTo("127.0.0.1");
    assertThat(api.engine.instant.options().source())
        .isEqualTo(new QueryOrigin.HttpRequest("127.0.0.1", "GET", "/"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "time=foo | 400 bad_data: invalid parameter \"time\": invalid time value for 'time': cannot"
            + " parse \"foo\" to a valid timestamp",
        "timeout=x | 400 bad_data: invalid parameter \"timeout\": cannot parse \"x\" to a valid"
            + " duration",
        "lookback_delta=x | 400 bad_data: error parsing lookback delta duration: cannot parse \"x\""
            + " to a valid duration",
        "limit=-1 | 400 bad_data: invalid parameter \"limit\": limit must be non-negative",
        "limit=x | 400 bad_data: invalid parameter \"limit\": strconv.Atoi: parsing \"x\": invalid"
            + " syntax",
        "timeout=0 | 503 timeout: query timed out in query execution",
        "timeout=-1 | 503 timeout: query timed out in query execution"
      })
  void refusesParametersOfAnInstantQuery(String parameter, String expected) throws Exception {
    api.engine.answer("up", ValueType.VECTOR);
    int split = parameter.indexOf('=');

    assertThat(
            api.error(
                "query",
                "query",
                "up",
                parameter.substring(0, split),
                parameter.substring(split + 1)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "foo | 1 | 1 | invalid parameter \"start\": cannot parse \"foo\" to a valid timestamp",
        "1 | '' | 1 | invalid parameter \"end\": cannot parse \"\" to a valid timestamp",
        "2 | 1 | 1 | invalid parameter \"end\": end timestamp must not be before start time",
        "1 | 2 | 0 | invalid parameter \"step\": zero or negative query resolution step widths are"
            + " not accepted. Try a positive integer",
        "1 | 2 | -1 | invalid parameter \"step\": zero or negative query resolution step widths are"
            + " not accepted. Try a positive integer",
        "1 | 2 | foo | invalid parameter \"step\": cannot parse \"foo\" to a valid duration",
        "1 | 2 | 1e300 | invalid parameter \"step\": cannot parse \"1e300\" to a valid duration. It"
            + " overflows int64",
        "1 | 2 | 1e400 | invalid parameter \"step\": cannot parse \"1e400\" to a valid duration",
        "0 | 11001 | 1 | exceeded maximum resolution of 11,000 points per timeseries. Try"
            + " decreasing the query resolution (?step=XX)",
        "-292273086-05-16T16:47:06Z | 292277025-08-18T07:12:54.999999999Z | 86400 | exceeded"
            + " maximum resolution of 11,000 points per timeseries. Try decreasing the query"
            + " resolution (?step=XX)"
      })
  void refusesParametersOfARangeQuery(String start, String end, String step, String expected)
      throws Exception {
    api.engine.answer("up", ValueType.MATRIX);

    assertThat(api.error("query_range", "query", "up", "start", start, "end", end, "step", step))
        .isEqualTo("400 bad_data: " + expected);
  }

  @Test
  void allowsElevenThousandSteps() throws Exception {
    api.engine.answer("up", ValueType.MATRIX);

    assertThat(api.data("query_range", "query", "up", "start", "0", "end", "11000", "step", "1"))
        .isEqualTo("{\"resultType\":\"matrix\",\"result\":[]}");
  }

  @Test
  void tellsWhatIsWrongWithTheExpression() throws Exception {
    String expected =
        "400 bad_data: invalid parameter \"query\": 1:1: parse error: unexpected \"up(\"";

    assertThat(api.error("query", "query", "up(")).isEqualTo(expected);
    assertThat(api.error("query", "query", "up(", "timeout", "0")).isEqualTo(expected);
    assertThat(api.error("query_range", "query", "up(", "start", "0", "end", "1", "step", "1"))
        .isEqualTo(expected);
    assertThat(api.error("format_query", "query", "up(")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "EXECUTION, 422 execution: why",
    "TIMEOUT, 503 timeout: why",
    "CANCELED, 499 canceled: why",
    "INTERNAL, 500 internal: why"
  })
  void tellsHowAQueryFailed(QueryException.Kind kind, String expected) throws Exception {
    FakeEngine.Result early = api.engine.answer("early", ValueType.VECTOR);
    early.refusal = new QueryException(kind, "why");
    FakeEngine.Result late = api.engine.answer("late", ValueType.VECTOR).series(Labels.empty());
    late.add(0, 1).failure = new QueryException(kind, "why");

    assertThat(api.error("query", "query", "early")).isEqualTo(expected);
    assertThat(api.error("query", "query", "late")).isEqualTo(expected);
    assertThat(late.closed).isTrue();
  }

  @Test
  void answersWithAnErrorWhenTheEngineHasADefect() throws Exception {
    api.engine.answer("x", ValueType.VECTOR).defect = new IllegalStateException("oops");

    assertThat(api.error("query", "query", "x"))
        .isEqualTo("500 internal: unexpected error: java.lang.IllegalStateException: oops");
  }

  @Test
  void isUnavailableWithoutStorage() throws Exception {
    api.engine.answer("up", ValueType.VECTOR);
    api.storageIsThere = false;

    assertThat(api.error("query", "query", "up")).isEqualTo("503 unavailable: there is none");
  }

  @Test
  void formatsExpressions() throws Exception {
    api.engine.answer("a+b", ValueType.VECTOR);

    assertThat(api.data("format_query", "query", "a+b")).isEqualTo("\"formatted a+b\"");
  }

  @Test
  void listsFunctions() throws Exception {
    assertThat(api.data("functions")).isEqualTo("[]");
    api.engine.functions.add(
        new FunctionDescription(
            "label_join",
            List.of(ValueType.VECTOR, ValueType.STRING),
            1,
            Integer.MAX_VALUE,
            ValueType.VECTOR,
            "",
            true));
    api.engine.functions.add(
        new FunctionDescription(
            "spread", List.of(ValueType.MATRIX), 1, 1, ValueType.VECTOR, "A \"sample\".", false));
    assertThat(api.data("functions"))
        .isEqualTo(
            """
            [{"name":"label_join","arguments":["vector","string"],"fewest":1,"most":-1,\
            "result":"vector","description":"","builtIn":true},\
            {"name":"spread","arguments":["matrix"],"fewest":1,"most":1,\
            "result":"vector","description":"A \\"sample\\".","builtIn":false}]\
            """);
    assertThat(api.route("functions").methods()).containsExactly("GET");
  }

  @Test
  void takesFormsToo() {
    for (String path : List.of("query", "query_range", "format_query", "labels", "series")) {
      assertThat(api.route(path).methods()).as(path).containsExactlyInAnyOrder("GET", "POST");
    }
    assertThat(api.route("label/:name/values").methods()).containsExactly("GET");
  }

  @Test
  void showsTheSyntaxTree() throws Exception {
    api.engine.trees.put(
        "q",
        SyntaxValue.Node.of(
            Map.of(
                "type",
                new SyntaxValue.Text("<a>"),
                "args",
                new SyntaxValue.Items(
                    List.of(
                        new SyntaxValue.Whole(-1),
                        new SyntaxValue.Real(1e-7),
                        new SyntaxValue.Real(Double.NaN),
                        new SyntaxValue.Items(List.of()))),
                "on",
                new SyntaxValue.Truth(true),
                "param",
                SyntaxValue.Nothing.NOTHING)));

    assertThat(api.data("parse_query", "query", "q"))
        .isEqualTo(
            "{\"args\":[-1,1e-07,\"NaN\",[]],\"on\":true,\"param\":null,"
                + "\"type\":\"\\u003ca\\u003e\"}");
    assertThat(api.error("parse_query", "query", "("))
        .isEqualTo("400 bad_data: invalid parameter \"query\": 1:1: parse error: unexpected \"(\"");
  }

  /** A chain of 100,000 operators is a tree of that depth. */
  @Test
  void showsADeepSyntaxTree() throws Exception {
    SyntaxValue tree = new SyntaxValue.Text("x");
    for (int i = 0; i < 100_000; i++) {
      tree = SyntaxValue.Node.of(Map.of("lhs", tree));
    }
    api.engine.trees.put("q", tree);

    assertThat(api.data("parse_query", "query", "q"))
        .hasSize(100_000 * "{'lhs':}".length() + 3)
        .endsWith("\"x\"" + "}".repeat(100_000));
  }
}
