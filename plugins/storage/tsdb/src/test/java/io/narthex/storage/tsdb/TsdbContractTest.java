package io.narthex.storage.tsdb;

import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContract;
import io.narthex.storage.tsdb.file.RealDisk;
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

  private Tsdb open(Duration window) {
    return new Tsdb(
        directory.resolve("data" + made++),
        TsdbFixture.settings(window),
        new RealDisk(),
        Clock.systemUTC());
  }

  @Override
  protected boolean forgetOldSeries(Storage storage) throws Exception {
    // Two hours and more later the series' only chunk goes to a block.
    TsdbFixture.commit(storage, "other", storage.maxTime() + Duration.ofHours(5).toMillis(), 1);
    ((Tsdb) storage).compactions().compact();
    return true;
  }
}
