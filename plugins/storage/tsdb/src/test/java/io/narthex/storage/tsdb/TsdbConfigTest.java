package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TsdbConfigTest {
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = 24 * HOUR;
  private static final TsdbConfig DEFAULTS = Defaults.of(TsdbConfig.class);

  private static TsdbConfig with(String key, Object value) {
    return Defaults.with(TsdbConfig.class, Map.of(key, value));
  }

  private static TsdbConfig kept(String time, String size, double percentage) {
    return with("retention", retention(time, size, percentage));
  }

  private static TsdbConfig.Retention retention(String time, String size, double percentage) {
    return new TsdbConfig.Retention(
        (Duration) Defaults.scalar(Duration.class, time), ByteSize.parse(size), percentage);
  }

  private static TsdbConfig.DefaultRetention flags(String time, String size) {
    return new TsdbConfig.DefaultRetention(
        (Duration) Defaults.scalar(Duration.class, time), ByteSize.parse(size));
  }

  private static TsdbSettings settings(TsdbConfig config, String... features) {
    return Choices.settings(config, 5, Set.of(features));
  }

  @Test
  void isByDefaultWhatPrometheusIs() {
    TsdbSettings s = settings(DEFAULTS);
    assertThat(s.head().chunkRange()).isEqualTo(2 * HOUR);
    assertThat(s.head().samplesPerChunk()).isEqualTo(120);
    assertThat(s.head().outOfOrderWindow()).isZero();
    assertThat(s.head().maxExemplars()).isEqualTo(5);
    assertThat(s.maxBlock()).isEqualTo(36 * HOUR);
    assertThat(s.compression()).isEqualTo(Compression.SNAPPY);
    assertThat(s.segmentBytes()).isEqualTo(128 << 20);
    assertThat(s.chunkSegmentBytes()).isEqualTo(512 << 20);
    assertThat(s.sync()).isEqualTo(WalWriter.Sync.SEGMENT);
    assertThat(s.lockFile()).isTrue();
    assertThat(s.reloadInterval()).isEqualTo(60_000);
    assertThat(s.compactionDelay()).isZero();
    assertThat(s.snapshotOnShutdown()).isFalse();
    assertThat(s.live().retention()).isEqualTo(new Retention(15 * DAY, 0, 0));
  }

  @Test
  void keepsFifteenDaysOnlyWhereNothingIsSaid() {
    assertThat(Choices.live(kept("1h", "0", 0)).retention()).isEqualTo(new Retention(HOUR, 0, 0));
    assertThat(Choices.live(kept("0", "1KB", 0)).retention()).isEqualTo(new Retention(0, 1024, 0));
    assertThat(Choices.live(kept("0", "0", 0.5)).retention()).isEqualTo(new Retention(0, 0, 0.5));
    assertThat(Choices.live(with("defaultRetention", flags("1d", "0"))).retention())
        .isEqualTo(new Retention(DAY, 0, 0));
    assertThat(Choices.live(with("defaultRetention", flags("0", "1MB"))).retention())
        .isEqualTo(new Retention(0, 1 << 20, 0));
  }

  @Test
  void letsTheFilePrevailOverTheFlagsEachByItself() {
    TsdbConfig both =
        Defaults.with(
            TsdbConfig.class,
            Map.of("retention", retention("2d", "0", 0), "defaultRetention", flags("1d", "1MB")));
    assertThat(Choices.live(both).retention()).isEqualTo(new Retention(2 * DAY, 1 << 20, 0));
  }

  @Test
  void makesTheLargestBlockATenthOfWhatIsKeptUpTo31Days() {
    assertThat(settings(kept("10d", "0", 0)).maxBlock()).isEqualTo(DAY);
    assertThat(settings(kept("10y", "0", 0)).maxBlock()).isEqualTo(31 * DAY);
    assertThat(settings(kept("0", "1GB", 0)).maxBlock()).isEqualTo(31 * DAY);
    assertThat(settings(kept("1h", "0", 0)).maxBlock()).isEqualTo(2 * HOUR);
    assertThat(settings(with("maxBlockDuration", Duration.ofHours(5))).maxBlock())
        .isEqualTo(5 * HOUR);
  }

  @Test
  void takesShortBlocksForTests() {
    assertThat(settings(with("minBlockDuration", Duration.ofMinutes(1))).head().chunkRange())
        .isEqualTo(60_000);
  }

  @Test
  void compressesTheLogAsItIsTold() {
    assertThat(settings(with("walCompression", false)).compression()).isEqualTo(Compression.NONE);
    assertThat(settings(with("walCompressionType", TsdbConfig.CompressionType.ZSTD)).compression())
        .isEqualTo(Compression.ZSTD);
  }

  @Test
  void roundsTheLogsSegmentsToPages() {
    assertThat(settings(with("walSegmentSize", ByteSize.parse("10MB"))).segmentBytes())
        .isEqualTo(10 << 20);
    assertThat(settings(with("walSegmentSize", new ByteSize((11 << 20) + 5))).segmentBytes())
        .isEqualTo(11 << 20);
  }

  @Test
  void looksAtBlocksOnceASecondAtMost() {
    assertThat(settings(with("blockReloadInterval", Duration.ofMillis(1))).reloadInterval())
        .isEqualTo(1000);
  }

  @Test
  void delaysCompactionOnlyWithTheFeature() {
    TsdbConfig half = with("delayedCompaction", new TsdbConfig.DelayedCompaction(50));
    assertThat(settings(half).compactionDelay()).isZero();
    assertThat(settings(half, "delayed-compaction").compactionDelay()).isEqualTo(HOUR);
    TsdbConfig tooMuch = with("delayedCompaction", new TsdbConfig.DelayedCompaction(101));
    assertThat(settings(tooMuch, "delayed-compaction").compactionDelay()).isEqualTo(12 * 60_000);
  }

  @Test
  void switchesOnWhatFeaturesName() {
    TsdbSettings s =
        settings(
            DEFAULTS,
            "memory-snapshot-on-shutdown",
            "metadata-wal-records",
            "created-timestamp-zero-ingestion");
    assertThat(s.snapshotOnShutdown()).isTrue();
    assertThat(s.head().logMetadata()).isTrue();
    assertThat(s.head().zeroSamples()).isTrue();
  }

  @Test
  void refusesWhatPrometheusRefusesInItsWords() {
    assertThatThrownBy(() -> retention("0", "-1GB", 0))
        .hasMessage("'storage.tsdb.retention.size' must be greater than or equal to 0");
    for (double percentage : new double[] {101, -1, Double.NaN}) {
      assertThatThrownBy(() -> retention("0", "0", percentage))
          .hasMessage("'storage.tsdb.retention.percentage' must be in the range [0, 100]");
    }
    for (String encoding : new String[] {"xor3", "XOR"}) {
      assertThatThrownBy(() -> new TsdbConfig.ChunkEncoding(encoding))
          .hasMessage(
              "'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be"
                  + " omitted entirely, got \""
                  + encoding
                  + "\"");
    }
    for (String size : new String[] {"9MB", "257MB"}) {
      assertThatThrownBy(() -> with("walSegmentSize", ByteSize.parse(size)))
          .hasMessage("flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB");
    }
    assertThatThrownBy(() -> with("maxBlockChunkSegmentSize", ByteSize.parse("1KB")))
        .hasMessage("flag 'storage.tsdb.max-block-chunk-segment-size' must be set over 1MB");
  }

  @Test
  void startTimestampsNeedTheirFeaturesAndChunksWithRoomForThem() {
    assertThat(settings(DEFAULTS, "xor2-encoding", "histograms-st-encoding").head().starts())
        .isEqualTo(HeadOptions.Starts.NONE);
    HeadOptions floats = settings(DEFAULTS, "xor2-encoding", "st-storage").head();
    assertThat(floats.starts()).isEqualTo(HeadOptions.Starts.FLOATS);
    assertThat(floats.xor2()).isTrue();
    TsdbConfig xor2 = with("chunkEncoding", new TsdbConfig.ChunkEncoding("xor2"));
    assertThat(settings(xor2, "histograms-st-encoding", "st-storage").head().starts())
        .isEqualTo(HeadOptions.Starts.ALL);
    TsdbConfig xor = with("chunkEncoding", new TsdbConfig.ChunkEncoding("xor"));
    for (TsdbConfig config : new TsdbConfig[] {DEFAULTS, xor}) {
      assertThatThrownBy(() -> settings(config, "st-storage"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("set storage.tsdb.chunk_encoding.floats to xor2");
    }
    assertThatThrownBy(() -> settings(xor, "st-storage", "xor2-encoding"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tellsWhichChangedKeysNeedAStart() {
    assertThat(DEFAULTS.changedForNextStart(DEFAULTS)).isEmpty();
    assertThat(DEFAULTS.changedForNextStart(kept("1d", "1GB", 3))).isEmpty();
    assertThat(DEFAULTS.changedForNextStart(with("outOfOrderTimeWindow", Duration.ofHours(1))))
        .isEmpty();
    assertThat(DEFAULTS.changedForNextStart(with("noLockfile", true)))
        .containsExactly("storage.tsdb.no_lockfile");
  }
}
