package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;

/**
 * Narthex beside Debian's Prometheus 2.42: the rules of {@code beside-peer/rules} over the same
 * samples, evaluated at the same times, some of them changed on the way. Both are told every sample
 * before its time comes, so nothing depends on who is faster.
 */
class RulesBesidePeerIT {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final Path RULES = Path.of("src/test/resources/beside-peer/rules");
  private static final Pattern GROUP =
      Pattern.compile("(?m)^  - name: (\\S+)\n    interval: (\\d+)s$");

  /** Before it, each group shall be evaluated three times: alerts store nothing until then. */
  private static final int WARM = 3;

  /** Milliseconds from the first sample until nothing changes any more. */
  private static final long LENGTH = 38_000;

  /** Milliseconds until rules change. */
  private static final long RELOAD = 8_000;

  /** Milliseconds after a reload in which Prometheus 2.42 has found no Alertmanager yet. */
  private static final long FORGETFUL = 8_000;

  /** Milliseconds in which both must have got all samples before the first is due, and one more. */
  private static final long LEAD = 4_000;

  private static final long RESEND_DELAY = 3_000;

  /** What shall have been compared at least, so that nothing is not taken for equal. */
  private static final int ENOUGH_SERIES = 400;

  private static final int ENOUGH_ALERTS = 300;
  private static final int ENOUGH_LOOKS = 1_500;

  /** A machine that stands still for longer than an interval tells nothing about rules. */
  private static final int TRIES = 3;

  private static final String CONFIG =
      """
      global:
        scrape_interval: 1y
        scrape_timeout: 10s
        evaluation_interval: 2s
        external_labels: {zone: eu, replica: "1"}
      rule_files: ["%s/*.yml"]
      alerting:
        alertmanagers:
          - static_configs: [{targets: ["%s"]}]
      """;

  /** Native histograms are compared by a rule that copies them. */
  private static final String ALL = "{__name__=~\".+\",__name__!=\"native_seconds\"}";

  private static final List<String> PAGES =
      List.of("rules", "rules?type=alert", "rules?type=record", "alerts");

  /**
   * What is recorded of sums and averages of numbers that are not exact: Prometheus 3 takes the
   * digits along that an addition loses, 2.42 did not always.
   */
  private static final Set<String> ROUNDED =
      Set.of(
          "job:requests:rate",
          "job:errors:ratio",
          "requests:rate:max",
          "temperature:avg",
          "temperature:stddev",
          "temperature:avg_over_time",
          "temperature:stdvar_over_time");

  @TempDir private Path temporary;

  /** When rules were changed, milliseconds since the epoch. */
  private long reloaded;

  /** Of each group, by file and name. */
  private final Map<String, RuleTimes> times = new LinkedHashMap<>();

  /** A server with what takes its alerts. */
  private static final class Side implements AutoCloseable {
    final Api api = Api.onPort(Ports.free());
    final JsonInbox inbox = new JsonInbox();
    final RuleWatch watch;
    final Child child;

    Side(Launch launch, Path directory, Path rules, Map<String, RuleTimes> times)
        throws IOException {
      watch = new RuleWatch(api, times);
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("p.yml"), CONFIG.formatted(rules, inbox.address()));
      child =
          launch
              .and(
                  "--config.file=p.yml",
                  "--storage.tsdb.path=data",
                  "--web.listen-address=" + api.address(),
                  "--web.enable-lifecycle",
                  "--web.enable-remote-write-receiver",
                  "--enable-feature=native-histograms",
                  "--rules.alert.resend-delay=" + RESEND_DELAY + "ms",
                  "--web.external-url=http://outside.example/pro/m",
                  "--web.route-prefix=/")
              .in(directory)
              .start();
    }

    double missed() throws IOException {
      return api.get("/metrics")
          .body()
          .lines()
          .filter(line -> line.startsWith("prometheus_rule_group_iterations_missed_total{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }

    void awaitWarm(int groups) {
      api.awaitReady(child);
      child.await(
          "evaluations",
          () ->
              api.get("/metrics")
                  .body()
                  .lines()
                  .filter(line -> line.startsWith("prometheus_rule_group_iterations_total{"))
                  .filter(
                      line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)) >= WARM)
                  .count(),
          warm -> warm == groups);
    }

    void write(byte[] request) throws IOException {
      PlainHttp.Answer written =
          PlainHttp.send(
              api.port(),
              "POST",
              "/api/v1/write",
              List.of("Content-Type: application/x-protobuf", "Content-Encoding: snappy"),
              request);
      assertThat(written.status()).as(written.text()).isEqualTo(204);
    }

    @Override
    public void close() throws IOException {
      child.close();
      inbox.close();
    }
  }

  /**
   * Two servers that see the same.
   *
   * @param begin time of the first sample, milliseconds since the epoch
   */
  private record Play(Side ours, Side theirs, long begin) {
    /** When all of it has been told; evaluations from then on are not compared. */
    long end() {
      return begin + LENGTH;
    }

    List<Side> both() {
      return List.of(ours, theirs);
    }

