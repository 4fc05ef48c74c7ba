package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A block is written wholly or not at all, whatever the disk does. */
class BlockFaultTest {
  @TempDir Path directory;
  private final FailingDisk disk = new FailingDisk();

  private void write() throws IOException {
    try (BlockWriter writer = new BlockWriter(disk, directory, TestBlocks.ULID, 300)) {
      writer.symbols(
          Stream.of("a", "b", "c", "d").map(s -> s.getBytes(StandardCharsets.UTF_8)).iterator());
      FloatChunkBuilder chunk = new FloatChunkBuilder();
      for (int series = 1; series < 4; series++) {
        writer.series(new int[] {0, series}, 1);
        for (int c = 0; c < 3; c++) {
          chunk.reset();
          for (int i = 0; i < 10; i++) {
            chunk.append(100 * c + i, i);
          }
          writer.chunk(
              100 * c, 100 * c + 9, chunk.encoding().code(), chunk.bytes(), 0, chunk.length());
        }
      }
      writer.finish(
          BlockMeta.of(TestBlocks.ULID, 0, 210, BlockMeta.Compaction.first(TestBlocks.ULID)));
    }
  }

  private void checkWhole() throws Exception {
    try (Block block = Block.open(TestBlocks.DISK, directory.resolve(TestBlocks.ULID.toString()))) {
      block.verify();
      assertThat(block.meta().stats().samples()).isEqualTo(90);
    }
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.toList();
    }
  }

  @Test
  void nothingIsLeftOfABlockThatCouldNotBeWritten() throws Exception {
    for (Call call :
        List.of(
            Call.CREATE,
            Call.CREATE_DIRECTORIES,
            Call.MAP,
            Call.MOVE,
            Call.OVERWRITE,
            Call.SYNC,
            Call.SYNC_DIRECTORY,
            Call.WRITE)) {
      int failed = 0;
      for (int skip = 0; ; skip++) {
        disk.heal();
        disk.fail(call, p -> true, skip, 1, "Input/output error");
        try {
          write();
          break;
        } catch (IOException e) {
          failed++;
          assertThat(e).hasMessageContaining("Input/output error");
          assertThat(left()).as("%s %s", call, skip).isEmpty();
        }
      }
      assertThat(failed).as("%s", call).isPositive();
      checkWhole();
      TestBlocks.DISK.delete(directory.resolve(TestBlocks.ULID.toString()));
    }
  }

  @Test
  void afterAFullDiskTheSameBlockCanBeWritten() throws Exception {
    for (long space = 0; ; space += 13) {
      disk.spaceLeft(space);
      try {
        write();
        break;
      } catch (IOException e) {
        assertThat(left()).as("%s bytes", space).isEmpty();
      }
    }
    checkWhole();
  }

  @Test
  void aDeletionThatFailsHasNotHappened() throws Exception {
    write();
    Path path = directory.resolve(TestBlocks.ULID.toString());
    try (Block block = Block.open(disk, path)) {
      for (Call call : List.of(Call.CREATE, Call.WRITE, Call.SYNC, Call.MOVE)) {
        disk.heal();
        disk.fail(call, 1);
        assertThatThrownBy(() -> block.delete(0, 50, List.of(Matcher.equal("a", "b"))))
            .isInstanceOf(IOException.class);
        assertThat(block.tombstones().isEmpty()).isTrue();
        assertThat(Tombstones.read(TestBlocks.DISK, path).isEmpty()).isTrue();
        assertThat(path.resolve("tombstones.tmp")).doesNotExist();
      }
      disk.heal();
      assertThat(block.delete(0, 50, List.of(Matcher.equal("a", "b")))).isEqualTo(1);
      assertThat(TestBlocks.floats(block).get(Labels.of("a", "b"))).hasSize(20);
    }
  }

  @Test
  void aBlockThatIsAbortedLeavesNothing() throws Exception {
    try (BlockWriter writer = new BlockWriter(disk, directory, TestBlocks.ULID)) {
      assertThat(left()).hasSize(1);
      writer.abort();
      writer.abort();
      assertThat(left()).isEmpty();
    }
  }
}
