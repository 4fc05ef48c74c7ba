package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class YamlTextTest {
  private static Object read(String yaml) {
    return new Load(LoadSettings.builder().build()).loadFromString(yaml);
  }

  @Test
  void writesBlocks() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", List.of(1, List.of("b", "c"), Map.of("d", true), List.of(), Map.of()));
    map.put("e", Map.of("f", "g h"));

    assertThat(YamlText.of(map))
        .isEqualTo(
            """
            a:
              - 1
              - - b
                - c
              - d: true
              - []
              - {}
            e:
              f: g h
            """);
    assertThat(read(YamlText.of(map))).isEqualTo(map);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a: b",
        "a #b",
        "- a",
        "yes",
        "No",
        "null",
        "~",
        "true",
        "1",
        "1.5",
        "0x1",
        "1e3",
        "a\nb",
        "\t",
        "a\u0000b",
        "é",
        "\u2028",
        "'",
        "\"",
        "\\",
        "{a}",
        "[a]",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "a:",
        "?",
        "a ",
        " a",
        "match[]",
        "#/a",
        "2001-01-01",
        ".inf",
        "=",
        "<<",
        "y",
        "a\ud83d\ude00"
      })
  void quotesWhatOthersWouldTakeForSomethingElse(String text) {
    Map<String, Object> map = Map.of("k", text);

    assertThat(read(YamlText.of(map))).isEqualTo(map);
    assertThat(read(YamlText.of(Map.of(text, 1)))).isEqualTo(Map.of(text, 1));
  }

  @RepeatedTest(50)
  void isReadAsItWas() {
    long seed = new Random().nextLong();
    Map<String, Object> map = new LinkedHashMap<>();
    Random random = new Random(seed);
    for (int i = 0; i < 5; i++) {
      map.put("k" + i, value(random, 4));
    }

    assertThat(read(YamlText.of(map))).as("seed %d", seed).isEqualTo(map);
  }

  private static Object value(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 3 : 5)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextBoolean();
      case 2 -> {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
          text.append(
              random.nextInt(4) > 0
                  ? " -:#'\"ab1,[{?&*!|>%@`yn~.".charAt(random.nextInt(25))
                  : (char) random.nextInt(0xd800));
        }
        yield text.toString();
      }
      case 3 -> {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        yield list;
      }
      default -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put("x" + i, value(random, depth - 1));
        }
        yield map;
      }
    };
  }
}
