package io.narthex.storage.tsdb.postings;

import io.narthex.api.model.Regex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** An expression on 1,000 values, by its shape and by RE2/J. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class RegexShapeBenchmark {
  @Param({"host-1.*", ".*-7:9100", ".*st-2.*", "host-(12|13)[0-9]?:9100", "[a-z]+-5[0-9]*:9100"})
  private String expression = "";

  private Regex regex = Regex.compile("");
  private RegexShape shape = RegexShape.of(regex);
  private final String[] values = new String[1000];

  @Setup
  public void setUp() {
    regex = Regex.compile(expression);
    shape = RegexShape.of(regex);
    for (int i = 0; i < values.length; i++) {
      values[i] = "host-" + i + ":9100";
    }
  }

  @Benchmark
  public int byShape() {
    int n = 0;
    for (String value : values) {
      n += shape.test(value) ? 1 : 0;
    }
    return n;
  }

  @Benchmark
  public int byExpression() {
    int n = 0;
    for (String value : values) {
      n += regex.matches(value) ? 1 : 0;
    }
    return n;
  }

  @Benchmark
  public RegexShape analyse() {
    return RegexShape.of(regex);
  }
}
