package io.narthex.api.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.model.StaleMarker;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryRecordsTest {
  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void refusesAStepThatLeadsNowhere(long step) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RangeQuery("up", 0, 1, step, QueryOptions.DEFAULT))
        .withMessage("zero or negative query resolution step widths are not accepted");
  }

  @Test
  void refusesAnEndBeforeTheStart() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RangeQuery("up", 1, 0, 1, QueryOptions.DEFAULT))
        .withMessage("end timestamp must not be before start time");
    assertThatCode(() -> new RangeQuery("up", 1, 1, 1, QueryOptions.DEFAULT))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> new RangeQuery("", Long.MIN_VALUE, Long.MAX_VALUE, 1, QueryOptions.DEFAULT))
        .doesNotThrowAnyException();
  }

  @Test
  void requiresTheirParts() {
    assertThatNullPointerException()
        .isThrownBy(() -> new RangeQuery(null, 0, 1, 1, QueryOptions.DEFAULT));
    assertThatNullPointerException().isThrownBy(() -> new RangeQuery("up", 0, 1, 1, null));
    assertThatNullPointerException().isThrownBy(() -> new InstantQuery("up", 0, null));
    assertThatNullPointerException()
        .isThrownBy(() -> new InstantQuery(null, 0, QueryOptions.DEFAULT));
    assertThatNullPointerException().isThrownBy(() -> new QueryException(null, "x"));
  }

  @Test
  void asksForNothingSpecialByDefault() {
    assertThat(QueryOptions.DEFAULT.timeout()).isZero();
    assertThat(QueryOptions.DEFAULT.lookbackDelta()).isZero();
    assertThat(QueryOptions.DEFAULT.statistics()).isEqualTo(QueryOptions.StatisticsLevel.NONE);
    assertThat(QueryOptions.DEFAULT.origin()).isEmpty();
  }

  @Test
  void copiesTimings() {
    Map<String, Double> timings = new HashMap<>(Map.of("evalTotalTime", 0.5));
    QueryStatistics statistics = new QueryStatistics(timings, 1, 2, new long[0]);
    timings.clear();

    assertThat(statistics.timings()).containsOnlyKeys("evalTotalTime").isUnmodifiable();
  }

  @Test
  void namesTypesAsTheHttpApiDoes() {
    assertThat(Arrays.stream(ValueType.values()).map(ValueType::text))
        .containsExactly("scalar", "vector", "matrix", "string");
  }

  @Test
  void marksNoValueByTheBitsOfTheStaleMarker() {
    assertThat(FunctionProvider.RangeFunction.NO_VALUE).isEqualTo(StaleMarker.BITS);
  }
}
