package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockMeta.Compaction;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlocksTest {
  private final FailingDisk disk = new FailingDisk();
  private final UlidGenerator ulids = new UlidGenerator(InstantSource.system(), new Random(1));
  private final CompactionMetrics metrics = new CompactionMetrics();

  @TempDir Path dir;

  private Blocks blocks() {
    return new Blocks(disk, dir, metrics);
  }

  private Path block(long minTime, long maxTime, String... hints) throws Exception {
    Model m = new Model();
    for (long t = minTime; t < maxTime; t += 10) {
      m.add(List.of("a", "b"), t, (double) t);
    }
    return dir.resolve(m.write(disk, dir, ulids.next(), minTime, maxTime, hints).ulid().toString());
  }

  private static void reload(Blocks blocks) throws IOException {
    blocks.reload(Retention.UNLIMITED, 0);
  }

  private List<String> names() throws IOException {
    return disk.list(dir).stream().map(p -> p.getFileName().toString()).toList();
  }

  @Test
  void servesTheBlocksOfADirectoryByTime() throws Exception {
    Path b = block(100, 200);
    Path a = block(0, 100);
    Files.createDirectories(dir.resolve("wal"));
    Files.createDirectories(dir.resolve("chunks_head"));
    Files.writeString(dir.resolve("lock"), "");
    try (Blocks blocks = blocks()) {
      reload(blocks);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(a, b);
      assertThat(blocks.minTime()).hasValue(0);
      assertThat(metrics.blockBytes.get()).isPositive();
      Path c = block(50, 60);
      reload(blocks);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(a, c, b);
      assertThat(metrics.reloads.get()).isEqualTo(2);
      assertThat(metrics.reloadFailures.get()).isZero();
    }
  }

  @Test
  void givesReadersTheBlocksOfARange() throws Exception {
    block(0, 100);
    Path b = block(100, 200);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      List<Block> held = blocks.retain(100, 5000);
      assertThat(held.stream().map(Block::directory)).containsExactly(b);
      held.forEach(Block::release);
      assertThat(blocks.retain(-10, -1)).isEmpty();
    }
  }

  @Test
  void removesWhatACrashLeft() throws Exception {
    Path kept = block(0, 100);
    Ulid ulid = ulids.next();
    for (String name :
        List.of(
            ulid + ".tmp-for-creation",
            ulid + ".tmp-for-deletion",
            ulid + ".tmp",
            "chunk_snapshot.000001.0000000002.tmp",
            "wal/checkpoint.00000003.tmp")) {
      Files.createDirectories(dir.resolve(name));
      Files.writeString(dir.resolve(name).resolve("file"), "x");
    }
    for (String name : List.of("mine.tmp", "wal/checkpoint.00000002", "x.tmp-for-deletion")) {
      Files.createDirectories(dir.resolve(name));
    }
    blocks().clean();
    assertThat(names())
        .containsExactlyInAnyOrder(
            kept.getFileName().toString(), "mine.tmp", "wal", "x.tmp-for-deletion");
    assertThat(disk.list(dir.resolve("wal"))).hasSize(1);
  }

  @Test
  void setsACorruptBlockAsideServesTheOthersAndLeavesItAsItIs() throws Exception {
    Path bad = block(0, 100);
    Path good = block(100, 200);
    byte[] index = Files.readAllBytes(bad.resolve("index"));
    byte[] damaged = index.clone();
    damaged[damaged.length - 3] ^= 1;
    Files.write(bad.resolve("index"), damaged);
    Path without = dir.resolve(ulids.next().toString());
    Files.createDirectories(without);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(good);
      assertThat(blocks.setAside()).containsOnlyKeys(bad, without);
      assertThat(blocks.setAside().get(bad)).hasMessageContaining(bad.resolve("index").toString());
      assertThat(metrics.setAside.get()).isEqualTo(2);
      assertThat(metrics.reloadFailures.get()).isEqualTo(1);
      assertThat(Files.readAllBytes(bad.resolve("index"))).isEqualTo(damaged);

      Files.write(bad.resolve("index"), index);
      reload(blocks);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(bad, good);
      assertThat(blocks.setAside()).containsOnlyKeys(without);
    }
  }

  @Test
  void deletesBlocksThatOthersWereMadeFromEvenCorruptOnes() throws Exception {
    Path a = block(0, 100);
    Path b = block(100, 200);
    Ulid child = ulids.next();
    Model m = new Model().add(List.of("a", "b"), 5, 1.0);
    m.write(disk, dir, child, 0, 200);
    BlockMeta meta = BlockMeta.read(disk, dir.resolve(child.toString()));
    meta.withCompaction(
            Compactions.merged(child, List.of(BlockMeta.read(disk, a), BlockMeta.read(disk, b)))
                .compaction())
        .write(disk, dir.resolve(child.toString()));
    Files.write(b.resolve("index"), new byte[3]);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      assertThat(names()).containsExactly(child.toString());
      assertThat(blocks.setAside()).isEmpty();
    }
  }

  @Test
  void deletesWhatIsMarkedAsDeletable() throws Exception {
    Path a = block(0, 100);
    try (Block block = Block.open(disk, a)) {
      block.markDeletable();
    }
    try (Blocks blocks = blocks()) {
      reload(blocks);
      assertThat(blocks.current()).isEmpty();
      assertThat(names()).isEmpty();
    }
  }

  @Test
  void deletesWhatHasExpiredAndCountsIt() throws Exception {
    Path a = block(0, 100);
    Path b = block(100, 200);
    Path c = block(200, 300);
    try (Blocks blocks = blocks()) {
      blocks.reload(new Retention(200, 0, 0), 0);
      assertThat(names()).containsExactly(b.getFileName().toString(), c.getFileName().toString());
      assertThat(metrics.timeRetentions.get()).isEqualTo(1);
      blocks.reload(new Retention(0, metrics.blockBytes.get(), 0), 0);
      assertThat(metrics.sizeRetentions.get()).isZero();
      blocks.reload(new Retention(0, metrics.blockBytes.get(), 0), 1);
      assertThat(names()).containsExactly(c.getFileName().toString());
      assertThat(metrics.sizeRetentions.get()).isEqualTo(1);
    }
    assertThat(a).doesNotExist();
  }

  @Test
  void aDeletedBlocksFilesStayUntilTheLastReaderIsDone() throws Exception {
    Path a = block(0, 100);
    block(1000, 1100);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      List<Part> held = blocks.parts(0, 99);
      blocks.reload(new Retention(100, 0, 0), 0);
      assertThat(blocks.parts(0, 99)).isEmpty();
      assertThat(a).doesNotExist();
      assertThat(names()).contains(a.getFileName() + ".tmp-for-deletion");
      try (Part part = held.getFirst()) {
        assertThat(Model.read(part, 0, 99).samples()).isEqualTo(10);
      }
      assertThat(names()).hasSize(1);
    }
  }

  @Test
  void triesAgainToDeleteWhatItCouldNot() throws Exception {
    Path a = block(0, 100);
    Path b = block(1000, 1100);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      disk.fail(Call.MOVE, 1);
      assertThatThrownBy(() -> blocks.reload(new Retention(100, 0, 0), 0))
          .isInstanceOf(IOException.class);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(b);
      disk.fail(Call.DELETE, p -> p.toString().endsWith("deletion"), 1, 1, "Input/output error");
      blocks.reload(new Retention(100, 0, 0), 0);
      assertThat(a).doesNotExist();
      assertThat(names()).hasSize(2);
      blocks.reload(new Retention(100, 0, 0), 0);
      assertThat(names()).containsExactly(b.getFileName().toString());
    }
  }

  @Test
  void keepsServingWhenTheDirectoryCannotBeRead() throws Exception {
    Path a = block(0, 100);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      disk.fail(Call.LIST, 1);
      assertThatThrownBy(() -> reload(blocks)).isInstanceOf(IOException.class);
      assertThat(blocks.current().stream().map(Block::directory)).containsExactly(a);
      assertThat(metrics.reloadFailures.get()).isEqualTo(1);
    }
  }

  @Test
  void forgetsABlockThatSomeoneRemoved() throws Exception {
    Path a = block(0, 100);
    try (Blocks blocks = blocks()) {
      reload(blocks);
      disk.delete(a);
      reload(blocks);
      assertThat(blocks.current()).isEmpty();
    }
  }

  @Test
  void theLogCountsFromTheEndOfBlocksThatAreInOrderAndNotOfStaleSeries() throws Exception {
    try (Blocks blocks = blocks()) {
      block(200, 300, BlockMeta.HINT_OUT_OF_ORDER);
      block(300, 400, BlockMeta.HINT_STALE_SERIES);
      reload(blocks);
      assertThat(blocks.inOrderMaxTime()).isEmpty();
      block(0, 100);
      reload(blocks);
      assertThat(blocks.inOrderMaxTime()).hasValue(100);
    }
  }

  @Test
  void mergedBlocksKeepTheirHintsOnlyIfAllSourcesHaveThem() {
    Ulid u = ulids.next();
    BlockMeta late = BlockMeta.of(u, 0, 10, Compaction.first(u, BlockMeta.HINT_OUT_OF_ORDER));
    BlockMeta plain = BlockMeta.of(ulids.next(), 5, 20, Compaction.first(u));
    assertThat(Compactions.merged(u, List.of(late, late)).compaction().outOfOrder()).isTrue();
    BlockMeta mixed = Compactions.merged(u, List.of(late, plain));
    assertThat(mixed.compaction().hints()).isEmpty();
    assertThat(mixed.compaction().level()).isEqualTo(2);
    assertThat(mixed.compaction().sources()).containsExactly(u);
    assertThat(mixed.compaction().parents()).containsExactly(late.asParent(), plain.asParent());
    assertThat(mixed.minTime()).isZero();
    assertThat(mixed.maxTime()).isEqualTo(20);
  }

  @Test
  void readersAlwaysSeeAWholeSetWhileBlocksAreReplaced() throws Exception {
    block(0, 100);
    AtomicBoolean end = new AtomicBoolean();
    try (Blocks blocks = blocks()) {
      reload(blocks);
      Throwable[] failure = new Throwable[1];
      Thread reader =
          new Thread(() -> {
            try {
              while (!end.get()) {
                Model seen = new Model();
                for (Part part : blocks.parts(0, 99)) {
                  try (part) {
                    seen.addMissing(Model.read(part, 0, 99));
                  }
                }
                assertThat(seen.samples()).isEqualTo(10);
              }
            } catch (Throwable e) {
              failure[0] = e;
            }
          });
      reader.start();
      for (int i = 0; i < 60; i++) {
        Block old = blocks.current().getFirst();
        Ulid ulid = ulids.next();
        Compaction c = Compactions.merged(ulid, List.of(old.meta())).compaction();
        try (SortedPart part = old.sorted()) {
          new BlockCompactor(disk, metrics)
              .write(dir, BlockMeta.of(ulid, 0, 100, c), List.of(part), () -> false);
        }
        reload(blocks);
        assertThat(blocks.current()).hasSize(1);
      }
      end.set(true);
      reader.join();
      assertThat(failure[0]).isNull();
      assertThat(names()).hasSize(1);
    }
  }
}
