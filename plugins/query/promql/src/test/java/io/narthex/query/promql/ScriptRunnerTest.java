package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.query.promql.script.ScriptReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A runner that lets everything pass would pass every other test. */
class ScriptRunnerTest {
  private static final String LOAD =
      """
      load 1m
        m{i="1"} 1 2 3
        m{i="2"} 2 3 4
        h {{schema:0 sum:1 count:3 buckets:[1 2]}}

      """;

  private static ScriptReport run(String script) {
    return Engines.scripts().run(script);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Values.
        "eval instant at 0 m\n m{i=\"1\"} 1\n m{i=\"2\"} 2.00001",
        "eval instant at 0 m{i=\"1\"} * 0\n {i=\"1\"} 1e-300",
        "eval instant at 0 m{i=\"1\"} / 0\n {i=\"1\"} NaN",
        "eval instant at 0 1\n 2",
        "eval instant at 0 \"a\"\n expect string \"b\"",
        "eval range from 0 to 2m step 1m m{i=\"1\"}\n m{i=\"1\"} 1 2 4",
        "eval instant at 0 h\n h {{schema:0 sum:1 count:3 buckets:[2 1]}}",
        "eval instant at 0 h\n h {{schema:0 sum:1 count:3 buckets:[1 2] offset:1}}",
        "eval instant at 0 h\n h {{schema:1 sum:1 count:3 buckets:[1 2]}}",
        "eval instant at 0 h\n h {{sum:1 count:3 buckets:[1 2] counter_reset_hint:gauge}}",
        "eval instant at 0 h\n h {{sum:1 count:3 buckets:[1 2] z_bucket_w:1}}",
        // Series.
        "eval instant at 0 m\n m{i=\"1\"} 1",
        "eval instant at 0 m{i=\"1\"}\n m{i=\"1\"} 1\n m{i=\"2\"} 2",
        "eval instant at 0 m",
        "eval instant at 0 nothing\n {} 1",
        "eval instant at 0 m{i=\"1\"}\n {i=\"1\"} 1",
        "eval instant at 0 h\n h 3",
        "eval instant at 0 m{i=\"1\"}\n m{i=\"1\"} {{count:1}}",
        // Times.
        "eval range from 0 to 1m step 1m m{i=\"1\"}\n m{i=\"1\"} 1",
        "eval range from 0 to 1m step 1m m{i=\"1\"}\n m{i=\"1\"} 1 2 3",
        "eval range from 0 to 1m step 1m m{i=\"1\"}\n m{i=\"1\"} _ 2",
        "eval range from 0 to 1m step 1m nothing\n nothing _ _",
        "eval instant at 1m m{i=\"1\"}[2m]\n expect range vector from 10s to 1m10s step 1m\n"
            + " m{i=\"1\"} 1 2",
        // Types.
        "eval instant at 0 1\n {} 1",
        "eval instant at 0 vector(1)\n 1",
        "eval instant at 0 \"a\"",
        "eval instant at 0 nothing\n expect string \"\"",
        "eval instant at 1m m[1m]\n m{i=\"1\"} 2\n m{i=\"2\"} 3",
        "eval range from 0 to 1m step 1m 1\n 1",
        // Order.
        "eval instant at 0 sort_desc(m)\n expect ordered\n m{i=\"1\"} 1\n m{i=\"2\"} 2",
        "eval range from 0 to 0 step 1m m{i=\"1\"}\n expect ordered\n m{i=\"1\"} 1",
        "eval range from 0 to 1m step 1m m{i=\"1\"}\n expect string \"\"\n m{i=\"1\"} 1 2",
        "eval_ordered instant at 0 sort_desc(m)\n m{i=\"1\"} 1\n m{i=\"2\"} 2",
        // Errors.
        "eval instant at 0 m + on () m",
        "eval instant at 0 1\n expect fail",
        "eval_fail instant at 0 1",
        "eval instant at 0 m + on () m\n expect fail msg: no",
        "eval instant at 0 m + on () m\n expect fail regex: ^on$",
        "eval_fail instant at 0 m + on () m\n expected_fail_message no",
        "eval_fail instant at 0 m + on () m\n expected_fail_regexp ^on$",
        // Remarks.
        "eval instant at 0 quantile(2, m)\n expect no_warn\n {} Inf",
        "eval instant at 0 quantile(2, m)\n expect warn msg: another\n {} Inf",
        "eval instant at 0 quantile(2, m)\n expect warn regex: ^quantile\n {} Inf",
        "eval instant at 0 quantile(2, m)\n expect warn\n expect warn regex: second\n {} Inf",
        "eval instant at 0 quantile(2, m)\n expect info\n {} Inf",
        "eval_warn instant at 0 1\n 1",
        "eval_info instant at 0 1\n 1",
        "eval instant at 0 1\n expect warn\n 1",
        "eval instant at 1m rate(m[2m])\n expect no_info\n {i=\"1\"} 1\n {i=\"2\"} 1",
      })
  void whatIsWrongFails(String eval) {
    ScriptReport report = run(LOAD + eval + "\n\neval instant at 0 1\n 1\n");
    assertThat(report.failures()).hasSize(1);
    assertThat(report.failures().getFirst()).startsWith("line 6: eval");
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.passed()).as("the script goes on").isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "load",
        "load five minutes\n m 1",
        "load_more 1m\n m 1",
        "load 1m\n m{ 1",
        "load 1m\n m{a!=\"b\"} 1",
        "load 1m\n m one",
        "load 1m\n m 1x",
        "load 1m\n m 1+x2",
        "load 1m\n m 1x99999999999",
        "load 1m\n m 0x1f",
        "load 1m\n m {a=\"b\"} 1",
        "load 1m\n m 1+-1x1",
        "load 1m\n m stalex2",
        "load 1m\n m {{sum:1",
        "load 1m\n m {{sum}}",
        "load 1m\n m {{sum:1 sum:2}}",
        "load 1m\n m {{size:1}}",
        "load 1m\n m {{schema:9}}",
        "load 1m\n m {{schema:0.5}}",
        "load 1m\n m {{counter_reset_hint:never}}",
        "load 1m\n m {{schema:1 count:1}}+{{count:1}}x2",
        "load 1m\n m@st -1m\n",
        "load 1m\n m@st -1m\n m@st -1m\n m 1",
        "load 1m\n m@st -1m\n n 1",
        "load 1m\n m@st -1m -1m\n m 1",
        "load 1m\n m@st soon\n m 1",
        "load 1m\n m@st -1m-1m\n m 1",
        "eval",
        "eval instant 1",
        "eval instant at soon 1",
        "eval instant at 0 1 +",
        "eval instant at 0 unknown(1)",
        "eval range from 1m to 0 step 1m 1",
        "eval range from 0 to 1m step 0 1",
        "eval_ordered range from 0 to 1m step 1m 1",
        "eval instant at 0 m\n m 1 2",
        "eval instant at 0 m\n m",
        "eval instant at 0 m\n m _",
        "eval instant at 0 m\n expect",
        "eval instant at 0 m\n expect rain",
        "eval instant at 0 m\n expect fail text: x",
        "eval instant at 0 m\n expect warn regex: (",
        "eval instant at 0 m\n expect fail\n expect fail",
        "eval instant at 0 m\n expect warn\n expect no_warn",
        "eval instant at 0 m\n expect no_info\n expect info",
        "eval instant at 0 m\n expect string unquoted",
        "eval instant at 0 m\n expect string",
        "eval instant at 0 m\n expect range vector from 0",
        "eval instant at 0 1\n 1\n 2",
      })
  void ofWhatIsNoScriptNothingPasses(String wrong) {
    ScriptReport report = run("eval instant at 0 1\n 1\n\n" + wrong + "\n");
    assertThat(report.passed()).isZero();
    int evals = wrong.matches("(?s)eval(_ordered)? (instant|range) .*") ? 2 : 1;
    assertThat(report.failed()).isEqualTo(evals);
    assertThat(report.failures()).hasSize(1);
    assertThat(report.failures().getFirst()).matches("(?s)line \\d+: .*");
  }

  @Test
  void aScriptWithoutEvalsThatCannotBeParsedFailsOnce() {
    assertThat(run("nonsense").failed()).isEqualTo(1);
    assertThat(run("").failed()).isZero();
  }

  @Test
  void saysWhichLineIsWrong() {
    assertThat(run("# a comment\n\nload 1m\n  a 1\n  b one\n").failures())
        .containsExactly(
            "line 5: 1:3: parse error: unexpected identifier \"one\" in series values, expected"
                + " number or \"stale\"");
    assertThat(run("\n\neval instant at 0 m\n  expect rain\n").failures().getFirst())
        .startsWith("line 4: invalid expect statement");
  }

  @Test
  void aNumberEndsAnEval() {
    ScriptReport report = run("eval instant at 0 1\n 1\neval instant at 0 2\n 2\n");
    assertThat(report.passed()).isEqualTo(2);
  }

  @Test
  void loadsReplaceSamplesOfTheSameTime() {
    assertThat(
            run("load 1m\n m 1 2\n\nload 1m\n m _ 3\n m _ 4\n\neval range from 0 to 1m step 1m m\n"
                    + " m 1 4\n")
                .failures())
        .isEmpty();
  }

  @Test
  void whatIsReadDoesNotDependOnHowItIsWritten() {
    assertThat(
            run("""
            LOAD 1m
              # no comment stands here, for it would end the load
            """)
                .failures())
        .isEmpty();
    assertThat(
            run("""
            load 1m
              a{x="}"}   0x3 Inf -inf+1x1 _x0 31
              b{x='#'} 1e3+1e-1x2 -1+1x1 1-1x1

            EVAL INSTANT AT 3m a
              a{x="}"} 0

            eval range from 0 to 7m step 1m a
              a{x="}"} 0x3 Inf -Inf -Inf 31

            eval range from 0 to 6m step 1m b
              b{x="#"} 1000 1000.1 1000.2 -1 0 1 0
            """)
                .failures())
        .isEmpty();
  }
}
