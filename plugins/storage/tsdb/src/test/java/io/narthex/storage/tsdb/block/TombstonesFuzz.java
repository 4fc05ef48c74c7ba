package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.select.Intervals;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Fuzzes the file of tombstones; what was read is written and read again. */
public final class TombstonesFuzz {
  private static final Path FILE = Path.of("/block/tombstones");

  private TombstonesFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] file = Fuzz.rest(input);
    if (Fuzz.heals(input) && file.length >= 9) {
      Fuzz.checksum(file, 5, file.length - 9, file.length - 4);
    }
    Fuzz.decode(
        file.length,
        () -> {
          Tombstones read = Tombstones.decode(FILE, file);
          Tombstones again = Tombstones.decode(FILE, read.encode());
          if (again.count() != read.count() || again.seriesCount() != read.seriesCount()) {
            throw new AssertionError("got " + again.count() + " ranges, want " + read.count());
          }
          for (int i = 0; i < read.seriesCount(); i++) {
            read.of(read.series(i));
          }
        });
  }

  /** Some ranges. */
  public static List<byte[]> seeds() {
    return List.of(
        Fuzz.seed(Tombstones.NONE.encode()),
        Fuzz.seed(
            Tombstones.of(
                    Map.of(
                        5,
                        Intervals.of(1, 2).with(10, 20),
                        -1,
                        Intervals.of(Long.MIN_VALUE, Long.MAX_VALUE)))
                .encode()));
  }
}
