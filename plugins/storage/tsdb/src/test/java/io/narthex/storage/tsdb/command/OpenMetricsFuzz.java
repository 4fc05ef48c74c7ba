package io.narthex.storage.tsdb.command;

import io.narthex.storage.tsdb.Fuzz;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Fuzzes the reader of OpenMetrics: samples or its own error, and both the same however the input
 * is cut. The first byte says how.
 */
public final class OpenMetricsFuzz {
  private OpenMetricsFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] text = Fuzz.rest(input);
    Fuzz.decode(
        text.length,
        () -> {
          String cut = read(text, 1 + (input[0] & 0xff));
          String whole = read(text, text.length + 100);
          if (!cut.equals(whole)) {
            throw new AssertionError("in pieces " + cut + ", as a whole " + whole);
          }
        });
  }

  private static String read(byte[] text, int size) throws Exception {
    SeriesTable table = new SeriesTable(Map.of());
    OpenMetricsReader reader =
        new OpenMetricsReader(Channels.newChannel(new ByteArrayInputStream(text)), table, size);
    int samples = 0;
    long sum = 0;
    try {
      while (reader.next()) {
        samples++;
        int series = reader.series();
        sum = 31 * sum + Double.doubleToLongBits(reader.value()) + 7 * reader.time() + series;
        if (series < 0) {
          table.problem(series);
        } else {
          sum += table.labelCount(series);
        }
      }
      return samples + " samples, " + sum;
    } catch (OpenMetricsException e) {
      return samples + " samples, " + sum + ", " + e.getMessage();
    }
  }

  /** Texts with all that the grammar has. */
  public static List<byte[]> seeds() {
    return List.of(
        Fuzz.seed(
            """
            # HELP a What it is \\n.
            # TYPE a counter
            # UNIT a_seconds seconds
            a_total{b="c",d="e\\"f\\\\"} 1 1700000000
            a_total{b="c",d="e\\"f\\\\"} 1.5 1700000015.25 # {t="u"} 0.5 1700000000
            {"a b",c="d"} +Inf 1700000000
            # TYPE h histogram
            h_bucket{le="1.0"} 1e10 1
            h_bucket{le="1.0"} -2 2
            # TYPE s summary
            s{quantile="0.50"} NaN 1
            # EOF
            """
                .getBytes(StandardCharsets.UTF_8)),
        Fuzz.seed("a 1 1\na 2 2\na 3 3\n# EOF".getBytes(StandardCharsets.UTF_8)));
  }
}
