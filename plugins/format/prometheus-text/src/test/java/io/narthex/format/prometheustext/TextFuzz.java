package io.narthex.format.prometheustext;

import io.narthex.api.Jazzer;
import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionFuzz;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Fuzzes the reader: the quick look and the close one must agree. */
public final class TextFuzz {
  static final Exposition.Reading[] WAYS = {
    (data, length, options) -> new TextReader(data, length, options, true),
    (data, length, options) -> new TextReader(data, length, options, false)
  };

  static final byte[] EXAMPLE =
      """
       # HELP a help \\n text
      # TYPE a histogram
      a_bucket{le="0.5",job="x\\"y"} 1.5e3 1234
        a_bucket{le="+Inf" other="",}\tNaN 5\s

      # TYPE "quoted.name" counter
      {"quoted.name","l.x"="v",b="c"} -0.25
      { "l.x" = "ö" , "quoted.name" } 1
      plain 17 99
      a_bucket{__type__="x",__unit__="y"}5\
      """
          .getBytes(StandardCharsets.UTF_8);

  private TextFuzz() {}

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
    Jazzer.run(TextFuzz.class, ExpositionFuzz.inputs(List.of(EXAMPLE)), 4096, args);
  }
}
