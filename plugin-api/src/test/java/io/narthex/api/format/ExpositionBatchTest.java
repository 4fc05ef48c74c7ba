package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.model.MetricType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void joinsWhatIsSaidOfAFamilyInOnePlace() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(1);
    batch.beginMetadata();
    batch.addMetadata("a", null, "help", null);
    batch.addMetadata("a", MetricType.GAUGE, null, null);
    batch.addMetadata("a", null, null, "seconds");
    batch.addMetadata("b", MetricType.COUNTER, null, null);
    batch.beginMetadata();
    batch.addMetadata("b", null, "later", null);

    assertThat(batch.families)
        .containsExactly(
            new Family("a", MetricType.GAUGE, "help", "seconds"),
            new Family("b", MetricType.COUNTER, null, null),
            new Family("b", null, "later", null));
  }

  @Test
  void knowsMetadataAgain() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(1);
    byte[] text = "# TYPE a gauge\n# TYPE b gauge\n".getBytes(StandardCharsets.UTF_8);
    assertThat(batch.addKnownMetadata(text, 0, 15)).isFalse();
    batch.beginMetadata();
    batch.addMetadata("a", MetricType.GAUGE, null, null);
    batch.rememberMetadata(text, 0, 15);
    Family first = batch.families.get(0);
    batch.families.clear();

    assertThat(batch.addKnownMetadata(text, 15, 30)).isFalse();
    assertThat(batch.addKnownMetadata(text.clone(), 0, 15)).isTrue();
    assertThat(batch.families).hasSize(1);
    assertThat(batch.families.get(0)).isSameAs(first);
  }

  @Test
  void keepsLittleOfManyMetadata() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(1);
    int known = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] text = ("# HELP a" + i + " " + "x".repeat(50) + "\n").getBytes(StandardCharsets.UTF_8);
      batch.families.clear();
      batch.beginMetadata();
      batch.addMetadata("a" + i, null, "x", null);
      batch.rememberMetadata(text, 0, text.length);
      batch.families.clear();
      assertThat(batch.addKnownMetadata(text, 0, text.length)).as("block %d", i).isTrue();
      assertThat(batch.families.get(0).name()).isEqualTo("a" + i);
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] text = ("# HELP a" + i + " " + "x".repeat(50) + "\n").getBytes(StandardCharsets.UTF_8);
      known += batch.addKnownMetadata(text, 0, text.length) ? 1 : 0;
    }
    assertThat(known).isBetween(1, 1024);
    byte[] large = new byte[5000];
    batch.rememberMetadata(large, 0, large.length);
    assertThat(batch.addKnownMetadata(large, 0, large.length)).isFalse();
  }

  @Test
  void refusesMoreFamiliesThanAnybodyNeeds() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(1);
    batch.families.addAll(java.util.Collections.nCopies(1 << 20, new Family("a", null, "", null)));
    batch.beginMetadata();
    assertThatThrownBy(() -> batch.addMetadata("b", null, "", null))
        .isInstanceOf(ExpositionException.class)
        .hasMessage("cannot read the exposition: got more than 1048576 metric families");
  }

  @Test
  void lendsMemoryThatIsMadeOnce() {
    ExpositionBatch batch = new ExpositionBatch(1);
    long[] some = batch.scratch(10);
    assertThat(some).hasSizeGreaterThanOrEqualTo(10);
    assertThat(batch.scratch(5)).isSameAs(some);
    assertThat(batch.scratch(11)).hasSizeGreaterThanOrEqualTo(20);
    assertThat(batch.scratch(1 << 16)).isSameAs(batch.scratch(1 << 16));
    assertThat(batch.scratch(1 << 17)).hasSize(1 << 17).isNotSameAs(batch.scratch(1 << 17));
  }

  @ParameterizedTest
  @CsvSource({
    "COUNTER, a, a_total, true",
    "COUNTER, a_total, a_total, true",
    "COUNTER, a, a, true",
    "COUNTER, a_total, a, false",
    "COUNTER, a, a_created, false",
    "COUNTER, a, ab_total, false",
    "GAUGE, a, a, true",
    "GAUGE, a, a_b, false",
    "HISTOGRAM, a, a_bucket, true",
    "HISTOGRAM, a, a_sum, true",
    "HISTOGRAM, a, a_count, true",
    "HISTOGRAM, a, a, true",
    "HISTOGRAM, a, a_gsum, false",
    "GAUGE_HISTOGRAM, a, a_bucket, true",
    "GAUGE_HISTOGRAM, a, a_gsum, true",
    "GAUGE_HISTOGRAM, a, a_gcount, true",
    "GAUGE_HISTOGRAM, a, a_sum, false",
    "SUMMARY, a, a, true",
    "SUMMARY, a, a_sum, true",
    "SUMMARY, a, a_bucket, false",
    "INFO, a, a_info, true",
    "INFO, a_info, a_info, true",
    "STATESET, a, a, true",
    "UNKNOWN, a, a, true",
    "UNKNOWN, a, b, false"
  })
  void knowsItsSeries(MetricType type, String family, String metric, boolean includes) {
    assertThat(new Family(family, type, null, null).includes(metric)).isEqualTo(includes);
    assertThat(new Family(family, null, null, null).includes(metric)).isFalse();
  }

  @Test
  void asksForNothingSpecialByDefault() {
    assertThat(ExpositionOptions.DEFAULT)
        .isEqualTo(new ExpositionOptions(false, false, false, false));
  }

  @Test
  void putsASampleAtASeries() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(2);
    batch.keys = new byte[] {'x', 'a', 'b'};
    batch.startTimestamps[1] = 7;
    batch.hasExemplars[1] = true;
    batch.beginMetadata();
    batch.addMetadata("a", null, "Help.", null);

    batch.setSeries(1, 1, 3);

    assertThat(batch.keyOffsets[1]).isEqualTo(1);
    assertThat(batch.keyLengths[1]).isEqualTo(2);
    assertThat(batch.keyHashes[1]).isEqualTo(ByteScan.hash(new byte[] {'a', 'b'}, 0, 2));
    assertThat(batch.startTimestamps[1]).isZero();
    assertThat(batch.hasExemplars[1]).isFalse();
    assertThat(batch.familyIndexes[1]).isZero();
  }
}
