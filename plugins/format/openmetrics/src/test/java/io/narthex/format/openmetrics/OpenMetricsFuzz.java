package io.narthex.format.openmetrics;

import io.narthex.api.Jazzer;
import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionFuzz;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Fuzzes the reader: the quick look and the close one must agree. */
public final class OpenMetricsFuzz {
  static final Exposition.Reading[] WAYS = {
    (data, length, options) -> new OpenMetricsReader(data, length, options, true),
    (data, length, options) -> new OpenMetricsReader(data, length, options, false)
  };

  static final List<byte[]> EXAMPLES =
      Stream.of(
              """
              # HELP a_seconds help \\n "text" \\\\
              # TYPE a_seconds histogram
              # UNIT a_seconds seconds
              a_seconds_bucket{le="0.5",job="x\\"y"} 1.5e3 1234.5 # {id="x",b=""} 1 1
              a_seconds_bucket{le="+Inf",job=""} NaN # {} 4
              a_seconds_created{job="x\\"y"} 15.25
              # TYPE b summary
              b{quantile="1",c="d"} -Inf
              b_created{c="d"} 1520872607.123
              b_sum{c="d",} 0
              # EOF
              """,
              """
              # TYPE "quoted.name" counter
              {"quoted.name_total","l.x"="v",b="c"} -0.25 # {"e.x"="ö"} 2
              {"quoted.name_created","l.x"="v",b="c"} 7
              {"l.x"="v","quoted.name_total"} 1
              plain 17 99
              # EOF\
              """)
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .toList();

  private OpenMetricsFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    ExpositionFuzz.check(input, WAYS);
  }

  /**
   * Fuzzes with Jazzer.
   *
   * @param args seconds, and options of libFuzzer
   */
  public static void main(String[] args) throws Exception {
    Jazzer.run(OpenMetricsFuzz.class, ExpositionFuzz.inputs(EXAMPLES), 4096, args);
  }
}
