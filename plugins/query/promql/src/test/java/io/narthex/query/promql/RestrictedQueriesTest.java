package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.access.RestrictedStorage;
import io.narthex.api.model.Matcher;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryExplanation;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whoever sees a part of the series is answered as if there were no others: results, remarks,
 * reasons of failures, plans and counts.
 */
class RestrictedQueriesTest {
  private static final List<String> SHOWN =
      List.of(
          "m{team=\"a\",job=\"x\",instance=\"1\"} 0+1x20",
          "m{team=\"a\",job=\"y\",instance=\"2\"} 0+3x20",
          "m{team=\"b\",job=\"x\",instance=\"3\"} 5 4 3 0 1 2 3",
          "n{team=\"a\",job=\"x\",instance=\"1\"} 1+0x20",
          "h_bucket{team=\"a\",job=\"x\",le=\"1\"} 1+1x20",
          "h_bucket{team=\"a\",job=\"x\",le=\"+Inf\"} 2+2x20",
          "target_info{team=\"a\",job=\"x\",instance=\"1\",version=\"7\"} 1+0x20");

  private static final List<String> HIDDEN =
      List.of(
          "m{team=\"hidden\",job=\"x\",instance=\"1\"} 100+7x20",
          "m{job=\"hidden\",instance=\"9\"} 100+7x20",
          "n{team=\"hidden\",job=\"x\",instance=\"1\"} 3+0x20",
          "h_bucket{team=\"hidden\",job=\"x\",le=\"2\"} 9+1x20",
          "hidden_metric{job=\"y\"} 1+0x20",
          "target_info{team=\"hidden\",job=\"x\",instance=\"1\",version=\"hidden\"} 1+0x20",
          "target_info{team=\"hidden\",job=\"y\",instance=\"2\",hidden=\"hidden\"} 1+0x20");

  private static final List<String> QUERIES =
      List.of(
          "m",
          "{__name__=~\".+\"}",
          "m{team=\"hidden\"}",
          "m{team=~\"a|hidden\"}",
          "m{team!=\"a\"}",
          "m{team=\"\"}",
          "sum(m)",
          "sum by (team) (rate(m[5m]))",
          "count({__name__=~\".+\"}) by (__name__)",
          "topk(2, m)",
          "absent(hidden_metric)",
          "absent(m{team=\"hidden\"})",
          // One to one only among those that are shown.
          "m{team=\"a\"} * on (job, instance) n",
          "m * on (job, instance) group_left (team) n",
          "label_replace(m, \"instance\", \"\", \"\", \"\") * on (job) n",
          "m and ignoring (team) n",
          "m unless on (job) hidden_metric",
          "histogram_quantile(0.9, rate(h_bucket[5m]))",
          "info(m)",
          "info(m, {version=~\".+\"})",
          "info(rate(m[5m]), {hidden=~\".*\"})",
          "max_over_time(sum(m)[5m:1m])",
          "count_values(\"v\", m)",
          "sum without (team, instance, job) (m offset 1m)",
          "{team=\"hidden\"} or vector(1)",
          "timestamp(m @ 120)",
          "-{job=\"x\"}");

  private final QueryEngine engine =
      Engines.engine(
          new PromqlConfig(Duration.ofMinutes(5), Duration.ofMinutes(1), 2, 1_000_000),
          Set.of("promql-experimental-functions"));
  private final TestStorage whole = new TestStorage();
  private final TestStorage part = new TestStorage();

  private static List<Access> accesses() {
    Matcher a = Matcher.equal("team", "a");
    Matcher b = Matcher.equal("team", "b");
    return List.of(
        new Access(
            "", List.of(List.of(Matcher.of(Matcher.Type.REGEX, "team", "[ab]"))), QueryLimits.NONE),
        new Access("", List.of(List.of(a), List.of(b)), QueryLimits.NONE),
        new Access(
            "",
            List.of(
                List.of(a, Matcher.of(Matcher.Type.NOT_EQUAL, "job", "hidden")),
                List.of(b, Matcher.equal("job", "x"))),
            QueryLimits.NONE));
  }

  @Test
  void answersAsIfThereWereNoOtherSeries() {
    whole.load(60_000, SHOWN.toArray(String[]::new));
    whole.load(60_000, HIDDEN.toArray(String[]::new));
    part.load(60_000, SHOWN.toArray(String[]::new));
    for (Access access : accesses()) {
      Storage seen = RestrictedStorage.of(whole, access);
      for (String query : QUERIES) {
        for (boolean range : new boolean[] {false, true}) {
          List<String> told = told(seen, query, range);
          assertThat(told).as("%s for %s", query, access).isEqualTo(told(part, query, range));
        }
      }
    }
    assertThat(whole.open).isZero();
    // What is compared does tell them apart.
    assertThat(told(whole, "m", false)).isNotEqualTo(told(part, "m", false));
    assertThat(told(whole, "info(m)", false)).isNotEqualTo(told(part, "info(m)", false));
  }

  private List<String> told(Storage storage, String query, boolean range) {
    List<String> told = new ArrayList<>();
    QueryOptions options =
        new QueryOptions(
            Duration.ZERO,
            Duration.ZERO,
            QueryOptions.StatisticsLevel.TOTALS,
            "",
            QueryOrigin.UNKNOWN,
            true);
    try (QueryResult result =
        range
            ? engine.range(storage, new RangeQuery(query, 0, 600_000, 60_000, options))
            : engine.instant(storage, new InstantQuery(query, 600_000, options))) {
      told.addAll(Queries.read(result));
      result.annotations().forEach(remark -> told.add(remark.toString()));
      result
          .statistics()
          .ifPresent(cost -> told.add(cost.totalSamples() + " " + cost.samplesRead()));
      result.explanation().ifPresent(plan -> tell(plan, told));
    } catch (QueryException e) {
      told.add(e.getMessage());
    }
    return told;
  }

  private static void tell(QueryExplanation step, List<String> told) {
    told.add(
        step.operator()
            + " "
            + step.details()
            + " "
            + step.series()
            + " "
            + step.points()
            + " "
            + step.samples());
    step.inputs().forEach(input -> tell(input, told));
  }
}
