package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.model.MetricType;
import org.junit.jupiter.api.Test;

class ExpositionBatchTest {
  @Test
  void hasColumnsOfItsCapacity() {
    ExpositionBatch batch = new ExpositionBatch(3);

    assertThat(batch.capacity()).isEqualTo(3);
    assertThat(batch.size).isZero();
    assertThat(batch.keyOffsets).hasSize(3);
    assertThat(batch.keyLengths).hasSize(3);
    assertThat(batch.keyHashes).hasSize(3);
    assertThat(batch.values).hasSize(3);
    assertThat(batch.timestamps).hasSize(3);
    assertThat(batch.hasTimestamp).hasSize(3);
    assertThat(batch.startTimestamps).hasSize(3);
    assertThat(batch.histograms).hasSize(3);
    assertThat(batch.hasExemplars).hasSize(3);
    assertThat(batch.familyIndexes).hasSize(3);
    assertThat(batch.families).isEmpty();
  }

  @Test
  void leavesUnknownPartsOfAFamilyOpen() {
    Family family = new Family("a", MetricType.COUNTER, null, null);

    assertThat(family.help()).isNull();
    assertThat(family).isNotEqualTo(new Family("a", MetricType.COUNTER, "", null));
  }

  @Test
  void asksForNothingSpecialByDefault() {
    assertThat(ExpositionOptions.DEFAULT)
        .isEqualTo(new ExpositionOptions(false, false, false, false));
  }
}
