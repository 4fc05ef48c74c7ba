package io.narthex.storage.tsdb.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenMetricsReaderTest {
  private final SeriesTable table = new SeriesTable(Map.of());

  private OpenMetricsReader reader(String text, int size) {
    return new OpenMetricsReader(
        Channels.newChannel(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))),
        table,
        size);
  }

  /** All samples as text: labels, bits of the value, time. */
  private List<String> read(String text, int size) throws Exception {
    OpenMetricsReader reader = reader(text, size);
    List<String> out = new ArrayList<>();
    while (reader.next()) {
      out.add(sample(reader.series(), reader.value(), reader.time()));
    }
    return out;
  }

  private String sample(int series, double value, long time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < table.labelCount(series); i++) {
      out.append(new String(table.strings().get(table.name(series, i)), StandardCharsets.UTF_8))
          .append('=')
          .append(new String(table.strings().get(table.value(series, i)), StandardCharsets.UTF_8))
          .append(',');
    }
    return out + " " + Double.doubleToRawLongBits(value) + " " + time;
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void givesWhatTheGrammarAloneGivesWhateverTheOrderAndTheCuts(long seed) throws Exception {
    Random random = new Random(seed);
    String text = text(random);
    List<String> expected = new ArrayList<>();
    OpenMetricsEntry entry = new OpenMetricsEntry();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int at = 0;
    OpenMetricsEntry.Kind kind;
    while ((kind = entry.read(bytes, at, bytes.length, true)) != OpenMetricsEntry.Kind.END) {
      if (kind == OpenMetricsEntry.Kind.SERIES) {
        int number = table.series(table.add(bytes, at, entry.seriesEnd(), entry));
        expected.add(sample(number, entry.value(), entry.time()));
      }
      at = entry.end();
    }
    for (int size : new int[] {1, 7, 100, 1000, 1 << 16}) {
      assertThat(read(text, size)).as("seed %d size %d", seed, size).isEqualTo(expected);
    }
  }

  /** Lines of some series, by series, by time, or mixed; most plain, some odd. */
  private static String text(Random random) {
    String[] series = {
      "a",
      "a_longer_name",
      "a{}",
      "a{b=\"c\"}",
      "a{b=\"c\",}",
      "a{b=\"c\",d=\"e\"}",
      "a{d=\"e\",b=\"c\"}",
      "a{x=\"} \\\"{ 1 2\"}",
      "{\"a b\",c=\"d\"}",
      "h_bucket{le=\"1\"}",
      "h_bucket{le=\"1.0\"}",
      "s{quantile=\"0.50\"}",
      "u{v=\"\u00fc\u20ac\ud83d\ude00\"}",
      "long{v=\"" + "x".repeat(200) + "\"}"
    };
    String[] values = {
      "1",
      "-1",
      "0",
      "1.5",
      "-0",
      "123456789012345678",
      "1234567890123456789",
      "1e10",
      "+Inf",
      "NaN",
      "0.1",
      "12345678901.123456789",
      ".5",
      "5.",
      "0.000000000000000000000000000000000001"
    };
    String[] tails = {"", "", "", "", " # {t=\"u\"} 1", " # {} 1 2"};
    StringBuilder out = new StringBuilder();
    int order = random.nextInt(3);
    int lines = 300;
    for (int i = 0; i < lines; i++) {
      if (random.nextInt(40) == 0) {
        String type = new String[] {"histogram", "summary", "counter"}[random.nextInt(3)];
        out.append("# TYPE f ").append(type).append('\n');
      }
      int which =
          switch (order) {
            case 0 -> i * series.length / lines;
            case 1 -> i % series.length;
            default -> random.nextInt(series.length);
          };
      out.append(series[which]).append(' ').append(values[random.nextInt(values.length)]);
      out.append(' ').append(1_700_000_000 + i);
      out.append(random.nextBoolean() ? "." + random.nextInt(1000) : "");
      out.append(tails[random.nextInt(tails.length)]).append('\n');
    }
    return out + "# EOF\n";
  }

  @Test
  void writesBoundsAndQuantilesInOneFormWhereTheTypeSaysThatTheyAreNumbers() throws Exception {
    assertThat(
            read(
                """
                x{le="1"} 1 1
                # TYPE x histogram
                x{le="1"} 1 1
                x{le="+Inf"} 1 1
                x{le="10000000"} 1 1
                x{quantile="1"} 1 1
                # TYPE x summary
                x{quantile="1"} 1 1
                # EOF
                """,
                100))
        .extracting(line -> line.substring("__name__=".length(), line.indexOf(' ')))
        .containsExactly(
            "x,le=1,",
            "x,le=1.0,",
            "x,le=+Inf,",
            "x,le=1e+07,",
            "x,quantile=1,",
            "x,quantile=1.0,");
  }

  @Test
  void oneSeriesHasManyTexts() throws Exception {
    read(
        "a{b=\"c\",d=\"e\"} 1 1\n"
            + "a{d=\"e\",b=\"c\",} 1 2\n"
            + "{\"a\",\"d\"=\"e\",b=\"c\",f=\"\"} 1 3\n"
            + "# EOF",
        50);

    assertThat(table.count()).isEqualTo(1);
  }

  @Test
  void wantsTimes() {
    assertThatThrownBy(() -> read("a 1 1\na 1\n# EOF\n", 100))
        .isInstanceOf(OpenMetricsException.class)
        .hasMessage("expected timestamp for series got none");
  }

  @Test
  void cutsTimesAsUpstreamDoes() throws Exception {
    List<String> times = read("a 1 1700006400.137\na 1 0.0019999\na 1 -1.5\na 1 1e3\n# EOF", 100);

    assertThat(times)
        .extracting(line -> line.substring(line.lastIndexOf(' ') + 1))
        .containsExactly("1700006400137", "1", "-1500", "1000000");
  }
}
