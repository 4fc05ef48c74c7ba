package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.QueryLimits;
import io.narthex.api.config.ConfigException;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryOptions.StatisticsLevel;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.RangeQuery;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueryLogTest {
  @TempDir Path directory;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final EngineMetrics metrics = new EngineMetrics(registry);
  private final QueryLog log = new QueryLog(metrics, Clock.systemUTC());

  private MetricSnapshot metric(String name) {
    return registry.scrape(name::equals).stream().findFirst().orElseThrow();
  }

  private double enabled() {
    return ((GaugeSnapshot) metric("prometheus_engine_query_log_enabled"))
        .getDataPoints()
        .getFirst()
        .getValue();
  }

  private double failures() {
    return ((CounterSnapshot) metric("prometheus_engine_query_log_failures"))
        .getDataPoints()
        .getFirst()
        .getValue();
  }

  private static QueryStatistics statistics() {
    return new QueryStatistics(
        Map.of("evalTotalTime", 0.000447452, "innerEvalTime", 3.2e-7, "execTotalTime", 1.5),
        3,
        2,
        new long[0]);
  }

  @Test
  void writesTheLineOfPrometheus() {
    assertThat(
            QueryLog.line(
                new QueryLog.Entry(
                    "prometheus_build_info{a<\"x\"}",
                    1730986800000L,
                    1730986800000L,
                    0,
                    null,
                    statistics(),
                    new QueryOrigin.HttpRequest("127.0.0.1", "GET", "/api/v1/query"),
                    ""),
                Instant.parse("2024-11-07T13:40:08.746Z")))
        .isEqualTo(
            """
            {"time":"2024-11-07T13:40:08.746Z","level":"INFO","source":"PromqlEngine.java",\
            "msg":"promql query logged","params":{"end":"2024-11-07T13:40:00.000Z",\
            "query":"prometheus_build_info{a<\\"x\\"}","start":"2024-11-07T13:40:00.000Z",\
            "step":0},"stats":{"timings":{"evalTotalTime":0.000447452,"resultSortTime":0,\
            "queryPreparationTime":0,"innerEvalTime":3.2e-7,"execQueueTime":0,\
            "execTotalTime":1.5},"samples":{"totalQueryableSamples":3,"samplesRead":3,\
            "peakSamples":2}},"spanID":"0000000000000000","httpRequest":\
            {"clientIP":"127.0.0.1","method":"GET","path":"/api/v1/query"}}
            """);
  }

  @Test
  void tellsTheUserBehindWhatPrometheusTells() {
    QueryLog.Entry entry =
        new QueryLog.Entry(
            "up",
            0,
            0,
            0,
            null,
            statistics(),
            new QueryOrigin.HttpRequest("::1", "GET", "/api/v1/query"),
            "ann \"a\"");
    assertThat(QueryLog.line(entry, Instant.EPOCH))
        .endsWith("\"path\":\"/api/v1/query\"},\"user\":\"ann \\\"a\\\"\"}\n");
  }

  @Test
  void saysWhyAQueryHasFailedAndWhichRuleItIs() {
    assertThat(
            QueryLog.line(
                new QueryLog.Entry(
                    "up",
                    0,
                    60_000,
                    15_000,
                    new QueryException(QueryException.Kind.TIMEOUT, "query timed out in x"),
                    new QueryStatistics(Map.of(), 3, 2, new long[] {1, 2}),
                    new QueryOrigin.RuleGroup("rules.yml", "group"),
                    ""),
                Instant.EPOCH))
        .contains(
            "\"start\":\"1970-01-01T00:00:00.000Z\",\"step\":15},\"error\":\"query timed out in"
                + " x\",\"stats\"",
            "\"totalQueryableSamplesPerStep\":[[0,1],[15,2]],\"totalQueryableSamples\":3",
            "\"ruleGroup\":{\"file\":\"rules.yml\",\"name\":\"group\"}}");
  }

  @Test
  void logsEachQueryThatIsEvaluated() throws Exception {
    Path file = directory.resolve("query.log");
    PromqlEngine engine =
        Engines.engine(
            new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(1), 2, 2),
            Set.of(),
            new Observation(metrics, ActiveQueries.none(), log));
    TestStorage storage = new TestStorage();
    QueryOptions options =
        new QueryOptions(
            Duration.ZERO,
            Duration.ZERO,
            StatisticsLevel.NONE,
            "",
            new QueryOrigin.HttpRequest("::1", "POST", "/api/v1/query"));
    QueryOptions ann = options.of("ann", QueryLimits.NONE);
    engine.instant(storage, new InstantQuery("before", 0, options)).close();
    log.use(QueryLog.open(file));
    assertThat(enabled()).isEqualTo(1);
    engine.instant(storage, new InstantQuery("1 + 1", 1000, options)).close();
    engine.range(storage, new RangeQuery("vector(1)", 0, 1000, 1000, options)).close();
    assertThatThrownBy(
            () -> engine.instant(storage, new InstantQuery("vector(1)[1s:1ms]", 0, options)))
        .isInstanceOf(QueryException.class);
    assertThatThrownBy(() -> engine.instant(storage, new InstantQuery("1 +", 0, options)))
        .isInstanceOf(QueryException.class);
    engine.instant(storage, new InstantQuery("2", 0, ann)).close();
    log.close();
    assertThat(enabled()).isZero();
    engine.instant(storage, new InstantQuery("after", 0, options)).close();

    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(4);
    assertThat(lines.removeLast()).endsWith(",\"user\":\"ann\"}");
    assertThat(lines).noneMatch(line -> line.contains("\"user\""));
    assertThat(lines.getFirst())
        .contains("\"query\":\"1 + 1\"", "\"method\":\"POST\"")
        .doesNotContain("\"execTotalTime\":0,", "error");
    assertThat(lines.getLast())
        .contains("\"error\":\"query processing would load too many samples into memory");
    assertThat(failures()).isZero();
    engine.close();
  }

  @Test
  void goesOnInANewFileWhenItIsOpenedAnew() throws Exception {
    Path file = directory.resolve("query.log");
    QueryLog.Entry entry =
        new QueryLog.Entry("up", 0, 0, 0, null, statistics(), QueryOrigin.UNKNOWN, "");
    log.use(QueryLog.open(file));
    log.write(entry);
    Files.move(file, directory.resolve("old.log"));
    log.write(entry);
    log.use(QueryLog.open(file));
    log.write(entry);
    log.use(QueryLog.open(file));
    log.write(entry);
    assertThat(Files.readAllLines(directory.resolve("old.log"))).hasSize(2);
    assertThat(Files.readAllLines(file)).hasSize(2);
    log.close();
  }

  @Test
  void refusesAFileThatCannotBeOpened() {
    assertThatThrownBy(() -> QueryLog.open(directory))
        .isInstanceOf(ConfigException.class)
        .hasMessage("can't create json log file: open " + directory + ": is a directory");
    Path missing = directory.resolve("no/such/query.log");
    assertThatThrownBy(() -> QueryLog.open(missing))
        .hasMessage("can't create json log file: open " + missing + ": no such file or directory");
  }

  @Test
  void countsWhatCannotBeWritten() throws Exception {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "no /dev/full here");
    log.use(QueryLog.open(full));
    QueryLog.Entry entry =
        new QueryLog.Entry("up", 0, 0, 0, null, statistics(), QueryOrigin.UNKNOWN, "");
    log.write(entry);
    log.write(entry);
    assertThat(failures()).isEqualTo(2);
    log.close();
  }
}
