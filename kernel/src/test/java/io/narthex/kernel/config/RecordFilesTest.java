package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigFiles.Syntax;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.discovery.TargetGroupConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFilesTest {
  private static final ConfigShape<List<TargetGroupConfig>> GROUPS =
      ConfigShape.listOf(TargetGroupConfig.class);

  /** As other programs write it. */
  record Answer(@JsonProperty("ID") String id, List<String> names, long count, boolean on) {}

  @TempDir private Path directory;

  private final ConfigFiles files = new RecordFiles();

  private static Path conformance() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/conformance/config/file_sd");
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    return null;
  }

  private <C> C parse(String text, ConfigShape<C> shape, Syntax syntax) throws ConfigException {
    return files.parse("f", text.getBytes(StandardCharsets.UTF_8), shape, syntax);
  }

  @Test
  void readsPrometheussOwnFilesOfTargetGroups() throws Exception {
    Path folder = conformance();
    assumeTrue(folder != null, "shared/conformance is not there");
    List<TargetGroupConfig> expected =
        List.of(
            new TargetGroupConfig(
                List.of("localhost:9090", "example.org:443"), Map.of("foo", "bar")),
            new TargetGroupConfig(List.of("my.domain"), Map.of()));
    assertThat(files.read(folder.resolve("valid.yml"), GROUPS, Syntax.YAML)).isEqualTo(expected);
    assertThat(files.read(folder.resolve("valid3.yml"), GROUPS, Syntax.YAML)).isEqualTo(expected);
    assertThat(files.read(folder.resolve("valid2.yml"), GROUPS, Syntax.YAML)).hasSize(3);
    assertThat(files.read(folder.resolve("valid.json"), GROUPS, Syntax.JSON)).isEqualTo(expected);
    assertThatThrownBy(() -> files.read(folder.resolve("invalid_nil.json"), GROUPS, Syntax.JSON))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("invalid_nil.json:8:5: [1]: nil target group item found");
    assertThatThrownBy(() -> files.read(folder.resolve("invalid_nil.yml"), GROUPS, Syntax.YAML))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("invalid_nil.yml:5:3: [1]: nil target group item found");
  }

  @Test
  void aTextWithoutContentIsNothingInYamlAndNoJson() throws Exception {
    assertThat(parse("", GROUPS, Syntax.YAML)).isEmpty();
    assertThat(parse("# {nothing} yet\n", GROUPS, Syntax.YAML)).isEmpty();
    assertThat(parse("null", GROUPS, Syntax.JSON)).isEmpty();
    assertThatThrownBy(() -> parse("", GROUPS, Syntax.JSON))
        .hasMessage("f:1:1: unexpected end of JSON input");
    assertThatThrownBy(() -> parse("{}", GROUPS, Syntax.YAML))
        .hasMessageContaining("cannot unmarshal !!map into []");
  }

  @Test
  void isStrictAboutKeysAndTypes() {
    assertThatThrownBy(() -> parse("[{\"targets\": [], \"lables\": {}}]", GROUPS, Syntax.JSON))
        .hasMessageContaining("field lables not found")
        .hasMessageContaining("did you mean \"labels\"?");
    assertThatThrownBy(() -> parse("- {targets: [], lables: {}}", GROUPS, Syntax.YAML))
        .hasMessageContaining("field lables not found");
    assertThatThrownBy(() -> parse("[{\"targets\": [1]}]", GROUPS, Syntax.JSON))
        .hasMessage("f:1:15: [0].targets[0]: cannot unmarshal !!int `1` into string");
    assertThatThrownBy(() -> parse("[{\"labels\": {\"a\": true}}]", GROUPS, Syntax.JSON))
        .hasMessage("f:1:19: [0].labels.a: cannot unmarshal !!bool `true` into string");
    assertThatThrownBy(() -> parse("[{\"labels\": {\"\": \"x\"}}]", GROUPS, Syntax.JSON))
        .hasMessage("f:1:2: [0]: \"\" is not a valid label name");
    assertThatThrownBy(() -> parse("{\"count\": \"1\"}", ConfigShape.of(Answer.class), Syntax.JSON))
        .hasMessageContaining("count: cannot unmarshal !!str `1` into int");
  }

  @Test
  void keysOfJsonAreFoundWhateverTheirCaseAndTheLastCounts() throws Exception {
    assertThat(parse("[{\"Targets\": [\"a\"], \"LABELS\": {\"A\": \"1\"}}]", GROUPS, Syntax.JSON))
        .containsExactly(new TargetGroupConfig(List.of("a"), Map.of("A", "1")));
    assertThat(parse("[{\"targets\": [\"a\"], \"Targets\": [\"b\"]}]", GROUPS, Syntax.JSON))
        .containsExactly(new TargetGroupConfig(List.of("b"), Map.of()));
  }

  @Test
  void keysOfYamlAreFoundAsTheyAre() {
    assertThatThrownBy(() -> parse("- {Targets: [a]}", GROUPS, Syntax.YAML))
        .hasMessageContaining("field Targets not found");
  }

  @Test
  void leavesOutWhatNobodyAsksForInAnswersOfOthers() throws Exception {
    String text =
        "{\"Id\": \"7\", \"Names\": null, \"Count\": 3, \"On\": true, \"More\": {\"x\": [1]}}";
    assertThat(parse(text, ConfigShape.of(Answer.class), Syntax.LENIENT_JSON))
        .isEqualTo(new Answer("7", List.of(), 3, true));
    assertThatThrownBy(() -> parse(text, ConfigShape.of(Answer.class), Syntax.JSON))
        .hasMessageContaining("field More not found");
  }

  @Test
  void refusesATextThatIsTooLarge() {
    byte[] large = new byte[ConfigFiles.MOST_BYTES + 1];
    assertThatThrownBy(() -> files.parse("f", large, GROUPS, Syntax.JSON))
        .hasMessageContaining("too large");
    assertThatThrownBy(() -> files.parse("f", large, GROUPS, Syntax.YAML))
        .hasMessageContaining("too large");
  }

  @Test
  void aSmallHeapBearsFewerKeysAndValues() {
    assertThat(RecordFile.limits(256L << 20))
        .isEqualTo(
            new Yaml.Limits(
                ConfigFiles.MOST_BYTES, Yaml.Limits.STANDARD.depth(), 1 << 20, 500_000));
    assertThat(RecordFile.limits(64L << 30)).isEqualTo(Yaml.Limits.STANDARD);
  }

  @Test
  void aMissingFileIsNoConfiguration() {
    assertThatThrownBy(() -> files.read(directory.resolve("gone.yml"), GROUPS, Syntax.YAML))
        .isInstanceOf(NoSuchFileException.class);
  }

  /** A record within a record. */
  record Shelf(String name, List<Answer> answers) {}

  @Test
  void tellsWhereValuesStand() throws Exception {
    String text = "name: a\nanswers:\n  - ID: x\n    names: [p,\n      q]\n";
    ConfigFiles.Located<Shelf> located =
        files.locate(
            "f", text.getBytes(StandardCharsets.UTF_8), ConfigShape.of(Shelf.class), Syntax.YAML);

    assertThat(located.value().answers().getFirst().id()).isEqualTo("x");
    assertThat(located.places().of("name")).hasToString("1:7");
    assertThat(located.places().of("answers[0]")).hasToString("3:5");
    assertThat(located.places().of("answers[0].ID")).hasToString("3:9");
    assertThat(located.places().of("answers[0].names[1]")).hasToString("5:7");
    for (String missing :
        List.of("other", "answers[1]", "answers[0].count", "name.x", "name[0]", "answers.x")) {
      assertThat(located.places().of(missing)).as(missing).isEqualTo(ConfigFiles.Place.NONE);
    }
    assertThat(located.warnings()).isEmpty();
  }

  @Test
  void warnsOfFurtherDocumentsAndKnowsNoPlacesInNothing() throws Exception {
    ConfigFiles.Located<Shelf> located =
        files.locate(
            "f",
            "name: a\n---\nname: b\n".getBytes(StandardCharsets.UTF_8),
            ConfigShape.of(Shelf.class),
            Syntax.YAML);
    assertThat(located.value().name()).isEqualTo("a");
    assertThat(located.warnings())
        .containsExactly("f:2:1: only the first document of the file is read");
    assertThat(
            files
                .locate("f", new byte[0], ConfigShape.of(Shelf.class), Syntax.YAML)
                .places()
                .of("name"))
        .isEqualTo(ConfigFiles.Place.NONE);
  }

  @Test
  void leavesOutWhatNobodyKnowsWhereThatIsAskedFor() throws Exception {
    String text = "name: a\nnonsense: 1\n";
    assertThat(parse(text, ConfigShape.of(Shelf.class), Syntax.LENIENT_YAML).name()).isEqualTo("a");
    assertThatThrownBy(() -> parse(text, ConfigShape.of(Shelf.class), Syntax.YAML))
        .hasMessageContaining("field nonsense not found");
  }
}
