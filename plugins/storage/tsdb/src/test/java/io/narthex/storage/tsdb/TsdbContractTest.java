package io.narthex.storage.tsdb;

import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContract;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.head.HeadOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

class TsdbContractTest extends StorageContract {
  @TempDir private Path directory;
  private int made;

  @Override
  protected Storage create() {
    return open(Duration.ZERO);
  }

  @Override
  protected Storage createWithOutOfOrderWindow(Duration window) {
    return open(window);
  }

  @Override
  protected Storage createWithStartTimestamps() {
    TsdbSettings s = TsdbFixture.settings(Duration.ZERO);
    return open(
        new TsdbSettings(
            s.head().withStarts(HeadOptions.Starts.ALL),
            s.maxBlock(),
            s.compression(),
            s.segmentBytes(),
            s.sync(),
            s.chunkSegmentBytes(),
            s.lockFile(),
            s.reloadInterval(),
            s.compactionDelay(),
            s.snapshotOnShutdown(),
            s.live()));
  }

  private Tsdb open(Duration window) {
    return open(TsdbFixture.settings(window));
  }

  private Tsdb open(TsdbSettings settings) {
    return new Tsdb(
        directory.resolve("data" + made++), settings, new RealDisk(), Clock.systemUTC());
  }

  @Override
  protected boolean forgetOldSeries(Storage storage) throws Exception {
    // Two hours and more later the series' only chunk goes to a block.
    TsdbFixture.commit(storage, "other", storage.maxTime() + Duration.ofHours(5).toMillis(), 1);
    ((Tsdb) storage).compactions().compact();
    return true;
  }
}
