package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narthex.kernel.config.Node.Mapping;
import io.narthex.kernel.config.Node.Scalar;
import io.narthex.kernel.config.Node.Sequence;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class YamlTest {
  private final Findings findings = new Findings();

  private Node read(String text) throws ConfigProblems {
    return Yaml.read(
        "f.yml", text.getBytes(StandardCharsets.UTF_8), Yaml.Limits.STANDARD, findings);
  }

  private String refusal(String text) {
    return catchThrowableOfType(ConfigProblems.class, () -> read(text)).getMessage();
  }

  private static Node at(Node node, String... path) {
    return Trees.find(node, List.of(path));
  }

  @Test
  void knowsThePlaceOfKeysAndValues() throws ConfigProblems {
    Mapping root = (Mapping) read("a: 1\nb:\n  - x: y\n  -  z\n");
    assertThat(root.find("b").mark()).hasToString("f.yml:2:1");
    Sequence items = (Sequence) root.find("b").value();
    assertThat(items.items().get(0).mark()).hasToString("f.yml:3:5");
    assertThat(((Mapping) items.items().get(0)).find("x").value().mark()).hasToString("f.yml:3:8");
    assertThat(items.items().get(1).mark()).hasToString("f.yml:4:6");
  }

  @Test
  void expandsAliases() throws ConfigProblems {
    Node root = read("a: &x {k: v}\nb: *x\nc: [*x, *x]\n");
    assertThat(((Scalar) at(root, "b", "k")).text()).isEqualTo("v");
    assertThat(((Sequence) at(root, "c")).items()).hasSize(2);
  }

  @Test
  void appliesMergeKeysBelowOwnKeysAndEarlierOnesFirst() throws ConfigProblems {
    Node root =
        read(
            "a: &a {k: a, m: a, n: a}\nb: &b {m: b, n: b, o: b}\nc:\n  <<: [*b, *a]\n  n: own\n"
                + "d:\n  n: own\n  <<: *a\n");
    assertThat(((Scalar) at(root, "c", "k")).text()).isEqualTo("a");
    assertThat(((Scalar) at(root, "c", "m")).text()).isEqualTo("b");
    assertThat(((Scalar) at(root, "c", "n")).text()).isEqualTo("own");
    assertThat(((Scalar) at(root, "d", "n")).text()).isEqualTo("own");
    assertThat(((Mapping) at(root, "d")).entries()).hasSize(3);
  }

  @Test
  void refusesToMergeWhatIsNoMapping() {
    assertThat(refusal("a:\n  <<: 3\n"))
        .isEqualTo("f.yml:2:3: map merge requires map or sequence of maps as the value");
    assertThat(refusal("a:\n  <<: [{b: c}, d]\n")).contains("map merge requires");
  }

  @Test
  void readsAQuotedMergeKeyAsAKey() throws ConfigProblems {
    assertThat(at(read("a: {'<<': b}"), "a", "<<")).isNotNull();
  }

  @Test
  void refusesAnAnchorThatContainsItself() {
    assertThat(refusal("a: &a\n  b: *a\n"))
        .isEqualTo("f.yml:2:6: cannot read YAML: anchor value contains itself");
    assertThat(refusal("a: &a [*a]\n")).contains("contains itself");
  }

  @Test
  @Timeout(20)
  void refusesABillionLaughs() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [lol, lol, lol]\n");
    for (int i = 1; i < 30; i++) {
      String ref = "*a" + (i - 1);
      bomb.append("a" + i + ": &a" + i + " [" + (ref + ", ").repeat(8) + ref + "]\n");
    }
    assertThat(refusal(bomb.toString()))
        .startsWith("f.yml:7:")
        .contains("document contains excessive aliasing");
  }

  @Test
  @Timeout(20)
  void refusesABombOfMergeKeys() {
    StringBuilder bomb = new StringBuilder("a0: &a0 {");
    for (int i = 0; i < 1000; i++) {
      bomb.append("k" + i + ": v, ");
    }
    bomb.append("}\n");
    for (int i = 1; i < 2000; i++) {
      bomb.append("a" + i + ": {<<: [" + "*a0, ".repeat(20) + "]}\n");
    }
    assertThat(refusal(bomb.toString())).contains("document contains excessive aliasing");
  }

  @Test
  @Timeout(20)
  void refusesDeepNestingWithoutOverflowingTheStack() {
    assertThat(refusal("a: " + "[".repeat(100_000)))
        .contains("nested too deeply; want 100 levels at most");
    assertThat(refusal("{a: ".repeat(100_000))).contains("nested too deeply");
    StringBuilder block = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      block.append(" ".repeat(i)).append("k:\n");
    }
    assertThat(refusal(block.toString())).contains("nested too deeply");
  }

  @Test
  @Timeout(60)
  void readsTenMegabytes() throws ConfigProblems {
    StringBuilder big = new StringBuilder("targets:\n");
    while (big.length() < 10_000_000) {
      big.append("  - host-").append(big.length()).append(".example.com:9100\n");
    }
    assertThat(((Sequence) at(read(big.toString()), "targets")).items())
        .hasSizeGreaterThan(200_000);
  }

  @Test
  void refusesAFileThatIsTooLarge() {
    Yaml.Limits small = new Yaml.Limits(10, 100, 100, 100);
    ConfigProblems e =
        catchThrowableOfType(
            ConfigProblems.class, () -> Yaml.read("f.yml", new byte[11], small, findings));
    assertThat(e)
        .hasMessage("f.yml: cannot read YAML: file too large; got 11 bytes, want 10 at most");
  }

  @Test
  void refusesTooManyNodes() {
    Yaml.Limits small = new Yaml.Limits(1000, 100, 10, 10);
    ConfigProblems e =
        catchThrowableOfType(
            ConfigProblems.class,
            () -> Yaml.read("f.yml", "[" + "a, ".repeat(20) + "]", small, findings));
    assertThat(e).hasMessageContaining("too many keys and values; want 10 at most");
  }

  @Test
  void saysWhereTheSyntaxIsBroken() {
    assertThat(refusal("a:\n  b: c: d\n"))
        .startsWith("f.yml:2:7: cannot read YAML: mapping values are not allowed in this context");
    assertThat(refusal("a: [1, 2\n")).startsWith("f.yml:2:1: cannot read YAML: ");
    assertThat(refusal("a: \"x\n")).startsWith("f.yml:2:1: cannot read YAML: ");
    assertThat(refusal("a: b\n\tc: d\n")).startsWith("f.yml:2:");
    assertThat(refusal("? [a]\n: b\n"))
        .isEqualTo("f.yml:1:3: cannot read YAML: a key must be a scalar");
    for (String escape : List.of("\\x", "\\UFFFFFFFF\"", "\\U00110000\"", "\\u12")) {
      assertThat(refusal("a: b\nc: \"" + escape))
          .startsWith("f.yml:2:")
          .contains("cannot read YAML: ");
    }
    assertThat(refusal("a: b\nc: \"\\x"))
        .isEqualTo(
            "f.yml:2:1: cannot read YAML: behind this stands \\x, \\u or \\U without the number of"
                + " a character");
  }

  @Test
  void letsTabsSeparate() throws ConfigProblems {
    Node root =
        read("a:\tx\nb: \t'y'\t# c\nc:\t\n  d: [1]\t\n'e'\t: z\nf: |\t\n  t\ttext\nüé😀:\t&x\tv\n");
    assertThat(((Scalar) at(root, "a")).text()).isEqualTo("x");
    assertThat(((Scalar) at(root, "b")).text()).isEqualTo("y");
    assertThat(at(root, "b").mark()).hasToString("f.yml:2:5");
    assertThat(((Sequence) at(root, "c", "d")).items()).hasSize(1);
    assertThat(((Scalar) at(root, "e")).text()).isEqualTo("z");
    assertThat(((Scalar) at(root, "f")).text()).isEqualTo("t\ttext\n");
    assertThat(((Scalar) at(root, "üé😀")).text()).isEqualTo("v");
  }

  @Test
  void refusesTabsThatIndent() {
    for (String text : List.of("a:\n\tb: c\n", "a:\n  \tb: c\n", "a:\n  -\tb: c\n", "\t# x\n")) {
      assertThat(refusal(text)).as(text).contains("cannot start any token; indent by spaces");
    }
  }

  @Test
  void takesAValueWithATagOfItsOwnAsAString() throws ConfigProblems {
    assertThat(((Scalar) at(read("a: !foo 5"), "a")).kind()).isEqualTo(Node.Kind.STRING);
    assertThat(((Scalar) at(read("a: ! yes"), "a")).text()).isEqualTo("yes");
  }

  @Test
  @Timeout(60)
  void doesNotMendTabsForEver() {
    String tabs = "a:\tb\n".repeat(50_000);
    assertThat(catchThrowableOfType(ConfigProblems.class, () -> read(tabs))).isNotNull();
  }

  @Test
  void refusesWhatIsNoText() {
    ConfigProblems e =
        catchThrowableOfType(
            ConfigProblems.class,
            () ->
                Yaml.read(
                    "f.yml",
                    new byte[] {'a', '\n', 'b', (byte) 0xff},
                    Yaml.Limits.STANDARD,
                    findings));
    assertThat(e).hasMessage("f.yml:2:2: cannot read YAML: invalid UTF-8 octet");
    assertThat(refusal("a: b\nc: \u0001\n"))
        .isEqualTo("f.yml:2:4: cannot read YAML: control characters are not allowed");
  }

  @Test
  void readsByteOrderMarksAndUtf16() throws ConfigProblems {
    for (byte[] content :
        List.of(
            "\ufeffa: ü\n".getBytes(StandardCharsets.UTF_8),
            "\ufeffa: ü\n".getBytes(StandardCharsets.UTF_16BE),
            "\ufeffa: ü\n".getBytes(StandardCharsets.UTF_16LE))) {
      Node root = Yaml.read("f.yml", content, Yaml.Limits.STANDARD, findings);
      assertThat(((Scalar) at(root, "a")).text()).isEqualTo("ü");
    }
  }

  @Test
  void quotesNothingThatMayBeASecret() {
    for (String text :
        List.of(
            "password: *hunter2",
            "password: !hunter2!x y",
            "password: @hunter2",
            "password: `hunter2",
            "password: %hunter2",
            "password: hunter2: x",
            "password: \"hunter2",
            "password: \"hunter2\\q\"",
            "password: 'hunter2",
            "password: 'a'hunter2",
            "password: {hunter2",
            "password: [hunter2",
            "password: |hunter2",
            "password: >hunter2",
            "password: &hunter2 &hunter2 a")) {
      assertThat(refusal(text + "\n")).as(text).doesNotContain("hunter2").startsWith("f.yml:");
    }
  }

  @Test
  void readsTheFirstDocumentOnlyAndWarns() throws ConfigProblems {
    assertThat(((Mapping) read("a: 1\n---\nb: 2\n")).entries()).hasSize(1);
    assertThat(findings.warnings())
        .extracting(Problem::toString)
        .containsExactly("f.yml:2:1: only the first document of the file is read");
    assertThat(((Mapping) read("---\na: 1\n...\n")).entries()).hasSize(1);
    assertThat(((Mapping) read("a: 1\n---\n{ broken\n")).entries()).hasSize(1);
  }

  @Test
  void takesAnEmptyFileAsAnEmptyMapping() throws ConfigProblems {
    for (String text : List.of("", "\n", "# nothing\n", "---\n", "--- ~\n")) {
      Node root = read(text);
      assertThat(root instanceof Mapping m ? m.entries().isEmpty() : Node.isNull(root))
          .as(text)
          .isTrue();
    }
  }

  @Test
  void decodesBinary() throws ConfigProblems {
    assertThat(((Scalar) at(read("a: !!binary aMO8\n"), "a")).text()).isEqualTo("hü");
    assertThat(refusal("a:\n  b: !!binary \"/w==$1\"\n"))
        .isEqualTo("f.yml:2:6: !!binary value contains invalid base64 data");
    Scalar bytes = (Scalar) at(read("a: !!binary \"/2E=\"\n"), "a");
    assertThat(new Problem(Mark.of("x"), "", "got " + bytes.text())).hasToString("x: got \\xffa");
  }

  @Test
  void keepsNoValueInTheTextOfANode() throws ConfigProblems {
    assertThat(read("a: [hunter2]").toString()).doesNotContain("hunter2");
    assertThat(at(read("a: hunter2"), "a").toString()).doesNotContain("hunter2");
  }

  @Test
  @Timeout(60)
  void neverFailsOtherwiseThanByAProblem() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "abc:- \n\t[]{}#&*!|>'\"\"%@`?,<<~01.\\\\xuUF\u0000é";
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (System.nanoTime() < end) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(60);
      for (int i = 0; i < length; i++) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        read(text.toString());
      } catch (ConfigProblems e) {
        assertThat(e.problems()).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", text:\n" + text, e);
      }
    }
  }
}