    /** Watches both until a time that is wanted. */
    void lookUntil(String what, Predicate<Long> wanted) {
      ours.child.await(
          what,
          () -> {
            ours.watch.look();
            theirs.watch.look();
            return System.currentTimeMillis();
          },
          wanted);
    }

    /** When the evaluation began that was the first to end of the last ones of all groups. */
    long evaluated() {
      return Math.min(ours.watch.evaluated(), theirs.watch.evaluated());
    }

    /** How many evaluations were left out, of the groups of now. */
    double missed() throws IOException {
      return ours.missed() + theirs.missed();
    }
  }

  /** Writes the rule files that are there from the beginning. */
  private Path rules() throws IOException {
    Path directory = Files.createDirectories(temporary.resolve("rules").toAbsolutePath());
    for (String name : List.of("alerts.yml", "recording.yml", "templates.yml")) {
      Path file = directory.resolve(name);
      Files.writeString(file, named(name, file));
    }
    return directory;
  }

  /**
   * Rules with group names that make the times of both servers equal.
   *
   * @param file where they will stand
   */
  private String named(String rules, Path file) throws IOException {
    Matcher groups = GROUP.matcher(Files.readString(RULES.resolve(rules)));
    StringBuilder text = new StringBuilder();
    while (groups.find()) {
      Duration interval = Duration.ofSeconds(Long.parseLong(groups.group(2)));
      String aligned = RuleTimes.alignedName(file.toString(), groups.group(1), interval);
      times.put(file + ";" + aligned, RuleTimes.of(file.toString(), aligned, interval));
      groups.appendReplacement(
          text, "  - name: " + aligned + "\n    interval: " + interval.toSeconds() + "s");
    }
    return groups.appendTail(text).toString();
  }

  private Side ours(Installation installation, Path rules, int attempt) throws IOException {
    return new Side(
        installation.launch("prometheus"), temporary.resolve("ours" + attempt), rules, times);
  }

  private Side theirs(Path rules, int attempt) throws IOException {
    return new Side(
        Launch.of(PROMETHEUS).with("PATH", "/usr/bin:/bin"),
        temporary.resolve("theirs" + attempt),
        rules,
        times);
  }

  /**
   * Plays the script, with other rules in the midst of it; whether nothing came so late that the
   * times of both could differ.
   */
  private boolean play(Play play, Path changing) throws IOException {
    byte[] script = PeerScript.from(play.begin());
    for (Side side : play.both()) {
      side.write(script);
    }
    if (System.currentTimeMillis() >= play.begin()) {
      return false;
    }
    String after = named("after.yml", changing);
    double missed = play.missed();
    play.lookUntil(
        "a quiet moment", now -> now >= play.begin() + RELOAD && now % 1_000 >= RuleTimes.QUIET);
    reloaded = System.currentTimeMillis();
    Files.writeString(changing, after);
    for (Side side : play.both()) {
      assertThat(side.api.post("/-/reload").status()).isEqualTo(200);
    }
    boolean late = System.currentTimeMillis() / 1_000 > reloaded / 1_000;
    if (late || play.missed() > missed) {
      return false;
    }
    missed = play.missed();
    play.lookUntil("the end of the script", _ -> play.evaluated() >= play.end());
    return play.missed() <= missed;
  }

  /** Every sample that is stored, by series. */
  private static Map<String, JsonNode> samples(Play play, Side side) throws IOException {
    return matrix(
        side,
        "/api/v1/query?query=%s&time=%s"
            .formatted(Api.encoded(ALL + "[10m]"), seconds(play.end())));
  }

  /** What a page sees of the series: also where they end. */
  private static Map<String, JsonNode> graph(Play play, Side side) throws IOException {
    return matrix(
        side,
        "/api/v1/query_range?query=%s&start=%s&end=%s&step=0.5"
            .formatted(Api.encoded(ALL), seconds(play.begin()), seconds(play.end())));
  }

  private static Map<String, JsonNode> matrix(Side side, String path) throws IOException {
    Map<String, JsonNode> series = new TreeMap<>();
    for (JsonNode one : side.api.data(path).path("result")) {
      Map<String, String> labels = Api.labels(one.path("metric"));
      String name = labels.remove("__name__");
      for (String kind : List.of("values", "histograms")) {
        if (one.has(kind)) {
          series.put(name + labels + " " + kind, one.path(kind));
        }
      }
    }
    return series;
  }

  private static String seconds(long millis) {
    return "%d.%03d".formatted(millis / 1000, millis % 1000);
  }

  /** The times at which alerts came that were sent until the end of the script. */
  private static Map<String, List<Long>> sent(Play play, Side side) {
    // Firing ones are said to end after four resend delays.
    long latest = play.end() + 4 * RESEND_DELAY;
    side.child.await(
        "the last alert",
        () ->
            side.inbox.bodies().stream()
                .flatMap(JsonNode::valueStream)
                .mapToLong(RulesBesidePeerIT::endsAt)
                .max()
                .orElse(0),
        last -> last >= latest);
    Map<String, List<Long>> sent = new TreeMap<>();
    for (JsonInbox.Received received : side.inbox.received()) {
      for (JsonNode alert : received.body()) {
        if (endsAt(alert) < latest) {
          sent.computeIfAbsent(RuleWatch.comparable(alert).toString(), _ -> new ArrayList<>())
              .add(received.at());
        }
      }
    }
    return sent;
  }

