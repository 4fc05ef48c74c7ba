package io.narthex.api.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageRecordsTest {
  private static final NativeHistogram HISTOGRAM =
      new NativeHistogram(
          true,
          ResetHint.UNKNOWN,
          0,
          0,
          0,
          0,
          0,
          List.of(),
          new double[0],
          List.of(),
          new double[0],
          new double[0]);

  @Test
  void growsWithFloatsAndHistogramsInTurn() {
    AppendBatch batch = new AppendBatch(0);
    for (int i = 0; i < 1_000; i++) {
      if (i % 100 == 50) {
        batch.add(i + 1, 10L * i, HISTOGRAM);
      } else {
        batch.add(i + 1, 10L * i, i + 0.5);
      }
      if (i % 7 == 3) {
        batch.setStartTimestamp(i);
      }
    }

    assertThat(batch.size).isEqualTo(1_000);
    for (int i = 0; i < 1_000; i++) {
      assertThat(batch.series[i]).isEqualTo(i + 1);
      assertThat(batch.timestamps[i]).isEqualTo(10L * i);
      assertThat(batch.histogram(i)).as("%d", i).isSameAs(i % 100 == 50 ? HISTOGRAM : null);
      assertThat(batch.values[i]).isEqualTo(i % 100 == 50 ? 0 : i + 0.5);
      assertThat(batch.startTimestamp(i)).as("%d", i).isEqualTo(i % 7 == 3 ? i : 0);
    }
  }

  @Test
  void keepsNoHistogramsWhereThereAreNone() {
    AppendBatch batch = new AppendBatch(4);
    batch.add(1, 2, 3.5);

    assertThat(batch.histograms).isEmpty();
    assertThat(batch.startTimestamps).isEmpty();
    assertThat(batch.histogram(0)).isNull();
    assertThat(batch.startTimestamp(0)).isZero();
  }

  @Test
  void forgetsWhenCleared() {
    AppendBatch batch = new AppendBatch(1);
    batch.add(1, 2, HISTOGRAM);
    batch.setStartTimestamp(9);
    batch.clear();
    batch.add(3, 4, 5.5);

    assertThat(batch.size).isEqualTo(1);
    assertThat(batch.histogram(0)).isNull();
    assertThat(batch.startTimestamp(0)).isZero();
    assertThat(batch.values[0]).isEqualTo(5.5);
  }

  @Test
  void collectsErrorsInOrder() {
    AppendErrors errors = new AppendErrors();
    assertThat(errors.isEmpty()).isTrue();
    for (int i = 0; i < 100; i++) {
      errors.add(3 * i, i % 2 == 0 ? AppendError.OUT_OF_ORDER : AppendError.TOO_OLD);
    }

    assertThat(errors.size()).isEqualTo(100);
    assertThat(errors.isEmpty()).isFalse();
    assertThat(errors.index(99)).isEqualTo(297);
    assertThat(errors.error(98)).isEqualTo(AppendError.OUT_OF_ORDER);
    errors.clear();
    assertThat(errors.size()).isZero();
    errors.add(7, AppendError.UNKNOWN_SERIES);
    assertThat(errors.index(0)).isEqualTo(7);
    for (int beyond : new int[] {-1, 1, 99}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .as("what was cleared")
          .isThrownBy(() -> errors.index(beyond));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> errors.error(beyond));
    }
  }

  @Test
  void asksForARangeWithoutHints() {
    SelectRequest request = SelectRequest.range(1, 2);

    assertThat(request.minTime()).isEqualTo(1);
    assertThat(request.maxTime()).isEqualTo(2);
    assertThat(request.sorted()).isTrue();
    assertThat(request.limit()).isZero();
    assertThat(request.function()).isEmpty();
    assertThat(request.shardCount()).isZero();
    assertThat(SelectRequest.seriesOnly(1, 2, 3).function()).isEqualTo("series");
    assertThat(SelectRequest.seriesOnly(1, 2, 3).limit()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 0, 'got limit -1, want 0 or more'",
    "0, 3, 3, 'got shard 3 of 3, want an index below the number of shards'",
    "0, -1, 3, 'got shard -1 of 3, want an index below the number of shards'",
    "0, 1, 0, 'got shard 1 of 0, want an index below the number of shards'",
    "0, 0, -1, 'got shard 0 of -1, want an index below the number of shards'",
  })
  void refusesARequestThatCannotBeMeant(int limit, int shard, int shards, String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> request(limit, List.of(), shard, shards))
        .withMessage("cannot select series: " + text);
  }

  @Test
  void copiesItsGrouping() {
    List<String> names = new ArrayList<>(List.of("job"));
    SelectRequest request = request(0, names, 2, 3);
    names.clear();

    assertThat(request.grouping()).containsExactly("job");
    assertThat(request.shardIndex()).isEqualTo(2);
  }

  @Test
  void requiresItsParts() {
    assertThatNullPointerException().isThrownBy(() -> new StorageException(null, "x"));
    assertThat(new StorageException(StorageException.Kind.IO, "x").kind())
        .isEqualTo(StorageException.Kind.IO);
    assertThat(AppendOptions.DEFAULT.rejectOutOfOrder()).isFalse();
    assertThat(new LabelResult(List.of("a"), List.of()).items()).isUnmodifiable();
  }

  private static SelectRequest request(int limit, List<String> grouping, int shard, int shards) {
    return new SelectRequest(0, 1, true, limit, 0, 0, "", grouping, true, shard, shards, false);
  }
}
