package io.narthex.storage.tsdb.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenMetricsEntryTest {
  /**
   * What 3.14 takes and 2.42, which made the table, does not: commas behind the last label, and
   * exemplars on any sample.
   */
  private static final Set<String> TAKEN_SINCE =
      Set.of(
          "bad_exemplars_on_unallowed_metric_types_0",
          "bad_exemplars_on_unallowed_metric_types_1",
          "bad_exemplars_on_unallowed_samples_0",
          "bad_exemplars_on_unallowed_samples_1",
          "bad_invalid_labels_5",
          "bad_missing_or_extra_commas_2");

  /** Takes all entries; null, or what is wrong. */
  private static @Nullable String read(byte[] text) {
    OpenMetricsEntry entry = new OpenMetricsEntry();
    int at = 0;
    try {
      while (true) {
        switch (entry.read(text, at, text.length, true)) {
          case END -> {
            return null;
          }
          case INCOMPLETE -> throw new AssertionError("asked for more of a complete text");
          case SERIES, METADATA -> at = entry.end();
        }
      }
    } catch (OpenMetricsException e) {
      return e.getMessage();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "a 1 2\\n | data does not end with # EOF",
        "a 1 2 | expected next entry after timestamp, got \" 2\" (\"EOF\") while parsing: \"a 1"
            + " 2\"",
        "# EOF\\nx | unexpected data after # EOF",
        "a x 1\\n# EOF | strconv.ParseFloat: parsing \"x\": invalid syntax while parsing: \"a x\"",
        "a 1 1e999\\n# EOF | strconv.ParseFloat: parsing \"1e999\": value out of range while"
            + " parsing: \"a 1 1e999\"",
        "a 0x1p3 1\\n# EOF | unsupported character in float while parsing: \"a 0x1p3\"",
        "a 1 NaN\\n# EOF | invalid timestamp NaN",
        "\\n# EOF | expected a valid start token, got \"\\n\" (\"INVALID\") while parsing: \"\\n\"",
        "a  1\\n# EOF | expected value after metric, got \"  \" (\"INVALID\") while parsing: \"a "
            + " \"",
        "a{b=\"c\" 1\\n# EOF | expected comma or brace close, got \" \" (\"INVALID\") while"
            + " parsing: \"a{b=\\\"c\\\" \"",
        "a{b=\"c\",,} 1\\n# EOF | expected label name, got \",}\" (\"COMMA\") while parsing:"
            + " \"a{b=\\\"c\\\",,}\"",
        "a{b}  1\\n# EOF | expected equal, got \"} \" (\"BCLOSE\") while parsing: \"a{b} \"",
        "a{\"b\"}  1\\n# EOF | metric name already set while parsing: \"a{\\\"b\\\"}\"",
        "{b=\"c\"} 1\\n# EOF | metric name not set while parsing: \"{b=\\\"c\\\"} 1\"",
        "# FOO a\\n# EOF | expected a valid start token, got \"# F\" (\"INVALID\") while parsing:"
            + " \"# F\"",
        "# TYPE a foo\\n# EOF | invalid metric type \"foo\"",
        "# TYPE a\\n# EOF | expected text in TYPE",
        "# UNIT a_b c\\n# EOF | unit \"c\" not a suffix of metric \"a_b\"",
        "# HELP 1a c\\n# EOF | expected metric name after HELP, got \"1\" (\"INVALID\") while"
            + " parsing: \"# HELP 1\"",
        "a 1 2 3\\n# EOF | expected next entry after timestamp, got \" 3\\n\" (\"TIMESTAMP\") while"
            + " parsing: \"a 1 2 3\\n\"",
      })
  void saysWhatUpstreamSays(String text, String expected) {
    byte[] bytes = text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8);
    assertThat(read(bytes)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "# EOF",
        "# EOF\\n",
        "a 1\\n# EOF",
        "a{} 1 2\\n# EOF",
        "a{b=\"c\",} 1 2\\n# EOF",
        "{\"a b\",c=\"d\"} 1 2\\n# EOF",
        "{c=\"d\",\"a b\"} 1 2\\n# EOF",
        "a{\"b c\"=\"d\"} 1 2\\n# EOF",
        "a 1 2 # {x=\"y\"} 3 4\\n# EOF",
        "a 1 # {} 3\\n# EOF",
        "a{b=\"}\\\\\\\"{ \"} 1 2\\n# EOF",
        "# TYPE a gauge\\n# UNIT a_s s\\n# HELP a \\n# EOF",
        "# HELP \"a b\" text\\n# EOF",
      })
  void takesWhatUpstreamTakes(String text) {
    assertThat(read(text.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8))).isNull();
  }

  @Test
  void unescapesLabels() throws Exception {
    byte[] text =
        "{\"m\",\"x y\"=\"a\\\\b\\\"c\\nd\\te\"} 1.5 2.0015\n".getBytes(StandardCharsets.UTF_8);
    OpenMetricsEntry entry = new OpenMetricsEntry();
    assertThat(entry.read(text, 0, text.length, false)).isEqualTo(OpenMetricsEntry.Kind.SERIES);
    assertThat(new String(entry.metricName(), StandardCharsets.UTF_8)).isEqualTo("m");
    assertThat(new String(entry.labelName(0), StandardCharsets.UTF_8)).isEqualTo("x y");
    assertThat(new String(entry.labelValue(0), StandardCharsets.UTF_8)).isEqualTo("a\\b\"c\nd\\te");
    assertThat(entry.value()).isEqualTo(1.5);
    assertThat(entry.time()).isEqualTo(2001);
    assertThat(entry.end()).isEqualTo(text.length);
  }

  @Test
  void asksForMoreWhereverTheTextIsCut() throws Exception {
    byte[] text =
        "a{b=\"c d\",\"e\"=\"f\\\"\"} 1.5e3 2 # {x=\"y\"} 3 4\n".getBytes(StandardCharsets.UTF_8);
    OpenMetricsEntry entry = new OpenMetricsEntry();
    for (int cut = 0; cut < text.length; cut++) {
      assertThat(entry.read(text, 0, cut, false))
          .as("cut at %d", cut)
          .isEqualTo(OpenMetricsEntry.Kind.INCOMPLETE);
    }
    assertThat(entry.read(text, 0, text.length, false)).isEqualTo(OpenMetricsEntry.Kind.SERIES);
  }

  @Test
  void agreesWithPrometheusOnTheCasesOfOpenMetrics() throws IOException {
    Path folder = Conformance.folder("exposition");
    Path table = folder.resolve("openmetrics_prometheus_2.42.tsv");
    assumeTrue(Files.exists(table), "no " + table);
    List<String> differing = new ArrayList<>();
    List<String> lines = Files.readAllLines(table);
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split("\t");
      byte[] text =
          Files.readAllBytes(folder.resolve("openmetrics").resolve(cells[0] + "/metrics"));
      String problem = read(text);
      if ((problem == null) != Boolean.parseBoolean(cells[2])) {
        differing.add(cells[0] + ": " + problem);
      }
    }
    assertThat(differing).allMatch(one -> TAKEN_SINCE.contains(one.substring(0, one.indexOf(':'))));
    assertThat(lines).hasSizeGreaterThan(100);
  }

  @Test
  void takesTheTextsOfUpstreamsOwnTests() throws IOException {
    try (var files = Files.list(Conformance.folder("exposition").resolve("textparse"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".om.txt")).toList()) {
        assertThat(read(Files.readAllBytes(file))).as(file.toString()).isNull();
      }
    }
  }
}
