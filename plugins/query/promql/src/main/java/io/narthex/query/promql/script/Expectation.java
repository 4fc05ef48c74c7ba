package io.narthex.query.promql.script;

import io.narthex.api.model.Labels;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StringLiteral;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What must come of an evaluation. Filled line by line, then only read. */
final class Expectation {
  private static final Pattern EXPECT =
      Pattern.compile(
          "expect\\s+(ordered|fail|warn|no_warn|info|no_info)(?:\\s+(regex|msg):(.+))?");
  private static final Pattern RANGE_VECTOR =
      Pattern.compile("expect range vector\\s+from\\s+(\\S+)\\s+to\\s+(\\S+)\\s+step\\s+(\\S+)");
  private static final String RANGE_VECTOR_WORDS = "expect range vector";
  private static final String STRING_WORDS = "expect string";
  private static final String FAIL_MESSAGE = "expected_fail_message";
  private static final String FAIL_EXPRESSION = "expected_fail_regexp";

  /**
   * The points of a range vector.
   *
   * @param from milliseconds
   * @param to milliseconds, inclusive
   * @param step milliseconds
   */
  record Span(long from, long to, long step) {}

  /**
   * A series.
   *
   * @param items one for each step
   */
  record Expected(Labels labels, List<Item> items) {}

  private final boolean range;

  /** Whether the evaluation must fail. */
  boolean fail;

  /** With what, if that is said. */
  final List<Remark> failures = new ArrayList<>();

  /** Whether the order of the series counts. */
  boolean ordered;

  /** The old spelling: some warning, or some info, whichever. */
  boolean someWarning;

  boolean someInfo;

  final List<Remark> warnings = new ArrayList<>();
  final List<Remark> infos = new ArrayList<>();
  boolean noWarning;
  boolean noInfo;

  @Nullable String string;
  @Nullable Double scalar;
  @Nullable Span rangeVector;
  final List<Expected> series = new ArrayList<>();

  /**
   * Expects nothing yet.
   *
   * @param mode what stands behind {@code eval_}; empty for nothing
   * @param range whether it is for several times
   */
  Expectation(String mode, boolean range) {
    this.range = range;
    switch (mode) {
      case "fail" -> fail = true;
      case "warn" -> someWarning = true;
      case "info" -> someInfo = true;
      case "ordered" -> ordered = true;
      default -> {}
    }
  }

  /**
   * How many lines of a block belong to the eval that it begins with: a number and the old
   * spellings of an error's text end it, as they do upstream.
   */
  static int length(List<String> block) {
    for (int i = 1; i < block.size(); i++) {
      String line = block.get(i);
      if (line.startsWith(FAIL_MESSAGE) || line.startsWith(FAIL_EXPRESSION) || isNumber(line)) {
        return i + 1;
      }
    }
    return block.size();
  }

  /** Takes a line that stands under an eval. */
  void line(String line, PromqlParser parser) throws ScriptException {
    if (fail && line.startsWith(FAIL_MESSAGE)) {
      failures.add(Remark.message(line.substring(FAIL_MESSAGE.length())));
    } else if (fail && line.startsWith(FAIL_EXPRESSION)) {
      failures.add(Remark.expression(line.substring(FAIL_EXPRESSION.length())));
    } else if (line.startsWith(RANGE_VECTOR_WORDS)) {
      rangeVector(line);
    } else if (line.startsWith(STRING_WORDS)) {
      string(line.substring(STRING_WORDS.length()).trim(), parser);
    } else if (line.split("\\s", 2)[0].equals("expect")) {
      expect(line);
    } else if (isNumber(line)) {
      scalar = Numbers.parse(line);
    } else {
      try {
        SeriesLine parsed = SeriesLine.parse(line, parser);
        series(new Expected(parsed.labels(), parsed.items()));
      } catch (ParseException e) {
        throw new ScriptException(String.valueOf(e.getMessage()));
      }
    }
  }

  private static boolean isNumber(String line) {
    try {
      Numbers.parse(line);
      return true;
    } catch (ScriptException _) {
      return false;
    }
  }

  private void series(Expected line) throws ScriptException {
    if (!range && rangeVector == null && line.items().size() != 1) {
      throw new ScriptException(
          "expecting multiple values in instant evaluation not allowed. consider using 'expect"
              + " range vector' directive to enable a range vector result for an instant query");
    }
    if (!range && rangeVector == null && line.items().getFirst().omitted()) {
      throw new ScriptException("expecting no value in instant evaluation not allowed");
    }
    series.removeIf(before -> before.labels().equals(line.labels()));
    series.add(line);
  }

  private void rangeVector(String line) throws ScriptException {
    Matcher parts = RANGE_VECTOR.matcher(line);
    if (range || !parts.matches()) {
      throw new ScriptException("invalid range vector definition \"" + line + "\"");
    }
    rangeVector =
        new Span(
            Eval.duration("start timestamp", parts.group(1)),
            Eval.duration("end timestamp", parts.group(2)),
            Eval.duration("step", parts.group(3)));
  }

  private void string(String literal, PromqlParser parser) throws ScriptException {
    try {
      if (!literal.startsWith("'") && parser.parse(literal) instanceof StringLiteral parsed) {
        string = parsed.value();
        return;
      }
    } catch (ParseException _) {
      // Said below.
    }
    throw new ScriptException(
        "expected string literal not valid - check that the string is correctly quoted");
  }

  private void expect(String line) throws ScriptException {
    Matcher parts = EXPECT.matcher(line);
    if (!parts.matches()) {
      throw new ScriptException(
          "invalid expect statement, must match `expect <type> <match_type>: <string>` format");
    }
    Remark remark = Remark.ANY;
    if (parts.group(2) != null) {
      remark =
          parts.group(2).equals("msg")
              ? Remark.message(parts.group(3))
              : Remark.expression(parts.group(3));
    }
    switch (parts.group(1).toLowerCase(Locale.ROOT)) {
      case "ordered" -> ordered = true;
      case "fail" -> {
        if (!failures.isEmpty()) {
          throw new ScriptException(
              "invalid expect lines, multiple expect fail lines are not allowed");
        }
        fail = true;
        failures.add(remark);
      }
      case "warn" -> warnings.add(remark);
      case "info" -> infos.add(remark);
      case "no_warn" -> noWarning = true;
      default -> noInfo = true;
    }
    if (noWarning && !warnings.isEmpty()) {
      throw new ScriptException("invalid expect lines, warn and no_warn cannot be used together");
    }
    if (noInfo && !infos.isEmpty()) {
      throw new ScriptException("invalid expect lines, info and no_info cannot be used together");
    }
  }

  /** Whether the evaluation may also be done as one of several times. */
  boolean repeatableAsRange() {
    return !fail && !ordered && string == null && rangeVector == null;
  }

  /** What is wrong with how an evaluation failed; empty for nothing. */
  String checkFailure(String message) {
    if (!fail) {
      return "fails: " + message;
    }
    for (Remark failure : failures) {
      if (!failure.matches(message)) {
        return "fails with: " + message + "\n  want: " + failure;
      }
    }
    return "";
  }
}
