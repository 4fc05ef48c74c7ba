package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.ValueType;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What somebody is told who sees a part of the series only. Whatever is hidden has {@code hidden}
 * in its name or value here, so that no answer may have that word.
 */
class RestrictedCallerTest {
  private static final Labels SHOWN = Labels.of("__name__", "m_total", "job", "a", "team", "a");

  private final Api api = new Api();
  private final WithExemplars storage = new WithExemplars();

  private static Access seeing(List<List<Matcher>> selectors) {
    return new Access("ann", selectors, new QueryLimits(10, Duration.ofSeconds(5), 2));
  }

  /** Accesses that show the same by one selector, by a pattern, and by looking at each series. */
  static List<Access> accesses() {
    return List.of(
        seeing(List.of(List.of(Matcher.equal("team", "a")))),
        seeing(List.of(List.of(Matcher.equal("team", "a")), List.of(Matcher.equal("team", "b")))),
        seeing(
            List.of(
                List.of(Matcher.equal("team", "a"), Matcher.of(Matcher.Type.REGEX, "job", "a|b")),
                List.of(Matcher.of(Matcher.Type.REGEX, "team", "b.*")))));
  }

  @BeforeEach
  void fill() {
    api.storageInUse = storage;
    storage.series.add(SHOWN);
    storage.series.add(Labels.of("__name__", "m_total", "job", "hidden", "team", "hidden"));
    storage.series.add(Labels.of("__name__", "hidden_gauge", "job", "a", "team", "hidden"));
    storage.series.add(Labels.of("__name__", "hidden_other", "job", "a", "hidden", "x"));
    SampleBatch sample = new SampleBatch(1);
    sample.add(100_000, 4);
    storage.samples.put(SHOWN, sample);
    List<Matcher> all = List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+"));
    api.engine.selectors.put("{all}", all);
    api.engine.answer("m", ValueType.VECTOR).selectors = List.of(all);
    api.engine.answer("range", ValueType.MATRIX);
    api.views.add(() ->
        List.of(
            pool("a", target("a", "a"), target("a", "hidden")),
            pool("hidden", target("hidden", "hidden"))));
    api.rules.add(() -> List.of(group("g"), group("hidden-group")));
  }

  private FakeResponse ask(Access access, String path, String... parameters) throws Exception {
    FakeRequest request = FakeRequest.get("/").withAccess(access).withPath("name", "team");
    for (int i = 0; i < parameters.length; i += 2) {
      request.with(parameters[i], parameters[i + 1]);
    }
    return api.call(path, request);
  }

