package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Secret;
import io.narthex.kernel.config.Samples.Colour;
import io.narthex.kernel.config.Samples.Values;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigWriterTest {
  private static Values values(String text, List<String> list, Map<String, String> labels) {
    return new Values(
        text,
        true,
        1,
        2,
        0.5,
        Duration.ofSeconds(90),
        new ByteSize(2048),
        Secret.of("hunter2"),
        Colour.BLUE,
        "",
        list,
        List.of(1, 2),
        labels,
        Map.of("k", Secret.of("hunter2")),
        List.of(Secret.of("hunter2")));
  }

  /** A key that is shown though it is empty, as some of Prometheus's are. */
  record Shown(String name, @JsonInclude(JsonInclude.Include.ALWAYS) boolean told, boolean not) {}

  @Test
  void writesOneRecordWithTheEmptyKeysThatAreAlwaysShown() {
    assertThat(new RecordText().yaml(new Shown("a", false, false)))
        .isEqualTo("name: a\ntold: false\n");
    assertThat(new RecordText().yaml(new Shown("", true, false))).isEqualTo("told: true\n");
  }

  private static Values read(String yaml) throws ConfigProblems {
    Findings findings = new Findings();
    Node root = Yaml.read("f", yaml, Yaml.Limits.STANDARD, findings);
    Object bound =
        new Binder(new FakeExtensions(), findings, Set.of(), false)
            .bind(ConfigShape.of(Values.class), Trees.find(root, List.of("s")), "s", root.mark());
    findings.throwIfAny();
    return (Values) bound;
  }

  @Test
  void writesEveryKindOfValue() {
    assertThat(ConfigWriter.write(Map.of("s", values("a b", List.of(), Map.of("x", "1")))))
        .isEqualTo(
            """
            s:
              text: a b
              "yes": true
              small: 1
              big: 2
              real: 0.5
              time: 1m30s
              size: 2KiB
              secret: <secret>
              colour: dark-blue
              maybe: ""
              list: []
              numbers:
              - 1
              - 2
              labels:
                x: "1"
              secrets:
                k: <secret>
              secret_list:
              - <secret>
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "http://u:hunter2@host:80/p, http://u:xxxxx@host:80/p",
    "http://:hunter2@host, http://:xxxxx@host",
    "http://u:hun@ter2@host, http://u:xxxxx@host",
    "http://u@host:80/a:b@c, http://u@host:80/a:b@c",
    "http://host:80, http://host:80",
    "a:b@c, a:b@c"
  })
  void hidesPasswordsInUrls(String text, String shown) {
    assertThat(ConfigWriter.write(Map.of("s", Map.of("url", text)))).contains(shown + "\n");
    assertThat(new Problem(Mark.of("f"), "", "url \"" + text + "\" is bad"))
        .hasToString("f: url \"" + shown + "\" is bad");
  }

  @Test
  void writesNothingWhereNothingIsSaid() {
    assertThat(ConfigWriter.write(Map.of("a", List.of(), "b", Map.of()))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "yes",
        "no",
        "on",
        "true",
        "null",
        "~",
        "1",
        "0777",
        "1e3",
        "0x1f",
        "1.5",
        ".inf",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a}",
        "[a]",
        "a\nb",
        "a\n",
        "\na",
        " a",
        "a ",
        "'a'",
        "\"a\"",
        "a\\b",
        "é",
        "\ud83d\ude00",
        "?",
        ": ",
        "=",
        "<<",
        "---",
        "2001-01-01",
        "1:20",
        "a\tb",
        "\u0001",
        "(.*)some-[regex]",
        "foo-${1}",
        "|",
        ">"
      })
  void writesStringsThatAreReadAsTheSame(String text) throws ConfigProblems {
    // The merge key is the one key that Jackson does not put in quotes.
    String key = text.equals("<<") ? "k" : text;
    Values written = values(text, List.of(text), Map.of(key, text));
    Values read = read(ConfigWriter.write(Map.of("s", written)));
    assertThat(read.text()).isEqualTo(text);
    assertThat(read.list()).containsExactly(text);
    assertThat(read.labels()).isEqualTo(Map.of(key, text));
  }
}
