package io.narthex.storage.tsdb;

import io.narthex.api.model.Labels;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Storage;
import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.time.Duration;

/** Settings and short cuts for tests of the whole database. */
final class TsdbFixture {
  private TsdbFixture() {}

  /** What Prometheus does unless told otherwise, for ever, without compactions put off. */
  static TsdbSettings settings(Duration outOfOrderWindow) {
    return new TsdbSettings(
        new HeadOptions(
            Duration.ofHours(2).toMillis(),
            120,
            outOfOrderWindow.toMillis(),
            100,
            false,
            false,
            false),
        Duration.ofHours(18).toMillis(),
        Compression.SNAPPY,
        Segments.DEFAULT_SIZE,
        WalWriter.Sync.SEGMENT,
        512L << 20,
        true,
        Duration.ofMinutes(1).toMillis(),
        0,
        false,
        new TsdbSettings.Live(Retention.UNLIMITED, outOfOrderWindow.toMillis(), 0));
  }

  /** Commits one sample of one series. */
  static void commit(Storage storage, String metric, long time, double value) throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      batch.add(appender.series(Labels.of("__name__", metric)), time, value);
      appender.append(batch, errors);
      appender.commit();
    }
    if (!errors.isEmpty()) {
      throw new AssertionError("refused: " + errors.error(0));
    }
  }
}
