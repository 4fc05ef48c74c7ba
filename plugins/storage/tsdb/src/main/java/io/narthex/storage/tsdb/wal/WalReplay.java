package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log with several threads and hands its records to one handler, in order, on the caller's
 * thread. Records are found by their headers alone, in batches; whichever thread is free verifies,
 * decompresses and decodes the next batch, the caller's among them when the batch that it needs is
 * not ready.
 */
public final class WalReplay {
  /** Bytes of the log in a batch, unless one record is larger. */
  private static final int BATCH_BYTES = 256 << 10;

  private static final int BATCH_RECORDS = 2048;

  /**
   * Receives records. Buffers are valid until the method returns. Always called by one thread, in
   * the order of the log. A {@link CorruptionException} is given the place of the record.
   */
  public interface Handler {
    /** The records from now on are of this segment. */
    default void segment(Segments.Segment segment) throws IOException {}

    /** All records of the segment before this offset, in bytes, have been handed over. */
    default void done(Segments.Segment segment, long offset) throws IOException {}

    /** New series. */
    default void series(SeriesRecord record) throws IOException {}

    /** Float samples. */
    default void samples(SampleRecord record) throws IOException {}

    /** Deleted ranges. */
    default void tombstones(TombstoneRecord record) throws IOException {}

    /** Exemplars. */
    default void exemplars(ExemplarRecord record) throws IOException {}

    /** Marks of the out-of-order log. */
    default void markers(MarkerRecord record) throws IOException {}

    /** Metadata. */
    default void metadata(MetadataRecord record) throws IOException {}

    /** Histograms of all kinds. */
    default void histograms(HistogramRecord record) throws IOException {}

    /** A checkpoint's lowest valid time, in milliseconds. */
    default void minValidTime(long time) throws IOException {}

    /** A record of a kind that is not known; upstream passes it over. */
    default void unknown(byte type) throws IOException {}
  }

  private final Disk disk;
  private final List<Segments.Segment> segments;
  private final long firstOffset;
  private final Handler handler;

  /** Batches being decoded or waiting, by sequence number modulo length. */
  private final Batch[] ring;

  // Guarded by this.
  private int next;
  private @Nullable MappedFile map;
  private @Nullable SegmentScanner scanner;
  private Segments.@Nullable Segment current;
  private long claimed;
  private long delivered;
  private boolean ended;
  private boolean interrupted;

  private WalReplay(
      Disk disk, List<Segments.Segment> segments, long firstOffset, Handler handler, int threads) {
    this.disk = disk;
    this.segments = List.copyOf(segments);
    this.firstOffset = firstOffset;
    this.handler = handler;
    ring = new Batch[threads == 1 ? 1 : 2 * threads + 2];
    for (int i = 0; i < ring.length; i++) {
      ring[i] = new Batch();
    }
  }

  /**
   * Reads {@code segments} in their order.
   *
   * @param threads how many may work, the caller's among them; 1 or more
   * @throws CorruptionException with the segment and the offset up to which it is good, after all
   *     that comes before has been handed over; see {@link Repair}
   */
  public static void run(Disk disk, List<Segments.Segment> segments, Handler handler, int threads)
      throws IOException {
    run(disk, segments, 0, handler, threads);
  }

  /** The same, leaving out the first {@code firstOffset} bytes of the first segment. */
  public static void run(
      Disk disk, List<Segments.Segment> segments, long firstOffset, Handler handler, int threads)
      throws IOException {
    int n = Math.max(1, threads);
    new WalReplay(disk, segments, firstOffset, handler, n).run(n);
  }

  private void run(int threads) throws IOException {
    List<Thread> workers = new ArrayList<>();
    try {
      for (int i = 1; i < threads; i++) {
        workers.add(Thread.ofPlatform().name("wal-replay-" + i).daemon().start(this::work));
      }
      Segments.Segment told = null;
      for (; ; ) {
        Batch batch = ring[(int) (delivered % ring.length)];
        Batch mine = null;
        synchronized (this) {
          while (claimed == delivered || !batch.ready) {
            mine = claim();
            if (mine != null || (ended && claimed == delivered)) {
              break;
            }
            uninterruptedWait();
          }
          if (mine == null && claimed == delivered) {
            return;
          }
        }
        if (mine != null) {
          decode(mine);
          continue;
        }
        Segments.Segment of = batch.segment;
        if (of != null && !of.equals(told)) {
          told = of;
          handler.segment(of);
        }
        batch.deliver(handler);
        if (of != null && batch.count > 0) {
          handler.done(of, batch.ends[batch.count - 1]);
        }
        synchronized (this) {
          batch.ready = false;
          delivered++;
          notifyAll();
        }
      }
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
      boolean restore = Thread.interrupted();
      for (Thread worker : workers) {
        for (; ; ) {
          try {
            worker.join();
            break;
          } catch (InterruptedException e) {
            restore = true;
          }
        }
      }
      synchronized (this) {
        unmap();
        restore |= interrupted;
      }
      if (restore) {
        Thread.currentThread().interrupt();
      }
      for (Batch batch : ring) {
        batch.release();
      }
    }
  }

