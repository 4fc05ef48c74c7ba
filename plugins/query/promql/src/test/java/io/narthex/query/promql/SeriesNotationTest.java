package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.SeriesNotation;
import io.narthex.api.storage.SampleReader;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import io.narthex.query.promql.script.Notation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesNotationTest {
  private final SeriesNotation notation =
      new Notation(new PromqlParser(ParserOptions.ALL, new StandardFunctions()));

  /** Samples as {@code time=value}, read in batches of a size. */
  private List<String> samples(String series, int batchSize) throws Exception {
    SampleReader reader = notation.series(series).samples(1000, 10);
    SampleBatch batch = new SampleBatch(batchSize);
    List<String> out = new ArrayList<>();
    while (reader.read(batch) > 0) {
      assertThat(batch.size).isLessThanOrEqualTo(batchSize);
      for (int i = 0; i < batch.size; i++) {
        String value =
            batch.kind == SampleBatch.Kind.HISTOGRAM
                ? notation.text(Objects.requireNonNull(batch.histograms[i]))
                : StaleMarker.is(batch.values[i]) ? "stale" : String.valueOf(batch.values[i]);
        out.add(batch.timestamps[i] + "=" + value);
      }
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void givesASampleForEachStepButWhereThereIsNothing(int batchSize) throws Exception {
    String series =
        "x 1 _ -2.5 _x3 1+2x2 \t stale 5-1x1 {{count:1}} {{sum:1 count:1}}+{{count:2}}x1 7 _x0 3x1"
            + " stale ";
    assertThat(notation.series(series).size()).isEqualTo(19);
    assertThat(samples(series, batchSize))
        .containsExactly(
            "1000=1.0",
            "1020=-2.5",
            "1060=1.0",
            "1070=3.0",
            "1080=5.0",
            "1090=stale",
            "1100=5.0",
            "1110=4.0",
            "1120={{count:1}}",
            "1130={{count:1 sum:1}}",
            "1140={{count:3 sum:1}}",
            "1150=7.0",
            "1160=3.0",
            "1170=3.0",
            "1180=stale");
  }

  @Test
  void aSeriesTakesNoMoreForMoreSamples() throws Exception {
    SeriesNotation.Series series = notation.series("x 0+1x2000000000 _x2000000000");
    assertThat(series.size()).isEqualTo(4_000_000_001L);
    SampleBatch batch = new SampleBatch(100);
    assertThat(series.samples(0, 1000).read(batch)).isEqualTo(100);
    assertThat(batch.timestamps[99]).isEqualTo(99_000);
    assertThat(batch.values[99]).isEqualTo(99);
  }

  @Test
  void readsNames() throws Exception {
    assertThat(notation.metric("")).isEqualTo(Labels.empty());
    assertThat(notation.metric("{}")).isEqualTo(Labels.empty());
    assertThat(notation.metric(" x:y {a='b', \"c.d\"=`e`,} "))
        .isEqualTo(Labels.of("__name__", "x:y", "a", "b", "c.d", "e"));
    assertThat(notation.metric("sum")).isEqualTo(Labels.of("__name__", "sum"));
    assertThat(notation.metric("{\"a b\"}")).isEqualTo(Labels.of("__name__", "a b"));
    assertThat(notation.series("{a=\"}{\\\"\"} 1").labels()).isEqualTo(Labels.of("a", "}{\""));
    assertThat(notation.series("x{a=\"1\"}").size()).isZero();
  }

  // As promtool 2.42 says them; names in quotes and histograms came later.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          x foo | 1:3: parse error: unexpected identifier "foo" in series values, expected number or "stale"
          x 1 foo 2 | 1:5: parse error: unexpected identifier "foo" in series values, expected number or "stale"
          x 1+ | 1:5: parse error: unexpected end of input in series values
          x 1+1 | 1:6: parse error: unexpected end of input in series values
          x 1+1x | 1:7: parse error: unexpected end of input in series values
          x 1x | 1:5: parse error: unexpected end of input in series values
          x 1x-3 | 1:5: parse error: unexpected <op:-> in series values
          x 1x1.5 | 1:5: parse error: invalid repetition in series values: strconv.ParseUint: parsing "1.5": invalid syntax
          x 1x99999999999 | 1:5: parse error: invalid repetition in series values: strconv.ParseUint: parsing "99999999999": value out of range
          x 1x 3 | 1:5: parse error: unexpected " " in series values
          x _x | 1:5: parse error: unexpected end of input in series values
          x _ x3 | 1:5: parse error: unexpected "x"
          x __ | 1:4: parse error: unexpected "_"
          x 1,2 | 1:4: parse error: unexpected character in series sequence: ','
          x 1 2 ] | 1:7: parse error: unexpected character in series sequence: ']'
          x 0x1f | 1:5: parse error: bad number syntax: "1"
          x 0xa | 1:5: parse error: unexpected identifier "a" in series values
          x 1-1x3-2 | 1:8: parse error: unexpected <op:->
          x 1+-1x3 | 1:5: parse error: unexpected <op:-> in series values
          x --1 | 1:4: parse error: unexpected <op:-> in series values
          x stale stalex3 | 1:9: parse error: unexpected identifier "stalex3" in series values, expected number or "stale"
          x STALE | 1:3: parse error: unexpected identifier "STALE" in series values, expected number or "stale"
          x sum | 1:3: parse error: unexpected <aggr:sum>
          x 1 sum 2 | 1:5: parse error: unexpected <aggr:sum>
          x{ 1 | 1:4: parse error: unexpected character inside braces: '1'
          x} 1 | 1:2: parse error: unexpected character in series sequence: '}'
          x{a} 1 | 1:4: parse error: unexpected "}" in label set, expected "="
          x{a!="b"} 1 | 1:4: parse error: unexpected <op:!=> in label set, expected "="
          x{a="b" 1 | 1:9: parse error: unexpected character inside braces: '1'
          x{a=b} 1 | 1:5: parse error: unexpected identifier "b" in label set, expected string
          x{a="b" c="d"} 1 | 1:9: parse error: unexpected identifier "c" in label set, expected "," or "}"
          x{="b"} 1 | 1:3: parse error: unexpected "=" in label set, expected identifier or "}"
          x{a="b"}{ 1 | 1:9: parse error: unexpected character in series sequence: '{'
          x {a="b"} 1 | 1:3: parse error: unexpected character in series sequence: '{'
          1x 1 | 1:1: parse error: unexpected number "1" in series values
          x[5m] 1 | 1:2: parse error: unexpected character in series sequence: '['
          x{a="b"} offset 1 | 1:10: parse error: unexpected <offset>
          x "1" | 1:3: parse error: unexpected character in series sequence: '"'
          x 1 2x3x4 | 1:8: parse error: unexpected "x"
          x 1 -_x3 | 1:6: parse error: unexpected "_" in series values
          x 1+stalex2 | 1:5: parse error: unexpected identifier "stalex2" in series values
          x 1 _+1x2 | 1:6: parse error: unexpected <op:+>
          x{a="b",a="c"} 1 | 1:9: parse error: label name "a" is not unique: invalid sample
          x 1 {{size:1}} | 1:5: parse error: unknown property of a histogram: "size"
          x {{sum:1 | 1:3: parse error: histogram description incomplete unexpected: '�'
          """)
  void saysWhatIsWrongAsPromtoolDoes(String series, String message) {
    assertThatThrownBy(() -> notation.series(series))
        .isInstanceOf(QueryException.class)
        .hasMessage(message);
  }

  @Test
  void saysWhatIsWrongWithANameAsPromtoolDoes() {
    assertThatThrownBy(() -> notation.metric("x{a=~\"b\"}"))
        .hasMessage("1:4: parse error: unexpected <op:=~> in label set, expected \"=\"");
    assertThatThrownBy(() -> notation.metric("x y"))
        .hasMessage("1:3: parse error: unexpected identifier \"y\"");
    assertThatThrownBy(() -> notation.series(""))
        .hasMessage("unknown position: parse error: unexpected end of input in series values");
  }

  @Test
  void givesNothingBehindTheEndOfTime() throws Exception {
    SampleReader reader =
        notation.series("x 1 _x2000000000 2").samples(0, Long.MAX_VALUE / 2_000_000);
    SampleBatch batch = new SampleBatch(10);
    assertThat(reader.read(batch)).isEqualTo(1);
    assertThat(reader.read(batch)).isZero();
  }

  @Test
  void refusesWhatItDoesNotUnderstandInOneWayOnly() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String[] parts = {
      "x",
      "{",
      "}",
      "{{",
      "}}",
      "a=\"b\"",
      "'",
      "\"",
      "\\",
      " ",
      "1",
      "0x",
      "_",
      "+",
      "-",
      "stale",
      "count:1",
      "buckets:[1 2]",
      "schema:",
      "é",
      "\ud800",
      "\n",
      "#",
      ",",
      "Inf",
      "9999999999",
      "[",
      ":"
    };
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "x " : "");
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      try {
        SampleReader reader = notation.series(text.toString()).samples(0, 1000);
        reader.read(new SampleBatch(5));
      } catch (QueryException e) {
        assertThat(e).as("seed %s", seed).hasMessageContaining("parse error: ");
      } catch (Exception e) {
        throw new AssertionError("seed " + seed + ": " + text, e);
      }
    }
  }
}
