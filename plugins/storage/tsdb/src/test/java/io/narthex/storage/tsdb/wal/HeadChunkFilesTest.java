package io.narthex.storage.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadChunkFilesTest {
  @TempDir Path temp;

  private record Written(long ref, long series, byte encoding, boolean late, byte[] data) {}

  private HeadChunkFiles open(Disk disk, int fileBytes) throws IOException {
    return HeadChunkFiles.open(disk, temp, Runnable::run, fileBytes);
  }

  private static Written write(HeadChunkFiles files, Random random, int i) throws IOException {
    byte[] data = new byte[2 + random.nextInt(random.nextInt(50) == 0 ? 5000 : 300)];
    random.nextBytes(data);
    byte encoding = (byte) (1 + random.nextInt(3));
    boolean late = random.nextBoolean();
    long ref = files.write(i + 1, i, i + 10, encoding, late, data, 0, data.length);
    return new Written(ref, i + 1, encoding, late, data);
  }

  private static void assertReads(HeadChunkFiles files, Written chunk) throws IOException {
    HeadChunk read = new HeadChunk();
    files.read(chunk.ref, read);
    // Plain, as there are many.
    boolean same =
        read.seriesRef == chunk.series
            && read.minTime == chunk.series - 1
            && read.maxTime == chunk.series + 9
            && read.encoding == chunk.encoding
            && read.outOfOrder == chunk.late
            && Arrays.equals(
                read.bytes(),
                read.offset,
                read.offset + read.length,
                chunk.data,
                0,
                chunk.data.length);
    if (!same) {
      assertThat(Arrays.copyOfRange(read.bytes(), read.offset, read.offset + read.length))
          .as("%s", chunk)
          .isEqualTo(chunk.data);
      throw new AssertionError(chunk);
    }
  }

  private static List<Long> visited(HeadChunkFiles files) throws IOException {
    List<Long> refs = new ArrayList<>();
    files.visit((series, ref, min, max, encoding, late, samples) -> refs.add(ref));
    return refs;
  }

  @Test
  void chunksAreReadableAtOnceAndAfterOpeningAgain() throws IOException {
    Random random = new Random(1);
    List<Written> all = new ArrayList<>();
    try (HeadChunkFiles files = open(new RealDisk(), 2 << 20)) {
      for (int i = 0; i < 20_000; i++) {
        Written chunk = write(files, random, i);
        all.add(chunk);
        assertReads(files, chunk);
        assertReads(files, all.get(random.nextInt(all.size())));
      }
      assertThat(files.lastFile()).isGreaterThan(1);
    }
    try (HeadChunkFiles files = open(new RealDisk(), 2 << 20)) {
      assertThat(visited(files)).isEqualTo(all.stream().map(Written::ref).toList());
      for (Written chunk : all) {
        assertReads(files, chunk);
      }
      int last = files.lastFile();
      Written next = write(files, random, 30_000);
      assertThat(HeadChunkFiles.fileOf(next.ref)).isEqualTo(last + 1);
    }
    try (var list = Files.list(temp)) {
      assertThat(list.map(p -> p.toFile().length() % (128 << 10))).containsOnly(0L);
    }
  }

  @Test
  void chunksBeforeAPlaceThatCannotBeReadStayGood() throws IOException {
    Random random = new Random(7);
    List<Written> all = new ArrayList<>();
    try (HeadChunkFiles files = open(new RealDisk(), 2 << 20)) {
      for (int i = 0; i < 1_000; i++) {
        all.add(write(files, random, i));
      }
    }
    try (HeadChunkFiles files = open(new RealDisk(), 2 << 20)) {
      try (FileChannel shorter =
          FileChannel.open(temp.resolve("000001"), StandardOpenOption.WRITE)) {
        // A mapping behind the file's end is as unreadable as one over a disk that fails.
        shorter.truncate(64 << 10);
      }
      List<Long> shown = new ArrayList<>();
      CorruptionException damage =
          catchThrowableOfType(
              CorruptionException.class,
              () -> files.visit((series, ref, min, max, code, late, samples) -> shown.add(ref)));
      assertThat(shown).isNotEmpty().hasSizeLessThan(all.size());
      assertThat(damage.offset()).isGreaterThan((int) (long) shown.getLast());
      files.cut(damage);
      for (int i = 0; i < shown.size(); i++) {
        assertThat(all.get(i).ref).isEqualTo(shown.get(i));
        assertReads(files, all.get(i));
      }
      assertReads(files, write(files, random, 2_000));
    }
  }

  @Test
  void readersSeeChunksWhileFilesGrowAndAreDeleted() throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (HeadChunkFiles files = open(new RealDisk(), 3 << 20)) {
      Written[] all = new Written[15_000];
      AtomicInteger size = new AtomicInteger();
      AtomicInteger from = new AtomicInteger();
      AtomicBoolean done = new AtomicBoolean();
      Thread reader =
          Thread.ofPlatform()
              .start(() -> {
                Random random = new Random(2);
                while (!done.get()) {
                  int n = size.get();
                  if (n == 0) {
                    continue;
                  }
                  int i = random.nextInt(n);
                  try {
                    assertReads(files, all[i]);
                  } catch (CorruptionException e) {
                    if (HeadChunkFiles.fileOf(all[i].ref) >= from.get()) {
                      failure.set(e);
                    }
                  } catch (IOException | RuntimeException | Error e) {
                    failure.set(e);
                  }
                }
              });
      Random random = new Random(1);
      for (int i = 0; i < all.length; i++) {
        all[i] = write(files, random, i);
        size.set(i + 1);
        if (i == 12_000) {
          from.set(files.lastFile());
          files.truncate(files.lastFile());
        }
      }
      done.set(true);
      reader.join();
    }
    assertThat(failure.get()).isNull();
  }

  @Test
  void whenTheDiskIsFullChunksWaitInMemoryAndNoneIsLost() throws IOException {
    FailingDisk disk = new FailingDisk();
    Random random = new Random(1);
    List<Written> all = new ArrayList<>();
    int refused = 0;
    try (HeadChunkFiles files = open(disk, 64 << 20)) {
      all.add(write(files, random, 0));
      disk.spaceLeft(100_000);
      for (int i = 1; i < 6_000; i++) {
        byte[] data = new byte[4000];
        random.nextBytes(data);
        try {
          long ref = files.write(i + 1, i, i + 10, (byte) 1, false, data, 0, data.length);
          all.add(new Written(ref, i + 1, (byte) 1, false, data));
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("No space left");
          refused++;
        }
      }
      assertThat(refused).isPositive();
      assertThat(files.failedWrites()).isPositive();
      for (Written chunk : all) {
        assertReads(files, chunk);
      }
      disk.heal();
      for (int i = 0; i < 1000; i++) {
        all.add(write(files, random, 200_000 + i));
      }
      for (Written chunk : all) {
        assertReads(files, chunk);
      }
    }
    try (HeadChunkFiles files = open(disk, 64 << 20)) {
      assertThat(visited(files)).isEqualTo(all.stream().map(Written::ref).toList());
    }
  }

  @Test
  void aFileThatCannotBeMadeRefusesTheChunk() throws IOException {
    FailingDisk disk = new FailingDisk();
    Random random = new Random(1);
    try (HeadChunkFiles files = open(disk, 1 << 20)) {
      disk.fail(Call.CREATE, 1);
      assertThatThrownBy(() -> write(files, random, 1)).isInstanceOf(IOException.class);
      assertReads(files, write(files, random, 2));
    }
  }

  @Test
  void damageIsNamedAndCutAndWhatCameBeforeStays() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Written> all = new ArrayList<>();
    try (HeadChunkFiles files = open(new RealDisk(), 300_000)) {
      for (int i = 0; i < 6000; i++) {
        all.add(write(files, random, i));
      }
    }
    int victim = 1000 + random.nextInt(3000);
    long ref = all.get(victim).ref;
    Path path = temp.resolve(String.format("%06d", HeadChunkFiles.fileOf(ref)));
    byte[] bytes = Files.readAllBytes(path);
    bytes[(int) ref + random.nextInt(25)] ^= 4;
    Files.write(path, bytes);
    try (HeadChunkFiles files = open(new RealDisk(), 300_000)) {
      List<Long> seen = new ArrayList<>();
      CorruptionException damage = null;
      try {
        files.visit((s, r, min, max, encoding, late, samples) -> seen.add(r));
      } catch (CorruptionException e) {
        damage = e;
      }
      assertThat(damage).as("seed %s", seed).isNotNull();
      assertThat(damage.file()).isEqualTo(path);
      assertThat(damage.offset()).isEqualTo((int) ref);
      assertThat(seen).isEqualTo(all.subList(0, victim).stream().map(Written::ref).toList());
      files.cut(damage);
      assertThat(visited(files)).isEqualTo(seen);
      assertReads(files, all.getFirst());
      assertReads(files, write(files, random, 7000));
    }
  }

  @Test
  void anEmptyLastFileIsRemoved() throws IOException {
    try (HeadChunkFiles files = open(new RealDisk(), 1 << 20)) {
      var unused = write(files, new Random(1), 1);
    }
    Files.write(temp.resolve("000002"), new byte[0]);
    try (HeadChunkFiles files = open(new RealDisk(), 1 << 20)) {
      assertThat(files.lastFile()).isEqualTo(1);
      assertThat(visited(files)).hasSize(1);
    }
  }
}
