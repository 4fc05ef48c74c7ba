package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Configured;
import io.narthex.api.config.EmptyItem;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Secret;
import io.narthex.kernel.config.Samples.Colour;
import io.narthex.kernel.config.Samples.ConsulFinder;
import io.narthex.kernel.config.Samples.FinderConfig;
import io.narthex.kernel.config.Samples.Gauges;
import io.narthex.kernel.config.Samples.Job;
import io.narthex.kernel.config.Samples.NodeGauge;
import io.narthex.kernel.config.Samples.StaticConfig;
import io.narthex.kernel.config.Samples.StaticFinder;
import io.narthex.kernel.config.Samples.Values;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BinderTest {
  private final Findings findings = new Findings();
  private final FakeExtensions extensions =
      new FakeExtensions(new ConsulFinder(), new StaticFinder(), new NodeGauge());

  private <C> C bind(ConfigShape<C> shape, String yaml) {
    return bind(shape, yaml, false);
  }

  @SuppressWarnings("unchecked")
  private <C> C bind(ConfigShape<C> shape, String yaml, boolean lenient) {
    try {
      Node node = Yaml.read("f.yml", yaml, Yaml.Limits.STANDARD, findings);
      return (C)
          new Binder(extensions, findings, Set.of("s.tolerated"), lenient)
              .bind(shape, node, "s", node.mark());
    } catch (ConfigProblems e) {
      throw new AssertionError(e);
    }
  }

  private Values values(String yaml) {
    Values bound = bind(ConfigShape.of(Values.class), yaml);
    assertThat(findings.problems()).isEmpty();
    return bound;
  }

  private List<String> problems(Class<?> type, String yaml) {
    assertThat((Object) bind(ConfigShape.of(type), yaml)).isNull();
    return findings.problems().stream().map(Problem::toString).toList();
  }

  private List<String> problems(ConfigShape<?> shape, String yaml) {
    bind(shape, yaml);
    return findings.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void givesAbsentKeysTheirDefaults() {
    Values v = values("{}");
    assertThat(v)
        .isEqualTo(
            new Values(
                "",
                false,
                0,
                0,
                0,
                Duration.ZERO,
                new ByteSize(0),
                Secret.of(""),
                Colour.RED,
                null,
                List.of("a", "b"),
                List.of(),
                Map.of(),
                Map.of(),
                List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "null", "Null", "NULL"})
  void takesNullAsAbsent(String text) {
    Values v =
        values(
            "text: " + text + "\nlist: " + text + "\nsmall: " + text + "\nlabels: " + text + "\n");
    assertThat(v.text()).isEmpty();
    assertThat(v.list()).containsExactly("a", "b");
    assertThat(v.small()).isZero();
    assertThat(v.maybe()).isNull();
  }

  @Test
  void bindsEveryType() {
    Values v =
        values(
            """
            text: hello
            yes: true
            small: 12
            big: 123456789012
            real: 1.5
            time: 1h30m
            size: 15MB
            secret: s3cret
            colour: dark-blue
            maybe: ''
            list: []
            numbers: [1, 0x10]
            labels: {a: b, c: 1}
            secrets: {a: b}
            secret_list: [a]
            """);
    assertThat(v.text()).isEqualTo("hello");
    assertThat(v.yes()).isTrue();
    assertThat(v.small()).isEqualTo(12);
    assertThat(v.big()).isEqualTo(123456789012L);
    assertThat(v.real()).isEqualTo(1.5);
    assertThat(v.time()).isEqualTo(Duration.ofMinutes(90));
    assertThat(v.size()).isEqualTo(new ByteSize(15 << 20));
    assertThat(v.secret().reveal()).isEqualTo("s3cret");
    assertThat(v.colour()).isEqualTo(Colour.BLUE);
    assertThat(v.maybe()).isEmpty();
    assertThat(v.list()).isEmpty();
    assertThat(v.numbers()).containsExactly(1, 16);
    assertThat(v.labels()).containsExactly(Map.entry("a", "b"), Map.entry("c", "1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "Yes", "YES", "on", "On", "true", "TRUE", "y", "Y"})
  void readsYamlOneWordsAsTrueWhereABooleanIsWanted(String word) {
    assertThat(values("{yes: " + word + ", text: " + word + "}").yes()).isTrue();
    assertThat(values("text: " + word).text()).isEqualTo(word);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no", "No", "off", "OFF", "false", "n", "N"})
  void readsYamlOneWordsAsFalseWhereABooleanIsWanted(String word) {
    assertThat(values("yes: " + word).yes()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0777, 511",
    "0o17, 15",
    "0x1f, 31",
    "0b101, 5",
    "1_000, 1000",
    "-5, -5",
    "+5, 5",
    "1e2, 100",
    "1.9, 1",
    "'!!int \"7\"', 7"
  })
  void readsWholeNumbersAsGoDoes(String text, int expected) {
    assertThat(values("small: " + text).small()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    ".5, 0.5",
    "1e-3, 0.001",
    ".inf, Infinity",
    "-.INF, -Infinity",
    ".nan, NaN",
    "0x10, 16"
  })
  void readsRealNumbersAsGoDoes(String text, double expected) {
    assertThat(values("real: " + text).real()).isEqualTo(Double.valueOf(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "small: abc, cannot unmarshal !!str `abc` into int",
    "'small: \"5\"', cannot unmarshal !!str `5` into int",
    "small: 99999999999, cannot unmarshal !!int `9999999...` into int",
    "big: 99999999999999999999, cannot unmarshal !!float `9999999...` into int",
    "small: yes, cannot unmarshal !!bool `yes` into int",
    "small: [1], cannot unmarshal !!seq into int",
    "small: 08x, cannot unmarshal !!str `08x` into int",
    "'yes: \"true\"', cannot unmarshal !!str `true` into bool",
    "yes: 1, cannot unmarshal !!int `1` into bool",
    "real: x, cannot unmarshal !!str `x` into float64",
    "text: {a: b}, cannot unmarshal !!map into string",
    "text: [a], cannot unmarshal !!seq into string",
    "time: 5, 'not a valid duration string: \"5\"'",
    "time: 1x, 'unknown unit \"x\" in duration \"1x\"'",
    "colour: green, 'got \"green\", want one of red, dark-blue'",
    "list: a, cannot unmarshal !!str into []string; want a list",
    "labels: a, cannot unmarshal !!str into map[string]string; want keys",
    "size: 5, 'cannot read byte size: got \"5\", want a number with a unit such as 512MB'",
  })
  void refusesWhatDoesNotFit(String yaml, String expected) {
    String key = yaml.substring(0, yaml.indexOf(':'));
    assertThat(problems(Values.class, yaml))
        .containsExactly("f.yml:1:" + (key.length() + 3) + ": s." + key + ": " + expected);
  }

  @Test
  void reportsAllProblemsAtOnceWithTheirPlaces() {
    assertThat(
            problems(
                Values.class, "small: x\nnumbers: [1, x, 2, z]\nunknown: 1\nlabels:\n  a: [b]\n"))
        .containsExactly(
            "f.yml:1:8: s.small: cannot unmarshal !!str `x` into int",
            "f.yml:2:14: s.numbers[1]: cannot unmarshal !!str `x` into int",
            "f.yml:2:20: s.numbers[3]: cannot unmarshal !!str `z` into int",
            "f.yml:3:1: s.unknown: field unknown not found in type config.plain",
            "f.yml:5:6: s.labels.a: cannot unmarshal !!seq into string");
  }

  @Test
  void reportsTheRefusalOfARecordWhereItBegins() {
    assertThat(problems(Values.class, "\ntext: a\nsmall: 2000\n"))
        .containsExactly("f.yml:2:1: s: small is too big");
  }

  @Test
  void suggestsTheNearestKey() {
    assertThat(problems(ConfigShape.of(GlobalConfig.class), "scrape_intervall: 15s"))
        .containsExactly(
            "f.yml:1:1: s.scrape_intervall: field scrape_intervall not found in type config.plain,"
                + " did you mean \"scrape_interval\"?");
  }

  @Test
  void refusesAKeyThatStandsTwice() {
    assertThat(problems(ConfigShape.of(Values.class), "text: a\nbig: 1\ntext: b\n"))
        .containsExactly("f.yml:3:1: s.text: field text already set in type config.plain");
  }

  @Test
  void refusesAMapsKeyThatStandsTwice() {
    assertThat(problems(Values.class, "labels: {a: 1, b: 2, a: 3}\n"))
        .containsExactly("f.yml:1:22: s.labels.a: key \"a\" already set in map");
  }

  @Test
  void bindsProvidersByTheirKeysInTheOrderOfTheFile() {
    List<Job> jobs =
        bind(
            ConfigShape.listOf(Job.class),
            """
            - job_name: a
              static_configs:
                - targets: [x, y]
              consul_sd_configs:
                - server: c
                  refresh: 5s
              bearer_token: t
              tls_config: {insecure_skip_verify: yes}
            """);
    assertThat(findings.problems()).isEmpty();
    Job job = jobs.get(0);
    assertThat(job.finders())
        .extracting(f -> f.provider().name())
        .containsExactly("static", "consul");
    assertThat(job.finders())
        .extracting(Configured::config)
        .containsExactly(
            new StaticConfig(List.of("x", "y"), Map.of()),
            new FinderConfig("c", Duration.ofSeconds(5), Secret.of("")));
    assertThat(job.http().authorization().credentials().reveal()).isEqualTo("t");
    assertThat(job.http().tlsConfig().insecureSkipVerify()).isTrue();
    assertThat(job.metricsPath()).isEqualTo("/metrics");
    assertThat(job.http().followRedirects()).isTrue();
  }

  @Test
  void namesWhatIsLoadedWhereAProviderIsMissing() {
    assertThat(
            problems(
                ConfigShape.listOf(Job.class),
                "- job_name: a\n  consult_sd_configs: [{server: x}]\n"))
        .containsExactly(
            "f.yml:2:3: s[0].consult_sd_configs: field consult_sd_configs not found in type"
                + " config.plain, did you mean \"consul_sd_configs\"?; loaded plugins bring"
                + " consul_sd_configs, static_configs");
  }

  @Test
  void namesWhatIsLoadedWhereAProviderOfOneObjectIsMissing() {
    assertThat(problems(ConfigShape.of(Gauges.class), "nodes: {}\n"))
        .containsExactly(
            "f.yml:1:1: s.nodes: field nodes not found in type config.plain, did you mean"
                + " \"node\"?; loaded plugins bring node");
    extensions.all.clear();
    assertThat(problems(ConfigShape.of(Gauges.class), "process: {}\n"))
        .contains(
            "f.yml:1:1: s.process: field process not found in type config.plain; no plugin is"
                + " loaded that brings such a key");
  }

  @Test
  void callsTheTypesOfAProviderByItsNameAsGoDoes() {
    assertThat(
            problems(
                ConfigShape.listOf(Job.class),
                """
                - job_name: a
                  consul_sd_configs:
                    - server: x
                      foo: bar
                  relabel_configs:
                    - foo: bar
                      target_label: x
                  tls_config: {foo: bar}
                """))
        .containsExactly(
            "f.yml:4:7: s[0].consul_sd_configs[0].foo: field foo not found in type consul.plain",
            "f.yml:6:7: s[0].relabel_configs[0].foo: field foo not found in type relabel.plain",
            "f.yml:8:16: s[0].tls_config.foo: field foo not found in type config.plain");
  }

  @Test
  void reportsTheRefusalOfAProvidersConfiguration() {
    assertThat(
            problems(
                ConfigShape.listOf(Job.class),
                "- job_name: a\n"
                    + "  consul_sd_configs:\n"
                    + "    - refresh: 5s\n"
                    + "    -\n"
                    + "    - {server: a}\n"))
        .containsExactly(
            "f.yml:3:7: s[0].consul_sd_configs[0]: server missing",
            "f.yml:4:6: s[0].consul_sd_configs[1]: empty or null section in consul_sd_configs");
  }

  @Test
  void bindsAProviderWithoutAValueFromNothing() {
    Gauges gauges = bind(ConfigShape.of(Gauges.class), "node:\n");
    assertThat(gauges.gauges()).hasSize(1);
    assertThat(((Samples.GaugeConfig) gauges.gauges().get(0).config()).speed()).isEqualTo(3);
  }

  @Test
  void refusesEmptyItems() {
    assertThat(problems(ConfigShape.listOf(Job.class), "-\n"))
        .containsExactly("f.yml:1:2: s[0]: empty or null section in s");
  }

  @EmptyItem("empty or null shelf")
  record Shelf(@EmptyItem("nothing on the shelf") List<Board> boards, List<Board> others) {}

  record Board(String wood) {}

  @Test
  void refusesEmptyItemsInTheWordsOfTheListOrOfTheItem() {
    assertThat(
            problems(
                ConfigShape.listOf(Shelf.class),
                "-\n- boards: [null, {wood: oak}, null]\n- others: [null]\n"))
        .containsExactly(
            "f.yml:1:2: s[0]: empty or null shelf",
            "f.yml:2:12: s[1].boards[0]: nothing on the shelf",
            "f.yml:2:31: s[1].boards[2]: nothing on the shelf",
            "f.yml:3:12: s[2].others[0]: empty or null section in others");
  }

  @Test
  void bindsAnAbsentSection() {
    Binder binder = new Binder(extensions, findings, Set.of(), false);
    Mark top = new Mark("f.yml", 1, 1);
    assertThat(binder.bind(ConfigShape.listOf(Job.class), null, "s", top)).isEqualTo(List.of());
    assertThat(binder.bind(ConfigShape.mapOf(Job.class), null, "s", top)).isEqualTo(Map.of());
    assertThat(binder.bind(ConfigShape.of(Gauges.class), null, "s", top))
        .isEqualTo(new Gauges(List.of()));
    assertThat(binder.bind(ConfigShape.listOf(String.class), null, "s", top)).isEqualTo(List.of());
  }

  @Test
  void onlyWarnsOfUnknownKeysWhenLenientOrTolerated() {
    assertThat((Object) bind(ConfigShape.of(Values.class), "tolerated: 1\n")).isNotNull();
    assertThat((Object) bind(ConfigShape.of(Values.class), "txt: 1\n", true)).isNotNull();
    assertThat(findings.problems()).isEmpty();
    assertThat(findings.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "f.yml:1:1: s.tolerated: has no effect: no loaded plugin reads it",
            "f.yml:1:1: s.txt: field txt not found in type config.plain, did you mean \"text\"?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret: {hunter2: x}",
        "secret: [hunter2]",
        "secrets: hunter2",
        "secrets: [hunter2]",
        "secrets: {a: [hunter2]}",
        "secret_list: hunter2",
        "secret_list: {a: hunter2}",
        "secret_list: [[hunter2]]",
      })
  void neverShowsASecretThatIsMisplaced(String yaml) {
    assertThat(problems(Values.class, yaml)).isNotEmpty().noneMatch(p -> p.contains("hunter2"));
  }

  @Test
  void neverShowsASecretOfHttpConfiguration() {
    String yaml =
        """
        - job_name: a
          basic_auth: hunter2
        - job_name: b
          authorization: [hunter2]
        - job_name: c
          basic_auth: {username: u, password: hunter2, password_file: f}
        - job_name: d
          bearer_token: hunter2
          bearer_token_file: f
        - job_name: e
          http_headers: {authorization: {secrets: [hunter2]}}
        """;
    List<String> problems = problems(ConfigShape.listOf(Job.class), yaml);
    assertThat(problems).hasSize(5).noneMatch(p -> p.contains("hunter2"));
    assertThat(problems.get(3))
        .isEqualTo(
            "f.yml:7:3: s[3]: at most one of bearer_token & bearer_token_file must be configured");
  }

  @Test
  void neverShowsASecretWhateverIsWrittenInItsPlace() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] keys = {
      "bearer_token",
      "basic_auth",
      "password",
      "authorization",
      "credentials",
      "oauth2",
      "client_secret",
      "tls_config",
      "key",
      "proxy_connect_header",
      "http_headers",
      "secrets",
      "a"
    };
    for (int i = 0; i < 3000; i++) {
      String yaml = "- {job_name: a, " + randomKeys(random, keys, 3) + "}";
      List<String> problems = new BinderTest().problems(ConfigShape.listOf(Job.class), yaml);
      assertThat(problems).as("seed %d, %s", seed, yaml).noneMatch(p -> p.contains("hunter2"));
    }
  }

  private static String randomKeys(Random random, String[] keys, int depth) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      out.append(keys[random.nextInt(keys.length)])
          .append(": ")
          .append(randomValue(random, keys, depth));
      out.append(i == 0 ? "" : ", ");
    }
    return out.toString();
  }

  private static String randomValue(Random random, String[] keys, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> "hunter2";
      case 1 -> "'hunter2'";
      case 2 -> "[hunter2]";
      case 3 -> "!!binary aHVudGVyMg==";
      case 4 -> "{" + randomKeys(random, keys, depth - 1) + "}";
      default -> "[{" + randomKeys(random, keys, depth - 1) + "}]";
    };
  }

  @Test
  void keepsGoingWhenAPluginsRecordFails() {
    assertThat(problems(ConfigShape.of(Samples.Broken.class), "text: a\n"))
        .containsExactly("f.yml:1:1: s: cannot bind: java.lang.NullPointerException: oops");
  }
}
