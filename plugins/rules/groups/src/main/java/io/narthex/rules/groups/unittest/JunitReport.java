package io.narthex.rules.groups.unittest;

import java.util.ArrayList;
import java.util.List;

/**
 * Results in the XML that JUnit made common, in the form of Prometheus's tool: a suite for each
 * file, a case for each test in it. Used by one thread.
 */
public final class JunitReport {
  private final List<Suite> suites = new ArrayList<>();

  /** Makes an empty one. */
  public JunitReport() {}

  /** A suite. Used by one thread. */
  static final class Suite {
    private final String name;
    private String timestamp = "";
    private final List<Case> cases = new ArrayList<>();

    private Suite(String name) {
      this.name = name;
    }

    /** When its tests began. */
    void began(String at) {
      timestamp = at;
    }

    /** A test that was run. */
    void ran(String test, List<String> failures) {
      cases.add(new Case(test, List.copyOf(failures), ""));
    }

    /** No test could be run. */
    void aborted(String error) {
      cases.add(new Case("unknown", List.of(), error));
    }

    private void write(StringBuilder out) {
      int failures = cases.stream().mapToInt(one -> one.failures.size()).sum();
      long errors = cases.stream().filter(one -> !one.error.isEmpty()).count();
      out.append("<testsuite name=\"");
      escape(name, out);
      out.append("\" tests=\"").append(cases.size());
      out.append("\" failures=\"").append(failures);
      out.append("\" errors=\"").append(errors);
      out.append("\" skipped=\"0\" timestamp=\"").append(timestamp).append("\">");
      for (Case one : cases) {
        out.append("<testcase name=\"");
        escape(one.name, out);
        out.append("\">");
        one.failures.forEach(failure -> element("failure", failure, out));
        if (!one.error.isEmpty()) {
          element("error", one.error, out);
        }
        out.append("</testcase>");
      }
      out.append("</testsuite>");
    }
  }

  private record Case(String name, List<String> failures, String error) {}

  /** A suite to be filled. */
  Suite suite(String name) {
    Suite suite = new Suite(name);
    suites.add(suite);
    return suite;
  }

  /** The whole report. */
  public String xml() {
    StringBuilder out = new StringBuilder("<testsuites>");
    suites.forEach(suite -> suite.write(out));
    return out.append("</testsuites>").toString();
  }

  private static void element(String name, String text, StringBuilder out) {
    out.append('<').append(name).append('>');
    escape(text, out);
    out.append("</").append(name).append('>');
  }

  /** As Go escapes text; characters that XML has no way to write become U+FFFD. */
  private static void escape(String text, StringBuilder out) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      switch (c) {
        case '"' -> out.append("&#34;");
        case '\'' -> out.append("&#39;");
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '\t' -> out.append("&#x9;");
        case '\n' -> out.append("&#xA;");
        case '\r' -> out.append("&#xD;");
        default -> {
          boolean known = c >= 0x20 && !(c >= 0xd800 && c < 0xe000) && c != 0xfffe && c != 0xffff;
          out.appendCodePoint(known ? c : 0xfffd);
        }
      }
    }
  }
}
