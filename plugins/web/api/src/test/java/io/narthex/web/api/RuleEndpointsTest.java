package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.AlertmanagersView;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleEndpointsTest {
  private static final Optional<Instant> EVALUATED = Optional.of(Instant.ofEpochMilli(1_500));

  private static final RulesView.ActiveAlert PENDING =
      new RulesView.ActiveAlert(
          Labels.of("alertname", "Slow"),
          Map.of(),
          "pending",
          Instant.ofEpochSecond(2),
          Optional.empty(),
          0.25);
  private static final RulesView.ActiveAlert FIRING =
      new RulesView.ActiveAlert(
          Labels.of("alertname", "Slow", "severity", "page"),
          Map.of("summary", "a <b>"),
          "firing",
          Instant.ofEpochMilli(1_250),
          Optional.of(Instant.ofEpochSecond(3)),
          1);

  private static final String PENDING_JSON =
      """
      {"labels":{"alertname":"Slow"},"annotations":{},"state":"pending",\
      "activeAt":"1970-01-01T00:00:02Z","value":"2.5e-01"}\
      """;
  private static final String FIRING_JSON =
      """
      {"labels":{"alertname":"Slow","severity":"page"},\
      "annotations":{"summary":"a \\u003cb\\u003e"},"state":"firing",\
      "activeAt":"1970-01-01T00:00:01.25Z","keepFiringSince":"1970-01-01T00:00:03Z",\
      "value":"1e+00"}\
      """;

  private final Api api = new Api();

  private static RulesView.Rule alerting(
      String name, Optional<Instant> evaluated, RulesView.ActiveAlert... alerts) {
    return new RulesView.Rule(
        name,
        true,
        "x > 1",
        Duration.ofMinutes(1),
        Duration.ofMillis(500),
        Map.of("severity", "page"),
        Map.of("summary", "{{ $value }}"),
        List.of(alerts),
        "ok",
        "",
        evaluated,
        Duration.ofMillis(2));
  }

  private static RulesView.Rule recording(String name) {
    return new RulesView.Rule(
        name,
        false,
        "sum(x)",
        Duration.ZERO,
        Duration.ZERO,
        Map.of("team", "a"),
        Map.of(),
        List.of(),
        "err",
        "too many",
        Optional.empty(),
        Duration.ZERO);
  }

  private static RulesView.Group group(String name, String file, RulesView.Rule... rules) {
    return new RulesView.Group(
        name,
        file,
        Duration.ofSeconds(30),
        5,
        List.of(rules),
        EVALUATED,
        Duration.ofNanos(1_500_000));
  }

  private void view(RulesView.Group... groups) {
    RulesView view = () -> List.of(groups);
    api.rules.add(view);
  }

  @Test
  void hasNothingToTellWithoutRules() throws Exception {
    assertThat(api.data("rules")).isEqualTo("{\"groups\":[]}");
    assertThat(api.data("alerts")).isEqualTo("{\"alerts\":[]}");
    assertThat(api.data("alertmanagers"))
        .isEqualTo("{\"activeAlertmanagers\":[],\"droppedAlertmanagers\":[]}");
  }

  @Test
  void tellsOfGroupsAndTheirRules() throws Exception {
    view(group("g", "f.yml", alerting("Slow", EVALUATED, PENDING, FIRING), recording("r")));

    assertThat(api.data("rules"))
        .isEqualTo(
            """
            {"groups":[{"name":"g","file":"f.yml","rules":[{"state":"firing","name":"Slow",\
            "query":"x \\u003e 1","duration":60,"keepFiringFor":0.5,\
            "labels":{"severity":"page"},"annotations":{"summary":"{{ $value }}"},\
            "alerts":[\
            """
                + PENDING_JSON
                + ","
                + FIRING_JSON
                + """
                ],"health":"ok","evaluationTime":0.002,\
                "lastEvaluation":"1970-01-01T00:00:01.5Z","type":"alerting"},\
                {"name":"r","query":"sum(x)","labels":{"team":"a"},"health":"err",\
                "lastError":"too many","evaluationTime":0,\
                "lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":30,\
                "limit":5,"evaluationTime":0.0015,"lastEvaluation":"1970-01-01T00:00:01.5Z"}]}\
                """);
    assertThat(api.data("rules", "exclude_alerts", "TRUE"))
        .contains("\"alerts\":null,")
        .contains("\"state\":\"firing\"")
        .doesNotContain("pending");
  }

  @Test
  void saysHowFarARuleHasCome() throws Exception {
    view(
        group(
            "g",
            "f",
            alerting("a", Optional.empty()),
            alerting("b", EVALUATED),
            alerting("c", EVALUATED, PENDING)));

    assertThat(states(api.data("rules"))).containsExactly("unknown", "inactive", "pending");
  }

  private static List<String> states(String answer) {
    return Pattern.compile("\"state\":\"([a-z]+)\",\"name\"")
        .matcher(answer)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @Test
  void tellsOfAlertsAndAlertmanagers() throws Exception {
    view(group("g", "f", recording("r"), alerting("Slow", EVALUATED, PENDING, FIRING)));
    api.alertmanagers.add(
        new AlertmanagersView() {
          @Override
          public List<String> active() {
            return List.of("http://a:9093/api/v2/alerts");
          }

          @Override
          public List<String> dropped() {
            return List.of("http://b:9093/api/v2/alerts");
          }
        });

    assertThat(api.data("alerts"))
        .isEqualTo("{\"alerts\":[" + PENDING_JSON + "," + FIRING_JSON + "]}");
    assertThat(api.data("alertmanagers"))
        .isEqualTo(
            """
            {"activeAlertmanagers":[{"url":"http://a:9093/api/v2/alerts"}],\
            "droppedAlertmanagers":[{"url":"http://b:9093/api/v2/alerts"}]}\
            """);
  }

  private void threeGroups() {
    view(
        group("g1", "f1", alerting("a", EVALUATED), recording("r")),
        group("g2", "f1", recording("r")),
        group("g1", "f2", alerting("b", EVALUATED)));
    api.engine.selectors.put("{team=\"a\"}", List.of(Matcher.of(Matcher.Type.EQUAL, "team", "a")));
    api.engine.selectors.put(
        "{severity=~\".+\"}", List.of(Matcher.of(Matcher.Type.REGEX, "severity", ".+")));
    api.engine.selectors.put("{}", List.of());
  }

  /** The file, group and rules of each group, such as {@code f1/g1:a,r}. */
  private static List<String> names(String answer) {
    return Pattern.compile(
            "\\{\"name\":\"(\\w+)\",\"file\":\"(\\w+)\",\"rules\":\\[(.*?)],\"interval\"")
        .matcher(answer)
        .results()
        .map(group ->
            group.group(2)
                + "/"
                + group.group(1)
                + ":"
                + String.join(
                    ",",
                    Pattern.compile("\"name\":\"(\\w+)\"")
                        .matcher(group.group(3))
                        .results()
                        .map(rule -> rule.group(1))
                        .toList()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type         | ''               | f1/g1:a,r f1/g2:r f2/g1:b
          type         | Alert            | f1/g1:a f2/g1:b
          type         | record           | f1/g1:r f1/g2:r
          rule_name[]  | r                | f1/g1:r f1/g2:r
          rule_group[] | g1               | f1/g1:a,r f2/g1:b
          file[]       | f2               | f2/g1:b
          file[]       | none             | ''
          match[]      | {team="a"}       | f1/g1:r f1/g2:r
          match[]      | {severity=~".+"} | f1/g1:a f2/g1:b
          """)
  void leavesOutWhatWasNotAskedFor(String name, String value, String expected) throws Exception {
    threeGroups();

    assertThat(String.join(" ", names(api.data("rules", name, value)))).isEqualTo(expected);
  }

  @Test
  void pagesThroughGroups() throws Exception {
    threeGroups();

    String first = api.data("rules", "group_limit", "1", "type", "record");
    assertThat(names(first)).containsExactly("f1/g1:r");
    String token = first.replaceFirst(".*\"groupNextToken\":\"([0-9a-f]{40})\"}$", "$1");
    String second =
        api.data("rules", "group_limit", "1", "group_next_token", token, "type", "record");

    assertThat(names(second)).containsExactly("f1/g2:r");
    assertThat(second).doesNotContain("groupNextToken");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          type | x | invalid parameter "type": not supported value "x"
          exclude_alerts | Maybe | invalid parameter "exclude_alerts": error converting \
          exclude_alerts: strconv.ParseBool: parsing "maybe": invalid syntax
          group_next_token | t | invalid parameter "group_next_token": group_limit needs to be \
          present in order to paginate over the groups
          group_limit | 1x | invalid parameter "group_limit": group_limit needs to be a valid \
          number: strconv.ParseInt: parsing "1x": invalid syntax
          group_limit | 2147483648 | invalid parameter "group_limit": group_limit needs to be a \
          valid number: strconv.ParseInt: parsing "2147483648": value out of range
          group_limit | -1 | invalid parameter "group_limit": group_limit needs to be greater than 0
          match[] | { | 1:1: parse error: unexpected "{"
          match[] | {} | match[] must contain at least one non-empty matcher
          """)
  void saysWhatIsWrongWithARequest(String name, String value, String error) throws Exception {
    threeGroups();

    assertThat(api.error("rules", name, value)).isEqualTo("400 bad_data: " + error);
  }

  @Test
  void refusesAPageThatIsGone() throws Exception {
    threeGroups();

    assertThat(api.error("rules", "group_limit", "1", "group_next_token", "t"))
        .isEqualTo(
            "400 bad_data: invalid parameter \"group_next_token\": invalid group_next_token 't'."
                + " were rule groups changed?");
  }
}
