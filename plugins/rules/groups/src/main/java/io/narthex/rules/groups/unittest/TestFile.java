package io.narthex.rules.groups.unittest;

import io.narthex.api.config.ShownType;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A file of unit tests as it is written.
 *
 * @param ruleFiles files with the rules to be tested, relative to this file; may have wildcards
 * @param evaluationInterval between evaluations of all groups; zero for a minute
 * @param groupEvalOrder names of groups in the order of their evaluation
 * @param tests the tests
 * @param fuzzyCompare whether values that differ in their last bit are the same
 */
@ShownType("main.unitTestFile")
record TestFile(
    List<String> ruleFiles,
    Duration evaluationInterval,
    List<String> groupEvalOrder,
    List<TestGroup> tests,
    boolean fuzzyCompare) {

  /**
   * Series, and what must come of them.
   *
   * @param interval between samples of the series; zero for the evaluation interval
   * @param inputSeries the series
   * @param alertRuleTest which alerts must fire
   * @param promqlExprTest what expressions must give
   * @param externalLabels for templates
   * @param externalUrl for templates
   * @param name in messages, and for {@code --run}
   * @param startTimestamp the time of the first sample and evaluation: seconds since the epoch, or
   *     RFC 3339; empty for the epoch
   */
  @ShownType("main.testGroup")
  record TestGroup(
      Duration interval,
      List<InputSeries> inputSeries,
      List<AlertCase> alertRuleTest,
      List<ExpressionCase> promqlExprTest,
      Map<String, String> externalLabels,
      String externalUrl,
      String name,
      String startTimestamp) {
    /** The last time that a case asks for. */
    Duration lastTime() {
      Duration last = Duration.ZERO;
      for (AlertCase one : alertRuleTest) {
        last = last.compareTo(one.evalTime) < 0 ? one.evalTime : last;
      }
      for (ExpressionCase one : promqlExprTest) {
        last = last.compareTo(one.evalTime) < 0 ? one.evalTime : last;
      }
      return last;
    }
  }

  /**
   * A series.
   *
   * @param series name and labels
   * @param values in the notation of the query engine
   */
  @ShownType("main.series")
  record InputSeries(String series, String values) {}

  /**
   * Which alerts of a name must fire.
   *
   * @param evalTime when, from the start
   * @param alertname their name
   * @param expAlerts all of them
   */
  @ShownType("main.alertTestCase")
  record AlertCase(Duration evalTime, String alertname, List<ExpectedAlert> expAlerts) {}

  /**
   * An alert that must fire.
   *
   * @param expLabels all but its name
   * @param expAnnotations all of them
   */
  @ShownType("main.alert")
  record ExpectedAlert(Map<String, String> expLabels, Map<String, String> expAnnotations) {}

  /**
   * What an expression must give.
   *
   * @param expr the expression
   * @param evalTime when, from the start
   * @param expSamples all of its samples
   */
  @ShownType("main.promqlTestCase")
  record ExpressionCase(String expr, Duration evalTime, List<ExpectedSample> expSamples) {}

  /**
   * A sample that an expression must give.
   *
   * @param labels its name and labels
   * @param value a number as YAML has it
   * @param histogram in the notation of the query engine; empty for a float
   */
  @ShownType("main.sample")
  record ExpectedSample(String labels, String value, String histogram) {}
}
