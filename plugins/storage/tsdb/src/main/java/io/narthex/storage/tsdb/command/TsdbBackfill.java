package io.narthex.storage.tsdb.command;

import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.BlockBackfill;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import org.pf4j.Extension;

/** Makes blocks for commands of other plugins. */
@Extension
public final class TsdbBackfill implements BlockBackfill {
  /** Bytes of finished chunks in memory. */
  private static final long MEMORY = 96L << 20;

  public TsdbBackfill() {}

  @Override
  public long duration(long longest) {
    return CreateBlocksCommand.blockDuration(longest);
  }

  @Override
  public Writer open(Path directory, long duration) throws IOException {
    Files.createDirectories(directory);
    SeriesTable table = new SeriesTable(Map.of());
    UlidGenerator ids = new UlidGenerator(InstantSource.system(), new SecureRandom());
    Backfill backfill =
        new Backfill(new RealDisk(), directory, duration, table, MEMORY, ids::next, true);
    return new Writer() {
      @Override
      public long add(Labels labels, SampleBatch samples) throws IOException {
        int series = table.series(labels);
        if (series < 0) {
          throw new IllegalArgumentException(table.problem(series));
        }
        long before = backfill.dropped();
        for (int i = 0; i < samples.size; i++) {
          backfill.add(series, samples.timestamps[i], samples.values[i]);
        }
        return backfill.dropped() - before;
      }

      @Override
      public void finish() throws IOException {
        try {
          backfill.write((block, at) -> {});
        } catch (BackfillException e) {
          throw new IOException(e.getMessage(), e);
        }
      }

      @Override
      public void close() throws IOException {
        backfill.close();
      }
    };
  }
}