  /** Compares them; how many are equal. */
  private int compareSent(Play play, Differences differences) {
    Map<String, List<Long>> ours = sent(play, play.ours());
    Map<String, List<Long>> theirs = sent(play, play.theirs());
    // What came from then alone, Prometheus 2.42 had nobody to send to.
    Set<String> forgotten = new HashSet<>();
    ours.forEach((alert, times) -> {
      if (times.stream().allMatch(at -> at >= reloaded && at < reloaded + FORGETFUL)) {
        forgotten.add(alert);
      }
    });
    ours.keySet().removeAll(forgotten);
    theirs.keySet().removeAll(forgotten);
    differences.compare("sent", present(ours.keySet()), present(theirs.keySet()));
    return theirs.size();
  }

  private static Map<String, JsonNode> present(Set<String> alerts) {
    Map<String, JsonNode> present = new TreeMap<>();
    alerts.forEach(alert -> present.put(alert, BooleanNode.TRUE));
    return present;
  }

  private static long endsAt(JsonNode alert) {
    return RuleWatch.toMillis(alert.path("endsAt").asString());
  }

  /** What was seen at rules while the script was played. */
  private static Map<String, JsonNode> looks(Play play, Side side) {
    Map<String, JsonNode> looks = new TreeMap<>();
    side.watch
        .seen()
        .forEach((look, rule) -> {
          if (look.time() >= play.begin() && look.time() < play.end()) {
            looks.put(look.rule() + " at " + (look.time() - play.begin()), rule);
          }
        });
    return looks;
  }

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void recordsAndAlertsAsPrometheusDoes() throws IOException {
    Figures.skipUnless(
        Files.isExecutable(PROMETHEUS)
            && Launch.of(PROMETHEUS, "--version").run().output().contains("version 2.42."),
        PROMETHEUS + " 2.42 is not on this machine: rules are not held against it");
    Installation installation = Installation.unpackInto(temporary);
    Path rules = rules();
    Path changing = rules.resolve("changing.yml");
    boolean played = false;
    for (int attempt = 1; !played && attempt <= TRIES; attempt++) {
      Files.writeString(changing, named("before.yml", changing));
      int groups = groups(rules);
      try (Side ours = ours(installation, rules, attempt);
          Side theirs = theirs(rules, attempt)) {
        ours.awaitWarm(groups);
        theirs.awaitWarm(groups);
        long soon = System.currentTimeMillis() + LEAD;
        Play play = new Play(ours, theirs, soon - soon % 1_000);
        played = play(play, changing);
        if (played) {
          compare(play);
        }
      }
    }
    assertThat(played).as("the machine was quick enough once").isTrue();
  }

  private static int groups(Path rules) throws IOException {
    int groups = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(rules)) {
      for (Path file : files) {
        groups += (int) GROUP.matcher(Files.readString(file)).results().count();
      }
    }
    return groups;
  }

  private void compare(Play play) throws IOException {
    Differences differences = new Differences();
    Map<String, JsonNode> stored = samples(play, play.theirs());
    Predicate<String> rounded =
        series -> ROUNDED.contains(series.substring(0, series.indexOf('{')));
    differences.compare("stored", samples(play, play.ours()), stored, rounded);
    differences.compare("graph", graph(play, play.ours()), graph(play, play.theirs()), rounded);

    Map<String, JsonNode> looks = looks(play, play.ours());
    Map<String, JsonNode> theirLooks = looks(play, play.theirs());
    looks.keySet().retainAll(theirLooks.keySet());
    theirLooks.keySet().retainAll(looks.keySet());
    differences.compare("rule", looks, theirLooks);

    int sent = compareSent(play, differences);
    for (String path : PAGES) {
      differences.compare(path, page(play.ours(), path), page(play.theirs(), path));
    }
    assertThat(differences.all()).isEmpty();

    assertThat(stored).hasSizeGreaterThan(ENOUGH_SERIES);
    assertThat(sent).isGreaterThan(ENOUGH_ALERTS);
    assertThat(looks).as("looks at rules").hasSizeGreaterThan(ENOUGH_LOOKS);
    Figures.measured(
        "%d rules beside Prometheus 2.42: %d series with equal samples, equal states and texts in"
            + " %d looks at rules, %d equal alerts sent",
        rules(play.ours()), stored.size(), looks.size(), sent);
  }

  private static int rules(Side side) throws IOException {
    int rules = 0;
    for (JsonNode group : side.api.data("/api/v1/rules").path("groups")) {
      rules += group.path("rules").size();
    }
    return rules;
  }

  private static Map<String, JsonNode> page(Side side, String path) throws IOException {
    return Map.of("", RuleWatch.comparable(side.api.data("/api/v1/" + path)));
  }
}
