package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.Fuzz;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.chunk.HistogramChunkBuilder;
import io.narthex.storage.tsdb.file.MemoryDisk;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fuzzes the reader of the head's snapshots over one segment. */
public final class SnapshotFuzz {
  private static final Path FOLDER = Path.of("/chunk_snapshot.000000.0000000000");

  private SnapshotFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] file = Fuzz.rest(input);
    if (Fuzz.heals(input)) {
      SegmentFuzz.heal(file);
    }
    MemoryDisk disk = new MemoryDisk(Segments.path(FOLDER, 0), file);
    Fuzz.decode(
        file.length, () -> Snapshot.read(disk, new Snapshot.Dir(0, 0, FOLDER), new Nothing()));
  }

  private static final class Nothing implements Snapshot.Handler {
    @Override
    public void series(
        SeriesRecord series,
        @Nullable HeadChunk chunk,
        double lastValue,
        @Nullable NativeHistogram lastHistogram) {}

    @Override
    public void tombstones(TombstoneRecord record) {}

    @Override
    public void exemplars(ExemplarRecord record) {}
  }

  /** A snapshot with all that may be in one. */
  public static List<byte[]> seeds() throws IOException {
    Path folder = Files.createTempDirectory("fuzz");
    RealDisk disk = new RealDisk();
    byte[] labels = RecordFuzz.labels();
    try (Snapshot.Writer writer =
        new Snapshot.Writer(disk, folder, new WalWriter.Position(0, 0), Compression.NONE)) {
      FloatChunkBuilder floats = new FloatChunkBuilder();
      floats.append(1000, 1);
      floats.append(2000, 2);
      HistogramChunkBuilder histograms = new HistogramChunkBuilder();
      NativeHistogram h = RecordFuzz.histogram(true, false);
      histograms.append(1000, h);
      writer.series(1, 2, labels, 0, labels.length, null, 0, null);
      HeadChunk chunk = new HeadChunk();
      fill(chunk, floats.encoding().code(), floats.bytes(), floats.length());
      writer.series(2, 2, labels, 0, labels.length, chunk, 2, null);
      fill(chunk, histograms.encoding().code(), histograms.bytes(), histograms.length());
      writer.series(3, 2, labels, 0, labels.length, chunk, 0, h);
      TombstoneRecord tombstones = new TombstoneRecord();
      tombstones.add(1, 5, 6);
      writer.tombstones(tombstones);
      ExemplarRecord exemplars = new ExemplarRecord();
      exemplars.add(1, 1000, 1.5, Labels.of("trace", "x"));
      writer.exemplars(exemplars);
      return List.of(Fuzz.seed(Files.readAllBytes(Segments.path(writer.finish().path(), 0))));
    } finally {
      disk.delete(folder);
    }
  }

  private static void fill(HeadChunk chunk, byte encoding, byte[] data, int length) {
    chunk.minTime = 1000;
    chunk.maxTime = 2000;
    chunk.encoding = encoding;
    chunk.room(length);
    chunk.offset = 0;
    chunk.length = length;
    System.arraycopy(data, 0, chunk.bytes, 0, length);
  }
}
