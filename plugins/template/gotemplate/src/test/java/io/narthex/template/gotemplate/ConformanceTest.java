package io.narthex.template.gotemplate;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.template.TemplateException;
import io.narthex.template.gotemplate.value.GoText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The cases that stand in files, with the output or the error that Go gives. */
class ConformanceTest {
  /** A line of a file. */
  record Case(
      int line, String data, String missing, String kind, String text, boolean error, String want) {
    static Case read(int number, String line) {
      String[] head = line.split(" ", 4);
      int end = endOfQuoted(head[3]);
      String result = head[3].substring(end + 1);
      return new Case(
          number,
          head[0],
          head[1],
          head[2],
          unquoted(head[3].substring(0, end)),
          result.startsWith("! "),
          unquoted(result.substring(2)));
    }

    private static int endOfQuoted(String text) {
      int at = 1;
      while (text.charAt(at) != '"') {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
      return at + 1;
    }

    private static String unquoted(String quoted) {
      return Objects.requireNonNull(GoText.unquote(quoted), quoted);
    }

    void check() {
      String got;
      boolean failed = false;
      try {
        got = Oracle.expand(data, missing, kind, text);
      } catch (TemplateException e) {
        got = String.valueOf(e.getMessage());
        failed = true;
      }
      assertThat((failed ? "! " : "= ") + got).as(text).isEqualTo((error ? "! " : "= ") + want);
    }
  }

  static List<Case> read(String name) throws IOException {
    List<Case> cases = new ArrayList<>();
    try (InputStream in = ConformanceTest.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
      List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).isEmpty() && lines.get(i).charAt(0) != '#') {
          cases.add(Case.read(i + 1, lines.get(i)));
        }
      }
    }
    return cases;
  }

  private static Stream<DynamicTest> tests(String name) throws IOException {
    return read(name).stream()
        .map(c -> DynamicTest.dynamicTest(name + ":" + c.line() + " " + c.text(), c::check));
  }

  @TestFactory
  Stream<DynamicTest> textTemplatesGiveWhatGoGives() throws IOException {
    return tests("text.txt");
  }

  @TestFactory
  Stream<DynamicTest> textTemplatesGiveWhatLaterVersionsOfGoGive() throws IOException {
    return tests("text-later.txt");
  }

  @TestFactory
  Stream<DynamicTest> htmlTemplatesGiveWhatGoGives() throws IOException {
    return Stream.concat(tests("html.txt"), tests("html-later.txt"));
  }

  @TestFactory
  Stream<DynamicTest> functionsGiveWhatPrometheusAndTheAlertmanagerGive() throws IOException {
    return tests("functions.txt");
  }
}
