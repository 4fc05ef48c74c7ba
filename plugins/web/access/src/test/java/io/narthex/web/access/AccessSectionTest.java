package io.narthex.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.AccessControl.Decision;
import io.narthex.api.access.AccessControl.Denied;
import io.narthex.api.access.AccessControl.Granted;
import io.narthex.api.access.AccessControl.Unknown;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Secret;
import io.narthex.api.model.Labels;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessSectionTest {
  private static final String TOKEN = "0123456789abcdef-grafana";
  private static final Grant.Limits NO_LIMITS = new Grant.Limits(0, Duration.ZERO, 0);
  private static final Labels OURS = Labels.of("__name__", "up", "team", "a");
  private static final Labels THEIRS = Labels.of("__name__", "up", "team", "b");

  @TempDir Path directory;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ConfiguredControl control = new ConfiguredControl(registry);
  private final AccessSection section = new AccessSection(control);

  private static Grant team(String name) {
    return new Grant(List.of(SeriesSelector.parse("{team=\"" + name + "\"}")), false, NO_LIMITS);
  }

  private static Grant everything() {
    return new Grant(List.of(), true, NO_LIMITS);
  }

  private static TokenConfig token(String token, Grant grant) {
    return new TokenConfig(Secret.of(token), "", Secret.of(""), grant);
  }

  private static AccessConfig config(Map<String, Grant> users, Map<String, TokenConfig> tokens) {
    return new AccessConfig(users, tokens, null, null);
  }

  private FakeSnapshot given(AccessConfig config) {
    return new FakeSnapshot(
        Map.of("web.access", config), Defaults.of(GlobalConfig.class), directory);
  }

  private void apply(AccessConfig config) throws ConfigException {
    section.prepare(config, given(config)).apply();
  }

  private static Granted granted(Decision decision) {
    assertThat(decision).isInstanceOf(Granted.class);
    return (Granted) decision;
  }

  @Test
  void knowsNobodyBeforeItIsApplied() {
    assertThat(control.ofToken(TOKEN)).isEqualTo(new Unknown());
    assertThat(control.ofUser("alice")).isEqualTo(new Denied("alice"));
    assertThat(control.ofAnybody()).isEqualTo(new Unknown());
  }

  @Test
  void showsUsersAndBearersWhatTheirSelectorsSay() throws Exception {
    Grant limited =
        new Grant(
            List.of(SeriesSelector.parse("{team=\"a\"}"), SeriesSelector.parse("up{x=~\"y.*\"}")),
            false,
            new Grant.Limits(1000, Duration.ofSeconds(5), 2));
    apply(config(Map.of("alice", limited), Map.of("grafana", token(TOKEN, everything()))));
    var alice = granted(control.ofUser("alice")).access();
    assertThat(alice.name()).isEqualTo("alice");
    assertThat(alice.limits()).isEqualTo(new QueryLimits(1000, Duration.ofSeconds(5), 2));
    assertThat(alice.shows(OURS)).isTrue();
    assertThat(alice.shows(THEIRS)).isFalse();
    assertThat(alice.shows(Labels.of("__name__", "up", "x", "yes"))).isTrue();
    assertThat(alice.shows(Labels.of("__name__", "down", "x", "yes"))).isFalse();
    var grafana = granted(control.ofToken(TOKEN)).access();
    assertThat(grafana.name()).isEqualTo("grafana");
    assertThat(grafana.isRestricted()).isFalse();
    assertThat(control.ofToken(TOKEN + "x")).isEqualTo(new Unknown());
    assertThat(control.ofToken(TOKEN.substring(1))).isEqualTo(new Unknown());
    assertThat(control.ofToken("x".repeat(1 << 20))).isEqualTo(new Unknown());
    assertThat(control.ofUser("bob")).isEqualTo(new Denied("bob"));
    assertThat(control.ofUser("grafana"))
        .as("who is authenticated by a password is no token")
        .isEqualTo(new Denied("grafana"));
    assertThat(control.ofAnybody()).isEqualTo(new Unknown());
  }

  @Test
  void showsOthersWhatIsSaidForThem() throws Exception {
    apply(new AccessConfig(Map.of("alice", everything()), Map.of(), team("b"), team("a")));
    var bob = granted(control.ofUser("bob")).access();
    assertThat(bob.name()).isEqualTo("bob");
    assertThat(bob.shows(THEIRS)).isTrue();
    assertThat(bob.shows(OURS)).isFalse();
    var anybody = granted(control.ofAnybody()).access();
    assertThat(anybody.name()).isEmpty();
    assertThat(anybody.shows(OURS)).isTrue();
    assertThat(anybody.shows(THEIRS)).isFalse();
  }

  @Test
  void takesTokensFromFilesAndByTheirHash() throws Exception {
    Files.writeString(directory.resolve("token"), "abcdefghijklmnop-file\n");
    String hash = HexFormat.of().withUpperCase().formatHex(Tokens.hash("abcdefghijklmnop-hash"));
    apply(
        config(
            Map.of(),
            Map.of(
                "file",
                new TokenConfig(Secret.of(""), "token", Secret.of(""), team("a")),
                "hash",
                new TokenConfig(Secret.of(""), "", Secret.of(hash), team("b")))));
    assertThat(granted(control.ofToken("abcdefghijklmnop-file")).access().name()).isEqualTo("file");
    assertThat(granted(control.ofToken("abcdefghijklmnop-hash")).access().name()).isEqualTo("hash");
    assertThat(control.ofToken(hash)).isEqualTo(new Unknown());
  }

  @Test
  void changesNothingUntilAReloadIsApplied() throws Exception {
    apply(config(Map.of("alice", team("a")), Map.of()));
    AccessConfig next = config(Map.of("bob", team("b")), Map.of());
    Prepared prepared = section.prepare(next, given(next));
    assertThat(control.ofUser("alice")).isInstanceOf(Granted.class);
    prepared.discard();
    assertThat(control.ofUser("alice")).isInstanceOf(Granted.class);
    apply(next);
    assertThat(control.ofUser("alice")).isEqualTo(new Denied("alice"));
    assertThat(control.ofUser("bob")).isInstanceOf(Granted.class);
    AccessConfig empty = config(Map.of(), Map.of());
    section.prepare(empty, FakeSnapshot.in(directory)).apply();
    assertThat(control.ofUser("bob")).isEqualTo(new Denied("bob"));
  }

  @Test
  void refusesAnEmptySection() throws Exception {
    AccessConfig empty = config(Map.of(), Map.of());
    assertThatThrownBy(() -> section.prepare(empty, given(empty)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("nobody may see anything; want users, tokens, authenticated or");
    assertThat(section.prepare(empty, FakeSnapshot.in(directory))).isNotNull();
  }

  @Test
  void saysWhichTokenCannotBeUsedAndNeverShowsIt() throws Exception {
    Files.writeString(directory.resolve("short"), "geheim\n");
    AccessConfig missing =
        config(
            Map.of(),
            Map.of("x", new TokenConfig(Secret.of(""), "nowhere", Secret.of(""), everything())));
    assertThatThrownBy(() -> section.prepare(missing, given(missing)))
        .isInstanceOf(ConfigException.class)
        .hasMessage("cannot read token: no such file: " + directory.resolve("nowhere"))
        .returns("tokens.x.token_file", e -> ((ConfigException) e).path());
    AccessConfig weak =
        config(
            Map.of(),
            Map.of("x", new TokenConfig(Secret.of(""), "short", Secret.of(""), everything())));
    assertThatThrownBy(() -> section.prepare(weak, given(weak)))
        .hasMessageStartingWith("got a token of 6 characters, want 16 to 4096")
        .returns("tokens.x", e -> ((ConfigException) e).path());
    AccessConfig twice =
        config(Map.of(), Map.of("x", token(TOKEN, team("a")), "y", token(TOKEN, everything())));
    assertThatThrownBy(() -> section.prepare(twice, given(twice)))
        .hasMessageMatching("the token is that of [xy] too");
    assertThat(twice.toString()).doesNotContain(TOKEN);
  }

  @Test
  void looksAtFilesOnlyWhenTheCheckIsOfMoreThanSyntax() throws Exception {
    AccessConfig missing =
        config(
            Map.of(),
            Map.of("x", new TokenConfig(Secret.of(""), "nowhere", Secret.of(""), everything())));
    section.check(missing, given(missing), new Check(true));
    assertThatThrownBy(() -> section.check(missing, given(missing), new Check(false)))
        .hasMessageStartingWith("cannot read token");
  }

  @Test
  void refusesEntriesThatDoNotSayWhatIsSeen() {
    assertThatThrownBy(() -> new Grant(List.of(), false, NO_LIMITS))
        .hasMessage("nothing to see; want match with a selector at least, or everything: true");
    assertThatThrownBy(() -> new Grant(List.of(SeriesSelector.parse("up")), true, NO_LIMITS))
        .hasMessage("got match and everything: true, want one of them");
    assertThatThrownBy(() -> new Grant.Limits(-1, Duration.ZERO, 0))
        .hasMessageStartingWith("query limits out of range");
    assertThatThrownBy(
            () -> config(Map.of("x", team("a")), Map.of("x", token(TOKEN, everything()))))
        .hasMessageStartingWith("token x is named as a user is");
    assertThatThrownBy(() -> config(Map.of("", team("a")), Map.of()))
        .hasMessageStartingWith("got an empty name");
  }

  @Test
  void refusesTokensThatAreGivenInNoWayOrInTwoAndWeakOnes() {
    assertThatThrownBy(() -> token("", everything()))
        .hasMessage("got 0 of token, token_file and token_sha256, want one of them");
    assertThatThrownBy(() -> new TokenConfig(Secret.of(TOKEN), "file", Secret.of(""), everything()))
        .hasMessage("got 2 of token, token_file and token_sha256, want one of them");
    assertThatThrownBy(() -> token("short", everything()))
        .hasMessageStartingWith("got a token of 5 characters");
    assertThatThrownBy(() -> token("0123456789 abcdefgh", everything()))
        .hasMessageStartingWith("got a token with a blank");
    assertThatThrownBy(() -> new TokenConfig(Secret.of(""), "", Secret.of("12ab"), everything()))
        .hasMessageStartingWith("token_sha256 is no SHA-256");
  }

  @Test
  void countsWhatWasDecided() throws Exception {
    apply(config(Map.of("alice", team("a")), Map.of("grafana", token(TOKEN, everything()))));
    Decision _ = control.ofUser("alice");
    Decision _ = control.ofUser("bob");
    Decision _ = control.ofToken(TOKEN);
    Decision _ = control.ofToken("wrong");
    assertThat(registry.scrape().stream().map(m -> m.getMetadata().getName()))
        .containsExactly("narthex_web_access_decisions");
    assertThat(
            registry.scrape().get(0).getDataPoints().stream()
                .map(d -> (CounterDataPointSnapshot) d)
                .filter(d -> d.getValue() == 1)
                .map(d -> d.getLabels().get("by") + " " + d.getLabels().get("outcome")))
        .containsExactlyInAnyOrder("user granted", "user denied", "token granted", "token unknown");
  }

  private record Check(boolean syntaxOnly) implements ConfigCheck {
    @Override
    public void warn(String message) {
      throw new AssertionError(message);
    }

    @Override
    public void lint(String kind, String message) {
      throw new AssertionError(message);
    }
  }
}
