package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.HeadChunk;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkSnapshotTest {
  private static final long T0 = 1_700_002_800_000L;
  private static final long STEP = 15_000;
  private static final Duration WINDOW = Duration.ofMinutes(30);

  @TempDir private Path temp;
  private Path directory;
  private Tsdb tsdb;
  private final Map<String, Map<Long, Object>> written = new TreeMap<>();

  @BeforeEach
  void start() throws Exception {
    directory = temp.resolve("a");
    open(true);
  }

  @AfterEach
  void close() throws Exception {
    tsdb.close();
  }

  private void open(boolean snapshots) throws Exception {
    TsdbSettings s = TsdbFixture.settings(WINDOW);
    tsdb =
        new Tsdb(
            directory,
            new TsdbSettings(
                s.head(),
                s.maxBlock(),
                s.compression(),
                s.segmentBytes(),
                s.sync(),
                s.chunkSegmentBytes(),
                s.lockFile(),
                s.reloadInterval(),
                s.compactionDelay(),
                snapshots,
                s.live()),
            new RealDisk(),
            Clock.systemUTC());
    tsdb.start();
  }

  private AppendErrors append(Labels series, long time, double value, NativeHistogram histogram)
      throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = tsdb.appender(AppendOptions.DEFAULT)) {
      long ref = appender.series(series);
      if (histogram == null) {
        batch.add(ref, time, value);
      } else {
        batch.add(ref, time, histogram);
      }
      appender.append(batch, errors);
      appender.appendExemplar(ref, new Exemplar(Labels.of("trace", "t" + time), value, time, true));
      appender.commit();
    }
    return errors;
  }

  private static NativeHistogram histogram(int i, boolean integer) {
    return new NativeHistogram(
        integer,
        NativeHistogram.ResetHint.UNKNOWN,
        1,
        0.001,
        i,
        3.0 * i,
        7.5 * i,
        List.of(new NativeHistogram.Span(0, 2)),
        new double[] {i, i},
        List.of(),
        new double[0],
        new double[0]);
  }

  /** Floats of three paces, histograms of both kinds, one step each. */
  private void fill(int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      long t = T0 + i * STEP;
      for (String name : new String[] {"a", "b", "c"}) {
        double value = Math.sin(i) * name.charAt(0);
        assertThat(append(Labels.of("__name__", name, "é", "ü"), t, value, null).isEmpty())
            .isTrue();
        written.computeIfAbsent(name, l -> new TreeMap<>()).put(t, value);
      }
      for (boolean integer : new boolean[] {true, false}) {
        String name = integer ? "h" : "hf";
        assertThat(append(Labels.of("__name__", name), t, 0, histogram(i + 1, integer)).isEmpty())
            .isTrue();
        written.computeIfAbsent(name, l -> new TreeMap<>()).put(t, 7.5 * (i + 1));
      }
    }
  }

  private Map<String, Map<Long, Object>> all() throws Exception {
    Map<String, Map<Long, Object>> out = new TreeMap<>();
    try (Querier querier = tsdb.querier(Long.MIN_VALUE, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE),
                List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+")))) {
      SampleBatch batch = new SampleBatch(100);
      for (int i = 0; i < set.size(); i++) {
        Map<Long, Object> samples = new TreeMap<>();
        SampleReader reader = set.samples(i, null);
        while (reader.read(batch) > 0) {
          for (int k = 0; k < batch.size; k++) {
            Object value =
                batch.kind == SampleBatch.Kind.HISTOGRAM
                    ? batch.histograms[k].sum()
                    : (Object) batch.values[k];
            assertThat(samples.put(batch.timestamps[k], value)).isNull();
          }
        }
        out.put(set.labels(i).get("__name__"), samples);
      }
    }
    return out;
  }

  private long exemplars() throws Exception {
    return tsdb
        .exemplars(
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            List.of(List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+"))))
        .stream()
        .mapToLong(e -> e.exemplars().size())
        .sum();
  }

  private List<Path> snapshots() throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.filter(p -> p.getFileName().toString().startsWith("chunk_snapshot.")).toList();
    }
  }

  /** Damages all that the log had before the snapshot, so that whoever reads it notices. */
  private void spoilLog() throws IOException {
    Snapshot.Dir snapshot = Snapshot.last(new RealDisk(), directory);
    Path segment = Segments.path(directory.resolve("wal"), snapshot.segment());
    byte[] bytes = Files.readAllBytes(segment);
    assertThat(bytes).hasSizeGreaterThanOrEqualTo((int) snapshot.offset());
    for (int i = 0; i < snapshot.offset(); i++) {
      bytes[i] = -1;
    }
    Files.write(segment, bytes);
  }

  /** What a process leaves that is killed now. */
  private void crash() throws Exception {
    Path to = temp.resolve("b");
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path from : all.toList()) {
        Path target = to.resolve(directory.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(target);
        } else if (!from.getFileName().toString().equals("lock")) {
          Files.copy(from, target);
        }
      }
    }
    tsdb.close();
    directory = to;
  }

  @Test
  void theNextStartReadsTheSnapshotInsteadOfTheLog() throws Exception {
    fill(0, 300);
    tsdb.delete(T0 + 10 * STEP, T0 + 20 * STEP, List.of(Matcher.equal("__name__", "b")));
    written.get("b").keySet().removeIf(t -> t >= T0 + 10 * STEP && t <= T0 + 20 * STEP);
    // One out of order: its log is read in any case.
    append(Labels.of("__name__", "c", "é", "ü"), T0 + 299 * STEP - 1, 5, null);
    written.get("c").put(T0 + 299 * STEP - 1, 5.0);
    assertThat(all()).isEqualTo(written);
    long kept = exemplars();
    tsdb.close();
    assertThat(snapshots()).hasSize(1);
    spoilLog();
    open(true);
    assertThat(tsdb.head().counters().logCorruptions.sum()).isZero();
    assertThat(all()).isEqualTo(written);
    assertThat(exemplars()).isEqualTo(kept);
    assertThat(tsdb.head().minTime()).isEqualTo(T0);
    assertThat(tsdb.head().maxTime()).isEqualTo(T0 + 299 * STEP);
    fill(300, 700);
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    assertThat(snapshots()).hasSize(1);
    open(true);
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void theLatestSamplesAreKnownAfterwards() throws Exception {
    fill(0, 7);
    tsdb.close();
    open(true);
    Labels a = Labels.of("__name__", "a", "é", "ü");
    long t = T0 + 6 * STEP;
    assertThat(append(a, t, Math.sin(6) * 'a', null).isEmpty()).isTrue();
    assertThat(append(a, t, 1, null).error(0)).isEqualTo(AppendError.DUPLICATE_TIMESTAMP);
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void aCrashAfterwardsCostsNothing() throws Exception {
    fill(0, 100);
    tsdb.close();
    open(true);
    // Chunks that were open in the snapshot are completed now, and others begun.
    fill(100, 450);
    crash();
    open(true);
    assertThat(all()).isEqualTo(written);
    fill(450, 460);
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void aDamagedSnapshotCountsForNothing() throws Exception {
    fill(0, 300);
    tsdb.close();
    Path file = Segments.path(snapshots().getFirst(), 0);
    byte[] bytes = Files.readAllBytes(file);
    for (int at : new int[] {20, bytes.length / 2}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 4;
      Files.write(Segments.path(snapshots().getFirst(), 0), damaged);
      open(true);
      assertThat(tsdb.head().counters().snapshotFailures.sum()).isEqualTo(1);
      assertThat(all()).isEqualTo(written);
      assertThat(tsdb.head().seriesCount()).isEqualTo(5);
      tsdb.close();
    }
    open(true);
    assertThat(tsdb.head().counters().snapshotFailures.sum()).isZero();
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void aSnapshotIsNotUsedWhenHeadChunkFilesAreDamaged() throws Exception {
    fill(0, 500);
    tsdb.close();
    Path chunks;
    try (Stream<Path> list = Files.list(directory.resolve("chunks_head"))) {
      chunks = list.findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(chunks);
    bytes[60] ^= 1;
    Files.write(chunks, bytes);
    open(true);
    assertThat(tsdb.head().counters().headChunkCorruptions.sum()).isEqualTo(1);
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void aSnapshotThatIsNewerThanTheLogIsRemoved() throws Exception {
    fill(0, 5);
    tsdb.close();
    Files.delete(Segments.path(directory.resolve("wal"), 0));
    open(true);
    assertThat(snapshots()).isEmpty();
    assertThat(all()).isEmpty();
  }

  @Test
  void withoutTheFeatureASnapshotIsRemoved() throws Exception {
    fill(0, 5);
    tsdb.close();
    open(false);
    assertThat(snapshots()).isEmpty();
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    assertThat(snapshots()).isEmpty();
  }

  @Test
  void openChunksOfOtherEncodingsAreReadToo() throws Exception {
    tsdb.close();
    FloatChunkBuilder xor2 = new FloatChunkBuilder(Encoding.XOR2);
    Map<Long, Object> samples = new TreeMap<>();
    for (int i = 0; i < 50; i++) {
      xor2.append(T0 + i * STEP, i, T0);
      samples.put(T0 + i * STEP, (double) i);
    }
    HeadChunk chunk = new HeadChunk();
    chunk.minTime = T0;
    chunk.maxTime = xor2.maxTime();
    chunk.encoding = Encoding.XOR2.code();
    chunk.length = xor2.length();
    chunk.room(chunk.length);
    System.arraycopy(xor2.bytes(), 0, chunk.bytes(), 0, chunk.length);
    byte[] labels = ("\u0008__name__\u0001x").getBytes(StandardCharsets.UTF_8);
    try (Snapshot.Writer out =
        new Snapshot.Writer(
            new RealDisk(), directory, new WalWriter.Position(0, 0), Compression.NONE)) {
      out.series(5, 1, labels, 0, labels.length, chunk, 49, null);
      out.finish();
    }
    open(true);
    assertThat(all()).isEqualTo(Map.of("x", samples));
  }

  @Test
  void whatIsInBlocksIsLeftOut() throws Exception {
    // Ten hours: all but the newest go to blocks.
    for (long t = T0; t < T0 + Duration.ofHours(10).toMillis(); t += 60_000) {
      TsdbFixture.commit(tsdb, "a", t, t);
      written.computeIfAbsent("a", n -> new TreeMap<>()).put(t, (double) t);
    }
    tsdb.compactions().compact();
    tsdb.close();
    List<Map<String, Map<Long, Object>>> seen = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      open(true);
      seen.add(all());
      tsdb.compactions().compact();
      seen.add(all());
      tsdb.close();
    }
    assertThat(seen).allSatisfy(each -> assertThat(each).isEqualTo(written));
  }
}
