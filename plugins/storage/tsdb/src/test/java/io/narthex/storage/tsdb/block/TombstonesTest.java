package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.Intervals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TombstonesTest {
  @TempDir Path directory;

  @Test
  void goldenFilesAreWrittenAsTheyWere() throws IOException {
    for (Path block : TestBlocks.blocks("golden/data")) {
      byte[] content = Files.readAllBytes(block.resolve("tombstones"));
      Tombstones tombstones = Tombstones.read(TestBlocks.DISK, block);
      assertThat(tombstones.count())
          .isEqualTo(BlockMeta.read(TestBlocks.DISK, block).stats().tombstones());
      // Upstream writes the series in no particular order; those of one series are together.
      byte[] again = tombstones.encode();
      assertThat(again).hasSameSizeAs(content);
      assertThat(Tombstones.decode(block, again).encode()).isEqualTo(again);
      if (tombstones.count() == 1) {
        assertThat(again).isEqualTo(content);
      }
    }
  }

  @Test
  void anEmptyFileIsThatOfUpstream() throws IOException {
    Path golden = TestBlocks.conformance("upstream/index_format_v1/tombstones");
    assertThat(Tombstones.NONE.encode()).isEqualTo(Files.readAllBytes(golden));
  }

  @Test
  void noFileMeansNothingDeleted() throws IOException {
    assertThat(Tombstones.read(TestBlocks.DISK, directory).isEmpty()).isTrue();
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    Tombstones some =
        Tombstones.of(
            Map.of(
                5,
                Intervals.of(1, 2).with(10, 20),
                -1,
                Intervals.of(Long.MIN_VALUE, Long.MAX_VALUE),
                7,
                Intervals.NONE));
    some.write(TestBlocks.DISK, directory);
    Tombstones read = Tombstones.read(TestBlocks.DISK, directory);
    assertThat(read.count()).isEqualTo(3);
    assertThat(read.seriesCount()).isEqualTo(2);
    assertThat(read.series(0)).isEqualTo(5);
    assertThat(read.of(5)).isEqualTo(Intervals.of(1, 2).with(10, 20));
    assertThat(read.of(-1)).isEqualTo(Intervals.of(Long.MIN_VALUE, Long.MAX_VALUE));
    assertThat(read.of(6)).isEqualTo(Intervals.NONE);
    assertThat(read.of(7)).isEqualTo(Intervals.NONE);
    assertThat(directory.resolve("tombstones.tmp")).doesNotExist();
  }

  @Test
  void joinsRangesThatAreAdded() {
    Tombstones some = Tombstones.of(Map.of(1, Intervals.of(1, 5)));
    Tombstones more = some.with(Map.of(1, Intervals.of(6, 9), 2, Intervals.of(0, 0)));
    assertThat(more.of(1)).isEqualTo(Intervals.of(1, 9));
    assertThat(more.count()).isEqualTo(2);
  }

  @Test
  void damageIsNamed() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] good = Tombstones.of(Map.of(300, Intervals.of(1, 2).with(10, 1 << 30))).encode();
    for (int cut = 0; cut < good.length; cut++) {
      byte[] bad = java.util.Arrays.copyOf(good, cut);
      assertThatThrownBy(() -> Tombstones.decode(directory, bad))
          .as("cut at %s", cut)
          .isInstanceOf(CorruptionException.class)
          .hasMessageContaining(directory.toString());
    }
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> Tombstones.decode(directory, bad))
          .as("bit %s", bit)
          .isInstanceOf(CorruptionException.class);
    }
    for (int i = 0; i < 2000; i++) {
      // The checksum is right, what it covers is not.
      byte[] bad = new byte[9 + random.nextInt(40)];
      random.nextBytes(bad);
      System.arraycopy(good, 0, bad, 0, 5);
      java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
      crc.update(bad, 5, bad.length - 9);
      java.nio.ByteBuffer.wrap(bad).putInt(bad.length - 4, (int) crc.getValue());
      try {
        Tombstones.decode(directory, bad);
      } catch (CorruptionException e) {
        assertThat(e.offset()).as("seed %s", seed).isBetween(0L, (long) bad.length);
      }
    }
  }
}
