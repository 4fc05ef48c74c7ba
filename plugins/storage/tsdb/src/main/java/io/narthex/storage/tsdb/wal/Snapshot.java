package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The head's series with their open chunks as they were when the process ended, so that the log
 * need not be read up to there: a folder {@code chunk_snapshot.000003.0000032768} (number of the
 * log's segment, offset in it), which is a log of its own with records of these kinds:
 *
 * <pre>
 * series      1, ref 8, labels as in the log, 0 8, 0 uvarint | 1 uvarint, min time 8, max time 8,
 *             encoding 1, length uvarint, chunk, and the last sample: for floats 56 bytes that are
 *             not used and the value 8, for histograms the histogram as in the log
 * tombstones  2, length uvarint, 1 (version), { ref uvarint, min varint, max varint }*
 * exemplars   3, as in the log
 * </pre>
 */
public final class Snapshot {
  private static final String PREFIX = "chunk_snapshot.";
  private static final String TEMPORARY = ".tmp";
  private static final byte SERIES = 1;
  private static final byte TOMBSTONES = 2;
  private static final byte EXEMPLARS = 3;
  private static final int GROUP_BYTES = 1 << 20;

  private Snapshot() {}

  /**
   * A snapshot.
   *
   * @param segment number of the segment up to which it stands for the log
   * @param offset bytes of that segment that it stands for
   * @param path its folder
   */
  public record Dir(int segment, long offset, Path path) {}

  /** Receives what is in a snapshot; buffers are valid until the method returns. */
  public interface Handler {
    /**
     * A series.
     *
     * @param series one series
     * @param chunk its open chunk, null if there was none
     * @param lastValue the last value of a chunk of floats
     * @param lastHistogram the last one of a chunk of histograms
     */
    void series(
        SeriesRecord series,
        @Nullable HeadChunk chunk,
        double lastValue,
        @Nullable NativeHistogram lastHistogram)
        throws IOException;

    void tombstones(TombstoneRecord record) throws IOException;

    void exemplars(ExemplarRecord record) throws IOException;
  }

  /** The newest snapshot in a data directory; null when there is none. */
  public static @Nullable Dir last(Disk disk, Path directory) throws IOException {
    List<Dir> found = list(disk, directory);
    return found.isEmpty() ? null : found.getLast();
  }

  private static List<Dir> list(Disk disk, Path directory) throws IOException {
    List<Dir> found = new ArrayList<>();
    for (Path path : disk.list(directory)) {
      String name = String.valueOf(path.getFileName());
      int dot = name.lastIndexOf('.');
      if (!name.startsWith(PREFIX) || dot < PREFIX.length() || !disk.isDirectory(path)) {
        continue;
      }
      int segment = Segments.number(name.substring(PREFIX.length(), dot));
      String offset = name.substring(dot + 1);
      if (segment >= 0 && offset.matches("[0-9]{1,15}")) {
        found.add(new Dir(segment, Long.parseLong(offset), path));
      }
    }
    found.sort(Comparator.comparingInt(Dir::segment).thenComparingLong(Dir::offset));
    return found;
  }

  /** Deletes all snapshots but {@code keep}, and what unfinished ones left behind. */
  public static void deleteOthers(Disk disk, Path directory, @Nullable Dir keep)
      throws IOException {
    for (Path path : disk.list(directory)) {
      String name = String.valueOf(path.getFileName());
      if (name.startsWith(PREFIX) && (keep == null || !path.equals(keep.path()))) {
        disk.delete(path);
      }
    }
  }

  /**
   * Reads a snapshot.
   *
   * @throws CorruptionException when it is damaged; the log has all that is in it
   */
  public static void read(Disk disk, Dir snapshot, Handler handler) throws IOException {
    RecordDecoder decoder = new RecordDecoder();
    SeriesRecord series = new SeriesRecord();
    TombstoneRecord tombstones = new TombstoneRecord();
    ExemplarRecord exemplars = new ExemplarRecord();
    HeadChunk chunk = new HeadChunk();
    try (WalReader reader = new WalReader(disk, Segments.list(disk, snapshot.path()))) {
      while (reader.next()) {
        byte[] b = reader.bytes();
        int length = reader.length();
        try {
          switch (RecordDecoder.type(b, 0, length)) {
            case SERIES -> decoder.snapshotSeries(b, length, series, chunk, handler);
            case TOMBSTONES -> {
              tombstones.clear();
              decoder.snapshotTombstones(b, length, tombstones);
              handler.tombstones(tombstones);
            }
            case EXEMPLARS -> {
              exemplars.clear();
              decoder.exemplars(b, 0, length, exemplars);
              handler.exemplars(exemplars);
            }
            default ->
                throw new CorruptionException(null, 0, "got a snapshot record of kind " + b[0]);
          }
        } catch (CorruptionException e) {
          throw e.file() == null ? reader.corrupt(e) : e;
        }
      }
    }
  }

  /** Writes a snapshot: all series, then deletions, then exemplars, then {@link #finish}. */
  public static final class Writer implements AutoCloseable {
    private final Disk disk;
    private final Path directory;
    private final Dir target;
    private final Path temporary;
    private final WalWriter writer;
    private final RecordBuffer out = new RecordBuffer(GROUP_BYTES);
    private boolean finished;

    /**
     * Begins a snapshot in a data directory.
     *
     * @param position what of the log it stands for
     */
    public Writer(Disk disk, Path directory, WalWriter.Position position, Compression compression)
        throws IOException {
      this.disk = disk;
      this.directory = directory;
      String name =
          String.format(Locale.ROOT, PREFIX + "%06d.%010d", position.segment(), position.offset());
      target = new Dir(position.segment(), position.offset(), directory.resolve(name));
      temporary = directory.resolve(name + TEMPORARY);
      disk.delete(temporary);
      writer =
          WalWriter.open(
              disk,
              temporary,
              compression,
              Segments.DEFAULT_SIZE,
              WalWriter.Sync.SEGMENT,
              Runnable::run,
              new WalMetrics());
    }

    /**
     * Adds a series.
     *
     * @param labels as {@link Records#series} takes them
     * @param chunk its open chunk, null if there is none
     * @param lastValue the last value of a chunk of floats
     * @param lastHistogram the last one of a chunk of histograms
     */
    public void series(
        long ref,
        int labelCount,
        byte[] labels,
        int offset,
        int length,
        @Nullable HeadChunk chunk,
        double lastValue,
        @Nullable NativeHistogram lastHistogram)
        throws IOException {
      out.put(SERIES);
      Records.series(out, ref, labelCount, labels, offset, length);
      out.putLong(0);
      out.putUvarint(chunk == null ? 0 : 1);
      if (chunk != null) {
        out.putLong(chunk.minTime);
        out.putLong(chunk.maxTime);
        out.put(chunk.encoding);
        out.putUvarint(chunk.length);
        out.putBytes(chunk.bytes(), chunk.offset, chunk.length);
        if (lastHistogram != null) {
          Records.histogram(lastHistogram, out);
        } else {
          for (int i = 0; i < 7; i++) {
            out.putLong(0);
          }
          out.putDouble(lastValue);
        }
      }
      out.end();
      flush(GROUP_BYTES);
    }

    /** Adds deletions. */
    public void tombstones(TombstoneRecord record) throws IOException {
      RecordBuffer encoded = new RecordBuffer();
      encoded.put(1);
      for (int i = 0; i < record.size; i++) {
        encoded.putUvarint(record.refs[i]);
        encoded.putVarint(record.minTimes[i]);
        encoded.putVarint(record.maxTimes[i]);
      }
      out.put(TOMBSTONES);
      out.putUvarint(encoded.length);
      out.putBytes(encoded.bytes, 0, encoded.length);
      out.end();
      flush(GROUP_BYTES);
    }

    /** Adds exemplars. */
    public void exemplars(ExemplarRecord record) throws IOException {
      Records.exemplars(EXEMPLARS, record, out);
      flush(GROUP_BYTES);
    }

    private void flush(int above) throws IOException {
      if (out.length() > above) {
        writer.log(out);
        out.clear();
      }
    }

    /** Makes it durable, gives it its name and deletes older ones. */
    public Dir finish() throws IOException {
      flush(0);
      writer.close();
      disk.syncDirectory(temporary);
      disk.delete(target.path());
      disk.move(temporary, target.path());
      finished = true;
      disk.syncDirectory(directory);
      deleteOthers(disk, directory, target);
      return target;
    }

    /** Deletes an unfinished one. */
    @Override
    public void close() throws IOException {
      if (!finished) {
        try {
          writer.close();
        } finally {
          disk.delete(temporary);
        }
      }
    }
  }

  static boolean isHistogram(byte encoding) throws CorruptionException {
    return Encoding.of(encoding).isHistogram();
  }
}
