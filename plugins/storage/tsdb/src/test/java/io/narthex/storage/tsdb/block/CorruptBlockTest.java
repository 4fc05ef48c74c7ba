package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in its files, a block is read or is said to be corrupted, and where. */
class CorruptBlockTest {
  @TempDir Path directory;
  private Path block = Path.of("");

  @BeforeEach
  void copyGolden() throws IOException {
    Path golden = TestBlocks.blocks("golden/data").getFirst();
    block = TestBlocks.copy(golden, directory.resolve(golden.getFileName().toString()));
  }

  /** Reads all there is; gives the file that was found corrupted, or null. */
  private Path readAll(String as) {
    try (Block b = Block.open(TestBlocks.DISK, block)) {
      try (Part part = b.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
        part.labelNames(List.of(), 0);
        part.labelValues("instance", List.of(Matcher.equal("job", "golden")), 0);
        part.select(
            List.of(
                Matcher.of(Matcher.Type.REGEX, "__name__", "golden_.+"),
                Matcher.of(Matcher.Type.NOT_EQUAL, "instance", "")));
        ChunkList chunks = new ChunkList();
        for (int id : part.select(List.of()).toArray()) {
          part.labels(id);
          part.hasChunks(id, 0, Long.MAX_VALUE);
          chunks.clear();
          part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
        }
      }
      try (var sorted = b.sorted()) {
        for (int i = 0; i < sorted.symbolCount(); i++) {
          sorted.symbol(i);
        }
        while (sorted.next()) {
          sorted.chunks(0, Long.MAX_VALUE, new ChunkList());
        }
      }
      b.verify();
      return null;
    } catch (CorruptionException e) {
      return Objects.requireNonNull(e.file(), as);
    } catch (StorageException e) {
      assertThat(e.kind()).as(as).isEqualTo(StorageException.Kind.CORRUPTION);
      return Objects.requireNonNull(
          ((CorruptionException) Objects.requireNonNull(e.getCause())).file(), as);
    } catch (Exception | Error e) {
      throw new AssertionError(as, e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"index", "chunks/000001", "tombstones", "meta.json"})
  void aFileThatIsCutOffIsNamed(String name) throws IOException {
    Path file = block.resolve(name);
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(good.length);
    for (int i = 0; i < 150; i++) {
      int length = i < 60 ? i : i < 120 ? good.length - 1 - (i - 60) : random.nextInt(good.length);
      if (length < 0 || length >= good.length) {
        continue;
      }
      Files.write(file, Arrays.copyOf(good, length));
      assertThat(readAll(name + " cut to " + length)).as("cut to %s", length).isEqualTo(file);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"index", "chunks/000001", "tombstones"})
  void aFlippedBitIsFoundOrDoesNotMatter(String name) throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path file = block.resolve(name);
    byte[] good = Files.readAllBytes(file);
    int found = 0;
    int rounds = 400;
    for (int i = 0; i < rounds; i++) {
      byte[] bad = good.clone();
      int bit = random.nextInt(8 * bad.length);
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, bad);
      Path where = readAll("seed " + seed + ": " + name + " bit " + bit);
      // Padding and the label indices of old versions are not read.
      if (where != null) {
        assertThat(where).as("seed %s, bit %s", seed, bit).isEqualTo(file);
        found++;
      }
    }
    assertThat(found).as("seed %s", seed).isGreaterThan(rounds / 2);
  }

  /** Nonsense with right checksums: nothing but the decoders' own checks stands against it. */
  @Test
  void nonsenseUnderARightChecksumIsFound() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path file = block.resolve("index");
    byte[] good = Files.readAllBytes(file);
    ByteBuffer toc = ByteBuffer.wrap(good, good.length - 52, 52);
    int symbols = (int) toc.getLong();
    int series = (int) toc.getLong();
    toc.getLong();
    toc.getLong();
    int postings = (int) toc.getLong();
    int table = (int) toc.getLong();
    for (int i = 0; i < 1500; i++) {
      byte[] bad = good.clone();
      int what = random.nextInt(5);
      switch (what) {
        case 0 -> garbleSection(bad, symbols, random);
        case 1 -> garbleSection(bad, table, random);
        case 2 -> garbleSection(bad, postings + 3 & ~3, random);
        case 3 -> {
          // A series: length, content, checksum.
          int at = series + 15 & ~15;
          for (int skip = random.nextInt(30); skip > 0; skip--) {
            at = at + 1 + bad[at] + 4 + 15 & ~15;
          }
          garble(bad, at + 1, bad[at], random);
        }
        default -> garble(bad, bad.length - 52, 48, random);
      }
      Files.write(file, bad);
      readAll("seed " + seed + ", round " + i + ", kind " + what);
    }
  }

  private static void garbleSection(byte[] bytes, int at, Random random) {
    garble(bytes, at + 4, ByteBuffer.wrap(bytes).getInt(at), random);
  }

  private static void garble(byte[] bytes, int start, int length, Random random) {
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at =
          start
              + (random.nextBoolean()
                  ? random.nextInt(length)
                  : random.nextInt(Math.min(8, length)));
      bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, start, length);
    ByteBuffer.wrap(bytes).putInt(start + length, (int) crc.getValue());
  }

  @Test
  void noMoreIsAllocatedThanTheFileIsWorth() throws IOException {
    Path file = block.resolve("index");
    byte[] good = Files.readAllBytes(file);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    readAll("warm");
    // Every four bytes that may be a length say that there is very much.
    for (int at = 0; at + 4 <= good.length; at += 7) {
      byte[] bad = good.clone();
      Arrays.fill(bad, at, at + 4, (byte) 0xff);
      bad[at] = 0x7f;
      Files.write(file, bad);
      long before = threads.getCurrentThreadAllocatedBytes();
      readAll("at " + at);
      assertThat(threads.getCurrentThreadAllocatedBytes() - before)
          .as("at %s", at)
          .isLessThan(32 << 20);
    }
  }
}
