package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Matcher;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionsTest {
  private static final long RELOAD = 60_000;
  private static final List<String> A = List.of("a", "1");
  private static final List<String> B = List.of("b", "1");

  private long now = 1_000_000_000_000L;
  private final InstantSource clock = () -> Instant.ofEpochMilli(now);
  private FailingDisk disk = new FailingDisk();
  private FakeHead head = new FakeHead();
  private CompactionMetrics metrics = new CompactionMetrics();
  private Blocks blocks;
  private Compactions compactions;

  @TempDir Path temp;
  private Path dir;

  CompactionsTest(@TempDir Path temp) {
    dir = temp;
    blocks = new Blocks(disk, dir, metrics);
    compactions = make(0);
  }

  private Compactions make(long delay) {
    return new Compactions(
        dir,
        blocks,
        new BlockCompactor(disk, metrics),
        new UlidGenerator(clock, new Random(7)),
        head,
        metrics,
        clock,
        new Compactions.Settings(100, 900, RELOAD, delay));
  }

  @AfterEach
  void close() {
    blocks.close();
  }

  private static Model every(long step, long from, long to) {
    Model out = new Model();
    for (long t = from; t <= to; t += step) {
      out.add(A, t, (double) t).add(B, t, -(double) t);
    }
    return out;
  }

  private List<String> ranges() {
    return blocks.current().stream()
        .map(b -> b.meta().minTime() + "-" + b.meta().maxTime())
        .toList();
  }

  /** What readers see: the head first, then blocks. */
  private Model served() throws Exception {
    Model seen = head.all();
    for (Part part : blocks.parts(Long.MIN_VALUE, Long.MAX_VALUE)) {
      try (part) {
        seen.addMissing(Model.read(part, Long.MIN_VALUE, Long.MAX_VALUE));
      }
    }
    return seen;
  }

  private List<String> names() throws IOException {
    return disk.list(dir).stream().map(p -> p.getFileName().toString()).toList();
  }

  @Test
  void cutsTheHeadOnceItHoldsOneAndAHalfRanges() {
    head.inOrder = every(10, 30, 180);
    compactions.run();
    assertThat(ranges()).isEmpty();
    head.inOrder.add(A, 181, 1.0);
    assertThat(compactions.headIsDue()).isTrue();
    compactions.run();
    assertThat(ranges()).containsExactly("30-100");
    assertThat(head.minTime()).isEqualTo(100);
    assertThat(head.calls).containsExactly("sorted 30 99", "forget 100", "log 100");
    assertThat(metrics.triggered.get()).isEqualTo(2);
  }

  @Test
  void cutsAllRangesThatAreDueThenTruncatesTheLogOnce() throws Exception {
    head.inOrder = every(10, 30, 450);
    List<String> all = head.inOrder.lines();
    compactions.run();
    assertThat(ranges()).containsExactly("30-100", "100-200", "200-300");
    assertThat(head.calls)
        .containsExactly(
            "sorted 30 99",
            "forget 100",
            "sorted 100 199",
            "forget 200",
            "sorted 200 299",
            "forget 300",
            "log 300");
    assertThat(served().lines()).isEqualTo(all);
  }

  @Test
  void alignsBlocksBeforeTheEpoch() {
    head.inOrder = every(10, -250, -90);
    compactions.run();
    assertThat(ranges()).containsExactly("-250--200");
  }

  @Test
  void anEmptyHeadIsNotDue() {
    assertThat(compactions.headIsDue()).isFalse();
    assertThat(compactions.run()).isEqualTo(RELOAD);
    assertThat(names0()).isEmpty();
  }

  private List<String> names0() {
    try {
      return names();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void outOfOrderSamplesFollowTheHeadAndAreMergedWithWhatTheyOverlap() throws Exception {
    head.inOrder = every(10, 0, 160);
    head.late = every(7, 21, 130);
    List<String> all = head.all().lines();
    compactions.run();
    assertThat(served().lines()).isEqualTo(all);
    assertThat(head.late.series).isEmpty();
    assertThat(ranges()).containsExactly("0-100", "100-200");
    assertThat(blocks.current().get(0).meta().compaction().outOfOrder()).isFalse();
    assertThat(blocks.current().get(1).meta().compaction().outOfOrder()).isTrue();
    assertThat(blocks.inOrderMaxTime()).hasValue(100);
    assertThat(metrics.verticalCompactions.get()).isEqualTo(1);
  }

  @Test
  void compactsBlocksUntilThereIsNothingToPlan() throws Exception {
    head.inOrder = every(10, 0, 2000);
    List<String> all = head.inOrder.lines();
    compactions.run();
    // The freshest block stays as it is.
    assertThat(ranges()).containsExactly("0-900", "900-1800", "1800-1900");
    assertThat(blocks.current().getFirst().meta().compaction().level()).isEqualTo(3);
    assertThat(blocks.current().getFirst().meta().compaction().sources()).hasSize(9);
    assertThat(served().lines()).isEqualTo(all);
    assertThat(names()).hasSize(3);
  }

  @Test
  void waitsForTheDelayFromWhenTheHeadIsDue() {
    compactions = make(5000);
    head.inOrder = every(10, 0, 200);
    compactions.run();
    now += 4999;
    compactions.run();
    assertThat(ranges()).isEmpty();
    now += 1;
    compactions.run();
    assertThat(ranges()).containsExactly("0-100");
    head.inOrder = every(10, 100, 300);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100");
  }

  @Test
  void doesNotCompactWhileSwitchedOffButReloads() throws Exception {
    compactions.enabled(false);
    head.inOrder = every(10, 0, 200);
    compactions.run();
    assertThat(ranges()).isEmpty();
    assertThat(metrics.skipped.get()).isEqualTo(1);
    every(10, 500, 550).write(disk, dir, new Ulid(5, 5), 500, 600);
    now += RELOAD;
    compactions.run();
    assertThat(ranges()).containsExactly("500-600");
    compactions.enabled(true);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100", "500-600");
  }

  @Test
  void appliesRetentionAtReloads() {
    head.inOrder = every(10, 0, 2000);
    compactions.run();
    compactions.retention(new Retention(700, 0, 0));
    compactions.run();
    assertThat(ranges()).hasSize(3);
    now += RELOAD;
    compactions.run();
    assertThat(ranges()).containsExactly("900-1800", "1800-1900");
    head.diskSize = 1_000_000;
    compactions.retention(new Retention(0, 1_000_000, 0));
    now += RELOAD;
    compactions.run();
    assertThat(ranges()).isEmpty();
  }

  @Test
  void waitsLongerAfterEachFailureAndRecovers() throws Exception {
    head.inOrder = every(10, 0, 200);
    List<String> all = head.inOrder.lines();
    disk.fail(Call.SYNC, 1000);
    long[] pauses = new long[8];
    for (int i = 0; i < pauses.length; i++) {
      compactions.run();
      pauses[i] = compactions.pause();
      now += pauses[i] - 1;
      compactions.run();
      assertThat(metrics.failed.get()).isEqualTo(i + 1);
      now += 1;
      assertThat(served().lines()).isEqualTo(all);
      assertThat(names()).isEmpty();
    }
    assertThat(pauses).containsExactly(1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000);
    disk.heal();
    compactions.run();
    assertThat(compactions.pause()).isZero();
    assertThat(ranges()).containsExactly("0-100");
  }

  @Test
  void truncatesTheLogLaterWhenItFailsAtFirst() {
    head.inOrder = every(10, 0, 200);
    head.logFailure = new IOException("No space left on device");
    compactions.run();
    assertThat(ranges()).containsExactly("0-100");
    assertThat(metrics.failed.get()).isEqualTo(1);
    head.logFailure = null;
    now += 1000;
    compactions.run();
    assertThat(head.calls).containsExactly("sorted 0 99", "forget 100", "log 100");
  }

  @Test
  void seriesThatEndedLeaveTheHeadWhenTheyAreMany() throws Exception {
    head.inOrder = every(10, 0, 120);
    List<String> all = head.inOrder.lines();
    head.staleSeries.add(A);
    compactions.staleThreshold(0.6);
    compactions.run();
    assertThat(ranges()).isEmpty();
    compactions.staleThreshold(0.5);
    now += RELOAD;
    compactions.run();
    assertThat(ranges()).containsExactly("0-100", "100-200");
    assertThat(blocks.current().stream().allMatch(b -> b.meta().compaction().staleSeries()))
        .isTrue();
    assertThat(head.inOrder.series).containsOnlyKeys(B);
    assertThat(served().lines()).isEqualTo(all);
    assertThat(blocks.inOrderMaxTime()).isEmpty();
    assertThat(metrics.staleTriggered.get()).isEqualTo(1);
  }

  @Test
  void staleSeriesWaitWhenTheHeadIsDueSoonAnyway() {
    head.inOrder = every(10, 0, 200);
    compactions.run();
    head.staleSeries.add(A);
    compactions.staleThreshold(0.1);
    now += RELOAD;
    compactions.run();
    assertThat(metrics.staleTriggered.get()).isZero();
  }

  @Test
  void cleansTombstonesAndDeletesBlocksOfWhichNothingIsLeft() throws Exception {
    every(10, 0, 90).write(disk, dir, new Ulid(1, 1), 0, 100);
    every(10, 100, 190).write(disk, dir, new Ulid(1, 2), 100, 200);
    every(10, 200, 290).write(disk, dir, new Ulid(1, 3), 200, 300);
    compactions.reload();
    compactions.delete(0, 149, List.of());
    compactions.delete(0, 160, List.of(Matcher.equal("a", "1")));
    compactions.cleanTombstones();
    assertThat(ranges()).containsExactly("100-200", "200-300");
    Block cleaned = blocks.current().getFirst();
    assertThat(cleaned.tombstones().isEmpty()).isTrue();
    assertThat(cleaned.meta().stats().tombstones()).isZero();
    assertThat(cleaned.meta().compaction().parents()).hasSize(1);
    assertThat(blocks.current().getLast().meta().ulid()).isEqualTo(new Ulid(1, 3));
    Model want = every(10, 150, 290);
    want.series.get(A).remove(150L);
    want.series.get(A).remove(160L);
    assertThat(served().lines()).isEqualTo(want.lines());
    assertThat(names()).hasSize(2);
  }

  @Test
  void aSnapshotHoldsTheBlocksAndTheHead() throws Exception {
    head.inOrder = every(10, 0, 400);
    head.late = every(7, 3, 300);
    compactions.run();
    head.late = every(3, 290, 390);
    List<String> all = served().lines();
    Path to = dir.resolve("snapshots/x");
    compactions.snapshot(to, true);
    Model copy = new Model();
    for (Path block : disk.list(to)) {
      copy.addMissing(Model.read(disk, block));
    }
    assertThat(copy.lines()).isEqualTo(all);
    assertThat(head.late.series).isNotEmpty();
    Path without = dir.resolve("snapshots/y");
    compactions.snapshot(without, false);
    assertThat(disk.list(without)).hasSameSizeAs(blocks.current());
    Path index = blocks.current().getFirst().directory().resolve("index");
    Path linked =
        without
            .resolve(blocks.current().getFirst().directory().getFileName().toString())
            .resolve("index");
    assertThat(Files.isSameFile(index, linked)).isTrue();
  }

  @Test
  void doesNotTryBlocksAgainThatCannotBeCompactedAndGoesOnWithOthers() throws Exception {
    every(10, 0, 90).write(disk, dir, new Ulid(1, 1), 0, 100);
    every(7, 50, 90).write(disk, dir, new Ulid(1, 2), 50, 100);
    every(10, 200, 290).write(disk, dir, new Ulid(1, 3), 200, 300);
    every(7, 210, 290).write(disk, dir, new Ulid(1, 4), 210, 300);
    Path chunks = dir.resolve(new Ulid(1, 2).toString()).resolve("chunks/000001");
    byte[] bytes = Files.readAllBytes(chunks);
    bytes[15] ^= 1;
    Files.write(chunks, bytes);
    compactions.run();
    assertThat(metrics.failed.get()).isEqualTo(1);
    assertThat(ranges()).hasSize(4);
    now += 1000;
    compactions.run();
    assertThat(metrics.failed.get()).isEqualTo(1);
    assertThat(ranges()).containsExactly("0-100", "50-100", "200-300");
    assertThat(BlockMeta.read(disk, dir.resolve(new Ulid(1, 1).toString())).compaction().failed())
        .isTrue();
  }

  @Test
  void overlappingBlocksStayWhenTheyAreNotToBeMerged() throws Exception {
    every(10, 0, 90).write(disk, dir, new Ulid(1, 1), 0, 100);
    every(7, 50, 90).write(disk, dir, new Ulid(1, 2), 50, 100);
    compactions.vertical(false);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100", "50-100");
    compactions.vertical(true);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100");
  }

  @Test
  void blocksThatHaveToBeCopiedFirstAndThoseMadeLaterAreNotCompacted() throws Exception {
    every(10, 0, 90).write(disk, dir, new Ulid(1, 1), 0, 100);
    every(7, 50, 90).write(disk, dir, new Ulid(1, 2), 50, 100);
    every(10, 200, 290).write(disk, dir, new Ulid(1, 3), 200, 300);
    every(7, 210, 290).write(disk, dir, new Ulid(1, 4), 210, 300);
    compactions.holdBack(m -> m.ulid().low() == 3);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100", "200-300", "210-300");
    compactions.holdBack(m -> false);
    compactions.run();
    assertThat(ranges()).containsExactly("0-100", "200-300");
  }

  @Test
  void anEndedCompactionLeavesTheHeadAsItWas() throws Exception {
    head.inOrder = every(10, 0, 200);
    compactions.cancel();
    compactions.run();
    assertThat(names()).isEmpty();
    assertThat(metrics.failed.get()).isZero();
    assertThat(head.calls).isEmpty();
  }

  @Test
  void aNewBlockThatCannotBeOpenedIsRemovedAndTheHeadKeepsItsSamples() throws Exception {
    head.inOrder = every(10, 0, 200);
    List<String> all = head.inOrder.lines();
    compactions.reload();
    // The writer maps its index once to make postings.
    disk.fail(Call.MAP, p -> p.toString().endsWith("index"), 1, 1, "Too many open files");
    assertThatThrownBy(() -> compactions.compact())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Too many open files");
    assertThat(names()).isEmpty();
    assertThat(served().lines()).isEqualTo(all);
  }

  /** Sets up blocks that overlap, some to be joined, a head that is due, late samples. */
  private Model scenario(String name) throws Exception {
    blocks.close();
    dir = temp.resolve(name);
    disk = new FailingDisk();
    disk.createDirectories(dir);
    every(10, -400, -310).write(disk, dir, new Ulid(1, 1), -400, -300);
    every(10, -300, -210).write(disk, dir, new Ulid(1, 2), -300, -200);
    every(10, -200, -110).write(disk, dir, new Ulid(1, 3), -200, -100);
    every(7, -150, -110).write(disk, dir, new Ulid(1, 4), -150, -100);
    head = new FakeHead();
    head.inOrder = every(10, 0, 260);
    head.late = every(7, -20, 140);
    metrics = new CompactionMetrics();
    blocks = new Blocks(disk, dir, metrics);
    blocks.reload(Retention.UNLIMITED, 0);
    compactions = make(0);
    return served();
  }

  private void recoversTo(List<String> all, String when) throws Exception {
    compactions.run();
    assertThat(served().lines()).as("after failure: %s", when).isEqualTo(all);
    disk.heal();
    now += 2 * RELOAD;
    compactions.run();
    assertThat(compactions.pause()).as(when).isZero();
    now += 2 * RELOAD;
    compactions.run();
    assertThat(served().lines()).as("after recovery: %s", when).isEqualTo(all);
    assertThat(head.minTime()).as(when).isEqualTo(200);
    assertThat(head.late.series).as(when).isEmpty();
    assertThat(blocks.setAside()).as(when).isEmpty();
    assertThat(names())
        .as(when)
        .isEqualTo(
            blocks.current().stream()
                .map(b -> b.directory().getFileName().toString())
                .sorted()
                .toList());
  }

  @Test
  void losesNothingAndLeavesNoJunkWhateverCallOfTheDiskFails() throws Exception {
    scenario("dry");
    Map<Call, Integer> before = new EnumMap<>(Call.class);
    for (Call call : Call.values()) {
      before.put(call, disk.count(call));
    }
    compactions.run();
    Map<Call, Integer> counts = new EnumMap<>(Call.class);
    for (Call call : Call.values()) {
      counts.put(call, disk.count(call) - before.get(call));
    }
    Random random = new Random(11);
    List<String> tried = new ArrayList<>();
    for (Call call : Call.values()) {
      int n = counts.get(call);
      for (int i = 0; i < n; i += 1 + random.nextInt(Math.max(1, n / 6))) {
        String when = call + " number " + i;
        tried.add(when);
        List<String> all = scenario(call + "-" + i).lines();
        disk.fail(call, p -> true, i, 1, "Input/output error");
        recoversTo(all, when);
      }
    }
    assertThat(tried).hasSizeGreaterThan(30);
  }

  @Test
  void losesNothingAndLeavesNoJunkWhenTheDiskIsFull() throws Exception {
    for (long space = 0; space < 12_000; space += 400) {
      List<String> all = scenario("full-" + space).lines();
      disk.spaceLeft(space);
      recoversTo(all, space + " bytes left");
    }
  }
}
