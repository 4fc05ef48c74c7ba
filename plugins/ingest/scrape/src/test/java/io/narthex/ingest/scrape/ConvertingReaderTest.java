package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertingReaderTest {
  private static final String TWO =
      """
      # TYPE before gauge
      before 1
      # HELP h Help.
      # TYPE h histogram
      h_bucket{a="1",le="0.5"} 1
      h_bucket{a="1",le="+Inf"} 3
      h_sum{a="1"} 2.5
      h_count{a="1"} 3
      h_bucket{a="2",le="0.5"} 0
      h_bucket{a="2",le="+Inf"} 7
      h_sum{a="2"} 9
      h_count{a="2"} 7
      # TYPE after gauge
      after 2
      """;

  private final ClassicSeries known = new ClassicSeries();
  private final PrometheusTextFormat format = new PrometheusTextFormat();

  private ExpositionReader open(String text) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    ExpositionFormat.Protocol protocol = format.protocols().getLast();
    return format.open(protocol, data, data.length, ExpositionOptions.DEFAULT);
  }

  private List<String> convert(String text, int capacity, boolean keep) throws ExpositionException {
    return read(new ConvertingReader(open(text), ExpositionBatch::new, known, keep), capacity);
  }

  /** All samples as text, with what becomes of exemplars and families. */
  private static List<String> read(ExpositionReader reader, int capacity)
      throws ExpositionException {
    ExpositionBatch batch = new ExpositionBatch(capacity);
    List<String> samples = new ArrayList<>();
    Map<String, Long> hashes = new HashMap<>();
    while (reader.read(batch) > 0) {
      for (int i = 0; i < batch.size; i++) {
        NativeHistogram h = batch.histograms[i];
        String family =
            batch.familyIndexes[i] < 0 ? "" : batch.families.get(batch.familyIndexes[i]).name();
        String exemplars = batch.hasExemplars[i] ? " " + reader.exemplars(batch, i).size() : "";
        samples.add(
            reader.labels(batch, i).toSeriesString()
                + " "
                + (h == null ? batch.values[i] : h.count() + "/" + h.sum())
                + (batch.hasTimestamp[i] ? "@" + batch.timestamps[i] : "")
                + (batch.startTimestamps[i] == 0 ? "" : " since " + batch.startTimestamps[i])
                + exemplars
                + " of "
                + family);
        String key =
            new String(
                batch.keys, batch.keyOffsets[i], batch.keyLengths[i], StandardCharsets.UTF_8);
        Long before = hashes.put(key, batch.keyHashes[i]);
        assertThat(before).as("the hash of %s", key).isIn(null, batch.keyHashes[i]);
      }
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 100})
  void putsAHistogramInThePlaceOfItsClassicSeries(int capacity) throws Exception {
    List<String> expected =
        List.of(
            "before 1.0 of before",
            "h{a=\"1\"} 3.0/2.5 of h",
            "h{a=\"2\"} 7.0/9.0 of h",
            "after 2.0 of after");
    assertThat(convert(TWO, capacity, false)).isEqualTo(expected);
    assertThat(convert(TWO, capacity, false)).as("known series").isEqualTo(expected);
  }

  @Test
  void forgetsSeriesRatherThanTakeMoreThanItsShareOfMemory() throws Exception {
    ClassicSeries little = new ClassicSeries(1000);
    StringBuilder text = new StringBuilder("# TYPE h histogram\n");
    for (int i = 0; i < 5000; i++) {
      text.append("h_bucket{a=\"" + i / 10 + "\",le=\"" + i % 10 + "\"} " + i % 10 + "\n");
    }
    String all = text.toString();
    List<String> samples =
        read(new ConvertingReader(open(all), ExpositionBatch::new, little, false), 512);
    assertThat(samples).isEqualTo(convert(all, 512, false)).hasSize(500);
    assertThat(known.size()).isEqualTo(5000);
    assertThat(little.size()).isBetween(1, 20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 100})
  void keepsClassicSeriesWhereAsked(int capacity) throws Exception {
    assertThat(convert(TWO, capacity, true))
        .containsExactly(
            "before 1.0 of before",
            "h_bucket{a=\"1\", le=\"0.5\"} 1.0 of h",
            "h_bucket{a=\"1\", le=\"+Inf\"} 3.0 of h",
            "h_sum{a=\"1\"} 2.5 of h",
            "h_count{a=\"1\"} 3.0 of h",
            "h{a=\"1\"} 3.0/2.5 of h",
            "h_bucket{a=\"2\", le=\"0.5\"} 0.0 of h",
            "h_bucket{a=\"2\", le=\"+Inf\"} 7.0 of h",
            "h_sum{a=\"2\"} 9.0 of h",
            "h_count{a=\"2\"} 7.0 of h",
            "h{a=\"2\"} 7.0/9.0 of h",
            "after 2.0 of after");
  }

  @Test
  void makesTheLastHistogramAtTheEnd() throws Exception {
    assertThat(convert("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_count 3\nh_sum 4\n", 10, false))
        .containsExactly("h 3.0/4.0 of h");
  }

  @Test
  void leavesAloneWhatIsNoClassicHistogram() throws Exception {
    String text =
        """
        h_count 1
        # TYPE g gauge
        g_bucket{le="1"} 2
        g_sum 3
        # TYPE s summary
        s_sum 1
        s_count 2
        # TYPE h histogram
        other_count 1
        h_max 5
        h_bucket{le="x"} 2
        h_bucket 2
        h 1
        """;
    assertThat(convert(text, 100, false)).isEqualTo(read(open(text), 100));
  }

  @Test
  void whatDoesNotFitTogetherIsLeftOut() throws Exception {
    assertThat(
            convert(
                "# TYPE h histogram\nh_bucket{le=\"1\"} 5\nh_bucket{le=\"2\"} 3\nx 1\n", 9, false))
        .containsExactly("x 1.0 of h");
  }

  @Test
  void carriesTimestampsAlong() throws Exception {
    assertThat(
            convert("# TYPE h histogram\nh_bucket{le=\"1\"} 5 77\nh_count 5 77\nx 1\n", 9, false))
        .containsExactly("h 5.0/0.0@77 of h", "x 1.0 of h");
  }

  /** Marks all samples as having an exemplar, a start timestamp and, if so asked, as native. */
  private ExpositionReader decorated(String text, String nativeSeries) {
    ExpositionReader reader = open(text);
    return new ExpositionReader() {
      @Override
      public int read(ExpositionBatch batch) throws ExpositionException {
        int n = reader.read(batch);
        for (int i = 0; i < n; i++) {
          batch.hasExemplars[i] = true;
          batch.startTimestamps[i] = 1000 + (long) batch.values[i];
          if (reader.labels(batch, i).toSeriesString().equals(nativeSeries)) {
            batch.histograms[i] = HistogramLimitsTest.histogram(1, 5);
          }
        }
        return n;
      }

      @Override
      public Labels labels(ExpositionBatch batch, int i) throws ExpositionException {
        return reader.labels(batch, i);
      }

      @Override
      public List<Exemplar> exemplars(ExpositionBatch batch, int i) {
        return List.of(new Exemplar(Labels.empty(), 1, 2, true));
      }
    };
  }

  @Test
  void exemplarsAndTheFirstStartTimestampGoWithTheHistogram() throws Exception {
    String text = "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_count 3\nh_sum 4\ng 5\n";
    assertThat(
            read(new ConvertingReader(decorated(text, ""), ExpositionBatch::new, known, false), 10))
        .containsExactly("h 3.0/4.0 since 1002 3 of h", "g 5.0 since 1005 1 of h");
    assertThat(
            read(new ConvertingReader(decorated(text, ""), ExpositionBatch::new, known, true), 10))
        .containsExactly(
            "h_bucket{le=\"1.0\"} 2.0 since 1002 of h",
            "h_count 3.0 since 1003 of h",
            "h_sum 4.0 since 1004 of h",
            "h 3.0/4.0 since 1002 3 of h",
            "g 5.0 since 1005 1 of h");
  }

  @Test
  void aHistogramThatIsExposedAsNativeIsNotMadeAgain() throws Exception {
    String text =
        """
        # TYPE h histogram
        h{a="1"} 0
        h_bucket{a="1",le="1"} 2
        h_count{a="1"} 3
        h_bucket{a="2",le="1"} 2
        h_count{a="2"} 3
        """;
    assertThat(
            read(
                new ConvertingReader(
                    decorated(text, "h{a=\"1\"}"), ExpositionBatch::new, known, true),
                10))
        .containsExactly(
            "h{a=\"1\"} 5.0/5.0 since 1000 1 of h",
            "h_bucket{a=\"1\", le=\"1.0\"} 2.0 since 1002 1 of h",
            "h_count{a=\"1\"} 3.0 since 1003 1 of h",
            "h_bucket{a=\"2\", le=\"1.0\"} 2.0 since 1002 of h",
            "h_count{a=\"2\"} 3.0 since 1003 of h",
            "h{a=\"2\"} 3.0/0.0 since 1002 2 of h");
  }

  @Test
  void tellsMistakesAsTheSourceDoes() {
    assertThatThrownBy(() -> convert(TWO + "bad line here\n", 1, false))
        .isInstanceOf(ExpositionException.class);
  }

  @Test
  void forgetsSeriesThatHaveVanished() throws Exception {
    for (int round = 0; round < 10; round++) {
      StringBuilder text = new StringBuilder("# TYPE h histogram\n");
      for (int i = 0; i < 1000; i++) {
        text.append("h_count{r=\"" + round + "\",i=\"" + i + "\"} 1\n");
      }
      assertThat(convert(text.toString(), 64, false)).hasSize(1000);
    }
    assertThat(known.size()).isLessThan(5000);
  }
}
