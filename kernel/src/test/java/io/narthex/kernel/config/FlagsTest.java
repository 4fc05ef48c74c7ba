package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narthex.api.config.ConfigShape;
import io.narthex.kernel.config.Samples.Gauges;
import io.narthex.kernel.config.Samples.NodeGauge;
import io.narthex.kernel.config.Samples.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagsTest {
  private static Flags flags() {
    List<Setting> settings = new ArrayList<>(KernelFlags.all("prometheus.yml"));
    settings.addAll(
        SettingScan.of(
            List.of(
                new PlainSection<>("web", ConfigShape.of(Server.class)),
                new PlainSection<>("exporters", ConfigShape.of(Gauges.class)),
                new PlainSection<>("data", ConfigShape.of(DataConfig.class))),
            new FakeExtensions(new NodeGauge()),
            "prometheus"));
    return new Flags(
        settings,
        Map.of("storage.tsdb.path", "data.path"),
        List.of("auto-gomaxprocs!", "auto-gomemlimit.ratio"));
  }

  private static Map<String, List<String>> parse(String... arguments) throws FlagException {
    Map<String, List<String>> given = new TreeMap<>();
    flags()
        .parse(List.of(arguments), false)
        .given()
        .forEach((setting, texts) -> given.put(setting.flag(), texts));
    return given;
  }

  @Test
  void takesValuesAttachedOrBehind() throws FlagException {
    assertThat(parse("--web.route-prefix=/p", "--web.max-connections", "5"))
        .isEqualTo(Map.of("web.route-prefix", List.of("/p"), "web.max-connections", List.of("5")));
    assertThat(parse("--web.route-prefix=")).containsValue(List.of(""));
    assertThat(parse("--web.route-prefix=a=b")).containsValue(List.of("a=b"));
  }

  @Test
  void takesBooleansWithoutValue() throws FlagException {
    assertThat(parse("--web.enable-lifecycle")).containsValue(List.of("true"));
    assertThat(parse("--no-web.enable-lifecycle")).containsValue(List.of("false"));
  }

  @Test
  void takesListsSeveralTimes() throws FlagException {
    assertThat(parse("--web.listen-address=:1", "--web.listen-address", ":2"))
        .containsValue(List.of(":1", ":2"));
  }

  @Test
  void takesShortFlags() throws FlagException {
    assertThat(parse("-s5")).containsEntry("collector.speed", List.of("5"));
    assertThat(parse("-s", "5")).containsEntry("collector.speed", List.of("5"));
    assertThat(parse("-hs5"))
        .containsEntry("collector.speed", List.of("5"))
        .containsEntry("help", List.of("true"));
  }

  @Test
  void takesAliases() throws FlagException {
    Flags.Parsed parsed = flags().parse(List.of("--storage.tsdb.path=/d"), false);
    Map.Entry<Setting, List<String>> only = parsed.given().entrySet().iterator().next();
    assertThat(only.getKey().path()).containsExactly("data", "path");
    assertThat(only.getKey().flag()).isEqualTo("storage.tsdb.path");
  }

  @Test
  void remembersFlagsWithoutEffect() throws FlagException {
    Flags.Parsed parsed =
        flags()
            .parse(
                List.of(
                    "--auto-gomaxprocs",
                    "--no-auto-gomaxprocs",
                    "--auto-gomemlimit.ratio",
                    "0.5",
                    "--web.route-prefix=/"),
                false);
    assertThat(parsed.ignored())
        .containsExactly("--auto-gomaxprocs", "--no-auto-gomaxprocs", "--auto-gomemlimit.ratio");
    assertThat(parsed.given()).hasSize(1);
  }

  // The texts are what Debian's prometheus prints for the same arguments.
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "--foo, unknown long flag '--foo'",
        "--foo=bar, unknown long flag '--foo'",
        "bar, unexpected bar",
        "--config.file=a --config.file=b, flag 'config.file' cannot be repeated",
        "--web.enable-lifecycle --web.enable-lifecycle, flag 'web.enable-lifecycle' cannot be"
            + " repeated",
        "--web.enable-lifecycle=true, unexpected true",
        "--config.file, expected argument for flag '--config.file'",
        "--config.file --web.enable-lifecycle, expected argument for flag '--config.file'",
        "-x, unknown short flag '-x'",
        "--no-config.file, unknown long flag '--no-config.file'",
        "-- bar, unexpected bar",
        "-s, expected argument for flag '-s'",
        "--web.other=1, unknown long flag '--web.other'",
      })
  void refusesWithKingpinsWords(String line, String expected) {
    FlagException e = catchThrowableOfType(FlagException.class, () -> parse(line.split(" ")));
    assertThat(e).as(line).isNotNull();
    assertThat(e.getMessage().replaceFirst(", did you mean.*", "")).isEqualTo(expected);
  }

  @Test
  void suggestsTheNearestFlag() {
    assertThat(catchThrowableOfType(FlagException.class, () -> parse("--web.listen-adress=:1")))
        .hasMessage(
            "unknown long flag '--web.listen-adress', did you mean '--web.listen-address'?");
    assertThat(catchThrowableOfType(FlagException.class, () -> parse("--no-web.enable-lifecylce")))
        .hasMessageContaining("did you mean '--no-web.enable-lifecycle'?");
  }

  @Test
  void refusesAnAliasBesideTheNameItStandsFor() {
    assertThat(
            catchThrowableOfType(
                FlagException.class, () -> parse("--data.path=a", "--storage.tsdb.path=b")))
        .hasMessage("flag 'storage.tsdb.path' cannot be repeated");
  }

  @Test
  void skipsUnknownFlagsWhenTolerant() throws FlagException {
    Flags.Parsed parsed =
        flags()
            .parse(
                List.of("--one=1", "--two", "2", "--three", "-z", "--web.route-prefix=/p", "x"),
                true);
    assertThat(parsed.unknown()).containsExactly("--one", "--two", "--three");
    assertThat(parsed.value("web.route-prefix")).isEqualTo("/p");
  }

  @Test
  void putsTheLinesOfAFileInPlaceOfItsName(@TempDir Path directory)
      throws IOException, FlagException {
    Files.writeString(directory.resolve("args"), "# comment\n--web.route-prefix=/a b\n@more\n");
    Files.writeString(directory.resolve("more"), "--web.enable-lifecycle\n");
    Files.writeString(directory.resolve("self"), "@self\n");
    assertThat(Flags.expand(List.of("--x", "@args", "y", "--", "@args"), directory))
        .containsExactly(
            "--x", "--web.route-prefix=/a b", "--web.enable-lifecycle", "y", "--", "@args");
    assertThat(refusal(directory, "@none"))
        .hasMessage("failed to open arguments file \"none\": open none: no such file or directory");
    assertThat(refusal(directory, "@")).hasMessage("expected @ file to expand arguments from");
    assertThat(refusal(directory, "@self")).hasMessageContaining("too many files deep");
  }

  private static FlagException refusal(Path directory, String argument) {
    return catchThrowableOfType(
        FlagException.class, () -> Flags.expand(List.of(argument), directory));
  }

  @Test
  void listsFlagsAsKingpinDoes() {
    assertThat(FlagHelp.of("prometheus", "A server.", flags()))
        .isEqualTo(
            """
            usage: prometheus [<flags>]

            A server.


            Flags:
              -h, --[no-]help                Show this list and do nothing else.
                  --[no-]version             Show the version and do nothing else.
                  --config.file="prometheus.yml"\s\s
                                             Configuration file.
                  --enable-feature=ENABLE-FEATURE ...\s\s
                                             Features to switch on, separated by commas. Can
                                             be repeated.
                  --web.listen-address=0.0.0.0:9090 ...\s\s
                                             Address to listen on. Can be repeated.
                  --web.route-prefix=""      Prefix for the internal routes.
                  --web.max-connections=512  Maximum number of simultaneous connections.
                  --[no-]web.enable-lifecycle\s\s
                                             Enable shutdown and reload via HTTP request.
                  --web.read-timeout=5m      Maximum duration.
                  --web.token=""             A secret.
              -s, --collector.speed=3        Speed.
                  --data.path="data/"        Directory of everything that must survive a
                                             restart.
                  --storage.tsdb.path="data/"\s\s
                                             Directory of everything that must survive a
                                             restart.

            """);
  }

  @Test
  void measuresWordsByTheirChanges() {
    assertThat(Nearest.distance("abc", "abc")).isZero();
    assertThat(Nearest.distance("abc", "acb")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.of("scrape_config", List.of("rule_files", "scrape_configs")))
        .isEqualTo("scrape_configs");
    assertThat(Nearest.of("alerting", List.of("rule_files", "scrape_configs"))).isNull();
  }
}