  private String told(Access access, String path, String... parameters) throws Exception {
    String data = Api.data(ask(access, path, parameters));
    assertThat(data).doesNotContain("hidden");
    return data;
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void seriesAndLabelsAreThoseOfWhatIsShown(Access access) throws Exception {
    String json = "{\"__name__\":\"m_total\",\"job\":\"a\",\"team\":\"a\"}";
    assertThat(told(access, "series", "match[]", "{all}")).isEqualTo("[" + json + "]");
    assertThat(told(access, "series", "match[]", "{all}", "match[]", "{all}", "limit", "1"))
        .isEqualTo("[" + json + "]");
    assertThat(told(access, "labels")).isEqualTo("[\"__name__\",\"job\",\"team\"]");
    assertThat(told(access, "labels", "match[]", "{all}", "limit", "3"))
        .isEqualTo("[\"__name__\",\"job\",\"team\"]");
    assertThat(told(access, "label/:name/values")).isEqualTo("[\"a\"]");
    assertThat(told(access, "label/:name/values", "match[]", "{all}", "limit", "1"))
        .isEqualTo("[\"a\"]");
    assertThat(storage.open).isZero();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void aQueryIsEvaluatedOverWhatIsShown(Access access) throws Exception {
    told(access, "query", "query", "m");
    assertSees(Objects.requireNonNull(api.engine.storage));
    api.engine.storage = null;
    told(access, "query_range", "query", "range", "start", "0", "end", "1", "step", "1");
    assertSees(Objects.requireNonNull(api.engine.storage));
  }

  private static void assertSees(Storage given) throws Exception {
    try (Querier querier = given.querier(0, 1)) {
      LabelResult names = querier.labelValues("__name__", 0, List.of());
      assertThat(names.items()).containsExactly("m_total");
    }
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void exemplarsAreThoseOfWhatIsShown(Access access) throws Exception {
    assertThat(told(access, "query_exemplars", "query", "m")).contains("\"team\":\"a\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain;version=0.0.4",
        "text/plain;version=1.0.0",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited"
      })
  void federationGivesWhatIsShown(String accept) throws Exception {
    for (Access access : accesses()) {
      FakeRequest request =
          FakeRequest.get("/")
              .withAccess(access)
              .withHeader("Accept", accept)
              .with("match[]", "{all}", "{all}");
      // Samples of hidden series cannot be read here.
      String answer = api.call("/federate", request).text();
      assertThat(answer).contains("m_total").doesNotContain("hidden");
    }
    assertThat(storage.open).isZero();
  }

  private static TargetsView.FamilyMetadata family(String name, MetricType type) {
    return new TargetsView.FamilyMetadata(
        name, new Metadata(type, name.startsWith("hidden") ? "hidden help" : "help", ""));
  }

  private static TargetsView.Target target(String job, String team) {
    boolean shown = team.equals("a");
    return new TargetsView.Target(
        Labels.of("__address__", team),
        Labels.of("job", job, "team", team),
        "http://" + team,
        "http://" + team,
        shown ? "expected \"=\", got \"hidden\"" : "",
        Optional.empty(),
        Duration.ZERO,
        "down",
        Duration.ofMinutes(1),
        Duration.ofSeconds(10),
        // It exposes series with labels of their own too.
        List.of(
            family("m", shown ? MetricType.COUNTER : MetricType.GAUGE),
            family("hidden_gauge", MetricType.GAUGE),
            family("hidden_other", MetricType.UNKNOWN)));
  }

  private static TargetsView.Pool pool(String name, TargetsView.Target... targets) {
    return new TargetsView.Pool(
        name,
        List.of(targets),
        List.of(new TargetsView.DroppedTarget(Labels.of("__address__", "hidden"))),
        7,
        List.of("hidden: no such host"));
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void targetsAreThoseWhoseLabelsAreShown(Access access) throws Exception {
    String targets = told(access, "targets", "state", "any");
    assertThat(targets)
        .startsWith("{\"activeTargets\":[{\"discoveredLabels\":{\"__address__\":\"a\"},")
        .contains(
            "\"scrapeUrl\":\"http://a\"",
            "\"lastError\":\"the scrape has failed; those who see all")
        .endsWith("}],\"droppedTargets\":[],\"droppedTargetCounts\":{}}")
        .containsOnlyOnce("scrapePool");
    assertThat(told(access, "targets", "scrapePool", "hidden"))
        .startsWith("{\"activeTargets\":[],");
    assertThat(told(access, "scrape_pools")).isEqualTo("{\"scrapePools\":[\"a\"]}");
  }

  @Test
  void reasonsThatQuoteNoTargetAreTold() throws Exception {
    TargetsView.Target broken = target("a", "a");
    TargetsView.Target refused =
        new TargetsView.Target(
            broken.discoveredLabels(),
            broken.labels(),
            broken.scrapeUrl(),
            broken.globalUrl(),
            "Get \"http://a\": dial tcp: connection refused",
            broken.lastScrape(),
            broken.lastDuration(),
            broken.health(),
            broken.interval(),
            broken.timeout(),
            broken.metadata());
    api.views.clear();
    api.views.add(() -> List.of(pool("a", refused)));
    assertThat(told(accesses().get(0), "targets")).contains("connection refused");
  }

  @Test
  void whatIsAskedOfAMetricsNameShowsNoTargets() throws Exception {
    for (Matcher name :
        List.of(
            Matcher.equal("__name__", "m_total"),
            Matcher.equal("__name__", "up"),
            Matcher.of(Matcher.Type.REGEX, "__name__", "m.*|up"),
            Matcher.of(Matcher.Type.NOT_EQUAL, "__name__", "up"))) {
      Access access = seeing(List.of(List.of(name, Matcher.equal("team", "a"))));
      assertThat(told(access, "scrape_pools")).isEqualTo("{\"scrapePools\":[]}");
      assertThat(told(access, "targets/metadata")).isEqualTo("[]");
      assertThat(told(access, "alerts")).isEqualTo("{\"alerts\":[]}");
    }
  }

  @Test
  void everythingButSomethingShowsTheTargetsThatAreNotThat() throws Exception {
    Access access =
        seeing(
            List.of(
                List.of(
                    Matcher.of(Matcher.Type.REGEX, "__name__", ".+"),
                    Matcher.of(Matcher.Type.NOT_EQUAL, "team", "hidden"),
                    Matcher.equal("hidden", ""))));
    assertThat(told(access, "scrape_pools")).isEqualTo("{\"scrapePools\":[\"a\"]}");
    assertThat(told(access, "metadata")).startsWith("{\"m\":[");
    assertThat(told(access, "alerts")).contains("\"alertname\":\"A\"");
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void searchesFindWhatIsShown(Access access) throws Exception {
    for (String path : List.of("metric_names", "label_names", "label_values")) {
      FakeResponse response =
          ask(access, "search/" + path, "label", "team", "include_score", "true");
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).contains("has_more").doesNotContain("hidden");
    }
    assertThat(ask(access, "search/metric_names", "include_metadata", "true").text())
        .contains("m_total", "\"type\":\"counter\"");
    assertThat(ask(access, "search/label_values", "label", "team").text())
        .contains("{\"value\":\"a\"}");
    assertThat(storage.open).isZero();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void metadataIsThatOfFamiliesWithASeriesThatIsShown(Access access) throws Exception {
    assertThat(told(access, "metadata"))
        .isEqualTo("{\"m\":[{\"type\":\"counter\",\"help\":\"help\",\"unit\":\"\"}]}");
    assertThat(told(access, "metadata", "metric", "hidden_gauge")).isEqualTo("{}");
    assertThat(told(access, "targets/metadata"))
        .isEqualTo(
            "[{\"target\":{\"job\":\"a\",\"team\":\"a\"},\"metric\":\"m\",\"type\":\"counter\","
                + "\"help\":\"help\",\"unit\":\"\"}]");
    assertThat(told(access, "targets/metadata", "metric", "hidden_other")).isEqualTo("[]");
    assertThat(storage.open).isZero();
    api.storageIsThere = false;
    assertThat(Api.error(ask(access, "metadata"))).startsWith("503 unavailable: ");
  }

  private RulesView.Rule rule(String name, String query, Labels labels, Labels... alerts) {
    return annotated(name, query, labels, Labels.empty(), alerts);
  }

  private RulesView.Rule annotated(
      String name, String query, Labels labels, Labels annotations, Labels... alerts) {
    List<RulesView.ActiveAlert> active =
        Arrays.stream(alerts)
            .map(alert ->
                new RulesView.ActiveAlert(
                    alert,
                    Map.of("summary", "of " + query),
                    "firing",
                    Instant.EPOCH,
                    Optional.empty(),
                    1))
            .toList();
    return new RulesView.Rule(
        name,
        !name.startsWith("r:"),
        query,
        Duration.ZERO,
        Duration.ZERO,
        labels.toMap(),
        annotations.toMap(),
        active,
        "ok",
        "",
        Optional.of(Instant.EPOCH),
        Duration.ZERO);
  }

  private RulesView.Group group(String name) {
    Labels a = Labels.of("team", "a");
    Labels seen = Labels.of("alertname", "A", "team", "a", "job", "a");
    Labels unseen = Labels.of("alertname", "hidden", "team", "hidden");
    List<RulesView.Rule> rules = new ArrayList<>();
    if (name.equals("g")) {
      rules.add(rule("r:shown", reads("own", "team", "a", "job", "a"), labelled(a)));
      rules.add(rule("A", reads("own", "team", "a", "job", "a"), labelled(a), unseen, seen));
      rules.add(rule("r:constant", reads("constant"), labelled(a)));
      rules.add(rule("r:hidden-info", reads("info(own)", "team", "a", "job", "a"), labelled(a)));
      rules.add(rule("r:unknown", "hidden, of another language", labelled(a)));
      Labels asking = Labels.of("x", "{{ with query `hid`|printf `%sden` }}{{.}}{{ end }}");
      rules.add(
          annotated("Asking", reads("own", "team", "a", "job", "a"), labelled(a), asking, seen));
    }
    rules.add(rule("Hidden", reads("hidden, of all", "job", "a"), labelled(a), unseen, seen));
    rules.add(rule("r:hidden", reads("hidden", "team", "hidden"), labelled(a)));
    rules.add(
        rule("r:hidden-too", reads("own", "team", "a", "job", "a"), Labels.of("team", "hidden")));
    return new RulesView.Group(
        name, name + ".yml", Duration.ofMinutes(1), 0, rules, Optional.empty(), Duration.ZERO);
  }

  private static Labels labelled(Labels labels) {
    return labels.toBuilder().set("job", "a").build();
  }

  private String reads(String query, String... matchers) {
    List<Matcher> selector = new ArrayList<>();
    for (int i = 0; i < matchers.length; i += 2) {
      selector.add(Matcher.equal(matchers[i], matchers[i + 1]));
    }
    api.engine.answer(query, ValueType.VECTOR).selectors =
        selector.isEmpty() ? List.of() : List.of(selector);
    return query;
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void rulesAreThoseThatReadAndMakeWhatIsShown(Access access) throws Exception {
    String rules = told(access, "rules");
    assertThat(rules)
        .contains("r:shown", "\"name\":\"A\"", "r:constant", "\"state\":\"firing\"")
        .contains("\"summary\":\"of own\"")
        .doesNotContain("r:unknown", "Asking", "Hidden", "\"groupNextToken\"");
    assertThat(told(access, "rules", "group_limit", "1")).doesNotContain("groupNextToken");
    assertThat(told(access, "rules", "rule_group[]", "hidden-group")).isEqualTo("{\"groups\":[]}");
    // Whether there is a group does not show in what its token does.
    String token = "c41d3e0d2a3a7a7f8dd1e7b5a9c4b4dbfc6e8a11";
    String none = Api.error(ask(access, "rules", "group_limit", "1", "group_next_token", token));
    String hidden =
        java.util.HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-1")
                    .digest(
                        "hidden-group.yml;hidden-group"
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(Api.error(ask(access, "rules", "group_limit", "1", "group_next_token", hidden)))
        .isEqualTo(none.replace(token, hidden));
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void alertsAreThoseWhoseLabelsAreShown(Access access) throws Exception {
    String labels = "\"labels\":{\"alertname\":\"A\",\"job\":\"a\",\"team\":\"a\"}";
    String bare =
        "{"
            + labels
            + ",\"annotations\":{},\"state\":\"firing\","
            + "\"activeAt\":\"1970-01-01T00:00:00Z\",\"value\":\"NaN\"}";
    assertThat(told(access, "alerts"))
        .isEqualTo(
            "{\"alerts\":[{"
                + labels
                + ",\"annotations\":{\"summary\":\"of own\"},"
                + "\"state\":\"firing\",\"activeAt\":\"1970-01-01T00:00:00Z\","
                + "\"value\":\"1e+00\"},"
                + bare
                + ","
                + bare
                + ","
                + bare
                + "]}");
  }

  @Test
  void whoSeesEverythingIsToldEverything() throws Exception {
    for (String path : List.of("targets", "metadata", "targets/metadata", "rules", "alerts")) {
      assertThat(api.data(path)).contains("hidden");
    }
  }

  @Test
  void everyEndpointHasTheAudienceThatItsHandlerIsMadeFor() {
    Map<String, Route.Audience> audiences = new TreeMap<>();
    for (Route route : api.routes) {
      if (route.audience() != Route.Audience.UNRESTRICTED) {
        audiences.put(route.path().replace("/api/v1/", ""), route.audience());
      }
    }
    Map<String, Route.Audience> wanted = new TreeMap<>();
    for (String path :
        List.of(
            "query",
            "query_range",
            "query_exemplars",
            "series",
            "labels",
            "label/:name/values",
            "search/metric_names",
            "search/label_names",
            "search/label_values",
            "metadata",
            "targets",
            "targets/metadata",
            "scrape_pools",
            "rules",
            "alerts",
            "/federate")) {
      wanted.put(path, Route.Audience.FILTERED);
    }
    for (String path :
        List.of(
            "status/buildinfo",
            "status/walreplay",
            "format_query",
            "parse_query",
            "functions",
            "notifications",
            "notifications/live",
            "openapi.yaml",
            "features",
            "/version")) {
      wanted.put(path, Route.Audience.ALL);
    }
    assertThat(audiences).isEqualTo(wanted);
  }

  @Test
  void theRestIsForThoseWhoSeeEverything() throws Exception {
    Access access = accesses().get(0);
    for (Route route : api.routes) {
      if (route.audience() == Route.Audience.UNRESTRICTED) {
        FakeRequest request =
            FakeRequest.of(route.methods().iterator().next(), route.path()).withAccess(access);
        assertThat(request.send(api.routes).status()).as(route.path()).isEqualTo(403);
      }
    }
  }

  @Test
  void theEngineIsToldWhoAsksAndWhatHisQueriesMayCost() throws Exception {
    Access ann = accesses().get(0);
    told(ann, "query", "query", "m");
    QueryOptions options = Objects.requireNonNull(api.engine.instant).options();
    assertThat(options.user()).isEqualTo("ann");
    assertThat(options.limits()).isEqualTo(ann.limits());

    api.call("query", FakeRequest.get("/").with("query", "m").withUser("bob"));
    options = Objects.requireNonNull(api.engine.instant).options();
    assertThat(options.user()).as("without web.access").isEqualTo("bob");
    assertThat(options.limits()).isEqualTo(QueryLimits.NONE);
  }

  @Test
  void whoAsksForTooMuchAtOnceIsToldToComeBack() throws Exception {
    Access ann = accesses().get(0);
    QueryTurns.Turn first = api.turns.begin(ann);
    try (QueryTurns.Turn second = api.turns.begin(ann)) {
      String refusal =
          "too many queries at a time: the limit of user \"ann\" is 2, try again when one has"
              + " ended";
      for (String path : List.of("query", "query_range", "query_exemplars")) {
        FakeResponse response = ask(ann, path, "query", "m", "start", "0", "end", "1", "step", "1");
        assertThat(Api.error(response)).isEqualTo("429 too_many_requests: " + refusal);
        assertThat(response.headers()).containsEntry("Retry-After", "1");
      }
      FakeResponse response = ask(ann, "/federate", "match[]", "{all}");
      assertThat(response.answer()).isEqualTo("429 " + refusal);
      assertThat(response.headers()).containsEntry("Retry-After", "1");
      // Wrong parameters are told first; lists of labels are no queries.
      assertThat(Api.error(ask(ann, "query", "query", "m", "time", "x"))).startsWith("400 ");
      told(ann, "labels");
      first.close();
      told(ann, "query", "query", "m");
    }
    assertThat(api.turns.running("ann")).isZero();
  }

  @Test
  void aQueryIsOverHoweverItEnds() throws Exception {
    Access ann = accesses().get(0);
    api.engine.answer("failing", ValueType.VECTOR).failure =
        new QueryException(QueryException.Kind.EXECUTION, "no");
    api.engine.answer("refused", ValueType.VECTOR).refusal =
        new QueryException(QueryException.Kind.TIMEOUT, "no");
    api.engine.answer("broken", ValueType.VECTOR).defect = new IllegalStateException("no");
    for (int i = 0; i < 3; i++) {
      for (String query : List.of("failing", "refused", "broken", "unknown")) {
        ask(ann, "query", "query", query);
      }
      storage.unreadable = SHOWN;
      assertThat(ask(ann, "/federate", "match[]", "{all}").status()).isEqualTo(500);
      storage.unreadable = null;
      FakeRequest leaving = FakeRequest.get("/").withAccess(ann).with("query", "m");
      Thread.currentThread().interrupt();
      api.call("query", leaving);
      Thread.interrupted();
    }
    assertThat(api.turns.running("ann")).isZero();
  }

  @Test
  void federationHasTheLimitsOfTheUserToo() throws Exception {
    Access one =
        new Access(
            "ann",
            List.of(List.of(Matcher.of(Matcher.Type.NOT_EQUAL, "team", "hidden"))),
            new QueryLimits(1, Duration.ZERO, 0));
    Labels other = Labels.of("__name__", "n", "team", "b");
    storage.series.removeIf(series -> series.has("hidden"));
    storage.series.add(other);
    storage.samples.put(other, storage.samples.get(SHOWN));
    assertThat(ask(one, "/federate", "match[]", "{all}").answer())
        .isEqualTo("422 too many samples: the limit of user \"ann\" is 1");
    storage.series.remove(other);
    assertThat(ask(one, "/federate", "match[]", "{all}").status()).isEqualTo(200);
    for (int i = 0; i < 10_000; i++) {
      Labels more = Labels.of("__name__", "m_total", "i", "x".repeat(20) + i);
      storage.series.add(more);
      storage.samples.put(more, storage.samples.get(SHOWN));
    }
    Access many = new Access("ann", one.selectors(), new QueryLimits(10_000, Duration.ZERO, 0));
    assertThatThrownBy(() -> ask(many, "/federate", "match[]", "{all}"))
        .as("nobody takes a part for the whole")
        .hasMessage("answer broken off: too many samples: the limit of user \"ann\" is 10000");
  }

  @Test
  void remarksOfTheStorageAreHandedOn() throws Exception {
    storage.annotations.add(Annotation.warning("a disk is slow"));
    assertThat(told(accesses().get(2), "series", "match[]", "{all}"))
        .endsWith(",\"warnings\":[\"a disk is slow\"]");
  }

  /** Each series has an exemplar. */
  private static final class WithExemplars extends FakeStorage implements ExemplarStorage {
    @Override
    public List<SeriesExemplars> exemplars(
        long minTime, long maxTime, List<List<Matcher>> selectors) {
      return series.stream()
          .filter(s -> selectors.stream().anyMatch(l -> l.stream().allMatch(m -> m.matches(s))))
          .map(s -> new SeriesExemplars(s, List.of(new Exemplar(Labels.empty(), 1, 5, true))))
          .toList();
    }
  }
}
