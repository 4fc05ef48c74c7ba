package io.narthex.storage.tsdb.postings;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.PatternSyntaxException;
import io.narthex.api.model.Regex;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegexShapeTest {
  private static RegexShape shape(String text) {
    return RegexShape.of(Regex.compile(text));
  }

  @Test
  void findsFiniteSets() {
    assertThat(shape("up").literals()).isEqualTo(Set.of("up"));
    assertThat(shape("a|b||c").literals()).isEqualTo(Set.of("a", "b", "c", ""));
    assertThat(shape("").literals()).isEqualTo(Set.of(""));
    assertThat(shape("node(-[ab]|)[1-3]?").literals())
        .hasSize(12)
        .contains("node", "node-a", "node-b3", "node2");
    assertThat(shape("^10\\.0\\.0\\.1:9100$").literals()).isEqualTo(Set.of("10.0.0.1:9100"));
    assertThat(shape("5\\d\\d").literals()).hasSize(100).contains("500", "599");
    assertThat(shape("a{2,3}").literals()).isEqualTo(Set.of("aa", "aaa"));
    assertThat(shape("a{x}").literals()).isEqualTo(Set.of("a{x}"));
    assertThat(shape("a.*").literals()).isNull();
    assertThat(shape("(?i)ab").literals()).isNull();
  }

  @Test
  void findsAVeryLongAlternation() {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      values.add("instance-" + i + ":9100");
    }
    assertThat(shape(String.join("|", values)).literals()).hasSize(5_000).containsAll(values);
    assertThat(shape("(" + String.join("|", values) + ")").literals()).hasSize(5_000);
  }

  @Test
  void knowsPrefixes() {
    assertThat(shape("api-.+").prefix()).isEqualTo("api-");
    assertThat(shape("(api|apex).*").prefix()).isEqualTo("ap");
    assertThat(shape("node_[a-z]+_total").prefix()).isEqualTo("node_");
    assertThat(shape("(?i)api.*").prefix()).isEmpty();
    assertThat(shape(".*x").prefix()).isEmpty();
    // Of two emoji that differ in their second half nothing is left.
    assertThat(shape("\ud83d\ude00|\ud83d\ude01").prefix()).isEmpty();
  }

  @Test
  void knowsWhatMatchesEverything() {
    assertThat(shape(".*").matchesEverything()).isTrue();
    assertThat(shape("a|.*").matchesEverything()).isTrue();
    assertThat(shape("(.*)").matchesEverything()).isTrue();
    assertThat(shape(".+").matchesEverything()).isFalse();
    assertThat(shape(".+").matchesNonEmpty()).isTrue();
    assertThat(shape(".+|").matchesNonEmpty()).isFalse();
    assertThat(shape("\\w*").matchesEverything()).isFalse();
  }

  @Test
  void neverDisagreesWithTheExpression() {
    String[] atoms = {
      "a",
      "b",
      "ab",
      ".",
      ".*",
      ".+",
      ".*?",
      "[ab]",
      "[^a]",
      "[a-c]",
      "[]a]",
      "[a-]",
      "[^]]",
      "\\d",
      "\\w",
      "\\.",
      "\\-",
      "(a|b)",
      "(?:b|c|)",
      "(",
      ")",
      "|",
      "^",
      "$",
      "?",
      "*",
      "+",
      "{2}",
      "{0,2}",
      "{1,}",
      "{,2}",
      "{",
      "}",
      "]",
      "\u00e9",
      "\ud83d\ude00",
      "k",
      "S",
      "\\Qa.\\E",
      "\\x41",
      "\\b",
      "\\n",
      "\n",
      "(?i)",
      "(?s)",
      "(?i:a)",
      "[[:alpha:]]",
      "[\\d-]",
      "[a\\-c]",
      "[+--]",
      "{01}",
      "\\pL",
      "1"
    };
    String[] pieces = {
      "a",
      "b",
      "c",
      "ab",
      "",
      ".",
      "-",
      "]",
      "\u00e9",
      "\ud83d\ude00",
      "k",
      "K",
      "\u212a",
      "s",
      "S",
      "\u017f",
      "A",
      "\n",
      "1",
      "{",
      "}",
      "x",
      "2"
    };
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int compiled = 0;
    for (int round = 0; round < 60_000; round++) {
      StringBuilder text = new StringBuilder(random.nextInt(12) == 0 ? "(?i)" : "");
      for (int i = random.nextInt(7); i >= 0; i--) {
        text.append(atoms[random.nextInt(atoms.length)]);
      }
      Regex regex;
      try {
        regex = Regex.compile(text.toString());
      } catch (PatternSyntaxException e) {
        continue;
      }
      compiled++;
      RegexShape shape = RegexShape.of(regex);
      Set<String> literals = shape.literals();
      for (int j = 0; j < 12; j++) {
        StringBuilder b = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
          b.append(pieces[random.nextInt(pieces.length)]);
        }
        String value = b.toString();
        boolean matches = regex.matches(value);
        String at = "seed " + seed + ", " + regex + " on \"" + value + "\", shape " + shape;
        assertThat(shape.test(value)).as(at).isEqualTo(matches);
        if (literals != null) {
          assertThat(literals.contains(value)).as(at).isEqualTo(matches);
        }
        if (matches) {
          assertThat(value).as(at).startsWith(shape.prefix());
        }
        if (shape.matchesEverything()) {
          assertThat(matches).as(at).isTrue();
        }
        if (shape.matchesNonEmpty()) {
          assertThat(matches).as(at).isEqualTo(!value.isEmpty());
        }
      }
      if (literals != null) {
        for (String literal : literals) {
          assertThat(regex.matches(literal)).as("seed %d, %s, %s", seed, regex, shape).isTrue();
        }
      }
    }
    assertThat(compiled).isGreaterThan(10_000);
  }

  @Test
  void survivesExpressionsThatWouldExpandWithoutBound() {
    assertThat(shape("(a|b){0,16}(c|d){0,16}(e|f){0,16}").test("abcdef")).isTrue();
    assertThat(shape("((a{0,9}){0,9}){0,9}").test("aaaa")).isTrue();
    assertThat(shape("(".repeat(200) + "a" + ")".repeat(200)).test("a")).isTrue();
    assertThat(shape("[a-p]".repeat(30)).test("a".repeat(30))).isTrue();
    assertThat(shape(".*a".repeat(300)).test("a".repeat(299))).isFalse();
  }
}
