package io.narthex.web.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks the files themselves, as no compiler looks at them. */
class AssetsTest {
  private static final Path ROOT = Path.of("src/main/resources/io/narthex/web/ui");

  /** What all files together may weigh on the wire. */
  private static final int MOST_COMPRESSED_BYTES = 60_000;

  private static final Pattern IMPORT =
      Pattern.compile("(?:from |import )'([^']+)'|import\\(['\"]?([^)'\"]+)");
  private static final Pattern JSDOC_IMPORT = Pattern.compile("\\{import\\([^)]*\\)");
  private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
  private static final Pattern CSS_URL = Pattern.compile("url\\(|@import");

  static Stream<String> scripts() {
    return Assets.NAMES.stream().filter(name -> name.endsWith(".js"));
  }

  static Stream<String> pages() {
    return Stream.of("query", "targets", "plugins");
  }

  @Test
  void namesExactlyTheFilesThatThereAre() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("assets"))) {
      assertThat(Assets.NAMES)
          .containsExactlyElementsOf(files.map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void importsOnlyWhatThereIs(String script) {
    assertThat(imports(script)).isSubsetOf(Assets.NAMES);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksOnlyToWhatThereIs(String page) {
    List<String> links =
        LINK.matcher(Assets.page(page)).results().map(match -> match.group(1)).toList();

    assertThat(links)
        .isNotEmpty()
        .allSatisfy(link -> {
          if (link.startsWith("assets/")) {
            assertThat(Assets.NAMES).contains(link.substring("assets/".length()));
          } else {
            assertThat(link).isIn("./", "#main");
          }
        });
  }

  @ParameterizedTest
  @MethodSource("pages")
  void preloadsEveryModuleThatAPageImportsInTheEnd(String page) {
    String script = page + ".js";
    Set<String> needed = new TreeSet<>();
    collect(script, needed);
    needed.remove(script);

    List<String> preloaded =
        Pattern.compile("<link rel=\"modulepreload\" href=\"assets/([^\"]+)\">")
            .matcher(Assets.page(page))
            .results()
            .map(match -> match.group(1))
            .toList();

    assertThat(preloaded).containsExactlyElementsOf(needed);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void hasNothingInlineThatTheSecurityPolicyForbids(String page) {
    assertThat(Assets.page(page))
        .doesNotContainPattern("<script(?![^>]*\\ssrc=)")
        .doesNotContain("<style")
        .doesNotContainPattern("\\son[a-z]+=")
        .doesNotContain(" style=")
        .doesNotContain("javascript:")
        .doesNotContain("http:", "https:");
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void makesNoMarkupAndNoCodeFromText(String script) {
    assertThat(text(script))
        .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")
        .doesNotContainPattern("\\beval\\(|new Function\\(|createContextualFragment|srcdoc");
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void asksNoOtherServer(String script) {
    assertThat(text(script)).doesNotContainPattern("['\"`]https?://");
  }

  @Test
  void loadsNothingFromTheStyleSheet() {
    assertThat(CSS_URL.matcher(text("narthex.css")).find()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--page", "--surface", "--ink", "--accent", "--grid", "--choice"})
  void givesEveryColourForLightAndForDark(String color) {
    assertThat(Pattern.compile("(?m)^  " + color + ": ").matcher(text("narthex.css")).results())
        .hasSize(2);
  }

  @Test
  void staysSmall() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String name : Assets.NAMES) {
      try (GZIPOutputStream out = new GZIPOutputStream(all)) {
        out.write(text(name).getBytes(UTF_8));
      }
    }

    assertThat(all.size()).isLessThan(MOST_COMPRESSED_BYTES);
  }

  private static void collect(String script, Set<String> found) {
    if (found.add(script)) {
      imports(script).forEach(next -> collect(next, found));
    }
  }

  private static Set<String> imports(String script) {
    // Imports in JSDoc are types: nothing loads them, but a reader follows them.
    String code = JSDOC_IMPORT.matcher(text(script)).replaceAll("");
    Set<String> found = new TreeSet<>();
    IMPORT
        .matcher(code)
        .results()
        .map(match -> match.group(1) != null ? match.group(1) : match.group(2))
        .forEach(target -> {
          assertThat(target).as("import in " + script).startsWith("./");
          found.add(target.substring(2));
        });
    return found;
  }

  private static String text(String name) {
    return new String(new Assets().find(name).orElseThrow().content(), UTF_8);
  }
}