  private void work() {
    for (; ; ) {
      Batch batch;
      synchronized (this) {
        while ((batch = claim()) == null) {
          if (ended) {
            return;
          }
          uninterruptedWait();
        }
      }
      decode(batch);
    }
  }

  @SuppressWarnings("WaitNotInLoop") // All callers loop.
  private synchronized void uninterruptedWait() {
    try {
      wait();
    } catch (InterruptedException e) {
      // Reading the log ends by itself; whoever wants to stop it throws from the handler.
      interrupted = true;
    }
  }

  /** Fills the next batch with places of records; null when there is no room or nothing left. */
  private synchronized @Nullable Batch claim() {
    if (ended || claimed - delivered == ring.length) {
      return null;
    }
    Batch batch = ring[(int) (claimed % ring.length)];
    batch.reset();
    try {
      while (batch.count == 0) {
        if (!openNext()) {
          ended = true;
          notifyAll();
          return null;
        }
        fill(batch);
      }
    } catch (IOException e) {
      // Handed over behind the records that come before.
      batch.failure = e;
      ended = true;
      unmap();
    } catch (InternalError e) {
      SegmentScanner scan = scanner;
      MappedFile from = map;
      batch.failure =
          WalReader.unreadable(
              from == null ? Path.of("") : from.path(), scan == null ? 0 : scan.start, e);
      ended = true;
      unmap();
    }
    claimed++;
    return batch;
  }

  private boolean openNext() throws IOException {
    if (scanner != null) {
      return true;
    }
    if (next == segments.size()) {
      return false;
    }
    Segments.Segment segment = segments.get(next++);
    MappedFile opened = disk.map(segment.path());
    map = opened;
    current = segment;
    SegmentScanner scan = new SegmentScanner(segment.path(), opened.segment());
    if (next == 1) {
      scan.skip(firstOffset);
    }
    scanner = scan;
    return true;
  }

  private void fill(Batch batch) throws IOException {
    MappedFile from = map;
    SegmentScanner scan = scanner;
    if (from == null || scan == null) {
      return;
    }
    batch.segment = current;
    long bytes = 0;
    while (bytes < BATCH_BYTES && batch.count < BATCH_RECORDS) {
      if (!scan.next()) {
        unmap();
        return;
      }
      batch.add(scan.start, scan.end);
      bytes += scan.end - scan.start;
      if (batch.map == null) {
        batch.hold(from);
      }
    }
  }

  private void unmap() {
    MappedFile from = map;
    map = null;
    scanner = null;
    if (from != null) {
      from.close();
    }
  }

  private void decode(Batch batch) {
    batch.decode();
    synchronized (this) {
      batch.ready = true;
      notifyAll();
    }
  }

  /** Successive records of one segment: first their places, then their content. */
  private static final class Batch {
    Segments.@Nullable Segment segment;
    @Nullable MappedFile map;
    int count;
    long[] starts = new long[64];
    long[] ends = new long[64];

    /** What went wrong behind the records that are in the batch. */
    @Nullable Throwable failure;

    boolean ready;

    private final RecordAssembler assembler = new RecordAssembler();
    private final RecordDecoder decoder = new RecordDecoder();
    private final RecordBuffer records = new RecordBuffer(2 * BATCH_BYTES);
    private Object[] decoded = new Object[64];
    private final List<SampleRecord> sampleRecords = new ArrayList<>();
    private final List<SeriesRecord> seriesRecords = new ArrayList<>();
    private int usedSamples;
    private int usedSeries;

    void reset() {
      release();
      segment = null;
      count = 0;
      failure = null;
      ready = false;
    }

    void hold(MappedFile file) {
      if (map == null && file.retain()) {
        map = file;
      }
    }

    void release() {
      MappedFile held = map;
      map = null;
      if (held != null) {
        held.close();
      }
    }

