package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of late samples that lie where the head has not been made into a block yet. */
class LateBlocksTest {
  private static final long RANGE = KillScript.RANGE;

  /** The beginning of three ranges that are compacted into one. */
  private static final long T0 = 1_700_000_100_000L;

  @TempDir private Path root;

  private static Tsdb open(Path directory) throws Exception {
    Tsdb db = new Tsdb(directory, KillScript.settings(), new RealDisk(), Clock.systemUTC());
    db.compactions().enabled(false);
    db.start();
    return db;
  }

  @Test
  void areNotMergedIntoOnesThatWouldShutOutTheLog() throws Exception {
    Path directory = root.resolve("data");
    Path killed = root.resolve("killed");
    Map<Labels, SortedMap<Long, Object>> all;
    try (Tsdb db = open(directory)) {
      for (long time = T0; time <= T0 + 3 * RANGE + RANGE / 5; time += 1000) {
        TsdbFixture.commit(db, "steady", time, time / 1e3);
      }
      TsdbFixture.commit(db, "late", T0 + 3 * RANGE + RANGE / 5, 1);
      TsdbFixture.commit(db, "late", T0 + 2 * RANGE + RANGE / 10, 2);
      TsdbFixture.commit(db, "late", T0 + 3 * RANGE + RANGE / 10, 3);
      all = Everything.of(db);
      db.compactions().compact();
      assertThat(Everything.of(db)).isEqualTo(all);
      // Two ranges have left the head; the late samples are beyond them.
      assertThat(db.head().minTime()).isEqualTo(T0 + 2 * RANGE);
      assertThat(db.blockSet().current().getLast().meta().maxTime()).isEqualTo(T0 + 4 * RANGE);
      copy(directory, killed);
    }
    try (Tsdb db = open(killed)) {
      assertThat(Everything.of(db)).isEqualTo(all);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(p -> {
        try {
          Files.copy(p, to.resolve(from.relativize(p).toString()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }
}
