package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.storage.tsdb.compact.Retention.Candidate;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final List<Candidate<String>> BLOCKS =
      List.of(
          new Candidate<>("old", 100, 10),
          new Candidate<>("new", 300, 30),
          new Candidate<>("middle", 200, 20));

  @Test
  void keepsEverythingWithoutLimits() {
    assertThat(Retention.UNLIMITED.expired(BLOCKS, 1000, 0).byTime()).isEmpty();
    assertThat(Retention.UNLIMITED.expired(BLOCKS, 1000, 0).bySize()).isEmpty();
  }

  @Test
  void countsAgeFromTheEndOfTheNewestBlock() {
    assertThat(new Retention(201, 0, 0).expired(BLOCKS, 0, 0).byTime()).isEmpty();
    assertThat(new Retention(200, 0, 0).expired(BLOCKS, 0, 0).byTime()).containsExactly("old");
    assertThat(new Retention(100, 0, 0).expired(BLOCKS, 0, 0).byTime())
        .containsExactly("middle", "old");
  }

  @Test
  void neverExpiresTheNewestBlockByTime() {
    assertThat(new Retention(1, 0, 0).expired(BLOCKS, 0, 0).byTime())
        .containsExactly("middle", "old");
  }

  @Test
  void removesTheOldestBlocksThatDoNotFit() {
    assertThat(bySize(60, 0)).isEmpty();
    assertThat(bySize(59, 0)).containsExactly("old");
    assertThat(bySize(49, 0)).containsExactly("middle", "old");
    assertThat(bySize(29, 0)).containsExactly("new", "middle", "old");
  }

  @Test
  void countsLogsAndHeadChunksAsWell() {
    assertThat(bySize(60, 1)).containsExactly("old");
    assertThat(bySize(60, 100)).containsExactly("new", "middle", "old");
  }

  @Test
  void percentagePrevailsOverBytesUnlessTheFileSystemsSizeIsUnknown() {
    assertThat(new Retention(0, 7, 0).limit(1000)).isEqualTo(7);
    assertThat(new Retention(0, 7, 25).limit(1000)).isEqualTo(250);
    assertThat(new Retention(0, 7, 25).limit(0)).isEqualTo(7);
    assertThat(new Retention(0, -1, 0).limit(1000)).isZero();
    assertThat(new Retention(0, 0, 100).limit(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  private static List<String> bySize(long limit, long other) {
    return new Retention(0, limit, 0).expired(BLOCKS, other, limit).bySize();
  }

  @Test
  void isShownAsPrometheusShowsIt() {
    assertThat(new Retention(15L * 24 * 3_600_000, 0, 0).text()).isEqualTo("15d");
    assertThat(new Retention(90_000, 10L << 30, 0).text()).isEqualTo("1m30s or 10GiB");
    assertThat(new Retention(0, 0, 12.5).text()).isEqualTo("12.5%");
    assertThat(Retention.UNLIMITED.text()).isEmpty();
  }
}
