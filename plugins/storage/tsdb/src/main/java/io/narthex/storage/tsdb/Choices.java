package io.narthex.storage.tsdb;

import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.time.Duration;
import java.util.Set;

/**
 * What configuration, flags and features come to: defaults that depend on one another, as
 * Prometheus 3.14 decides them.
 */
final class Choices {
  private static final Duration DEFAULT_RETENTION = Duration.ofDays(15);
  private static final Duration MAX_BLOCK = Duration.ofDays(31);
  private static final long CHUNK_SEGMENT_BYTES = 512L << 20;
  private static final int LOG_SEGMENT_BYTES = 128 << 20;
  private static final int LOG_PAGE_BYTES = 32 << 10;
  private static final int DEFAULT_DELAY_PERCENT = 10;

  private Choices() {}

  /**
   * All settings.
   *
   * @param maxExemplars size of the exemplar buffer
   * @param features names given with {@code --enable-feature}
   * @throws IllegalArgumentException when they contradict one another
   */
  static TsdbSettings settings(TsdbConfig config, long maxExemplars, Set<String> features) {
    long minBlock = config.minBlockDuration().toMillis();
    HeadOptions head =
        new HeadOptions(
            minBlock,
            config.samplesPerChunk(),
            config.outOfOrderTimeWindow().toMillis(),
            maxExemplars,
            features.contains("created-timestamp-zero-ingestion"),
            features.contains("metadata-wal-records"),
            config.walFsync() == WalWriter.Sync.COMMIT,
            xor2(config, features),
            starts(config, features));
    long segment = config.walSegmentSize().bytes();
    long chunkSegment = config.maxBlockChunkSegmentSize().bytes();
    return new TsdbSettings(
        head,
        maxBlock(config),
        compression(config),
        segment == 0 ? LOG_SEGMENT_BYTES : Math.toIntExact(segment - segment % LOG_PAGE_BYTES),
        config.walFsync(),
        chunkSegment == 0 ? CHUNK_SEGMENT_BYTES : chunkSegment,
        !config.noLockfile(),
        Math.max(1000, config.blockReloadInterval().toMillis()),
        features.contains("delayed-compaction") ? delay(config, minBlock) : 0,
        features.contains("memory-snapshot-on-shutdown"),
        live(config));
  }

  private static boolean xor2(TsdbConfig config, Set<String> features) {
    String floats = config.chunkEncoding().floats();
    return floats.isEmpty() ? features.contains("xor2-encoding") : floats.equals("xor2");
  }

  private static HeadOptions.Starts starts(TsdbConfig config, Set<String> features) {
    if (!features.contains("st-storage")) {
      return HeadOptions.Starts.NONE;
    }
    if (!xor2(config, features)) {
      throw new IllegalArgumentException(
          "--enable-feature=st-storage needs XOR2 chunks of floats, which have room for start"
              + " timestamps: set storage.tsdb.chunk_encoding.floats to xor2, or add"
              + " --enable-feature=xor2-encoding");
    }
    return features.contains("histograms-st-encoding")
        ? HeadOptions.Starts.ALL
        : HeadOptions.Starts.FLOATS;
  }

  /** What a reload may change. */
  static TsdbSettings.Live live(TsdbConfig config) {
    return new TsdbSettings.Live(
        retention(config),
        config.outOfOrderTimeWindow().toMillis(),
        config.staleSeriesCompactionThreshold());
  }

  /** Whether anything says what is kept; if not, it is 15 days. */
  static boolean retentionSaid(TsdbConfig config) {
    return !retentionTime(config).isZero()
        || retentionBytes(config) > 0
        || config.retention().percentage() > 0;
  }

  private static Retention retention(TsdbConfig config) {
    Duration time = retentionSaid(config) ? retentionTime(config) : DEFAULT_RETENTION;
    return new Retention(time.toMillis(), retentionBytes(config), config.retention().percentage());
  }

  private static Duration retentionTime(TsdbConfig config) {
    return config.retention().time().isZero()
        ? config.defaultRetention().time()
        : config.retention().time();
  }

  private static long retentionBytes(TsdbConfig config) {
    return config.retention().size().bytes() == 0
        ? config.defaultRetention().size().bytes()
        : config.retention().size().bytes();
  }

  private static long maxBlock(TsdbConfig config) {
    long max = config.maxBlockDuration().toMillis();
    if (max == 0) {
      long tenth = retention(config).duration() / 10;
      max = tenth == 0 ? MAX_BLOCK.toMillis() : Math.min(tenth, MAX_BLOCK.toMillis());
    }
    return Math.max(max, config.minBlockDuration().toMillis());
  }

  private static Compression compression(TsdbConfig config) {
    if (!config.walCompression()) {
      return Compression.NONE;
    }
    return switch (config.walCompressionType()) {
      case SNAPPY -> Compression.SNAPPY;
      case ZSTD -> Compression.ZSTD;
    };
  }

  private static long delay(TsdbConfig config, long minBlock) {
    int percent = config.delayedCompaction().maxPercent();
    return minBlock / 100 * (percent < 1 || percent > 100 ? DEFAULT_DELAY_PERCENT : percent);
  }
}
