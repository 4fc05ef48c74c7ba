package io.narthex.rules.groups.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeAnswerTest {
  private static final String FULL =
      """
      {"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[
      {"metric":{"__name__":"a","b":"c\\n"},"values":[[1435781430.781,"1"],[1435781431,"NaN"]]},
      {"values":[[0.5,"-Inf"]],"histograms":[[1,{"count":"1","buckets":[[0,"1","2","3"]]}]],
      "metric":{}}],"stats":{"x":[{}]}},"warnings":["w",
      "v"],"infos":["i"]}
      """;

  private final List<String> series = new ArrayList<>();
  private final RangeAnswer answer =
      new RangeAnswer((labels, samples) -> {
        StringBuilder text = new StringBuilder(labels.build().toSeriesString());
        for (int i = 0; i < samples.size; i++) {
          text.append(' ').append(samples.timestamps[i]).append('=').append(samples.values[i]);
        }
        series.add(text.toString());
      });

  private RangeAnswer read(String text) throws Exception {
    answer.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return answer;
  }

  @Test
  void readsAllSeries() throws Exception {
    assertThat(read(FULL).success()).isTrue();
    assertThat(series)
        .containsExactly("a{b=\"c\\n\"} 1435781430781=1.0 1435781431000=NaN", "{} 500=-Infinity");
    assertThat(answer.warnings()).containsExactly("w", "v");
    assertThat(answer.histograms()).isEqualTo(1);
  }

  @Test
  void readsErrors() throws Exception {
    read("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\",\"data\":null}");
    assertThat(answer.success()).isFalse();
    assertThat(answer.errorType() + ": " + answer.error()).isEqualTo("bad_data: no");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "oh no",
        "{\"status\":1}",
        "{} {}",
        "{\"data\":{}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[1]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":{}}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"\":\"a\"}}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":1}}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[[1,1]]}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[[1,\"x\"]]}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[[1,\"1\",2]]}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[[1e3,\"1\"]]}]}}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[1]}]}}",
        "{\"warnings\":[1]}",
      })
  void refusesWhatIsNoAnswer(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(QueryFailure.class)
        .hasMessageStartingWith("query range: bad_response: ");
  }

  @Test
  void endsWithARefusalWhateverComes() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = FULL.getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
      try {
        new RangeAnswer((labels, samples) -> {}).read(new ByteArrayInputStream(bytes, 0, length));
      } catch (QueryFailure e) {
        assertThat(e).as("seed %d", seed).hasMessageNotContaining("java.");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1000",
    "1.5, 1500",
    "1.0009, 1000",
    "-1.25, -1250",
    "1435781430.781, 1435781430781"
  })
  void readsTimesAsPrometheussClientDoes(String seconds, long millis) throws Exception {
    assertThat(RangeAnswer.millis(seconds)).isEqualTo(millis);
  }
}
