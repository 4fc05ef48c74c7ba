package io.narthex.format.openmetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.LineFormatContract;
import io.narthex.api.format.WrittenSeries;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;

class OpenMetricsContractTest extends LineFormatContract {
  @Override
  protected ExpositionFormat format() {
    return new OpenMetricsFormat();
  }

  @Override
  protected List<byte[]> examples() {
    return OpenMetricsFuzz.EXAMPLES;
  }

  @Override
  protected Exposition.Reading[] ways() {
    return OpenMetricsFuzz.WAYS;
  }

  @Override
  protected String end() {
    return "# EOF\n";
  }

  @Override
  protected Arbitrary<Timestamp> timestamps() {
    return Arbitraries.doubles()
        .between(-1e10, 1e10)
        .map(seconds -> new Timestamp(WrittenSeries.number(seconds), (long) (seconds * 1000)));
  }

  @Test
  void startsWithoutEnd() {
    StringBuilder text = new StringBuilder("# TYPE c counter\n");
    for (int i = 0; i < 200_000; i++) {
      text.append("c_created{i=\"").append(i).append("\"} 1\n");
    }
    for (int i = 0; i < 200_000; i++) {
      text.append("c_total{i=\"").append(i).append("\"} 1\n");
    }
    assertThat(problem(text.toString())).isEmpty();
    assertThat(problem("# TYPE c counter\nc_total 1\n".repeat(300_000))).isEmpty();
    assertThat(problemOfAll("# TYPE c counter\nc_total 1\n" + "c_created{a=\"\n".repeat(1_000_000)))
        .startsWith("expected label value, got");
    assertThat(problemOfAll("# TYPE c counter\nc_total 1\n" + "{\"c_created\n".repeat(1_000_000)))
        .startsWith("expected ");
    assertThat(
            problemOfAll("# TYPE c counter\nc_total{a=\"1\"} 1\n" + "c_created{".repeat(2_000_000)))
        .startsWith("expected ");
  }

  @Test
  void exemplarsWithoutEnd() {
    assertThat(problem("a 1 # {" + "b=\"\",".repeat(1_000_000) + "} 1\n"))
        .startsWith("cannot read a series: got more than 65536 labels while parsing: \"a 1 # {b");
    assertThat(problem("a 1 # {b=\"" + "x".repeat(LARGE) + "\"} 1\n")).isEmpty();
    assertThat(problemOfAll("a 1 # {b=\"" + "x".repeat(LARGE))).startsWith("expected label value");
  }
}
