package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.narthex.api.format.Exposition.Sample;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every format of lines must keep that is read with {@link SeriesLexer} and {@link
 * TextFamilies}, whose messages are the ones here: beside all of {@link ExpositionContract}, what
 * targets may send that mean no good. It is read or refused in time and memory that are in
 * proportion to its length, and messages stay short. Anything that took time in the square of its
 * length would not end within the time that a test has. Wants jqwik too.
 */
public abstract class LineFormatContract extends ExpositionContract {
  /** As long as anything in the hostile expositions. */
  protected static final int LARGE = 24 << 20;

  /** Bytes that may be allocated for each byte of the exposition, besides some for each. */
  private static final int PER_BYTE = 24;

  private static final int PER_EXPOSITION = 32 << 20;

  /** What ends an exposition. */
  protected abstract String end();

  /** Any timestamps, as they are written and as they are to be read. */
  protected abstract Arbitrary<Timestamp> timestamps();

  /**
   * A timestamp.
   *
   * @param text as it is written, behind the value and a space
   * @param millis milliseconds since the epoch
   */
  public record Timestamp(String text, long millis) {}

  @Override
  protected byte[] series(int n) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < n; i++) {
      text.append("some_metric_name_total{code=\"200\",handler=\"/api/v1/query\",instance=\"i");
      text.append(i).append("\"} ").append(i * 1.25).append('\n');
    }
    return text.append(end()).toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  protected byte[] alphabet() {
    return " \t\n\0{}\"\\=,#aZ_:.09eE+-pInfNaN\u00ff\u00c3".getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Reads all of an exposition, to which its end is added, with the labels of each series as if
   * none were known.
   *
   * @return the message, empty for none
   */
  protected final String problem(String text) {
    return problemOfAll(text + end());
  }

  /** As {@link #problem}, with nothing added. */
  protected final String problemOfAll(String text) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    ExpositionBatch batch = new ExpositionBatch(512);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    String message = "";
    try {
      ExpositionReader reader =
          Exposition.of(format())
              .open(data, data.length, new ExpositionOptions(false, false, true, true));
      for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
        for (int i = 0; i < n; i++) {
          reader.labels(batch, i);
          reader.exemplars(batch, i);
        }
      }
    } catch (ExpositionException e) {
      message = String.valueOf(e.getMessage());
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).isLessThan(PER_EXPOSITION + (long) PER_BYTE * data.length);
    assertThat(message.length()).isLessThan(ExpositionFuzz.MAX_MESSAGE);
    return message;
  }

  @Test
  final void longLines() {
    String x = "x".repeat(LARGE);
    assertThat(problem(x + " 1\n")).isEmpty();
    assertThat(problemOfAll(x)).startsWith("expected value after metric, got \"");
    assertThat(problem("a{" + x + "=\"1\"} 1\n")).isEmpty();
    assertThat(problem("a{b=\"" + x + "\"} 1\n")).isEmpty();
    assertThat(problem("a{b=\"" + x + "\n")).startsWith("expected label value, got \"");
    assertThat(problem("{\"" + x + "\"} 1\n")).isEmpty();
    assertThat(problem("a " + x + "\n")).startsWith("strconv.ParseFloat: parsing \"xxx");
    assertThat(problem("# HELP a " + x + "\n")).isEmpty();
    assertThat(problem("# TYPE a " + x + "\n")).startsWith("invalid metric type \"xxx");
  }

  @Test
  final void whatIsNoUtf8() throws Exception {
    byte[] bytes = new byte[4 << 20];
    Arrays.fill(bytes, (byte) 0xe2);
    String x = new String(bytes, StandardCharsets.ISO_8859_1);
    // As bytes that are UTF-8 one by one, and none of it as names.
    assertThat(problem("{\"" + x + "\"} 1\n")).isEmpty();
    byte[] data = ("{\"" + x + "\"} 1\n" + end()).getBytes(StandardCharsets.ISO_8859_1);
    Exposition all = Exposition.read(Exposition.of(format()), data, ExpositionOptions.DEFAULT);
    assertThat(all.samples()).hasSize(1);
    assertThat(all.samples().getFirst().labels().metricName()).hasSize(4 << 20);
  }

  @Test
  final void hugeNumbers() {
    String digits = "7".repeat(LARGE);
    assertThat(problem("a " + digits + "\n"))
        .startsWith("strconv.ParseFloat: parsing \"777")
        .contains("value out of range");
    assertThat(problem("a 0." + digits + "\n")).isEmpty();
    assertThat(problem("a " + digits + "e-" + LARGE + "\n")).isEmpty();
    assertThat(problem("a 1e" + digits + "\n")).contains("value out of range");
    assertThat(problem("a 1e-" + digits + "\n")).isEmpty();
    assertThat(problem("# TYPE a histogram\na_bucket{le=\"" + digits + "\"} 1\n")).isEmpty();
  }

  @Test
  final void aMillionLabels() {
    assertThat(problem("a{" + "b=\"\",".repeat(1_000_000) + "} 1\n"))
        .startsWith("cannot read a series: got more than 65536 labels while parsing: \"a{b");
    assertThat(problem("a{" + "\"\"=\"\",".repeat(1_000_000) + "} 1\n"))
        .startsWith("cannot read a series: got more than 65536 labels while parsing: \"a{");
    assertThat(problem("a{" + ",".repeat(LARGE) + "} 1\n")).startsWith("expected label name");
  }

  @Test
  final void metadataWithoutEnd() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      text.append("# HELP h").append(i).append(" x\n");
    }
    text.append("# TYPE t counter\n");
    for (int i = 0; i < 100_000; i++) {
      text.append("# HELP g").append(i).append(" x\n").append("t_total{i=\"").append(i);
      text.append("\"} 1\n");
    }
    assertThat(problem(text.toString())).isEmpty();
    assertThat(problem("# HELP a x\n".repeat(1_500_000))).isEmpty();
    assertThat(problemOfAll("#\n".repeat(1_000_000) + "x")).isNotEmpty();
  }

  /**
   * A sample as it is meant.
   *
   * @param timestamp null where it has none
   */
  record Meant(WrittenSeries series, double value, @Nullable Timestamp timestamp) {}

  @Provide
  final Arbitrary<List<Meant>> samples() {
    return Combinators.combine(
            WrittenSeries.any(), WrittenSeries.anyNumber(), timestamps().injectNull(0.3))
        .as(Meant::new)
        .list()
        .ofMaxSize(8);
  }

  /** Whatever the texts are. */
  @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
  final void readsWhatIsMeant(@ForAll("samples") List<Meant> meant) throws ExpositionException {
    StringBuilder text = new StringBuilder();
    for (Meant m : meant) {
      m.series.write(text);
      text.append(' ').append(WrittenSeries.number(m.value));
      text.append(m.timestamp == null ? "" : " " + m.timestamp.text).append('\n');
    }
    byte[] data = text.append(end()).toString().getBytes(StandardCharsets.UTF_8);
    List<Sample> read =
        Exposition.read(Exposition.of(format()), data, ExpositionOptions.DEFAULT).samples();
    assertThat(read).as("%s", text).hasSameSizeAs(meant);
    for (int i = 0; i < meant.size(); i++) {
      Meant m = meant.get(i);
      assertThat(read.get(i).labels()).as("%s", text).isEqualTo(m.series.allLabels());
      assertThat(read.get(i).value()).as("%s", text).isEqualTo(m.value);
      assertThat(read.get(i).timestamp())
          .as("%s", text)
          .isEqualTo(m.timestamp == null ? null : (Long) m.timestamp.millis);
    }
  }
}
