package io.narthex.storage.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WalTest {
  @TempDir Path temp;

  private WalWriter writer(
      io.narthex.storage.tsdb.file.Disk disk, Compression compression, int size)
      throws IOException {
    return WalWriter.open(
        disk, temp, compression, size, WalWriter.Sync.SEGMENT, Runnable::run, new WalMetrics());
  }

  private static byte[] record(Random random, int length) {
    byte[] record = new byte[length];
    random.nextBytes(record);
    // Half of it can be compressed.
    Arrays.fill(record, length / 2, length, (byte) 7);
    if (length > 0) {
      record[0] = (byte) 200;
    }
    return record;
  }

  private List<byte[]> read() throws IOException {
    List<byte[]> found = new ArrayList<>();
    RealDisk disk = new RealDisk();
    try (WalReader reader = new WalReader(disk, Segments.list(disk, temp))) {
      while (reader.next()) {
        found.add(
            Arrays.copyOfRange(reader.bytes(), reader.offset(), reader.offset() + reader.length()));
      }
    }
    return found;
  }

  /** What can be read, and the damage behind it if there is any. */
  private CorruptionException readUntilDamage(List<byte[]> into) throws IOException {
    RealDisk disk = new RealDisk();
    try (WalReader reader = new WalReader(disk, Segments.list(disk, temp))) {
      while (reader.next()) {
        into.add(Arrays.copyOf(reader.bytes(), reader.length()));
      }
    } catch (CorruptionException e) {
      return e;
    }
    return null;
  }

  private static void assertSame(List<byte[]> got, List<byte[]> want) {
    assertThat(got).hasSameSizeAs(want);
    for (int i = 0; i < want.size(); i++) {
      assertThat(got.get(i)).as("record %s", i).isEqualTo(want.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void readsWhatWasWrittenOverPagesAndSegments(Compression compression) throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> want = new ArrayList<>();
    RecordBuffer group = new RecordBuffer();
    try (WalWriter writer = writer(new RealDisk(), compression, 128 * 1024)) {
      for (int i = 0; i < 300; i++) {
        group.clear();
        int records = 1 + random.nextInt(4);
        for (int j = 0; j < records; j++) {
          int length =
              switch (random.nextInt(10)) {
                case 0 -> 0;
                case 1 -> 32 * 1024 - 7;
                case 2 -> 32 * 1024 - 14 + random.nextInt(14);
                case 3 -> random.nextInt(100_000);
                default -> random.nextInt(500);
              };
          byte[] record = record(random, length);
          want.add(record);
          group.add(record, 0, length);
        }
        writer.log(group);
      }
    }
    List<Segments.Segment> segments = Segments.list(new RealDisk(), temp);
    assertThat(segments.size()).as("seed %s", seed).isGreaterThan(3);
    for (Segments.Segment each : segments) {
      assertThat(Files.size(each.path()) % Segments.PAGE).isZero();
    }
    assertSame(read(), want);
  }

  @Test
  void aGroupIsOneWrite() throws IOException {
    FailingDisk disk = new FailingDisk();
    RecordBuffer group = new RecordBuffer();
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      byte[] record = record(random, 5000);
      group.add(record, 0, record.length);
    }
    try (WalWriter writer = writer(disk, Compression.SNAPPY, Segments.DEFAULT_SIZE)) {
      writer.log(group);
      assertThat(disk.count(Call.WRITE)).isEqualTo(1);
      assertThat(disk.count(Call.SYNC)).isZero();
    }
    assertThat(disk.count(Call.SYNC)).isEqualTo(1);
    assertThat(read()).hasSize(100);
  }

  @Test
  void syncOfEachCommitIsDurableBeforeItReturns() throws IOException {
    FailingDisk disk = new FailingDisk();
    RecordBuffer group = new RecordBuffer();
    group.add(new byte[] {(byte) 200, 1}, 0, 2);
    try (WalWriter writer =
        WalWriter.open(
            disk,
            temp,
            Compression.NONE,
            Segments.DEFAULT_SIZE,
            WalWriter.Sync.COMMIT,
            Runnable::run,
            new WalMetrics())) {
      writer.log(group);
      assertThat(disk.count(Call.SYNC)).isEqualTo(1);
      disk.fail(Call.SYNC, 1);
      assertThatThrownBy(() -> writer.log(group)).hasMessageContaining("Input/output error");
      writer.log(group);
    }
    assertThat(read()).hasSize(2);
  }

  @Test
  void eachOpenBeginsASegmentAndTruncateDeletesTheOldOnes() throws IOException {
    RecordBuffer group = new RecordBuffer();
    for (int i = 0; i < 4; i++) {
      group.clear();
      group.add(new byte[] {(byte) 200, (byte) i}, 0, 2);
      try (WalWriter writer = writer(new RealDisk(), Compression.SNAPPY, 64 * 1024)) {
        assertThat(writer.position().segment()).isEqualTo(i);
        writer.log(group);
        assertThat(writer.position().offset()).isEqualTo(9);
      }
    }
    try (WalWriter writer = writer(new RealDisk(), Compression.SNAPPY, 64 * 1024)) {
      writer.truncate(2);
    }
    assertThat(read()).extracting(r -> r[1]).containsExactly((byte) 2, (byte) 3);
  }

  @Test
  void aFullDiskLosesTheGroupAloneAndLaterOnesAreGood() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    FailingDisk disk = new FailingDisk();
    WalMetrics metrics = new WalMetrics();
    List<byte[]> want = new ArrayList<>();
    int failures = 0;
    try (WalWriter writer =
        WalWriter.open(
            disk,
            temp,
            Compression.SNAPPY,
            96 * 1024,
            WalWriter.Sync.SEGMENT,
            Runnable::run,
            metrics)) {
      for (int i = 0; i < 200; i++) {
        RecordBuffer group = new RecordBuffer();
        List<byte[]> records = new ArrayList<>();
        for (int j = 0; j < 1 + random.nextInt(3); j++) {
          byte[] record = record(random, 1 + random.nextInt(40_000));
          records.add(record);
          group.add(record, 0, record.length);
        }
        if (random.nextInt(3) == 0) {
          disk.spaceLeft(random.nextInt(20_000));
        }
        if (random.nextInt(5) == 0) {
          disk.fail(Call.TRUNCATE, 1);
          if (random.nextBoolean()) {
            disk.fail(Call.APPEND, 1);
          }
        }
        if (random.nextInt(10) == 0) {
          disk.fail(Call.CREATE, 1);
        }
        try {
          writer.log(group);
          want.addAll(records);
        } catch (IOException e) {
          failures++;
        }
        disk.heal();
      }
    }
    assertThat(failures).as("seed %s", seed).isPositive();
    assertThat(metrics.writesFailed.sum()).isEqualTo(failures);
    assertSame(read(), want);
  }

  @Test
  void aTailTornAtAnyByteCostsTheTornRecordAlone() throws IOException {
    RecordBuffer group = new RecordBuffer();
    Random random = new Random(3);
    List<byte[]> want = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    ends.add(0L);
    // The last ones stand across a page.
    int[] lengths = {32_000, 100, 300, 900, 40};
    try (WalWriter writer = writer(new RealDisk(), Compression.NONE, Segments.DEFAULT_SIZE)) {
      for (int length : lengths) {
        byte[] record = record(random, length);
        want.add(record);
        group.clear();
        group.add(record, 0, length);
        writer.log(group);
        ends.add(writer.position().offset());
      }
    }
    Path segment = Segments.path(temp, 0);
    byte[] whole = Files.readAllBytes(segment);
    for (int cut = (int) (long) ends.get(1); cut <= ends.getLast(); cut++) {
      Files.write(segment, Arrays.copyOf(whole, cut));
      int complete = 0;
      while (complete + 1 < ends.size() && ends.get(complete + 1) <= cut) {
        complete++;
      }
      List<byte[]> got = new ArrayList<>();
      CorruptionException damage = readUntilDamage(got);
      assertSame(got, want.subList(0, complete));
      if (cut != ends.get(complete)) {
        assertThat(damage).as("cut at %s", cut).isNotNull();
        assertThat(damage.file()).isEqualTo(segment);
        assertThat(damage.offset()).isEqualTo(ends.get(complete));
        Repair.cut(new RealDisk(), damage);
        assertSame(read(), want.subList(0, complete));
      } else {
        assertThat(damage).isNull();
      }
      // One that goes on writes to another segment.
      try (WalWriter writer = writer(new RealDisk(), Compression.NONE, Segments.DEFAULT_SIZE)) {
        writer.log(group);
      }
      assertThat(read()).hasSize(complete + 1);
      Files.delete(Segments.path(temp, 1));
    }
  }

  @Test
  void anyFlippedBitIsFoundAndAllBehindItIsDropped() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> want = new ArrayList<>();
    List<int[]> places = new ArrayList<>();
    RecordBuffer group = new RecordBuffer();
    try (WalWriter writer = writer(new RealDisk(), Compression.SNAPPY, 64 * 1024)) {
      for (int i = 0; i < 200; i++) {
        byte[] record = record(random, 1 + random.nextInt(3000));
        want.add(record);
        group.clear();
        group.add(record, 0, record.length);
        writer.log(group);
        places.add(new int[] {writer.position().segment(), (int) writer.position().offset()});
      }
    }
    List<Segments.Segment> segments = Segments.list(new RealDisk(), temp);
    List<byte[]> originals = new ArrayList<>();
    for (Segments.Segment each : segments) {
      originals.add(Files.readAllBytes(each.path()));
    }
    for (int round = 0; round < 200; round++) {
      int s = random.nextInt(segments.size());
      byte[] broken = originals.get(s).clone();
      int at = random.nextInt(broken.length);
      int bit = random.nextInt(8);
      broken[at] ^= (byte) (1 << bit);
      Files.write(segments.get(s).path(), broken);
      int before = 0;
      while (before < places.size()
          && (places.get(before)[0] < s
              || (places.get(before)[0] == s && places.get(before)[1] <= at))) {
        before++;
      }
      List<byte[]> got = new ArrayList<>();
      CorruptionException damage = readUntilDamage(got);
      if (damage == null) {
        // A reserved bit of a header, or a flag: nothing is lost.
        assertSame(got, want);
      } else {
        assertThat(got.size()).as("seed %s round %s", seed, round).isGreaterThanOrEqualTo(before);
        assertSame(got, want.subList(0, got.size()));
        assertThat(got.size()).isLessThanOrEqualTo(before + 1);
        Repair.cut(new RealDisk(), damage);
        assertSame(read(), want.subList(0, got.size()));
      }
      for (int i = 0; i < segments.size(); i++) {
        Files.write(segments.get(i).path(), originals.get(i));
      }
    }
  }

  @Test
  void aMissingSegmentIsNamed() throws IOException {
    for (int i = 0; i < 3; i++) {
      writer(new RealDisk(), Compression.NONE, 64 * 1024).close();
    }
    Files.delete(Segments.path(temp, 1));
    CorruptionException e =
        catchThrowableOfType(CorruptionException.class, () -> Segments.list(new RealDisk(), temp));
    assertThat(e).hasMessageContaining("segments are not sequential").hasMessageContaining("got 2");
  }

  @Test
  void randomBytesAreCorruptionAndNothingElse() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Path segment = Segments.path(temp, 0);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = new byte[1 + random.nextInt(40_000)];
      random.nextBytes(bytes);
      // Plausible headers, so that it goes deeper.
      bytes[0] = (byte) (1 + random.nextInt(2) + 8 * random.nextInt(4));
      if (bytes.length > 3) {
        bytes[1] = 0;
      }
      Files.write(segment, bytes);
      assertThat(readUntilDamage(new ArrayList<>())).as("seed %s", seed).isNotNull();
    }
  }
}