    void add(long start, long end) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
      }
      starts[count] = start;
      ends[count++] = end;
    }

    void decode() {
      records.clear();
      Arrays.fill(decoded, null);
      if (decoded.length < count) {
        decoded = new Object[Math.max(count, 2 * decoded.length)];
      }
      usedSamples = 0;
      usedSeries = 0;
      MappedFile from = map;
      if (from == null) {
        return;
      }
      int i = 0;
      try {
        for (; i < count; i++) {
          assembler.read(from.path(), from.segment(), starts[i], ends[i], records);
        }
      } catch (CorruptionException e) {
        failure = e;
        count = i;
      } catch (InternalError e) {
        failure = WalReader.unreadable(from.path(), starts[i], e);
        count = i;
      } catch (RuntimeException | Error e) {
        failure = e;
        count = i;
      }
      i = 0;
      try {
        for (; i < count; i++) {
          int start = records.start(i);
          decoded[i] = decode(records.bytes, start, records.ends[i] - start);
        }
      } catch (CorruptionException e) {
        failure = placed(e, i);
        count = i;
      } catch (RuntimeException | Error e) {
        failure = e;
        count = i;
      }
      release();
    }

    private CorruptionException placed(CorruptionException e, int i) {
      Segments.Segment of = segment;
      CorruptionException placed =
          new CorruptionException(
              of == null ? null : of.path(), starts[i], String.valueOf(e.getMessage()));
      placed.initCause(e);
      return placed;
    }

    private Object decode(byte[] b, int offset, int length) throws CorruptionException {
      byte type = RecordDecoder.type(b, offset, length);
      switch (type) {
        case RecordType.SERIES -> {
          if (usedSeries == seriesRecords.size()) {
            seriesRecords.add(new SeriesRecord());
          }
          SeriesRecord into = seriesRecords.get(usedSeries++);
          into.clear();
          decoder.series(b, offset, length, into);
          return into;
        }
        case RecordType.SAMPLES, RecordType.SAMPLES_V2 -> {
          if (usedSamples == sampleRecords.size()) {
            sampleRecords.add(new SampleRecord());
          }
          SampleRecord into = sampleRecords.get(usedSamples++);
          into.clear();
          decoder.samples(b, offset, length, into);
          return into;
        }
        case RecordType.TOMBSTONES -> {
          TombstoneRecord into = new TombstoneRecord();
          decoder.tombstones(b, offset, length, into);
          return into;
        }
        case RecordType.EXEMPLARS -> {
          ExemplarRecord into = new ExemplarRecord();
          decoder.exemplars(b, offset, length, into);
          return into;
        }
        case RecordType.MARKERS -> {
          MarkerRecord into = new MarkerRecord();
          decoder.markers(b, offset, length, into);
          return into;
        }
        case RecordType.METADATA -> {
          MetadataRecord into = new MetadataRecord();
          decoder.metadata(b, offset, length, into);
          return into;
        }
        case RecordType.HISTOGRAMS,
            RecordType.FLOAT_HISTOGRAMS,
            RecordType.CUSTOM_HISTOGRAMS,
            RecordType.CUSTOM_FLOAT_HISTOGRAMS,
            RecordType.HISTOGRAMS_V2,
            RecordType.FLOAT_HISTOGRAMS_V2 -> {
          HistogramRecord into = new HistogramRecord();
          decoder.histograms(b, offset, length, into);
          return into;
        }
        case RecordType.MIN_VALID_TIME -> {
          return decoder.minValidTime(b, offset, length);
        }
        default -> {
          return type;
        }
      }
    }

    void deliver(Handler handler) throws IOException {
      for (int i = 0; i < count; i++) {
        try {
          switch (decoded[i]) {
            case SampleRecord samples -> handler.samples(samples);
            case SeriesRecord series -> handler.series(series);
            case HistogramRecord histograms -> handler.histograms(histograms);
            case TombstoneRecord tombstones -> handler.tombstones(tombstones);
            case ExemplarRecord exemplars -> handler.exemplars(exemplars);
            case MarkerRecord markers -> handler.markers(markers);
            case MetadataRecord metadata -> handler.metadata(metadata);
            case Long time -> handler.minValidTime(time);
            case Byte type -> handler.unknown(type);
            default -> throw new IllegalStateException();
          }
        } catch (CorruptionException e) {
          throw e.file() == null ? placed(e, i) : e;
        }
      }
      Throwable wrong = failure;
      switch (wrong) {
        case null -> {}
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new IllegalStateException(wrong);
      }
    }
  }
}
